import { findingsError, parseStoredClusterFile, SluiceError } from "@sluice/model";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { machineInit } from "../host/processes.ts";
import { run } from "../host/run.ts";
import { ensureImage } from "../images/build.ts";
import { recipeFor } from "../images/recipe.ts";
import type { StatePaths } from "../paths.ts";
import { buildApi } from "./api.ts";
import type { Clusters } from "./clusters.ts";
import type { Fleet } from "./fleet.ts";
import { commonAddress } from "./head-slots.ts";
import { serveImages } from "./images-api.ts";
import type { LiveCluster } from "./live-cluster.ts";
import { KINDS } from "./notices.ts";
import { serveRemote } from "./remote-api.ts";
import type { LocalApplyRequest } from "./requests.ts";
import type { Sites } from "./sites.ts";
import { serveSites } from "./sites-api.ts";
import type { LocalStore } from "./store.ts";
import { RunningWork } from "./stream.ts";
import type { Zones } from "./zones.ts";
import { serveZones } from "./zones-api.ts";

export interface ServiceParts {
  readonly clusters: Clusters;
  readonly fleet: Fleet;
  readonly zones: Zones;
  readonly sites: Sites;
  readonly store: LocalStore;
  readonly state: StatePaths;
  /** Identifies the code that runs, so that a newer client can replace it. */
  readonly build: string;
  readonly shutdown: () => void;
}

const interruptSchema = z.object({
  kind: z.enum(KINDS),
  /** Seconds until the machine is taken away; null when that is not said. */
  inSeconds: z.number().min(0).max(86_400).nullable(),
});
/** Bytes of a console that root on the host gets. */
const WHOLE_CONSOLE = 4 << 20;
const applySchema = z.object({
  configText: z.string(),
  headUserData: z.string(),
  site: z.string().optional(),
});
const updateSchema = applySchema.extend({ replaces: z.int() });
const replaceHeadSchema = updateSchema.extend({
  machine: z.string(),
  isReversible: z.boolean(),
});
/** The whole API, for root on the host. */
export function buildHostApi(parts: ServiceParts): FastifyInstance {
  const app = buildApi();
  app.get("/version", async () => ({ build: parts.build, pid: process.pid }));
  app.post("/shutdown", async () => {
    setImmediate(parts.shutdown);
    return {};
  });
  serveHost(app, parts);
  return app;
}

/** All that can be done with the cloud: for root on the host, and for the servers of sites. */
export function serveHost(app: FastifyInstance, parts: ServiceParts): void {
  const { clusters, fleet, state } = parts;
  const work = new RunningWork();
  type Named = { Params: { name: string } };

  app.post<{ Params: { id: string } }>("/operations/:id/cancel", async (request) => ({
    cancelled: work.cancel(request.params.id),
  }));
  app.post<{ Params: { os: string } }>("/images/:os", async (request, reply) => {
    await work.stream(request, reply, async (send, signal) => {
      const recipe = recipeFor(request.params.os);
      if (recipe === undefined)
        throw new SluiceError("IMAGE_UNKNOWN_OS", "user", `no image for ${request.params.os}`);
      const onProgress = (message: string): void =>
        send({ time: new Date(), resource: "image", status: "info", message });
      return ensureImage(recipe, { directory: state.images, signal, onProgress });
    });
  });
  serveImages(app, clusters.images, work);
  serveZones(app, parts);
  serveSites(app, parts, work);
  serveRemote(app, parts);
  app.get("/clusters", async () => clusters.list());
  app.get<Named>(
    "/clusters/:name",
    async (request) => clusters.describe(request.params.name) ?? null,
  );
  app.post<Named>("/clusters/:name/plan", async (request) => {
    const { steps } = await clusters.plan(applyRequest(request.params.name, request.body));
    return { steps };
  });
  app.post<Named>("/clusters/:name/apply", async (request, reply) => {
    const wanted = applyRequest(request.params.name, request.body);
    const { keepOnFailure } = z.object({ keepOnFailure: z.boolean() }).parse(request.body);
    await work.stream(request, reply, (onProgress, signal) =>
      clusters.apply(wanted, { onProgress, signal, keepOnFailure }),
    );
  });
  app.post<Named>("/clusters/:name/update", async (request) => {
    const { name } = request.params;
    const { replaces } = updateSchema.parse(request.body);
    const wanted = { ...applyRequest(name, request.body), replaces };
    return clusters.update(wanted, new AbortController().signal);
  });
  app.get<Named>("/clusters/:name/files", async ({ params: { name } }) => {
    requireCluster(parts, name);
    return clusters.files.list(name);
  });
  app.post<Named>("/clusters/:name/destroy", async (request, reply) => {
    const retained = retainedSchema.parse(request.body);
    await work.stream(request, reply, (onProgress, signal) =>
      clusters.destroy(request.params.name, { onProgress, signal, ...retained }),
    );
  });
  app.post<Named>("/clusters/:name/start-head", async (request, reply) => {
    await work.stream(request, reply, (onProgress, signal) =>
      clusters.startHead(request.params.name, { onProgress, signal }),
    );
  });
  app.post<Named>("/clusters/:name/stop-head", async (request, reply) => {
    await work.stream(request, reply, (onProgress, signal) =>
      clusters.stopHead(request.params.name, { onProgress, signal }, powerOff),
    );
  });
  app.post<Named>("/clusters/:name/replace-head", async (request, reply) => {
    const { name } = request.params;
    const { replaces, machine, isReversible } = replaceHeadSchema.parse(request.body);
    const wanted = { ...applyRequest(name, request.body), replaces, machine, isReversible };
    await work.stream(request, reply, (onProgress, signal) =>
      clusters.replaceHead(wanted, { onProgress, signal }, powerOff),
    );
  });
  app.get<Named>("/clusters/:name/events", async (request) => clusters.events(request.params.name));
  app.get<Named>("/clusters/:name/machines", async (request) =>
    fleet.list(requireCluster(parts, request.params.name).row.name),
  );
  app.get<Named>("/clusters/:name/head", async (request) => {
    const cluster = requireCluster(parts, request.params.name);
    const leader = clusters.heads.leader(cluster.row.name);
    const isReachable = leader === undefined || parts.zones.isReachable(leader);
    // Nothing reaches a machine that is cut off, although entering its namespaces would.
    const launcher = isReachable ? (leader?.pid ?? undefined) : undefined;
    const init = launcher === undefined ? undefined : machineInit(launcher);
    return { pid: init ?? null, isReachable, address: commonAddress(cluster.range) };
  });
  type OneMachine = { Params: { name: string; id: string } };
  app.get<OneMachine>("/clusters/:name/machines/:id/console", async ({ params: { name, id } }) => {
    const isListed = fleet.list(name).some((machine) => machine.id === id);
    const row = isListed ? fleet.row(id) : undefined;
    if (row === undefined) throw noMachine(name, id);
    return { text: await fleet.console(row, WHOLE_CONSOLE) };
  });
  app.post<OneMachine>("/clusters/:name/machines/:id/pull", async ({ params: { name, id } }) => {
    if (fleet.find(name, id) === undefined || !fleet.pull(id)) throw noMachine(name, id);
    await fleet.whenGone(id);
    return {};
  });
  app.post<OneMachine>("/clusters/:name/machines/:id/interrupt", async (request) => {
    const { name, id } = request.params;
    const { kind, inSeconds } = interruptSchema.parse(request.body);
    const row = fleet.find(name, id);
    if (row === undefined) throw noMachine(name, id);
    const deadline = inSeconds === null ? undefined : new Date(Date.now() + inSeconds * 1000);
    return fleet.interrupt(row, kind, deadline);
  });
}

function noMachine(cluster: string, id: string): SluiceError {
  return new SluiceError("MACHINE_NOT_FOUND", "user", `cluster ${cluster} has no machine ${id}`);
}

const retainedSchema = z.object({ retainAccounting: z.boolean(), retainStorage: z.boolean() });

function applyRequest(name: string, body: unknown): LocalApplyRequest {
  const { configText, headUserData, site } = applySchema.parse(body);
  const parsed = parseStoredClusterFile(configText, `${name}.yaml`);
  if (!parsed.ok) throw findingsError(parsed.findings);
  return {
    name,
    config: parsed.config,
    configText,
    headUserData,
    ...(site === undefined ? {} : { site }),
  };
}

function requireCluster(parts: ServiceParts, name: string): LiveCluster {
  return parts.clusters.require(name);
}

/** An orderly power-off of a booted machine, as its own systemd does it. */
async function powerOff(launcher: number): Promise<void> {
  const init = machineInit(launcher);
  if (init === undefined) return;
  await run([
    "nsenter",
    "-t",
    String(init),
    "-m",
    "-u",
    "-i",
    "-n",
    "-p",
    "systemctl",
    "poweroff",
    "--no-block",
  ]);
}
