import type { FastifyInstance } from "fastify";
import { Gauge, Histogram, type Registry } from "prom-client";

/** Seconds; streams that are open for hours are not among them. */
const BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Measures each answer by its operation, and writes a line of the log about it: about reads that went
 * well only for those who debug.
 */
export function observe(app: FastifyInstance, metrics: Registry): void {
  const durations = new Histogram({
    name: "sluice_http_request_seconds",
    help: "time from a request to the end of its answer",
    labelNames: ["operation", "method", "status"],
    buckets: BUCKETS,
    registers: [metrics],
  });
  const open = new Gauge({
    name: "sluice_http_requests_open",
    help: "requests that are being answered",
    registers: [metrics],
  });
  app.addHook("onRequest", async (_request, { raw }) => {
    open.inc();
    // Once, whether the answer was sent or its client went away.
    raw.once("close", () => open.dec());
  });
  app.addHook("onResponse", async (request, reply) => {
    const operation = request.routeOptions.config.operation ?? "other";
    const status = reply.raw.statusCode;
    const seconds = reply.elapsedTime / 1000;
    durations.observe({ operation, method: request.method, status }, seconds);
    // Never the query: tokens of one-time links and search words are nobody's business.
    const isRemarkable = status >= 400 || (request.method !== "GET" && request.method !== "HEAD");
    request.log[isRemarkable ? "info" : "debug"](
      {
        operation,
        method: request.method,
        path: (request.url.split("?", 1)[0] ?? "").slice(0, 500),
        status,
        ms: Math.round(reply.elapsedTime),
        from: request.ip,
        who: request.principal?.name,
      },
      "answered",
    );
  });
}
