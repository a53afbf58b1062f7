import { hostname } from "node:os";
import { authenticationRoutes, tokensRoutes } from "@sluice/api";
import { isSluiceError } from "@sluice/model";
import { type DefineCommand, numberOption } from "../command.ts";
import type { Context } from "../context.ts";
import { codeByBrowser } from "../server/loopback.ts";
import { readSignIns, type SignIn, serverOrigin, writeSignIns } from "../server/sign-ins.ts";
import { trusted } from "../server/trust.ts";
import { clientFor, type ServerClient } from "../server-session.ts";
import { usage } from "../usage.ts";

interface LoginOptions {
  readonly user?: string;
  readonly oidc?: string;
  readonly tokenFile?: string;
  readonly tokenName?: string;
  readonly days?: string;
  readonly fingerprint?: string;
}

const PASSWORD_BYTES = 4096;

export const loginCommand: DefineCommand = (program, cli) => {
  program
    .command("login")
    .description("sign in to a Sluice server, for all verbs that come after")
    .option("--user <name>", "who you are there; else you are asked")
    .option("--oidc <provider>", "sign in by your browser with this OpenID Connect provider")
    .option("--token-file <file>", "take the token that is in this file instead")
    .option("--token-name <name>", "what the new token is called; the machine's name by itself")
    .option("--days <number>", "how long the new token is good")
    .option("--fingerprint <sha256>", "of the certificate that a server made itself")
    .action(
      cli.action<LoginOptions>(async (context, options) => {
        const signIns = await readSignIns(context.host);
        const origin = await originOf(context, signIns.current);
        const known = signIns.servers[origin]?.fingerprint;
        const expected = options.fingerprint;
        const fingerprint = await trusted(context, { origin, known, expected });
        const signIn = await signInTo(context, clientFor(origin, { fingerprint }), {
          ...options,
          fingerprint,
        });
        const kept = { ...signIn, ...(fingerprint === undefined ? {} : { fingerprint }) };
        const servers = { ...signIns.servers, [origin]: kept };
        await writeSignIns(context.host, { current: origin, servers });
        const { user, tokenId } = signIn;
        await context.output.emit(
          { server: origin, user, tokenId },
          () => `you are ${user} at ${origin}\n`,
        );
        return 0;
      }),
    );
};

export const logoutCommand: DefineCommand = (program, cli) => {
  program
    .command("logout")
    .description("sign out of a Sluice server: its token is revoked and forgotten")
    .action(
      cli.action(async (context) => {
        const { host } = context;
        const { current, servers } = await readSignIns(host);
        const origin = context.server === undefined ? current : serverOrigin(context.server);
        const signIn = origin === undefined ? undefined : servers[origin];
        if (origin === undefined || signIn === undefined) {
          throw usage("you are not signed in there", "see: sluice login --help");
        }
        const revoked = await revoke(clientFor(origin, signIn));
        const left = Object.fromEntries(Object.entries(servers).filter(([key]) => key !== origin));
        const next = current === origin ? Object.keys(left)[0] : current;
        await writeSignIns(host, {
          ...(next === undefined ? {} : { current: next }),
          servers: left,
        });
        await context.output.emit({ server: origin, revoked }, () =>
          revoked
            ? `signed out of ${origin}\n`
            : `forgot the token for ${origin}; the server did not answer, and still knows it\n`,
        );
        return 0;
      }),
    );
};

async function originOf(context: Context, current: string | undefined): Promise<string> {
  if (context.server !== undefined) return serverOrigin(context.server);
  if (current !== undefined) return current;
  if (!context.host.stdinIsTerminal) {
    throw usage("login needs --server <url>", "see: sluice login --help");
  }
  return serverOrigin(await context.host.ask("server: "));
}

async function signInTo(
  context: Context,
  server: ServerClient,
  options: Omit<LoginOptions, "fingerprint"> & { readonly fingerprint: string | undefined },
): Promise<SignIn> {
  if (options.tokenFile !== undefined) {
    const token = (await context.host.readFile(options.tokenFile, PASSWORD_BYTES)).trim();
    const holder = clientFor(server.origin, { token, fingerprint: options.fingerprint });
    const me = await holder.call(authenticationRoutes.getSession, {});
    return { user: me.name, token, tokenId: "this" };
  }
  const wish = {
    name: options.tokenName ?? `sluice on ${hostname()}`,
    ...(options.days === undefined ? {} : { expiresInDays: numberOption("--days", options.days) }),
  };
  const by = options.oidc === undefined ? await askPassword(context, options.user) : undefined;
  const { token, id, user } = await server.call(authenticationRoutes.signInForToken, {
    body: {
      by: by ?? { is: "code", ...(await askBrowser(context, server, options.oidc ?? "")) },
      token: wish,
    },
    signal: context.signal,
  });
  return { user, token, tokenId: id };
}

async function askPassword({ host }: Context, asked: string | undefined) {
  const own = host.userName();
  const name =
    asked ?? (host.stdinIsTerminal ? (await host.ask(`user [${own}]: `)) || own : undefined);
  if (name === undefined) throw usage("login needs --user <name>", "see: sluice login --help");
  const password = host.stdinIsTerminal
    ? await host.askSecret("password: ")
    : (await host.readInput(PASSWORD_BYTES)).split(/\r?\n/, 1)[0];
  if (!password) throw usage("there is no password", "type it, or give it on standard input");
  return { is: "password", name, password } as const;
}

function askBrowser(context: Context, server: ServerClient, provider: string) {
  return codeByBrowser({
    server,
    provider,
    signal: context.endOnInterrupt(),
    show: (url) => context.host.writeErr(`open this in a browser on this machine:\n  ${url}\n`),
  });
}

/** False when the server could not be told; one that does not know the token any more is fine. */
async function revoke(server: ServerClient): Promise<boolean> {
  try {
    await server.call(tokensRoutes.revokeToken, { params: { token: "this" } });
    return true;
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    if (error.code === "NOT_AUTHENTICATED") return true;
    if (error.code === "SERVER_UNREACHABLE" || error.code === "SERVER_CERTIFICATE_CHANGED") {
      return false;
    }
    throw error;
  }
}
