import { randomBytes, randomUUID } from "node:crypto";
import type { Database } from "@sluice/database";
import { testDatabase } from "@sluice/database/testing";
import { FakeCloud } from "@sluice/lifecycle/testing";
import type { Clock } from "@sluice/model";
import type { FastifyInstance, InjectOptions } from "fastify";
import pino from "pino";
import { Registry } from "prom-client";
import type { AuditEntry } from "../../audit/contract.ts";
import { defaultServerConfig } from "../../config/parse.ts";
import type { Random, ServerDeps } from "../../deps.ts";
import { createEventHub } from "../../events/event-hub.ts";
import type { PublishedEvent } from "../../events/hub.ts";
import { person } from "../../http/testing/frame.ts";
import { parallelClusterApi } from "../../parallelcluster-api/plugin.ts";
import { clusterFilesImplementations } from "../../routes/cluster-files.ts";
import { clustersImplementations } from "../../routes/clusters.ts";
import { buildServer } from "../../server.ts";
import { createClusterLooks } from "../cluster-looks.ts";
import { createClusterDirectory } from "../create-directory.ts";
import { createFileWork } from "../files/file-work.ts";
import { createOperations, type Operations } from "../operations/index.ts";
import { QuickClock } from "./quick-clock.ts";

export const random: Random = { bytes: (count) => randomBytes(count), id: () => randomUUID() };

/** Who there is, by what they send as their token. */
export const PEOPLE = {
  root: person("root", [{ role: "administrator", cluster: "*", account: "*" }]),
  reader: person(
    "reader",
    [{ role: "administrator", cluster: "*", account: "*" }],
    ["clusters:read"],
  ),
  olga: person("olga", [{ role: "operator", cluster: "demo", account: "*" }]),
  ada: person("ada", [{ role: "user", cluster: "demo", account: "*" }]),
  eve: person("eve", [{ role: "administrator", cluster: "elsewhere", account: "*" }]),
} as const;

export interface Site extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly database: Database;
  readonly cloud: FakeCloud;
  readonly clock: Clock;
  readonly operations: Operations;
  readonly clusters: ServerDeps["clusters"];
  readonly audited: readonly AuditEntry[];
  readonly published: readonly PublishedEvent[];
  ask(
    who: keyof typeof PEOPLE | undefined,
    method: NonNullable<InjectOptions["method"]>,
    url: string,
    payload?: object,
  ): ReturnType<typeof askOf>;
  /** As it is when the operation has ended. */
  ended(id: string): ReturnType<Operations["ended"]>;
  /** Another server on the same database and cloud, or one that was there before. */
  beside(server?: string): Operations;
}

function askOf(app: FastifyInstance, options: InjectOptions) {
  return app.inject(options);
}

/** A whole server over a cloud in memory and a database of its own. */
export async function testSite(): Promise<Site> {
  const clock = new QuickClock();
  const kept = await testDatabase();
  const cloud = new FakeCloud(clock);
  const events = createEventHub({ clock, process: randomUUID(), remembered: 1000 });
  const log = pino({ level: "silent" });
  const audited: AuditEntry[] = [];
  const published: PublishedEvent[] = [];
  const over = new AbortController();
  events.subscribe({
    wants: () => true,
    listener: (event) => published.push(event),
    signal: over.signal,
  });
  const { database } = kept;
  const clusters = createClusterDirectory({
    providers: [{ provider: "local" }],
    openCloud: async () => cloud,
    openGateway: () => {
      throw new Error("no cluster here has a gateway");
    },
    clock,
    events,
  });
  const audit = { write: async (entry: AuditEntry) => void audited.push(entry) };
  const deps = { database, clusters, events, clock, random, log, audit };
  const operations = createOperations({ ...deps, server: random.id() });
  const files = createFileWork();
  const all: Operations[] = [operations];
  const app = await buildServer({
    ...deps,
    config: defaultServerConfig(),
    metrics: new Registry(),
    authenticate: async ({ headers }) =>
      PEOPLE[headers.authorization?.replace("Bearer ", "") as keyof typeof PEOPLE],
    implementations: [
      ...clustersImplementations({ ...deps, operations, files }, createClusterLooks(clock)),
      ...clusterFilesImplementations({ clock, files }),
    ],
    plugins: [
      parallelClusterApi({
        ...{ ...deps, operations, files },
        publicUrl: new URL("https://sluice.example"),
        siteKey: randomBytes(32),
      }),
    ],
    version: "0.0.0",
    docsViewer: async () => ({ script: "", style: "" }),
  });
  return {
    app,
    database,
    cloud,
    clock,
    operations,
    clusters,
    audited,
    published,
    ask: (who, method, url, payload) =>
      askOf(app, {
        method,
        url,
        headers: who === undefined ? {} : { authorization: `Bearer ${who}` },
        ...(payload === undefined ? {} : { payload }),
      }),
    ended: (id) => operations.ended(id, AbortSignal.timeout(10_000)),
    beside: (server = random.id()) => {
      const other = createOperations({ ...deps, server });
      all.push(other);
      return other;
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await app.close();
      for (const one of all) await one[Symbol.asyncDispose]();
      await clusters[Symbol.asyncDispose]();
      await files[Symbol.asyncDispose]();
      await kept[Symbol.asyncDispose]();
    },
  };
}
