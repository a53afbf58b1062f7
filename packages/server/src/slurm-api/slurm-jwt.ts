import { createHmac, timingSafeEqual } from "node:crypto";
import { isJsonObject } from "@sluice/jobs";

const MAX_LENGTH = 4096;

/**
 * Whose a token of Slurm's is, as `scontrol token` makes them: HS256 with the cluster's key and
 * nothing else, not over, for somebody. Undefined: it is none.
 */
export function userOfSlurmJwt(token: string, key: Uint8Array, now: Date): string | undefined {
  if (token.length > MAX_LENGTH || key.byteLength < 16) return undefined;
  const [head, claims, signature, ...more] = token.split(".");
  if (head === undefined || claims === undefined || signature === undefined || more.length > 0) {
    return undefined;
  }
  const wanted = createHmac("sha256", key).update(`${head}.${claims}`).digest();
  const given = Buffer.from(signature, "base64url");
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  const { alg, crit } = parsed(head);
  if (alg !== "HS256" || crit !== undefined) return undefined;
  const { exp, nbf, sun } = parsed(claims);
  const seconds = now.getTime() / 1000;
  if (typeof exp !== "number" || exp <= seconds) return undefined;
  if (nbf !== undefined && (typeof nbf !== "number" || nbf > seconds)) return undefined;
  return typeof sun === "string" && sun !== "" ? sun : undefined;
}

function parsed(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
