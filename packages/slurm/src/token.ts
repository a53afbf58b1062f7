import { createHmac } from "node:crypto";

export interface JwtOptions {
  /** Unix user that slurmrestd and slurmctld will take the bearer for. */
  readonly user: string;
  readonly lifetimeSeconds: number;
  /** The bytes of the file that `AuthAltParameters=jwt_key=` names. */
  readonly key: Uint8Array;
  readonly now: Date;
}

/**
 * A token for Slurm's auth/jwt: HS256 with the claims `exp`, `iat` and `sun`, as `scontrol token`
 * makes them. Whoever holds the key can be anyone, so it stays with root and slurm on the head.
 */
export function mintJwt({ user, lifetimeSeconds, key, now }: JwtOptions): string {
  const issued = Math.floor(now.getTime() / 1000);
  const claims = { exp: issued + Math.max(1, Math.floor(lifetimeSeconds)), iat: issued, sun: user };
  const signed = [{ alg: "HS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}
