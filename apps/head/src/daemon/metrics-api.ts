import Fastify, { type FastifyInstance } from "fastify";

/** Loopback only: whoever scrapes runs on the head, or has a tunnel to it. */
export const METRICS_HOST = "127.0.0.1";
export const METRICS_PORT = 9820;

/** Of Prometheus's text format. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What Prometheus scrapes. */
export function buildMetricsApi(metrics: () => Promise<string>): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true });
  app.get("/metrics", async (_request, reply) => reply.type(METRICS_TYPE).send(await metrics()));
  return app;
}
