import { randomBytes, randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Grant, Scope } from "@sluice/api";
import { testDatabase } from "@sluice/database/testing";
import type { Clock } from "@sluice/model";
import type { FastifyRequest } from "fastify";
import pino from "pino";
import { Registry } from "prom-client";
import type { z } from "zod";
import type { AuditEntry } from "../../audit/contract.ts";
import { createClusterDirectory } from "../../clusters/create-directory.ts";
import { type ServerConfig, serverConfigSchema } from "../../config/schema.ts";
import { createEventHub } from "../../events/event-hub.ts";
import type { EventHub } from "../../events/hub.ts";
import type { Principal } from "../../identity/principal.ts";
import { eventsImplementations } from "../../routes/events.ts";
import { buildServer } from "../../server.ts";
import type { Implementation } from "../handler.ts";

export const clock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) =>
    delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};

export function person(name: string, grants: readonly Grant[], scopes?: readonly Scope[]) {
  return {
    id: name,
    name,
    unixUser: name,
    grants,
    groups: [],
    via: "token",
    credentialId: `token-${name}`,
    ...(scopes === undefined ? {} : { scopes: new Set(scopes) }),
  } satisfies Principal;
}

export interface Frame extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly audited: readonly AuditEntry[];
  readonly events: EventHub;
  /** Lines of its log. */
  readonly logged: readonly string[];
  /** With the name of a person as the token. */
  ask(path: string, who?: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export interface FrameOptions {
  readonly people: Readonly<Record<string, Principal>>;
  readonly implementations: readonly Implementation[];
  readonly config?: z.input<typeof serverConfigSchema>;
}

/** A server on loopback over routes of a test's own, and the events. */
export async function startFrame({
  people,
  implementations,
  config: keys = {},
}: FrameOptions): Promise<Frame> {
  await using stack = new AsyncDisposableStack();
  const { database } = stack.use(await testDatabase(false));
  const config: ServerConfig = serverConfigSchema.parse(keys);
  const events = createEventHub({ clock, process: "p", remembered: config.Events.Remembered });
  const clusters = stack.use(
    createClusterDirectory({
      providers: [],
      openCloud: () => Promise.reject(new Error("there is no cloud")),
      openGateway: () => {
        throw new Error("there is no head");
      },
      clock,
      events,
    }),
  );
  const audited: AuditEntry[] = [];
  const logged: string[] = [];
  const deps = {
    config,
    database,
    clusters,
    events,
    audit: { write: async (entry: AuditEntry) => void audited.push(entry) },
    clock,
    random: { bytes: (count: number) => randomBytes(count), id: () => randomUUID() as string },
    log: pino({ level: "debug" }, { write: (line: string) => void logged.push(line) }),
    metrics: new Registry(),
    authenticate: async ({ headers }: FastifyRequest) =>
      people[headers.authorization?.replace("Bearer ", "") ?? ""],
  };
  const app = await buildServer({
    ...deps,
    implementations: [...implementations, ...eventsImplementations(deps)],
    version: "1",
    docsViewer: async () => ({ script: "viewer", style: "" }),
  });
  stack.defer(() => app.close());
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const all = stack.move();
  return {
    url,
    port,
    audited,
    events,
    logged,
    ask: (path, who, init = {}) =>
      fetch(`${url}${path}`, {
        ...init,
        headers: {
          ...(who === undefined ? {} : { authorization: `Bearer ${who}` }),
          ...init.headers,
        },
      }),
    close: () => app.close(),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
