import type { IncomingHttpHeaders } from "node:http";
import { SluiceError } from "@sluice/model";
import { csrfTokenOf, isSame } from "./secrets.ts";

export const CSRF_HEADER = "x-sluice-csrf";

export interface ChangeCheck {
  readonly headers: IncomingHttpHeaders;
  /** Where pages of this server come from: `https://sluice.example.com`. */
  readonly origins: ReadonlySet<string>;
  /** What the cookie holds; missing at sign-in, when there is none yet. */
  readonly sessionSecret?: string | undefined;
}

/**
 * Lets no other site's page make changes with a person's cookie: what the browser says of where it
 * comes from has to be here, and with a session its token has to come along.
 *
 * Errors: `CROSS_SITE_REQUEST`.
 */
export function checkChange({ headers, origins, sessionSecret }: ChangeCheck): void {
  const { origin } = headers;
  const site = headers["sec-fetch-site"];
  const here = `open ${[...origins][0]}, or correct PublicUrl in the server's file`;
  if (origin !== undefined && !origins.has(origin)) {
    throw crossSite(`it comes from ${origin.slice(0, 200)}`, here);
  }
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    throw crossSite("the browser says that it comes from another site", here);
  }
  if (sessionSecret === undefined) return;
  const token = headers[CSRF_HEADER];
  if (typeof token !== "string" || !isSame(token, csrfTokenOf(sessionSecret))) {
    throw crossSite(
      "it does not have the session's token",
      "send X-Sluice-CSRF with the csrfToken of GET /api/v1/session, or use a token",
    );
  }
}

/**
 * Lets no other site's page open a WebSocket with a person's cookie: browsers always say where it
 * comes from.
 *
 * Errors: `CROSS_SITE_REQUEST`.
 */
export function checkWebSocket({
  headers: { origin },
  origins,
  hasCookie,
}: Pick<ChangeCheck, "headers" | "origins"> & { readonly hasCookie: boolean }): void {
  if (origin === undefined ? !hasCookie : origins.has(origin)) return;
  throw crossSite(
    origin === undefined
      ? "it does not say where it comes from"
      : `it comes from ${origin.slice(0, 200)}`,
    `open ${[...origins][0]}, or correct PublicUrl in the server's file`,
  );
}

function crossSite(reason: string, hint: string): SluiceError {
  return new SluiceError("CROSS_SITE_REQUEST", "user", `the change is refused: ${reason}`, {
    hint,
  });
}
