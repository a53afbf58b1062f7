import type { Grant } from "@sluice/api";
import type { Database } from "@sluice/database";
import type { Clock } from "@sluice/model";
import { DatabaseSight } from "../state/database-sight.ts";
import { effectiveGrants } from "./grants.ts";
import type { Person, Principal } from "./principal.ts";
import { hashOf } from "./secrets.ts";
import type { Sessions } from "./sessions.ts";
import type { Tokens } from "./tokens.ts";

/** So long another server's change may take to be seen here. This server's are seen at once. */
const FRESH_MS = 1000;
/**
 * While the database is away, so long who was somebody may go on reading. Nobody can be refused
 * anything by a database that is away for all; a server that alone is cut off from it would hear of
 * that so much later.
 */
const OLD_MS = 300_000;
const REMEMBERED_AT_MOST = 20_000;

/** Who a cookie or a token is, remembered for a moment: thousands of requests are one question. */
export interface Principals {
  bySession(secret: string, options?: Remembering): Promise<Principal | undefined>;
  byToken(secret: string, options?: Remembering): Promise<Principal | undefined>;
  /** Something changed. */
  forget(): void;
}

interface Remembering {
  /** For what changes nothing: while the database is away, who it was minutes ago will do. */
  readonly mayBeOld?: boolean;
}

interface PrincipalsDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
}

interface Remembered {
  readonly principal: Promise<Principal | undefined>;
  readonly until: number;
}

export function createPrincipals(deps: PrincipalsDeps): Principals {
  const { database, clock, sessions, tokens } = deps;
  const remembered = new Map<string, Remembered>();
  const sight = new DatabaseSight();
  const confirmed = new Map<string, { readonly principal: Principal; readonly until: number }>();
  const confirm = (key: string, principal: Principal | undefined, now: number): void => {
    if (confirmed.size >= REMEMBERED_AT_MOST) confirmed.clear();
    if (principal === undefined) confirmed.delete(key);
    else confirmed.set(key, { principal, until: now + OLD_MS });
  };
  const remember = async (
    secret: string,
    look: () => Promise<Principal | undefined>,
    { mayBeOld = false }: Remembering = {},
  ): Promise<Principal | undefined> => {
    const key = hashOf(secret);
    const old = mayBeOld ? confirmed.get(key) : undefined;
    const isUsable = old !== undefined && old.until > clock.now().getTime();
    const ask = () => lately(key, look);
    return isUsable
      ? sight.unlessAway(ask, { ...old.principal, isRemembered: true as const })
      : sight.ask(ask);
  };
  const lately = (
    key: string,
    look: () => Promise<Principal | undefined>,
  ): Promise<Principal | undefined> => {
    const now = clock.now().getTime();
    const known = remembered.get(key);
    if (known !== undefined && known.until > now) return known.principal;
    if (remembered.size >= REMEMBERED_AT_MOST) remembered.clear();
    const principal = look();
    remembered.set(key, { principal, until: now + FRESH_MS });
    // Guesses are not remembered: they would push out those who are somebody.
    const forgetStranger = () => {
      if (remembered.get(key)?.principal === principal) remembered.delete(key);
    };
    principal.then((found) => {
      confirm(key, found, now);
      if (found === undefined) forgetStranger();
    }, forgetStranger);
    return principal;
  };
  return {
    bySession: (secret, options) =>
      remember(
        secret,
        async () => {
          const session = await sessions.find(secret);
          if (session === undefined) return undefined;
          const person = await personOf(database, session.userId);
          return person && { ...person, via: "session", credentialId: session.id };
        },
        options,
      ),

    byToken: (secret, options) =>
      remember(
        secret,
        async () => {
          const token = await tokens.find(secret);
          if (token === undefined) return undefined;
          const person = await personOf(database, token.userId);
          return (
            person && {
              ...person,
              grants: narrowed(person.grants, token.clusters),
              scopes: token.scopes,
              via: "token",
              credentialId: token.id,
            }
          );
        },
        options,
      ),

    forget: () => {
      remembered.clear();
      confirmed.clear();
    },
  };
}

/** Who an account is; undefined for one that may do nothing, or is gone. */
export async function personOf(database: Database, id: string): Promise<Person | undefined> {
  const user = await database
    .selectFrom("users")
    .leftJoin("absent_people", "absent_people.user_id", "users.id")
    .select(["users.id", "users.name", "users.unix_user"])
    .where("users.id", "=", id)
    .where("users.disabled", "=", 0)
    .where("absent_people.since", "is", null)
    .executeTakeFirst();
  if (user === undefined) return undefined;
  const { grants, groups } = await effectiveGrants(database, id);
  return { id, name: user.name, unixUser: user.unix_user ?? undefined, grants, groups };
}

/** Of a token for some clusters: nothing elsewhere, and nothing of the whole site. */
function narrowed(
  grants: readonly Grant[],
  clusters: readonly string[] | undefined,
): readonly Grant[] {
  if (clusters === undefined) return grants;
  return grants.flatMap((grant) => {
    if (grant.cluster !== "*") return clusters.includes(grant.cluster) ? [grant] : [];
    return clusters.map((cluster) => ({ ...grant, cluster }));
  });
}
