import { CloudError, type LaunchRequest } from "@sluice/cloud";
import {
  type ClusterConfig,
  findingsError,
  parseStoredClusterFile,
  SluiceError,
} from "@sluice/model";
import Fastify, { type FastifyInstance } from "fastify";
import { z } from "zod";
import { machineInit } from "../host/processes.ts";
import { run } from "../host/run.ts";
import { ensureImage } from "../images/build.ts";
import { recipeFor } from "../images/recipe.ts";
import type { StatePaths } from "../paths.ts";
import { errorToWire } from "../wire.ts";
import type { Clusters } from "./clusters.ts";
import type { Fleet } from "./fleet.ts";
import { serveImages } from "./images-api.ts";
import type { LiveCluster } from "./live-cluster.ts";
import { KINDS } from "./notices.ts";
import { offerings } from "./offerings.ts";
import type { LocalApplyRequest } from "./requests.ts";
import { RunningWork } from "./stream.ts";

export interface ServiceParts {
  readonly clusters: Clusters;
  readonly fleet: Fleet;
  readonly state: StatePaths;
  /** Identifies the code that runs, so that a newer client can replace it. */
  readonly build: string;
  readonly shutdown: () => void;
}

const marketSchema = z.enum(["on-demand", "spot", "reserved", "block"]);
const poolSchema = z.object({ queue: z.string(), computeResource: z.string() });
const launchSchema = z.object({
  atomic: z.boolean(),
  requests: z
    .array(
      z.object({
        token: z.string().min(1).max(200),
        node: z.string().max(200),
        pool: poolSchema,
        offering: z.object({
          instanceType: z.string(),
          zone: z.string(),
          market: marketSchema,
        }),
        userData: z.string().max(1 << 20),
        tags: z.record(z.string(), z.string()),
      }),
    )
    .max(10_000),
});
const idsSchema = z.object({ ids: z.array(z.string()).max(10_000) });
const offeringsSchema = z.object({
  instanceTypes: z.array(z.string()),
  /** A head of an earlier version knows but one. */
  markets: z.array(marketSchema).default(["on-demand"]),
});
const interruptSchema = z.object({
  kind: z.enum(KINDS),
  /** Seconds until the machine is taken away; null when that is not said. */
  inSeconds: z.number().min(0).max(86_400).nullable(),
});
/** Bytes of a console that the head gets. */
const CONSOLE_BYTES = 64 << 10;
/** Bytes of a console that root on the host gets. */
const WHOLE_CONSOLE = 4 << 20;
const applySchema = z.object({ configText: z.string(), headUserData: z.string() });
const updateSchema = applySchema.extend({ replaces: z.int() });
const updateReportSchema = z.object({
  version: z.int(),
  status: z.enum(["progress", "done", "failed"]),
  message: z.string().max(10_000),
});
const reportSchema = z.object({
  status: z.enum(["progress", "ready", "failed"]),
  message: z.string().max(2000),
});

/** The API of one cluster, as its own head may use it. `cluster` is fixed by the socket. */
export function buildClusterApi(name: string, parts: ServiceParts): FastifyInstance {
  const app = base();
  const cluster = (): LiveCluster => requireCluster(parts, name);
  const work = new RunningWork();

  // A head of an earlier version does not know `gone`, and does not ask for it.
  app.get<{ Querystring: { gone?: string } }>("/machines", async ({ query }) =>
    parts.fleet
      .list(name)
      .filter(({ role, state }) => role === "compute" && (state !== "gone" || query.gone === "1")),
  );
  app.post("/machines/launch", async (request) => {
    const { requests, atomic } = launchSchema.parse(request.body);
    return parts.fleet.launch(cluster(), requests satisfies readonly LaunchRequest[], atomic);
  });
  app.post("/machines/terminate", async (request) =>
    parts.fleet.terminate(name, idsSchema.parse(request.body).ids),
  );
  app.post("/machines/stop", async (request) =>
    parts.fleet.halt(name, idsSchema.parse(request.body).ids),
  );
  app.post("/machines/start", async (request) =>
    parts.fleet.restart(cluster(), idsSchema.parse(request.body).ids),
  );
  app.get<{ Params: { id: string } }>("/machines/:id/console", async ({ params: { id } }) => {
    const row = parts.fleet.find(name, id);
    if (row === undefined || row.role !== "compute")
      throw new CloudError("NotFound", `there is no machine ${id}`);
    return { text: await parts.fleet.console(row, CONSOLE_BYTES) };
  });
  app.get("/changes", async (request, reply) => {
    await work.stream(request, reply, (send, signal) =>
      untilAborted(
        signal,
        parts.fleet.onChange(name, () => send({})),
      ),
    );
  });
  app.get("/interruptions", async (request, reply) => {
    await work.stream(request, reply, (send, signal) =>
      untilAborted(signal, parts.fleet.onNotice(name, send)),
    );
  });
  app.post("/offerings", async (request) => {
    const { instanceTypes, markets } = offeringsSchema.parse(request.body);
    return offerings(cluster().types, instanceTypes, markets);
  });
  app.post("/identity", async (request) => {
    const { proof } = z.object({ proof: z.string().max(500) }).parse(request.body);
    return parts.fleet.verify(name, proof) ?? null;
  });
  app.get("/files/wanted", async () => parts.clusters.wanted(name));
  app.post("/files/prepare", async (request) => {
    // The head has checked it, with the program that this cluster was made with.
    const { config } = z.object({ config: z.looseObject({}) }).parse(request.body);
    await parts.clusters.prepare(name, config as unknown as ClusterConfig);
    return {};
  });
  app.post("/files/report", async (request) => {
    await parts.clusters.reportUpdate(name, updateReportSchema.parse(request.body));
    return {};
  });
  app.post("/report", async (request) => {
    const { status, message } = reportSchema.parse(request.body);
    parts.clusters.waits.report(name, status, message);
    return {};
  });
  return app;
}

/** The whole API, for root on the host. */
export function buildHostApi(parts: ServiceParts): FastifyInstance {
  const app = base();
  const { clusters, fleet, state } = parts;
  const work = new RunningWork();
  type Named = { Params: { name: string } };

  app.get("/version", async () => ({ build: parts.build, pid: process.pid }));
  app.post("/shutdown", async () => {
    setImmediate(parts.shutdown);
    return {};
  });
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
  app.get<Named>("/clusters/:name/events", async (request) => clusters.events(request.params.name));
  app.get<Named>("/clusters/:name/machines", async (request) =>
    fleet.list(requireCluster(parts, request.params.name).row.name),
  );
  app.get<Named>("/clusters/:name/head", async (request) => {
    const record = clusters.describe(request.params.name);
    if (record === undefined) requireCluster(parts, request.params.name);
    const launcher = record?.head === undefined ? undefined : fleet.launcherOf(record.head.id);
    return { pid: (launcher === undefined ? undefined : machineInit(launcher)) ?? null };
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
  return app;
}

function noMachine(cluster: string, id: string): SluiceError {
  return new SluiceError("MACHINE_NOT_FOUND", "user", `cluster ${cluster} has no machine ${id}`);
}

/** Resolves when the signal fires, and calls `stop` then. */
function untilAborted(signal: AbortSignal, stop: () => void): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      stop();
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

function base(): FastifyInstance {
  const app = Fastify({ bodyLimit: 64 << 20, forceCloseConnections: true });
  app.setErrorHandler((error, _request, reply) => {
    const wire =
      error instanceof z.ZodError
        ? { code: "BAD_REQUEST", source: "user" as const, message: z.prettifyError(error) }
        : errorToWire(error);
    return reply
      .status(error instanceof SluiceError || error instanceof z.ZodError ? 400 : 500)
      .send(wire);
  });
  return app;
}

const retainedSchema = z.object({ retainAccounting: z.boolean(), retainStorage: z.boolean() });

function applyRequest(name: string, body: unknown): LocalApplyRequest {
  const { configText, headUserData } = applySchema.parse(body);
  const parsed = parseStoredClusterFile(configText, `${name}.yaml`);
  if (!parsed.ok) throw findingsError(parsed.findings);
  return { name, config: parsed.config, configText, headUserData };
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
