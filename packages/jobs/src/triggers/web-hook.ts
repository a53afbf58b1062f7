import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { SluiceError } from "@sluice/model";
import type { Happening, Trigger } from "./contract.ts";

/** A request to a web-hook, as it came: the signature is over these very bytes. */
export interface HookRequest {
  readonly body: Uint8Array;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Seconds that the time in a request may be off. */
const TOLERANCE_SECONDS = 300;
/** Bytes of a body that are kept as the event. */
export const MOST_HOOK_BYTES = 256 * 1024;

/**
 * The secret of a trigger's web-hook. It is made of the site's key and kept nowhere; another
 * generation is another secret, and the former is good for nothing.
 */
export function hookSecret(
  siteKey: Uint8Array,
  { id, secretGeneration }: Pick<Trigger, "id" | "secretGeneration">,
): string {
  const digest = createHmac("sha256", siteKey).update(`web-hook ${id} ${secretGeneration}`);
  return `whs_${digest.digest("base64url")}`;
}

/**
 * What a signed request tells.
 *
 * - `sluice`: `Sluice-Timestamp` in seconds, `Sluice-Delivery`, an id that a repetition has as well,
 *   and `Sluice-Signature: sha256=HEX` over `TIMESTAMP.DELIVERY.BODY`. Without a delivery the body
 *   and its time are what makes the event itself.
 * - `github`: `X-Hub-Signature-256` over the body, as GitHub, Gitea and others send it. The delivery
 *   is not signed there, so the body alone makes the event itself.
 *
 * Errors: `HOOK_REFUSED` without a good signature, or with a time long ago; `HOOK_BODY_INVALID`.
 */
export function hookHappening(
  trigger: Trigger,
  { body, headers }: HookRequest,
  { siteKey, now }: { readonly siteKey: Uint8Array; readonly now: Date },
): Happening {
  if (trigger.source.kind !== "web-hook") throw refused();
  const secret = hookSecret(siteKey, trigger);
  const isOurs = trigger.source.scheme === "sluice";
  const stamp = headers["sluice-timestamp"] ?? "";
  const delivery = headers["sluice-delivery"] ?? "";
  if (isOurs) {
    const off = Math.abs(now.getTime() / 1000 - Number(stamp));
    if (!/^\d{10}$/.test(stamp) || off > TOLERANCE_SECONDS || delivery.length > 200)
      throw refused();
  }
  const signature = headers[isOurs ? "sluice-signature" : "x-hub-signature-256"] ?? "";
  const hmac = createHmac("sha256", secret);
  if (isOurs) hmac.update(`${stamp}.${delivery}.`);
  if (!isEqual(signature, `sha256=${hmac.update(body).digest("hex")}`)) throw refused();
  const digest = createHash("sha256").update(body).digest("hex");
  const time = now.toISOString();
  return {
    identity: !isOurs ? digest : delivery === "" ? `${stamp} ${digest}` : `delivery ${delivery}`,
    event: {
      time,
      body: parsed(body),
      ...(isOurs ? {} : { kind: (headers["x-github-event"] ?? "").slice(0, 200) }),
    },
  };
}

function parsed(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as unknown;
  } catch (cause) {
    throw new SluiceError("HOOK_BODY_INVALID", "user", "the body is not JSON", {
      hint: "send a JSON document as the body",
      cause,
    });
  }
}

function isEqual(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => createHash("sha256").update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

function refused(): SluiceError {
  return new SluiceError(
    "HOOK_REFUSED",
    "user",
    "the request is not signed with the hook's secret",
    {
      hint: "sign the body as docs/triggers.md says, with a time of now",
    },
  );
}
