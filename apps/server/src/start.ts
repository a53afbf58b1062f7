import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { hostname } from "node:os";
import { type Clock, messageOf, renderFinding, SluiceError } from "@sluice/model";
import type { Identity, ServerConfig } from "@sluice/server";
import type { Logger } from "pino";
import { claim, removeRecord, type ServerRecord, writeRecord } from "./claim.ts";
import { loadConfig } from "./config-file.ts";
import { openDatabase } from "./database.ts";
import { createLog, type LogOptions } from "./log.ts";
import { makeFolders, type ServerPaths, serverPaths } from "./paths.ts";
import { allSecretFiles, secretFileProblems } from "./secret-files.ts";
import { serverId } from "./server-id.ts";
import { siteKey } from "./site-key.ts";
import { loadTls } from "./tls.ts";
import { type ServerClouds, wire } from "./wire.ts";

export interface ServerOptions {
  readonly configFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly clouds: ServerClouds;
  readonly version: string;
}

export interface StartOptions extends ServerOptions {
  readonly log: Pick<LogOptions, "isPlain" | "write">;
  /** Calls a start off. */
  readonly signal: AbortSignal;
}

/** A server that listens. Disposing of it stops it gently. */
export interface RunningServer extends AsyncDisposable {
  readonly record: ServerRecord;
  /** Where its file is; undefined without one. */
  readonly configFile: string | undefined;
  /** By which the first administrator is made; undefined once there is one. */
  readonly firstLink: string | undefined;
}

/** Milliseconds between two looks whether the first administrator is there. */
const LINK_POLL = 5000;

/**
 * Starts the server of this state folder and resolves when it takes requests. Whatever killed the
 * one before, this one finds everything.
 *
 * Errors: `SERVER_FILE_UNREADABLE`, `SERVER_FILE_INVALID`, `SECRET_EXPOSED`, `SECRET_MISSING`,
 * `TLS_UNUSABLE`, `SERVER_RUNNING`, `SERVER_PORT_IN_USE`, `SERVER_CANNOT_LISTEN`, those of
 * `openDatabase`.
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { env, clock, clouds, version, signal } = options;
  await using stack = new AsyncDisposableStack();
  const paths = serverPaths(env);
  const { config, file, warnings } = await loadConfig(paths, options.configFile);
  const log = createLog({ level: config.Log.Level, ...options.log });
  for (const warning of warnings) log.warn(renderFinding(warning));
  const [exposed] = await secretFileProblems(allSecretFiles(config));
  if (exposed !== undefined) throw exposed;
  await makeFolders(paths);
  stack.use(claim(paths));
  await removeRecord(paths);
  await rm(firstLinkFile(paths), { force: true });
  const tls = await loadTls(config.Listen, paths, clock);
  const port = await freePort(config.Listen);
  const { database } = stack.use(await openDatabase({ config, paths, clock, log, signal }));
  const scheme = tls === undefined ? "http" : "https";
  const publicUrl = new URL(config.PublicUrl ?? urlOf(scheme, config.Listen.Address, port));
  const { app, identity } = await wire(
    {
      ...{ config, database, publicUrl, tls, clock, log, env, clouds, version },
      siteKey: await siteKey(config, paths),
      serverId: await serverId(paths),
      address: urlOf(scheme, config.Listen.Address, port),
    },
    stack,
  );
  await app.listen({ host: config.Listen.Address, port }).catch((error: unknown) => {
    throw cannotListen(config.Listen.Address, port, error);
  });
  const firstLink = await keepFirstLink({ identity, paths, clock, log }, stack);
  const record: ServerRecord = {
    pid: process.pid,
    url: urlOf(scheme, config.Listen.Address, port),
    fingerprint: tls?.fingerprint,
    version,
    startedAt: clock.now().toISOString(),
  };
  await writeRecord(paths, record);
  stack.defer(() => removeRecord(paths));
  signal.throwIfAborted();
  log.info({ url: record.url, file }, "the server takes requests");
  const started = stack.move();
  return {
    record,
    configFile: file,
    firstLink,
    [Symbol.asyncDispose]: async () => {
      log.info("stopping");
      await started.disposeAsync();
      log.info("stopped");
    },
  };
}

/** Holds the first administrator's link while that can be used; for whoever may read the folder. */
export function firstLinkFile({ folder }: ServerPaths): string {
  return `${folder}/first-link`;
}

interface LinkParts {
  readonly identity: Identity;
  readonly paths: ServerPaths;
  readonly clock: Clock;
  readonly log: Logger;
}

async function keepFirstLink(
  { identity, paths, clock, log }: LinkParts,
  stack: AsyncDisposableStack,
): Promise<string | undefined> {
  const link = await identity.signIns.firstLink();
  if (link === undefined) return undefined;
  const file = firstLinkFile(paths);
  await writeFile(file, `${link.url}\n`, { mode: 0o600 });
  log.warn({ file }, "there is no administrator yet: the link that makes one is in this file");
  const over = new AbortController();
  const token = link.url.slice(link.url.lastIndexOf("/") + 1);
  const isOpen = async () =>
    identity.signIns.showLink(token).then(
      () => true,
      // Any other error says nothing about the link.
      (error: unknown) => !(error instanceof SluiceError && error.code === "LINK_INVALID"),
    );
  const watch = async () => {
    while (!over.signal.aborted && (await isOpen())) await clock.sleep(LINK_POLL, over.signal);
    await rm(file, { force: true });
  };
  const watching = watch();
  stack.defer(() => watching);
  stack.defer(() => over.abort());
  return link.url;
}

export function urlOf(scheme: string, address: string, port: number): string {
  const isAny = address === "0.0.0.0" || address === "::";
  const host = isAny ? hostname() : address.includes(":") ? `[${address}]` : address;
  return `${scheme}://${host}:${port}`;
}

/**
 * The port that is listened on, which is free now: links name it before it is listened on.
 *
 * Errors: `SERVER_PORT_IN_USE`, `SERVER_CANNOT_LISTEN`.
 */
export async function freePort({ Address, Port }: ServerConfig["Listen"]): Promise<number> {
  const probe = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  probe.once("error", reject);
  probe.listen({ host: Address, port: Port, exclusive: true }, resolve);
  try {
    await promise;
    const address = probe.address();
    return typeof address === "object" && address !== null ? address.port : Port;
  } catch (error) {
    throw cannotListen(Address, Port, error);
  } finally {
    if (probe.listening) await new Promise((done) => probe.close(done));
  }
}

function cannotListen(address: string, port: number, cause: unknown): SluiceError {
  if ((cause as NodeJS.ErrnoException).code === "EADDRINUSE") {
    return new SluiceError(
      "SERVER_PORT_IN_USE",
      "user",
      `another program listens on ${address} port ${port}`,
      { hint: "end it, or write another Listen/Port into the server's file", cause },
    );
  }
  return new SluiceError(
    "SERVER_CANNOT_LISTEN",
    "user",
    `nobody can listen on ${address} port ${port} here: ${messageOf(cause)}`,
    { hint: "correct Listen in the server's file", cause },
  );
}
