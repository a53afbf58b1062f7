import { isAtLeast } from "@sluice/api";
import type { Database } from "@sluice/database";
import { messageOf } from "@sluice/model";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { sql } from "kysely";
import type { Registry } from "prom-client";
import type { ClusterDirectory } from "../clusters/directory.ts";
import { isLoopback } from "../config/parse.ts";
import { roleOf } from "../identity/principal.ts";
import { checkAccess } from "./access.ts";
import { OPEN } from "./documents.ts";
import { routeNotFound } from "./problems.ts";

export interface HealthOptions {
  readonly database: Database;
  readonly clusters: ClusterDirectory;
  readonly metrics: Registry;
  readonly stopping: AbortSignal;
}

/** Milliseconds that a part has to answer in. */
const PATIENCE = 3000;
/** The same for a balancer, which asks each second. */
const BALANCER_PATIENCE = 700;

/**
 * `live`: the process answers. `ready`: it can do its work, the database is there and it is not
 * stopping; clouds that do not answer are counted and do not make it unready, since the others do.
 * `serving`: what a balancer asks. A server that does not reach its database says so by a 404: others
 * may reach it, as when the way between two zones is lost, and have to be asked before. Where no
 * server reaches it, each of them says better than a balancer what can't be shown.
 */
export function serveHealth(app: FastifyInstance, options: HealthOptions): void {
  const { database, clusters, metrics, stopping } = options;
  app.get("/health/live", OPEN, async () => ({ status: "live" }));
  app.get("/health/serving", OPEN, async (_request, reply) => {
    const base = await verdict(sql`SELECT 1`.execute(database), BALANCER_PATIENCE);
    if (stopping.aborted) return reply.code(503).send({ status: "stopping" });
    if (base !== "ok") return reply.code(404).send({ status: "without its database" });
    return reply.send({ status: "serving" });
  });
  app.get("/health/ready", OPEN, async (request, reply) => {
    const [base, served] = await Promise.all([
      verdict(sql`SELECT 1`.execute(database)),
      verdict(clusters.list()),
    ]);
    const isReady = base === "ok" && !stopping.aborted;
    if (base !== "ok") request.log.warn({ why: base }, "the database does not answer");
    return reply.code(isReady ? 200 : 503).send({
      status: stopping.aborted ? "stopping" : isReady ? "ready" : "unready",
      database: base === "ok" ? "ok" : "away",
      clusters: served === "ok" ? "ok" : "away",
      unansweredClouds: clusters.unanswered().length,
    });
  });
  app.get("/metrics", { config: { isOpen: false } }, async (request, reply) => {
    if (!isFromHere(request)) {
      checkAccess(
        { role: "read-only", on: "site", scope: "metrics:read" },
        request.principal,
        undefined,
      );
      const role = request.principal && roleOf(request.principal, {});
      if (role === undefined || !isAtLeast(role, "operator")) throw routeNotFound();
    }
    return reply.type(metrics.contentType).send(await metrics.metrics());
  });
}

/** What comes by a proxy on this machine is from elsewhere. */
function isFromHere({ raw, ip, headers }: FastifyRequest): boolean {
  const isForwarded = headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined;
  return isLoopback(raw.socket.remoteAddress ?? "") && isLoopback(ip) && !isForwarded;
}

async function verdict(work: Promise<unknown>, patience = PATIENCE): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, patience, "no answer in time");
  });
  const done = work.then(() => "ok", messageOf);
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
