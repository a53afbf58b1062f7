import { type ApiClient, createClient } from "@sluice/api";
import { isSluiceError, SluiceError } from "@sluice/model";
import type { Context } from "./context.ts";
import { pinnedFetch } from "./server/pinned-fetch.ts";
import { readSignIns, serverOrigin } from "./server/sign-ins.ts";

/** A server as whoever signed in there. */
export interface ServerClient extends ApiClient {
  /** `https://sluice.example.com:8480` */
  readonly origin: string;
}

/**
 * The server that a verb asks: the one that `--server` or SLUICE_SERVER names, else the last one that
 * somebody signed in to; undefined when there is none, and the verb goes straight to the head.
 *
 * Errors: `NOT_SIGNED_IN` for a named server without a sign-in there and without SLUICE_TOKEN;
 * `SERVER_UNREACHABLE` from calls.
 */
export async function serverOf(context: Context): Promise<ServerClient | undefined> {
  const { host } = context;
  const signIns = await readSignIns(host);
  const origin = context.server === undefined ? signIns.current : serverOrigin(context.server);
  if (origin === undefined) return undefined;
  const signIn = signIns.servers[origin];
  const token = host.env.SLUICE_TOKEN || signIn?.token;
  if (token === undefined) throw notSignedIn(origin);
  return clientFor(origin, { token, fingerprint: signIn?.fingerprint });
}

/** For verbs that only a server has. Errors: `NOT_SIGNED_IN`. */
export async function requireServer(context: Context): Promise<ServerClient> {
  const server = await serverOf(context);
  if (server !== undefined) return server;
  throw notSignedIn(undefined);
}

export interface ClientOptions {
  /** Missing: nobody, for signing in. */
  readonly token?: string | undefined;
  readonly fingerprint?: string | undefined;
}

export function clientFor(origin: string, { token, fingerprint }: ClientOptions): ServerClient {
  const ask = fingerprint === undefined ? fetch : pinnedFetch(fingerprint);
  const client = createClient({
    baseUrl: origin,
    fetch: async (input, init) => {
      try {
        return await ask(input, init);
      } catch (error) {
        const { cause } = error as Error;
        throw isSluiceError(cause) ? cause : error;
      }
    },
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  return { ...client, origin };
}

function notSignedIn(origin: string | undefined): SluiceError {
  const where = origin === undefined ? "" : ` at ${origin}`;
  const option = origin === undefined ? " --server https://…" : ` --server ${origin}`;
  return new SluiceError("NOT_SIGNED_IN", "user", `you are not signed in${where}`, {
    hint: `sign in with: sluice login${option}`,
  });
}
