import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { detectCgroups } from "../host/cgroups.ts";
import { raiseKernelLimits } from "../host/requirements.ts";
import { LAUNCHER } from "../machines/launcher.ts";
import { MachineProcesses } from "../machines/process.ts";
import { clusterPaths, type StatePaths, statePaths } from "../paths.ts";
import { Clusters } from "./clusters.ts";
import { Fleet } from "./fleet.ts";
import { keepGuarded } from "./guard.ts";
import { buildClusterApi, buildHostApi, type ServiceParts } from "./http.ts";
import { LocalStore } from "./store.ts";

/** Seconds without clusters and without requests after which the service ends by itself. */
const LINGER_SECONDS = 5;

/**
 * The local cloud's service. One runs per state folder: it holds `service/pid` while it lives.
 * Machines are not its children in any sense that matters; it can die and be replaced at any time.
 */
async function main(): Promise<void> {
  const state = statePaths(process.env);
  for (const dir of [state.root, state.service, state.bundles, state.clusters]) {
    mkdirSync(dir, { recursive: true, mode: 0o711 });
  }
  chmodSync(state.service, 0o700);
  if (!claim(state)) return;
  await raiseKernelLimits();
  const launcher = join(state.service, `launch-${hash(LAUNCHER)}.sh`);
  writeFileSync(launcher, LAUNCHER, { mode: 0o700 });

  const store = new LocalStore(state.database);
  const sockets = new ClusterSockets(state);
  const dist = fileURLToPath(new URL(".", import.meta.url));
  const clusters = new Clusters({
    store,
    state,
    headProgram: join(dist, "head"),
    node: process.execPath,
    onClusters: () => sockets.sync(store.clusters().map(({ name }) => name)),
  });
  const fleet = new Fleet({
    store,
    state,
    cluster: (name) => clusters.live(name),
    processes: (onExit) => new MachineProcesses({ launcher, cgroups: detectCgroups(), onExit }),
  });
  clusters.attach(fleet);

  let idleSince = Date.now();
  const stop = async (): Promise<void> => {
    await Promise.all([host.close(), sockets.close()]);
    fleet.close();
    store[Symbol.dispose]();
    rmSync(join(state.service, "pid"), { force: true });
    held?.close();
    process.exit(0);
  };
  const parts: ServiceParts = {
    clusters,
    fleet,
    state,
    build: buildId(),
    shutdown: () => void stop(),
  };
  sockets.parts = parts;
  const host = buildHostApi(parts);
  let open = 0;
  host.addHook("onRequest", async () => {
    open += 1;
  });
  host.server.on("request", (_request, response) => {
    response.once("close", () => {
      open -= 1;
      idleSince = Date.now();
    });
  });
  await clusters.recover();
  await fleet.recover();
  await clusters.takeDownUnfinished();
  await sockets.sync(store.clusters().map(({ name }) => name));
  rmSync(state.hostSocket, { force: true });
  await host.listen({ path: state.hostSocket });
  chmodSync(state.hostSocket, 0o600);

  const guard = keepGuarded(state);
  setInterval(() => {
    guard();
    if (store.clusters().length > 0 || open > 0) idleSince = Date.now();
    else if (Date.now() - idleSince > LINGER_SECONDS * 1000) void stop();
  }, 1000);
  process.on("SIGTERM", () => void stop());
  process.on("SIGINT", () => void stop());
}

/** One socket a cluster, in the folder that its head has mounted. */
class ClusterSockets {
  readonly #state: StatePaths;
  readonly #apps = new Map<string, FastifyInstance>();
  parts: ServiceParts | undefined;

  constructor(state: StatePaths) {
    this.#state = state;
  }

  async sync(names: readonly string[]): Promise<void> {
    if (this.parts === undefined) return;
    for (const [name, app] of this.#apps) {
      if (names.includes(name)) continue;
      this.#apps.delete(name);
      await app.close();
    }
    for (const name of names) {
      const paths = clusterPaths(this.#state, name);
      if (this.#apps.has(name) || !existsSync(paths.cloudSocketDir)) continue;
      const app = buildClusterApi(name, this.parts);
      this.#apps.set(name, app);
      rmSync(paths.cloudSocket, { force: true });
      await app.listen({ path: paths.cloudSocket });
      chmodSync(paths.cloudSocket, 0o600);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#apps.values()].map((app) => app.close()));
  }
}

/**
 * True when this process is now the service of the state folder. SQLite's lock goes with the
 * process that holds it, however it ends, and is not inherited by the machines it starts.
 */
function claim(state: StatePaths): boolean {
  const lock = new DatabaseSync(join(state.service, "lock.sqlite"));
  try {
    lock.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch {
    lock.close();
    return false;
  }
  held = lock;
  writeFileSync(join(state.service, "pid"), String(process.pid), { mode: 0o600 });
  return true;
}

/** Kept so that it is never collected. */
let held: DatabaseSync | undefined;

/** The content of the program that runs, so that clients of another build can tell. */
function buildId(): string {
  return hash(readFileSync(fileURLToPath(import.meta.url), "utf8"));
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

await main();
