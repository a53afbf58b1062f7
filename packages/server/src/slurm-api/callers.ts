import { type Role, roleSchema } from "@sluice/api";
import type { Database } from "@sluice/database";
import type { Clock } from "@sluice/model";
import { SluiceError } from "@sluice/model";
import type { FastifyRequest } from "fastify";
import type { ClusterDirectory, ServedCluster } from "../clusters/directory.ts";
import { notAuthenticated } from "../http/access.ts";
import type { AuthenticatedRequest } from "../identity/identity.ts";
import { type Principal, roleOf } from "../identity/principal.ts";
import { isToken } from "../identity/tokens.ts";
import { unixUserOf } from "../identity/unix-user.ts";
import { userOfSlurmJwt } from "./slurm-jwt.ts";

export interface CallerParts {
  readonly clusters: ClusterDirectory;
  readonly database: Database;
  readonly clock: Clock;
  /** By session or Bearer, as everywhere; refuses changes by cookie from other sites. */
  readonly authenticate: (request: AuthenticatedRequest) => Promise<Principal | undefined>;
  readonly authenticateToken: (token: string) => Promise<Principal | undefined>;
  /** Whether tokens of Slurm's own say who somebody is. */
  readonly acceptsSlurmTokens: boolean;
}

/** SlurmUser of the clusters that Sluice makes. */
export const SLURM_USER = "slurm";
const KEY_KNOWN_MS = 60_000;
const USER_KNOWN_MS = 10 * 60_000;
const REMEMBERED_AT_MOST = 10_000;

/** Who asks, and as whom it is asked. */
export class Callers {
  readonly #parts: CallerParts;
  readonly #keys = new Map<string, { readonly key: Promise<Uint8Array>; readonly until: number }>();
  readonly #users = new Map<string, number>();

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  /**
   * @param cluster gives it, or throws.
   * @param isChange what it does, whatever its method: a page elsewhere may have a browser GET it.
   */
  async caller(
    request: FastifyRequest,
    cluster: () => Promise<ServedCluster>,
    { isChange }: { readonly isChange: boolean },
  ): Promise<Principal | undefined> {
    const token = header(request, "x-slurm-user-token") ?? bearerOf(request);
    if (token === undefined) {
      const { method, url, headers } = request;
      return this.#parts.authenticate({ method: isChange ? "POST" : method, url, headers });
    }
    if (isToken(token)) return this.#parts.authenticateToken(token);
    if (!this.#parts.acceptsSlurmTokens || token.split(".").length !== 3) return undefined;
    let served: ServedCluster;
    try {
      served = await cluster();
    } catch {
      return undefined;
    }
    const user = userOfSlurmJwt(token, await this.#keyOf(served), this.#parts.clock.now());
    if (user === undefined || unixUserOf(user) === undefined) return undefined;
    if (await this.#isShutOut(user)) return undefined;
    return {
      id: `slurm:${served.name}:${user}`,
      name: user,
      unixUser: user,
      groups: [],
      grants: [{ role: roleSchema.enum.user, cluster: served.name, account: "*" }],
      via: "token",
      credentialId: "slurm-jwt",
    };
  }

  /**
   * Whose rights the request has on the cluster. Throws `NOT_ALLOWED` for another's without being
   * administrator there, and for root; `GATEWAY_USER_UNKNOWN` for who is not on the cluster.
   */
  async actsAs(
    request: FastifyRequest,
    principal: Principal,
    cluster: ServedCluster,
    { isSubmission }: { readonly isSubmission: boolean },
  ): Promise<{ readonly user: string; readonly isOther: boolean }> {
    const named = header(request, "x-slurm-user-name");
    const user = named ?? principal.unixUser;
    if (user === undefined) throw notAllowed("your account stands for nobody on clusters");
    const isOther = user !== principal.unixUser;
    if (isOther && !isAdministrator(principal, cluster.name)) throw asAnother(user);
    if (user === SLURM_USER && isOther) {
      if (isSubmission) throw notAllowed("jobs are not submitted as slurm");
      return { user, isOther };
    }
    if (unixUserOf(user) === undefined) throw asAnother(user);
    await this.#checkThere(cluster, user);
    return { user, isOther };
  }

  /** slurmrestd takes a token for anybody, and one who is not there would be user 99. */
  async #checkThere(cluster: ServedCluster, user: string): Promise<void> {
    const key = JSON.stringify([cluster.record.id, user]);
    const now = this.#parts.clock.now().getTime();
    if ((this.#users.get(key) ?? 0) > now) return;
    const gateway = await cluster.gateway();
    await gateway.user(user).roots();
    if (this.#users.size >= REMEMBERED_AT_MOST) this.#users.clear();
    this.#users.set(key, now + USER_KNOWN_MS);
  }

  #keyOf(cluster: ServedCluster): Promise<Uint8Array> {
    const now = this.#parts.clock.now().getTime();
    // A name may be used again: that is another cluster, with another key.
    const { id } = cluster.record;
    const known = this.#keys.get(id);
    if (known !== undefined && known.until > now) return known.key;
    const reading = Promise.resolve(cluster.cloud.gateway?.(cluster.name));
    const key = reading.then((access) => access?.jwtKey ?? new Uint8Array());
    if (this.#keys.size >= REMEMBERED_AT_MOST) this.#keys.clear();
    this.#keys.set(id, { key, until: now + KEY_KNOWN_MS });
    key.catch(() => this.#keys.delete(id));
    return key;
  }

  /** There are accounts that stand for this Unix user, and none of them may do anything. */
  async #isShutOut(user: string): Promise<boolean> {
    const accounts = await this.#parts.database
      .selectFrom("users")
      .leftJoin("absent_people", "absent_people.user_id", "users.id")
      .select(["disabled", "absent_people.since as absent_since"])
      .where("unix_user", "=", user)
      .execute();
    const isOut = (one: (typeof accounts)[number]) =>
      one.disabled !== 0 || one.absent_since !== null;
    return accounts.length > 0 && accounts.every(isOut);
  }
}

function isAdministrator(principal: Principal, cluster: string): boolean {
  const administrator: Role = "administrator";
  return roleOf(principal, { cluster }) === administrator;
}

function header({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  if (value === undefined || value === "") return undefined;
  // Node joins what came twice with a comma, which no name and no token has.
  if (typeof value !== "string" || value.length > 4096 || /[^\x21-\x7e]|,/.test(value)) {
    throw notAuthenticated();
  }
  return value;
}

function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
}

function asAnother(user: string): SluiceError {
  return notAllowed(`only administrators ask as another user, and none as ${JSON.stringify(user)}`);
}

function notAllowed(message: string): SluiceError {
  return new SluiceError("NOT_ALLOWED", "user", message, {
    hint: "Leave out X-SLURM-USER-NAME, or ask an administrator of the site",
  });
}
