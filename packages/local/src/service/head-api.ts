import { CloudError, type LaunchRequest } from "@sluice/cloud";
import { type ClusterConfig, queueZones, SluiceError } from "@sluice/model";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { buildApi } from "./api.ts";
import type { ServiceParts } from "./http.ts";
import { serveLeadership } from "./leadership-api.ts";
import type { LiveCluster } from "./live-cluster.ts";
import { offerings } from "./offerings.ts";
import type { MachineRow } from "./store.ts";
import { RunningWork } from "./stream.ts";

/** Bytes of a console that the head gets. */
const CONSOLE_BYTES = 64 << 10;
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
  /** A head of an earlier version does not say it. */
  queue: z.string().optional(),
  instanceTypes: z.array(z.string()),
  /** A head of an earlier version knows but one. */
  markets: z.array(marketSchema).default(["on-demand"]),
});
const updateReportSchema = z.object({
  version: z.int(),
  status: z.enum(["progress", "done", "failed"]),
  message: z.string().max(10_000),
});
const reportSchema = z.object({
  status: z.enum(["progress", "ready", "standing-by", "failed"]),
  message: z.string().max(2000),
});

/** Whose socket it is. */
export interface HeadOf {
  readonly cluster: string;
  /** `head`, or one of `head-1` and `head-2`. */
  readonly node: string;
}

/** The API of one cluster, as the head that opens its socket may use it; both are fixed by that. */
export function buildHeadApi(
  { cluster: name, node }: HeadOf,
  parts: ServiceParts,
): FastifyInstance {
  const app = buildApi();
  const { heads } = parts.clusters;
  const cluster = (): LiveCluster => parts.clusters.require(name);
  const self = (): MachineRow => {
    const row = heads.reached(name, node);
    if (row === undefined) throw new CloudError("NotFound", `there is no ${node} of ${name}`);
    return row;
  };
  const work = new RunningWork();

  // Nobody answers a machine that the cloud and it do not reach each other.
  app.addHook("onRequest", async (request, reply) => {
    if (heads.reached(name, node) !== undefined) return;
    reply.hijack();
    request.raw.socket.destroy();
  });
  // Machines are the head's that leads, whatever another one thinks of itself.
  app.addHook("preHandler", async ({ method, url }) => {
    if (method !== "POST" || !url.startsWith("/machines/")) return;
    if (heads.leader(name)?.id !== self().id) throw notLeading(node);
  });

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
    const { queue, instanceTypes, markets } = offeringsSchema.parse(request.body);
    const { config, types, zones: all } = cluster();
    const own = queue === undefined ? [] : queueZones(config, queue);
    return offerings(types, { instanceTypes, markets, zones: own.length > 0 ? own : all });
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
    heads.report(self(), reportSchema.parse(request.body));
    return {};
  });
  serveLeadership(app, { ...parts, self, owner: () => cluster().row.id });
  return app;
}

function notLeading(node: string): SluiceError {
  return new SluiceError("HEAD_NOT_LEADING", "system", `${node} does not lead its cluster`);
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
