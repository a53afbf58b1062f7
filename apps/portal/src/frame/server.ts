import { createClient } from "@sluice/api";
import { database } from "./database.ts";

let csrfToken: string | undefined;

/** Of the session that is open now; goes with every change. */
export function setCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

/** The headers of requests that are not the client's own, as those of uploads. */
export function changeHeaders(): Record<string, string> {
  return csrfToken === undefined ? {} : { "x-sluice-csrf": csrfToken };
}

/** The server that this page came from. */
export const server = createClient({
  baseUrl: location.origin,
  fetch: database.fetch,
  headers: changeHeaders,
});
