import type { IncomingHttpHeaders } from "node:http";
import { authenticationRoutes } from "@sluice/api";
import type { Database } from "@sluice/database";
import { type Clock, isSluiceError, messageOf, SluiceError } from "@sluice/model";
import type { Random } from "../deps.ts";
import { isAway } from "../state/database-sight.ts";
import type { AuthenticationConfig } from "./config.ts";
import { cookieOf } from "./cookies.ts";
import { checkChange, checkWebSocket } from "./cross-site.ts";
import { createGroups, type Groups } from "./groups.ts";
import { keepFresh } from "./keep-fresh.ts";
import { createDirectory, type Directory } from "./ldap.ts";
import { createLinks } from "./links.ts";
import { createLockout } from "./lockout.ts";
import { createOidcProvider, type OidcProvider } from "./oidc.ts";
import { createOidcFlows } from "./oidc-flows.ts";
import { createPasswords, type Passwords } from "./passwords.ts";
import type { Principal } from "./principal.ts";
import { createPrincipals } from "./principals.ts";
import { createSessions } from "./sessions.ts";
import { createSignIns, type SignIns } from "./sign-ins.ts";
import { createTokens, isToken, type Tokens } from "./tokens.ts";
import { createUsers, type Users } from "./users.ts";

/** Who people are, and what each may do. What changes here counts from the next request on. */
export interface Identity {
  /**
   * By `Authorization: Bearer slu_…`, else by the session's cookie. Undefined: nobody.
   *
   * Errors: `CROSS_SITE_REQUEST` for a change by a browser that comes from elsewhere, or with the
   * session's cookie and without its token, and for WebSockets from elsewhere; see cross-site.ts.
   */
  authenticate(request: AuthenticatedRequest): Promise<Principal | undefined>;
  /** Whether the session or the token by which somebody came is still one; it is not used by that. */
  lives(credential: Pick<Principal, "via" | "credentialId">): Promise<boolean>;
  /** For interfaces that take a token in another place. */
  authenticateToken(token: string): Promise<Principal | undefined>;
  /**
   * Asks directories again and again, until the signal, about everybody who came from there and can
   * still do something here: what they lost there they lose here. One that is away changes nothing.
   */
  keepFresh(signal: AbortSignal, onProblem: (error: unknown) => void): Promise<void>;
  readonly signIns: SignIns;
  readonly users: Users;
  readonly groups: Groups;
  readonly tokens: Tokens;
}

export interface AuthenticatedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** Changes that a former session has nothing to do with: its token need not come along. */
const WAYS_IN = new Set<string>(
  [
    authenticationRoutes.signIn,
    authenticationRoutes.signInForToken,
    authenticationRoutes.showLink,
    authenticationRoutes.useLink,
  ].map(({ path }) => path),
);
const READING = new Set(["GET", "HEAD", "OPTIONS"]);

export interface IdentityDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: AuthenticationConfig;
  /** Where people reach this server: of links, of cookies, of what providers lead back to. */
  readonly publicUrl: URL;
  /** Where the configuration finds secrets that are not in files. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly passwords?: Passwords;
}

/** Makes no connection before somebody signs in. */
export function createIdentity(deps: IdentityDeps): Identity {
  const { config, publicUrl, random, env } = deps;
  const sessions = createSessions({ ...deps, config: config.Sessions });
  const tokens = createTokens({ ...deps, config: config.Tokens });
  const principals = createPrincipals({ ...deps, sessions, tokens });
  const users = createUsers(deps);
  const cookie = cookieOf("sluice-session", publicUrl.protocol === "https:");
  const origins = originsOf(publicUrl);
  const directories = directoriesOf(config, env);
  const told = <T extends object>(part: T, ...changes: readonly (keyof T)[]): T =>
    forgettingAfter(part, changes, () => principals.forget());

  const authenticateToken = async (token: string, mayBeOld = false) =>
    isToken(token) ? principals.byToken(token, { mayBeOld }) : undefined;
  return {
    authenticate: async ({ method, url, headers }) => {
      const { authorization } = headers;
      const mayBeOld = READING.has(method) && headers.upgrade === undefined;
      const secret = authorization === undefined ? cookie.read(headers) : undefined;
      if (headers.upgrade?.toLowerCase() === "websocket") {
        checkWebSocket({ headers, origins, hasCookie: secret !== undefined });
      }
      // Whoever sends one header does not mean the other, and no browser sends it by itself.
      if (authorization !== undefined) {
        return authenticateToken(/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? "", mayBeOld);
      }
      const principal =
        secret === undefined ? undefined : await principals.bySession(secret, { mayBeOld });
      if (!READING.has(method)) {
        const isWayIn = method === "POST" && WAYS_IN.has(url.split("?", 1)[0] ?? "");
        const needsToken = principal !== undefined && !isWayIn;
        checkChange({ headers, origins, sessionSecret: needsToken ? secret : undefined });
      }
      return principal;
    },
    authenticateToken: (token) => authenticateToken(token),
    lives: ({ via, credentialId }) => (via === "token" ? tokens : sessions).lives(credentialId),
    keepFresh: (signal, onProblem) =>
      keepFresh({ ...deps, directories, changed: principals.forget, onProblem }, signal),
    signIns: told(
      createSignIns({
        ...deps,
        cookie,
        oidcCookie: cookieOf("sluice-oidc", publicUrl.protocol === "https:"),
        sessions,
        tokens,
        principals,
        users,
        passwords: deps.passwords ?? createPasswords(random),
        lockout: createLockout({ ...deps, config: config.Lockout }),
        links: createLinks(deps),
        flows: createOidcFlows(deps),
        directories,
        providers: providersOf(deps),
      }),
      ...(["byPassword", "forToken", "finishOidc", "useLink", "changePassword"] as const),
      ...(["signOut", "endSessions"] as const),
    ),
    users: told(users, "update", "remove"),
    groups: told(createGroups(deps), "update", "remove"),
    tokens: told(tokens, "revoke"),
  };
}

/**
 * Asks every directory and provider of the configuration whether it can be used.
 *
 * @returns what is wrong, with the reason that strangers are not told; empty: nothing.
 */
export async function authenticationProblems(
  deps: Pick<IdentityDeps, "config" | "publicUrl" | "env">,
): Promise<readonly SluiceError[]> {
  const asked: readonly { check(): Promise<void> }[] = [
    ...directoriesOf(deps.config, deps.env),
    ...providersOf(deps),
  ];
  const results = await Promise.allSettled(asked.map((one) => one.check()));
  return results.flatMap((result) => {
    if (result.status === "fulfilled") return [];
    if (!isSluiceError(result.reason)) throw result.reason;
    const { code, source, message, hint, cause } = result.reason;
    const options = hint === undefined ? { cause } : { hint, cause };
    return [new SluiceError(code, source, `${message}: ${messageOf(cause)}`, options)];
  });
}

/** Files of the configuration that nobody but the server may read. */
export function secretFilesOf({ Ldap, Oidc }: AuthenticationConfig): readonly string[] {
  const files = [
    ...Ldap.map(({ PasswordFile }) => PasswordFile),
    ...Oidc.map(({ ClientSecretFile }) => ClientSecretFile),
  ];
  return files.filter((file) => file !== undefined);
}

/** Where pages of this server come from. On loopback all its names are this machine. */
function originsOf({ protocol, hostname, port, origin }: URL): ReadonlySet<string> {
  const loopback = ["localhost", "127.0.0.1", "[::1]"];
  if (!loopback.includes(hostname)) return new Set([origin]);
  return new Set(loopback.map((host) => new URL(`${protocol}//${host}:${port}`).origin));
}

function directoriesOf(config: AuthenticationConfig, env: IdentityDeps["env"]): Directory[] {
  return config.Ldap.map((one) => createDirectory(one, env));
}

function providersOf({
  config,
  publicUrl,
  env,
}: Pick<IdentityDeps, "config" | "publicUrl" | "env">): OidcProvider[] {
  return config.Oidc.map((one) => {
    const callback = new URL(`/api/v1/session/oidc/${one.Name}/callback`, publicUrl);
    return createOidcProvider(one, callback.href, env);
  });
}

/**
 * Calls that may have changed who may do what: nothing that was remembered counts after them. One that
 * finds the database away has changed nothing, or what everybody sees once it is back; until then
 * those who are signed in go on reading, whoever tries what.
 */
function forgettingAfter<T extends object>(
  part: T,
  changes: readonly (keyof T)[],
  forget: () => void,
): T {
  const wrapped = changes.map((name) => {
    const change = part[name] as (...args: readonly unknown[]) => Promise<unknown>;
    const told = async (...args: readonly unknown[]): Promise<unknown> => {
      try {
        const answer = await change(...args);
        forget();
        return answer;
      } catch (error) {
        if (!isAway(error)) forget();
        throw error;
      }
    };
    return [name, told] as const;
  });
  return { ...part, ...Object.fromEntries(wrapped) };
}
