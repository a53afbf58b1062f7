import { randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Cloud, ObjectEvents } from "@sluice/cloud";
import { type Database, type SteadyClock, underLease } from "@sluice/database";
import { openGateway } from "@sluice/gateway";
import { createSubmissions } from "@sluice/jobs";
import type { Account, Clock } from "@sluice/model";
import {
  allRoutes,
  buildServer,
  createAudit,
  createClusterDirectory,
  createFileWork,
  createIdentity,
  createOperations,
  createPresence,
  createSharedEvents,
  createSiteFailover,
  createSiteJobs,
  createSiteRuns,
  createSiteTerminals,
  createSiteTriggers,
  createSiteUsage,
  type Identity,
  keepTerminals,
  parallelClusterApi,
  type Random,
  type RouteParts,
  type ServedProvider,
  type ServerConfig,
  type ServerDeps,
  type SlurmApiParts,
  slurmApi,
} from "@sluice/server";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { TlsPair } from "./tls.ts";

/** The clouds that a server can open, each loaded when it is first wanted. */
export interface ServerClouds {
  open(
    provider: string,
    place: { readonly region?: string; readonly site?: string },
  ): Promise<Cloud>;
  openAccount(provider: string, region: string | undefined): Promise<Account>;
  /** Queues with events of buckets, addresses by name. */
  openObjectEvents(
    region: string,
    queues: Readonly<Record<string, string>>,
  ): Promise<ObjectEvents & AsyncDisposable>;
}

export interface WireOptions {
  readonly config: ServerConfig;
  readonly database: Database;
  readonly publicUrl: URL;
  readonly tls: TlsPair | undefined;
  /** See `siteKey`. */
  readonly siteKey: Uint8Array;
  /** See `serverId`. */
  readonly serverId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clouds: ServerClouds;
  readonly version: string;
  /** Where it listens, as other servers of the site are told. */
  readonly address: string;
}

export interface Wired {
  readonly app: FastifyInstance;
  readonly identity: Identity;
}

/** Chance, as the machine has it. */
export const random: Random = { bytes: randomBytes, id: randomUUID };

/** Beside the program that this is bundled into. */
const PORTAL = fileURLToPath(new URL("./portal", import.meta.url));

/** Nobody sets it. */
const steady: SteadyClock = {
  milliseconds: () => performance.now(),
  sleep: (milliseconds, signal) =>
    delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};

/** Milliseconds for which a server that stops still answers, and says that it leaves. */
const UNREADY = 3000;
/** Milliseconds that what runs has to end, once the server stops. */
const DRAIN = 20_000;

/** Every part of the server with those that it needs; the stack takes them apart again. */
export async function wire(options: WireOptions, stack: AsyncDisposableStack): Promise<Wired> {
  const { config, database, publicUrl, siteKey, serverId, tls, clock } = options;
  const { log, env, clouds, version } = options;
  const over = new AbortController();
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const events = await createSharedEvents({
    ...{ clock, database, random, remembered: config.Events.Remembered },
    onError: (err) => log.warn({ err }, "events are late"),
  });
  // What is told while the server stops is still written.
  const silent = new AbortController();
  const telling = events.run(silent.signal);
  stack.defer(() => telling);
  stack.defer(() => silent.abort());
  const presence = createPresence({
    ...{ database, clock },
    self: { id: serverId, host: hostname(), address: options.address, version, since: clock.now() },
    onError: (err) => log.warn({ err }, "the other servers are not heard"),
  });
  const being = presence.run(silent.signal);
  stack.defer(() => being);
  stack.defer(() => silent.abort());
  const alone = aloneIn({ database, log, holder: `${serverId} ${random.id()}` }, stack);
  const clusters = stack.use(
    createClusterDirectory({
      providers: servedProviders(config),
      openCloud: ({ provider, region }) =>
        clouds.open(provider, {
          ...(region === undefined ? {} : { region }),
          ...(config.Site.Name === undefined ? {} : { site: config.Site.Name }),
        }),
      openGateway,
      clock,
      events,
      ...(config.Clusters.Default === undefined ? {} : { defaultCluster: config.Clusters.Default }),
    }),
  );
  const audit = createAudit({ database, clock });
  const identity = createIdentity({
    database,
    clock,
    random,
    config: config.Authentication,
    publicUrl,
    env,
  });
  const files = stack.use(createFileWork());
  const operations = stack.use(
    createOperations({ database, clusters, events, clock, random, log, server: serverId }),
  );
  const submissions = createSubmissions({
    database,
    gateway: async (cluster) => (await clusters.get(cluster)).gateway(),
    clock,
    random,
    log,
    keepsRequests: true,
    told: ({ cluster, unixUser, ...data }) =>
      events.publish({ topic: "job", kind: "resubmitted", cluster, unixUser, data }),
  });
  const keeping = submissions.run(over.signal);
  stack.defer(() => keeping);
  stack.defer(() => over.abort());
  if (config.Authentication.Ldap.length > 0) {
    alone("directories", (signal) =>
      identity.keepFresh(signal, (err) =>
        log.warn({ err }, "a directory was not asked about its people to the end"),
      ),
    );
  }

  const jobs = stack.use(createSiteJobs({ clusters, clock, events }));
  const failover = createSiteFailover({
    ...{ clusters, clock, database, events, jobs, log, config: config.Failover },
  });
  alone("failover", (signal) => failover.work(signal));
  const { applications, runs, work } = createSiteRuns({
    ...{ clusters, clock, database, events, log, random, submissions, jobs, config: config.Runs },
  });
  alone("runs", work);

  const { usage, work: readAccounting } = createSiteUsage({
    ...{ clusters, clock, database, events, jobs, log },
  });
  alone("accounting", readAccounting);

  const objectEvents = await objectQueues(config, clouds, stack);
  const triggers = createSiteTriggers({
    ...{ clusters, clock, database, events, log, random, applications, runs, siteKey },
    ...(objectEvents === undefined ? {} : { objectEvents }),
  });
  const awaiting = triggers.run(over.signal);
  stack.defer(() => awaiting);
  stack.defer(() => over.abort());

  const shell = { audit, clock, clusters, config, database, log, random };
  const terminals = createSiteTerminals(shell);
  alone("terminals", (signal) => keepTerminals(shell, terminals, signal));

  const parts: RouteParts & ServerDeps & SlurmApiParts = {
    config,
    database,
    clusters,
    events,
    audit,
    auditLog: audit,
    identity,
    operations,
    files,
    openAccount: (provider, region) => clouds.openAccount(provider, region),
    submissions,
    failover,
    jobs,
    applications,
    runs,
    terminals,
    triggers,
    usage,
    publicUrl,
    presence,
    facts: {
      version,
      serverId,
      startedAt: clock.now(),
      hasOwnDatabase: config.Database === undefined,
      ...(tls === undefined ? {} : { certificate: tls.cert }),
    },
    userName: async (id) => (await identity.users.get(id).catch(() => undefined))?.name,
    clock,
    random,
    log,
    metrics,
    authenticate: (request) => identity.authenticate(request),
    authenticateToken: (token) => identity.authenticateToken(token),
  };
  const leaving = new AbortController();
  const app = await buildServer({
    ...parts,
    implementations: allRoutes(parts),
    plugins: [slurmApi(parts), parallelClusterApi({ ...parts, siteKey })],
    version,
    ...(tls === undefined ? {} : { tls }),
    docsViewer,
    portal: PORTAL,
    name: serverId.slice(0, 8),
    leaving: leaving.signal,
    servers: () => presence.alive(),
  });
  stack.defer(() => drain(app));
  stack.defer(async () => {
    leaving.abort();
    // A database that hangs holds nobody up.
    await Promise.race([presence.leave(), clock.sleep(1000)]);
    // Whoever sends requests here is to find out, before nobody listens.
    if (presence.alive() > 1) await clock.sleep(UNREADY);
  });
  return { app, identity };
}

/**
 * @returns what does a work of the site's as long as no other server does it. It ends with the stack,
 * and another server may begin at once.
 */
function aloneIn(
  parts: { readonly database: Database; readonly log: Logger; readonly holder: string },
  stack: AsyncDisposableStack,
) {
  const { database, log, holder } = parts;
  return (name: string, work: (signal: AbortSignal) => Promise<void>): void => {
    const over = new AbortController();
    const running = underLease(
      {
        ...{ database, name, holder, clock: steady },
        work: (signal, term) => {
          log.info({ work: name, term }, "this server does what one does alone");
          return work(signal);
        },
        onProblem: (why) => log.warn({ work: name, why }, "what one server does alone is late"),
      },
      over.signal,
    );
    stack.defer(() => running);
    stack.defer(() => over.abort());
  };
}

/** Each region's queues are asked with clients of their own; undefined without any. */
async function objectQueues(
  { Triggers }: ServerConfig,
  clouds: ServerClouds,
  stack: AsyncDisposableStack,
): Promise<ObjectEvents | undefined> {
  const regions = Map.groupBy(Triggers.ObjectQueues, ({ Region }) => Region);
  const all = await Promise.all(
    [...regions].map(async ([region, queues]) =>
      stack.use(
        await clouds.openObjectEvents(
          region,
          Object.fromEntries(queues.map(({ Name, Url }) => [Name, Url])),
        ),
      ),
    ),
  );
  if (all.length === 0) return undefined;
  return {
    queues: all.flatMap(({ queues }) => queues),
    receive: async (queue, signal) =>
      (await all.find(({ queues }) => queues.includes(queue))?.receive(queue, signal)) ?? [],
  };
}

export function servedProviders({ Clusters }: ServerConfig): readonly ServedProvider[] {
  return Clusters.Providers.map(({ Provider, Region }) => ({
    provider: Provider,
    ...(Region === undefined ? {} : { region: Region }),
  }));
}

async function docsViewer() {
  // Not bundled: it is a browser's program, and is served as it is.
  const { resolve } = createRequire(import.meta.url);
  const part = (name: string) => readFile(resolve(`swagger-ui-dist/${name}`));
  return { script: await part("swagger-ui-bundle.js"), style: await part("swagger-ui.css") };
}

async function drain(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), DRAIN);
  await app.close().finally(() => clearTimeout(timer));
}
