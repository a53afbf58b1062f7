import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { messageOf } from "@sluice/model";
import { detectCgroups } from "../host/cgroups.ts";
import { raiseKernelLimits } from "../host/requirements.ts";
import { LAUNCHER } from "../machines/launcher.ts";
import { MachineProcesses } from "../machines/process.ts";
import { type StatePaths, statePaths } from "../paths.ts";
import { Clusters } from "./clusters.ts";
import { Fleet } from "./fleet.ts";
import { keepGuarded } from "./guard.ts";
import { HeadKeeper } from "./head-keeper.ts";
import { HeadSockets } from "./head-sockets.ts";
import { Heads } from "./heads.ts";
import { buildHostApi, type ServiceParts, serveHost } from "./http.ts";
import { LiveSites } from "./live-site.ts";
import type { LivePlace } from "./machine-row.ts";
import { siteOf } from "./site-paths.ts";
import { SiteSockets } from "./site-sockets.ts";
import { Sites } from "./sites.ts";
import { LocalStore } from "./store.ts";
import { ZonedNetworks } from "./zoned-networks.ts";
import { Zones } from "./zones.ts";

/** Milliseconds between two looks after the heads. */
const LOOK_MS = 300;
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
  const sockets = new HeadSockets(state);
  const dist = fileURLToPath(new URL(".", import.meta.url));
  const program = { headProgram: join(dist, "head"), node: process.execPath };
  const liveSites = new LiveSites(store, state);
  const clusters = new Clusters({
    store,
    state,
    sites: liveSites,
    ...program,
    onClusters: async () => {
      await sockets.sync(store.clusters().map(({ name }) => name));
      // Machines of a site know the heads of its clusters.
      for (const { name } of store.sites.list()) await liveSites.get(name)?.names.refresh();
    },
  });
  const place = (owner: string): LivePlace | undefined => {
    const site = siteOf(owner);
    return site === undefined ? clusters.live(owner) : liveSites.get(site);
  };
  const fleet = new Fleet({
    store,
    state,
    cluster: place,
    processes: (onExit) => new MachineProcesses({ launcher, cgroups: detectCgroups(), onExit }),
  });
  const networks = new ZonedNetworks(store, place);
  const zones = new Zones({
    store,
    find: (name) => networks.find(name),
    all: () => networks.all(),
    losePower: (rows) => fleet.losePower(rows),
  });
  const heads = new Heads({
    store,
    fleet,
    cluster: (name) => clusters.live(name),
    isReachable: (row) => zones.isReachable(row),
  });
  clusters.attach(fleet, heads);
  const keeper = new HeadKeeper({
    store,
    heads,
    fleet,
    cluster: (name) => clusters.live(name),
    isBusy: (name) => clusters.isBusy(name),
  });
  const siteSockets = new SiteSockets({
    store,
    sites: liveSites,
    machines: () => sites.machines,
    serve: (app) => serveHost(app, parts),
  });
  const sites = new Sites({
    store,
    state,
    live: liveSites,
    fleet,
    zones,
    dist,
    ...program,
    refreshClusters: (site) => clusters.refreshNames(site),
    onSites: () => siteSockets.sync(),
  });
  zones.onUnreachable(() => {
    void sockets.look();
    void siteSockets.look();
  });

  let idleSince = Date.now();
  const stop = async (): Promise<void> => {
    await Promise.all([host.close(), sockets.close(), siteSockets.close()]);
    fleet.close();
    store[Symbol.dispose]();
    rmSync(join(state.service, "pid"), { force: true });
    held?.close();
    process.exit(0);
  };
  const parts: ServiceParts = {
    clusters,
    fleet,
    zones,
    sites,
    store,
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
  await sites.recover();
  await zones.recover();
  await fleet.recover();
  await clusters.takeDownUnfinished();
  await sockets.sync(store.clusters().map(({ name }) => name));
  await siteSockets.sync();
  rmSync(state.hostSocket, { force: true });
  await host.listen({ path: state.hostSocket });
  chmodSync(state.hostSocket, 0o600);

  keepLooking(async () => {
    await sockets.look();
    await keeper.look();
    await siteSockets.look();
    await sites.machines.look();
  });
  const guard = keepGuarded(state);
  setInterval(() => {
    guard();
    if (store.clusters().length + store.sites.list().length + open > 0) idleSince = Date.now();
    else if (Date.now() - idleSince > LINGER_SECONDS * 1000) void stop();
  }, 1000);
  process.on("SIGTERM", () => void stop());
  process.on("SIGINT", () => void stop());
}

/** One look after the other, for as long as the service lives. */
function keepLooking(look: () => Promise<void>): void {
  const again = (): void => {
    setTimeout(() => {
      look()
        .catch((error: unknown) => process.stderr.write(`${messageOf(error)}\n`))
        .finally(again);
    }, LOOK_MS);
  };
  again();
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
