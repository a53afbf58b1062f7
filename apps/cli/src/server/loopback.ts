import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { authenticationRoutes } from "@sluice/api";
import { SluiceError } from "@sluice/model";
import type { ServerClient } from "../server-session.ts";

/** So long a person may take at the provider's. */
const PATIENCE_MS = 5 * 60_000;

interface LoopbackSignIn {
  readonly server: ServerClient;
  readonly provider: string;
  readonly signal: AbortSignal;
  /** Told the address that the person's browser has to open. */
  readonly show: (url: string) => void;
}

/** What the server exchanges for a token. */
export interface SignInCode {
  readonly code: string;
  readonly verifier: string;
}

/**
 * Has a person sign in by a browser on this machine, which ends at a port of this process: the code
 * that it brings is of no use to whoever has not the verifier (RFC 8252, RFC 7636).
 *
 * Errors: `OIDC_REFUSED` when nobody came in time.
 */
export async function codeByBrowser({
  server,
  provider,
  signal,
  show,
}: LoopbackSignIn): Promise<SignInCode> {
  const verifier = randomBytes(32).toString("base64url");
  const state = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const listener = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    const code = searchParams.get("code");
    const isOurs = code !== null && searchParams.get("state") === state;
    response.writeHead(isOurs ? 200 : 404, { "content-type": "text/plain", connection: "close" });
    response.end(isOurs ? "You are signed in. This page can be closed.\n" : "Not found.\n");
    if (isOurs) resolve(code);
  });
  const ended = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  ended.addEventListener("abort", () => reject(nobodyCame()), { once: true });
  try {
    await new Promise<void>((listening, failed) => {
      listener.once("error", failed);
      listener.listen(0, "127.0.0.1", listening);
    });
    const address = listener.address();
    const port = address === null || typeof address === "string" ? 0 : address.port;
    const query = { port, challenge, state };
    show(server.url(authenticationRoutes.startOidc, { params: { provider }, query }));
    return { code: await promise, verifier };
  } finally {
    listener.close();
    listener.closeAllConnections();
  }
}

function nobodyCame(): SluiceError {
  return new SluiceError("OIDC_REFUSED", "user", "nobody signed in in the browser", {
    hint: "run it again, and open the address that it shows on this machine",
  });
}
