import { setTimeout as delay } from "node:timers/promises";
import type { HeadService } from "@sluice/boot";
import type { NodeManager } from "@sluice/capacity";
import type { BackupState } from "@sluice/lifecycle/backup";
import { isSluiceError, type JobView, messageOf } from "@sluice/model";
import type { SlurmControl, SlurmJob } from "@sluice/slurm";
import Fastify, { type FastifyInstance } from "fastify";
import { run } from "../run.ts";
import { VERSION } from "../version.ts";
import { type BootReports, bootInWords } from "./boot-reports.ts";
import { METRICS_TYPE } from "./metrics-api.ts";

export interface ControlApiOptions {
  readonly manager: NodeManager;
  readonly slurm: SlurmControl;
  readonly slurmVersion: string;
  /** Prometheus's text. */
  readonly metrics: () => Promise<string>;
  /** Services of this head, see `headServices`. */
  readonly services: readonly HeadService[];
  readonly boots: BootReports;
  /** How backups are; undefined where the cluster file wants none. */
  readonly backups: () => BackupState | undefined;
  /** An event that another process of this head has to tell. */
  readonly tell: (event: { readonly kind: string; readonly message: string }) => void;
}

const MOST_WAIT_SECONDS = 20;
const LOOK_MILLISECONDS = 100;

/** What `sluice-head ctl` asks, for root on the head. */
export function buildControlApi({
  manager,
  slurm,
  slurmVersion,
  metrics,
  services,
  boots,
  backups,
  tell,
}: ControlApiOptions): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true });
  const startedAt = new Date().toISOString();
  app.setErrorHandler((error, _request, reply) =>
    reply.status(500).send({
      error: isSluiceError(error)
        ? error.toJSON()
        : { code: "INTERNAL", source: "system", message: messageOf(error) },
    }),
  );
  const jobs = async (): Promise<readonly JobView[]> => (await slurm.jobs()).map(jobView);

  app.get("/fleet", () => manager.fleetView());
  app.post("/fleet-start", () => {
    manager.requestStart();
    return manager.fleetView();
  });
  app.post("/fleet-stop", () => {
    manager.requestStop();
    return manager.fleetView();
  });
  app.get("/nodes", () => manager.nodeViews());
  app.get("/jobs", jobs);
  app.get<{ Querystring: { after?: string; wait?: string } }>("/events", async (request) => {
    const after = countIn(request.query.after);
    const wait = Math.min(countIn(request.query.wait), MOST_WAIT_SECONDS);
    const looks = (wait * 1000) / LOOK_MILLISECONDS;
    let found = manager.events({ after, limit: 1000 });
    for (let look = 0; found.length === 0 && look < looks; look++) {
      await delay(LOOK_MILLISECONDS);
      if (request.raw.socket.destroyed) break;
      found = manager.events({ after, limit: 1000 });
    }
    return { events: found.map(({ id: _id, ...event }) => event), last: found.at(-1)?.id ?? after };
  });
  app.get<{ Querystring: { job?: string; node?: string } }>("/explain", async (request) => {
    const { job, node = "" } = request.query;
    if (job !== undefined) return manager.explain({ job });
    const explanation = await manager.explain({ node });
    const boot = boots.of(node);
    if (boot === undefined) return explanation;
    return { ...explanation, why: [...explanation.why, bootInWords(boot)] };
  });
  app.post<{ Body: { kind?: unknown; message?: unknown } }>("/tell", (request) => {
    const { kind, message } = request.body;
    tell({ kind: String(kind), message: String(message) });
    return {};
  });
  app.get("/boots", () => ({ boots: boots.list() }));
  app.get("/metrics", async (_request, reply) => reply.type(METRICS_TYPE).send(await metrics()));
  app.get("/snapshot", async () => {
    const [fleet, nodes, queue] = await Promise.all([
      manager.fleetView(),
      manager.nodeViews(),
      jobs(),
    ]);
    return { fleet, nodes, jobs: queue };
  });
  app.get("/backups", async () => backups() ?? {});
  app.get("/status", async () => ({
    version: VERSION,
    slurmVersion,
    startedAt,
    services: await statesOf(services),
    fleet: await manager.fleetView(),
  }));
  return app;
}

function countIn(text: string | undefined): number {
  const value = Number(text ?? 0);
  return Number.isFinite(value) && value > 0 ? value : 0;
}

async function statesOf(
  services: readonly HeadService[],
): Promise<readonly { name: string; active: boolean }[]> {
  return Promise.all(
    services.map(async (name) => {
      const state = await run([
        "systemctl",
        "show",
        "--value",
        "--property=ActiveState",
        name,
      ]).catch(() => "");
      return { name, active: state.trim() === "active" };
    }),
  );
}

function jobView(job: SlurmJob): JobView {
  const started = job.startTime !== undefined && job.state !== "PENDING";
  return {
    id: job.label,
    name: job.name,
    user: job.user,
    account: job.account,
    partition: job.partition,
    state: job.state,
    reason: job.reason,
    nodes: job.nodes,
    nodeCount: job.nodeCount,
    elapsed:
      started && job.startTime !== undefined
        ? Math.max(0, Math.round((Date.now() - job.startTime.getTime()) / 1000))
        : 0,
  };
}
