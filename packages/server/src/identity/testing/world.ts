import { randomBytes, randomUUID } from "node:crypto";
import type { Database } from "@sluice/database";
import { testDatabase } from "@sluice/database/testing";
import type { Clock } from "@sluice/model";
import Fastify, {
  type FastifyInstance,
  type InjectOptions,
  type LightMyRequestResponse,
} from "fastify";
import { type AuditLog, createAudit } from "../../audit/audit.ts";
import { mount } from "../../http/mount.ts";
import { problemOf } from "../../http/problems.ts";
import { auditImplementations } from "../../routes/audit.ts";
import { authenticationImplementations } from "../../routes/authentication.ts";
import { tokensImplementations } from "../../routes/tokens.ts";
import { usersImplementations } from "../../routes/users.ts";
import { authenticationSchema } from "../config.ts";
import { createIdentity, type Identity } from "../identity.ts";
import { createPasswords } from "../passwords.ts";

export const ORIGIN = "https://sluice.example.com";
export const PASSWORD = "correct horse battery staple";

export const random = { bytes: (count: number) => randomBytes(count), id: () => randomUUID() };

/** A clock that a test moves; nobody waits by it. */
export class MovedClock implements Clock {
  #now = Date.parse("2026-05-01T10:00:00Z");
  slept = 0;
  now(): Date {
    return new Date(this.#now);
  }
  async sleep(milliseconds: number): Promise<void> {
    this.slept += milliseconds;
  }
  move(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

export interface World extends AsyncDisposable {
  readonly database: Database;
  readonly clock: MovedClock;
  readonly identity: Identity;
  readonly auditLog: AuditLog;
  readonly app: FastifyInstance;
  ask(
    request: InjectOptions & { as?: Session | string; from?: string },
  ): Promise<LightMyRequestResponse>;
  /** Signs in and keeps what a browser would. */
  signIn(name: string, password?: string): Promise<Session>;
  /** The first administrator, signed in. */
  administrator(): Promise<Session>;
  /** A local user with a password, signed in. */
  user(wish: Record<string, unknown> & { name: string }): Promise<Session>;
}

export interface Session {
  readonly cookie: string;
  readonly csrf: string;
}

interface WorldOptions {
  readonly config?: unknown;
  readonly publicUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The routes of identity over a database of their own. */
export async function world({
  config = {},
  publicUrl = ORIGIN,
  env = {},
}: WorldOptions = {}): Promise<World> {
  const { database, [Symbol.asyncDispose]: dispose } = await testDatabase();
  const clock = new MovedClock();
  const identity = createIdentity({
    database,
    clock,
    random,
    config: authenticationSchema.parse(config),
    publicUrl: new URL(publicUrl),
    env,
    // As little work as scrypt can be asked for.
    passwords: createPasswords(random, { ln: 4, r: 8, p: 1 }),
  });
  const auditLog = createAudit({ database, clock });
  const app = Fastify({ trustProxy: true });
  app.decorateRequest("principal", undefined);
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request.id);
    reply.code(problem.status).send(problem);
  });
  app.addHook("onRequest", async (request) => {
    request.principal = await identity.authenticate(request);
  });
  await mount(
    app,
    [
      ...authenticationImplementations({ identity, audit: auditLog }),
      ...tokensImplementations({ identity }),
      ...usersImplementations({ identity }),
      ...auditImplementations({ auditLog }),
    ],
    { audit: auditLog, bodyLimit: 1_000_000, stopping: new AbortController().signal },
  );

  const ask: World["ask"] = ({ as, from = "192.0.2.1", headers, ...request }) =>
    app.inject({
      ...request,
      headers: { "x-forwarded-for": from, ...headersOf(as), ...headers },
    });
  const signIn = async (name: string, password = PASSWORD) =>
    sessionOf(await ask({ method: "POST", url: "/api/v1/session", payload: { name, password } }));
  const administrator = async () => {
    const link = await identity.signIns.firstLink();
    const payload = { token: tokenOf(link?.url), password: PASSWORD, name: "root-admin" };
    return sessionOf(await ask({ method: "POST", url: "/api/v1/session/link", payload }));
  };
  return {
    database,
    clock,
    identity,
    auditLog,
    app,
    ask,
    signIn,
    administrator,
    user: async (wish) => {
      await identity.users.create({ grants: [], groups: [], ...wish });
      const { url } = await identity.signIns.linkFor(wish.name);
      const payload = { token: tokenOf(url), password: PASSWORD };
      return sessionOf(await ask({ method: "POST", url: "/api/v1/session/link", payload }));
    },
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await dispose();
    },
  };
}

export function tokenOf(url: string | undefined): string {
  return url?.split("/").at(-1) ?? "";
}

export function sessionOf(response: LightMyRequestResponse): Session {
  if (response.statusCode !== 200) throw new Error(response.body);
  return { cookie: cookiesOf(response), csrf: response.json<{ csrfToken: string }>().csrfToken };
}

/** As a browser would send them back. */
export function cookiesOf({ headers }: LightMyRequestResponse): string {
  return [headers["set-cookie"] ?? []]
    .flat()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
}

function headersOf(as: Session | string | undefined): Record<string, string> {
  if (as === undefined) return {};
  if (typeof as === "string") return { authorization: `Bearer ${as}` };
  return { cookie: as.cookie, "x-sluice-csrf": as.csrf, origin: ORIGIN };
}
