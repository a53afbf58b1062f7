import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { CreatedToken, Me, TokenWish } from "@sluice/api";
import type { Database } from "@sluice/database";
import { type Clock, SluiceError } from "@sluice/model";
import type { Random } from "../deps.ts";
import { DatabaseSight } from "../state/database-sight.ts";
import type { AuthenticationConfig } from "./config.ts";
import type { Cookie } from "./cookies.ts";
import { bringIn } from "./external.ts";
import type { Directory } from "./ldap.ts";
import type { Links, OpenLink } from "./links.ts";
import type { Lockout } from "./lockout.ts";
import type { OidcProvider } from "./oidc.ts";
import type { Destination, OidcFlows } from "./oidc-flows.ts";
import { setByLink } from "./password-links.ts";
import { type PasswordSignIn, signInByPassword } from "./password-sign-in.ts";
import { checkNewPassword, type Passwords } from "./passwords.ts";
import type { Principal } from "./principal.ts";
import type { Principals } from "./principals.ts";
import { csrfTokenOf, newSecret } from "./secrets.ts";
import type { Sessions } from "./sessions.ts";
import type { Tokens } from "./tokens.ts";
import type { Users } from "./users.ts";

type User = Awaited<ReturnType<Users["get"]>>;
type SeenUser = Pick<User, "id" | "name" | "displayName" | "email" | "unixUser" | "hasPassword">;

/** People whose names are remembered for a database that is away. */
const SEEN_AT_MOST = 20_000;

/** Somebody who signed in just now: what the browser is to keep, and who that is. */
export interface SignedIn {
  readonly principal: Principal;
  readonly setCookie: string;
  readonly me: Me;
}

export interface LinkUse {
  readonly token: string;
  readonly password: string;
  readonly name?: string | undefined;
  readonly unixUser?: string | undefined;
}

/** A request of a browser: its cookies, and where it comes from. */
export interface Visitor {
  readonly headers: IncomingHttpHeaders;
  readonly address: string;
}

/** Ways in and out. Each way in makes a new session and ends the one that the request came with. */
export interface SignIns {
  ways(): Promise<{
    readonly password: boolean;
    readonly oidc: { readonly name: string; readonly title: string }[];
  }>;
  /** Errors: those of `signInByPassword`. */
  byPassword(visitor: Visitor, wish: Omit<PasswordSignIn, "address">): Promise<SignedIn>;
  /** Errors: those of `signInByPassword`; `OIDC_REFUSED` for a code. */
  forToken(
    visitor: Visitor,
    by:
      | { readonly is: "password"; readonly name: string; readonly password: string }
      | { readonly is: "code"; readonly code: string; readonly verifier: string },
    wish: TokenWish,
  ): Promise<CreatedToken>;
  /** Errors: `OIDC_UNKNOWN`, those of `OidcProvider.begin`. */
  beginOidc(
    provider: string,
    destination: Destination,
  ): Promise<{ readonly location: string; readonly setCookie: string }>;
  /**
   * @param search the query as the browser brought it.
   *
   * Errors: `OIDC_UNKNOWN`, `OIDC_REFUSED`, `OIDC_UNREACHABLE`, `SIGN_IN_REFUSED`.
   */
  finishOidc(
    visitor: Visitor,
    provider: string,
    search: string,
  ): Promise<{
    readonly location: string;
    readonly setCookies: readonly string[];
    readonly user: { readonly id: string; readonly name: string };
  }>;
  /** A link that makes the first administrator; undefined once there is one. */
  firstLink(): Promise<{ readonly url: string; readonly expiresAt: string } | undefined>;
  /** Errors: `USER_NOT_FOUND`, `USER_NOT_LOCAL`, `USER_DISABLED`. */
  linkFor(key: string): Promise<{ readonly url: string; readonly expiresAt: string }>;
  /** Errors: `LINK_INVALID`. */
  showLink(token: string): Promise<OpenLink & { readonly name: string | undefined }>;
  /** Errors: `LINK_INVALID`, `PASSWORD_REFUSED`, `REQUEST_INVALID`, `UNIX_USER_REFUSED`. */
  useLink(visitor: Visitor, use: LinkUse): Promise<SignedIn>;
  /** Errors: `SIGN_IN_FAILED`, `SIGN_IN_LOCKED`, `PASSWORD_REFUSED`, `USER_NOT_LOCAL`. */
  changePassword(
    visitor: Visitor,
    principal: Principal,
    change: { readonly current: string; readonly password: string },
  ): Promise<void>;
  me(visitor: Pick<Visitor, "headers">, principal: Principal): Promise<Me>;
  /** @returns the header that takes the cookie away. */
  signOut(
    visitor: Pick<Visitor, "headers">,
    principal: Principal | undefined,
    everywhere: boolean,
  ): Promise<string>;
  /** Errors: `USER_NOT_FOUND`. */
  endSessions(key: string): Promise<void>;
}

export interface SignInDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: AuthenticationConfig;
  readonly publicUrl: URL;
  readonly cookie: Cookie;
  readonly oidcCookie: Cookie;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly principals: Principals;
  readonly users: Users;
  readonly passwords: Passwords;
  readonly lockout: Lockout;
  readonly links: Links;
  readonly flows: OidcFlows;
  readonly directories: readonly Directory[];
  readonly providers: readonly OidcProvider[];
}

export function createSignIns(deps: SignInDeps): SignIns {
  const { database, clock, cookie, sessions, users, links, flows, lockout } = deps;

  const sight = new DatabaseSight();
  /** As they were seen last: who is signed in is somebody while the database is away. */
  const seen = new Map<string, User>();
  const userOf = async (principal: Principal): Promise<SeenUser> => {
    const user = await sight.unlessAway(() => users.get(principal.id), undefined);
    if (user === undefined) return seen.get(principal.id) ?? { ...principal, hasPassword: false };
    if (seen.size >= SEEN_AT_MOST) seen.clear();
    seen.set(user.id, user);
    return user;
  };
  const me = async (secret: string | undefined, principal: Principal): Promise<Me> => {
    const user = await userOf(principal);
    return {
      id: user.id,
      name: user.name,
      ...(user.displayName === undefined ? {} : { displayName: user.displayName }),
      ...(user.email === undefined ? {} : { email: user.email }),
      ...(user.unixUser === undefined ? {} : { unixUser: user.unixUser }),
      grants: [...principal.grants],
      groups: [...principal.groups],
      via: principal.via,
      ...(principal.scopes === undefined ? {} : { scopes: [...principal.scopes] }),
      hasPassword: user.hasPassword,
      ...(secret === undefined ? {} : { csrfToken: csrfTokenOf(secret) }),
    };
  };

  const letIn = async ({ headers, address }: Visitor, userId: string): Promise<SignedIn> => {
    const former = cookie.read(headers);
    if (former !== undefined) await sessions.end(former);
    const last_sign_in_at = clock.now();
    await database.updateTable("users").set({ last_sign_in_at }).where("id", "=", userId).execute();
    const session = await sessions.begin(userId, address);
    const principal = await deps.principals.bySession(session.secret);
    if (principal === undefined) throw failed();
    const seconds = deps.config.Sessions.HoursAtMost * 3600;
    const setCookie = cookie.set(session.secret, seconds);
    return { principal, setCookie, me: await me(session.secret, principal) };
  };

  const providerOf = (name: string): OidcProvider => {
    const found = deps.providers.find(({ config }) => config.Name === name);
    if (found !== undefined) return found;
    throw new SluiceError("OIDC_UNKNOWN", "user", `there is no provider ${name}`, {
      hint: "see which there are with: GET /api/v1/session/providers",
    });
  };

  const linkUrl = (purpose: string, token: string) =>
    new URL(`/#/${purpose}/${token}`, deps.publicUrl).href;

  return {
    ways: async () => ({
      password: true,
      oidc: deps.providers.map(({ config: { Name, Title = Name } }) => ({
        name: Name,
        title: Title,
      })),
    }),

    byPassword: async (visitor, wish) => {
      const id = await signInByPassword(deps, { ...wish, address: visitor.address });
      return letIn(visitor, id);
    },

    forToken: async ({ address }, by, wish) => {
      const id =
        by.is === "password"
          ? await signInByPassword(deps, { name: by.name, password: by.password, address })
          : await flows.takeCode(by.code, challengeOf(by.verifier));
      const user = await users.get(id);
      if (user.disabled) throw failed();
      const last_sign_in_at = clock.now();
      await database.updateTable("users").set({ last_sign_in_at }).where("id", "=", id).execute();
      return deps.tokens.create(user, wish);
    },

    beginOidc: async (name, destination) => {
      const { url, ...secrets } = await providerOf(name).begin();
      const browser = newSecret(deps.random);
      await flows.keep({ provider: name, browser, secrets, destination });
      return { location: url.href, setCookie: deps.oidcCookie.set(browser, 600) };
    },

    finishOidc: async (visitor, name, search) => {
      const provider = providerOf(name);
      const current = new URL(`/api/v1/session/oidc/${name}/callback${search}`, deps.publicUrl);
      const state = current.searchParams.get("state") ?? "";
      const browser = deps.oidcCookie.read(visitor.headers);
      const { secrets, destination } = await flows.take({ provider: name, state, browser });
      const person = await provider.finish(current, secrets);
      const user = await bringIn(deps, provider.config, person);
      if (user.isDisabled) throw disabled(user.name);
      const clear = deps.oidcCookie.clear();
      if (destination.is === "browser") {
        const { setCookie } = await letIn(visitor, user.id);
        return { location: destination.returnTo, setCookies: [setCookie, clear], user };
      }
      const location = new URL(`http://127.0.0.1:${destination.port}/`);
      location.searchParams.set("code", await flows.newCode(user.id, destination.challenge));
      location.searchParams.set("state", destination.state);
      return { location: location.href, setCookies: [clear], user };
    },

    firstLink: async () => {
      const link = await links.first();
      if (link === undefined) return undefined;
      return { url: linkUrl("first", link.token), expiresAt: link.expiresAt.toISOString() };
    },

    linkFor: async (key) => {
      const user = await users.get(key);
      if (user.source !== "local") throw notLocal(user.name, user.source);
      if (user.disabled) {
        throw new SluiceError("USER_DISABLED", "user", `${user.name} is disabled`, {
          hint: `let that person in again first (sluice users set ${user.name} --enable)`,
        });
      }
      const purpose = user.hasPassword ? "reset" : "invite";
      const link = await links.forUser(user.id, purpose);
      return { url: linkUrl(purpose, link.token), expiresAt: link.expiresAt.toISOString() };
    },

    showLink: async (token) => {
      const link = await links.show(token);
      const user = link.userId === undefined ? undefined : await users.get(link.userId);
      return { ...link, name: user?.name };
    },

    useLink: async (visitor, use) => {
      const { id, name } = await setByLink(deps, use);
      await lockout.forget(name);
      await sessions.endAll(id);
      return letIn(visitor, id);
    },

    changePassword: async ({ headers, address }, principal, { current, password }) => {
      const user = await users.get(principal.id);
      if (user.source !== "local") throw notLocal(user.name, user.source);
      const { name } = user;
      await signInByPassword(deps, { name, password: current, address });
      checkNewPassword(password, name);
      const password_hash = await deps.passwords.hash(password);
      await database
        .updateTable("users")
        .set({ password_hash })
        .where("id", "=", user.id)
        .execute();
      await sessions.endAll(user.id, cookie.read(headers));
    },

    me: ({ headers }, principal) =>
      me(principal.via === "session" ? cookie.read(headers) : undefined, principal),

    signOut: async ({ headers }, principal, everywhere) => {
      const secret = cookie.read(headers);
      if (secret !== undefined) await sessions.end(secret);
      if (everywhere && principal !== undefined) await sessions.endAll(principal.id);
      return cookie.clear();
    },

    endSessions: async (key) => {
      const { id } = await users.get(key);
      await sessions.endAll(id);
    },
  };
}

/** RFC 7636's S256. */
function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

function failed(): SluiceError {
  return new SluiceError("SIGN_IN_FAILED", "user", "name or password is wrong", {
    hint: "type both again; an administrator can make a link for a new password",
  });
}

function disabled(name: string): SluiceError {
  return new SluiceError("SIGN_IN_REFUSED", "user", `${name} may not sign in here`, {
    hint: "ask an administrator of the site",
  });
}

function notLocal(name: string, source: string): SluiceError {
  return new SluiceError(
    "USER_NOT_LOCAL",
    "user",
    `${name} has no password here but at ${source}`,
    {
      hint: `change it there`,
    },
  );
}
