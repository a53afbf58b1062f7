import type { ReplicatedDatabase } from "@sluice/database";
import { isSluiceError, messageOf } from "@sluice/model";
import Fastify, { type FastifyInstance } from "fastify";

/** What `sluice-head site-ctl` asks, for root on this machine. */
export function buildDatabaseControl(
  database: Pick<ReplicatedDatabase, "status" | "handOver" | "force">,
): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true });
  app.setErrorHandler((error, _request, reply) =>
    reply.status(500).send({
      error: isSluiceError(error)
        ? error.toJSON()
        : { code: "INTERNAL", source: "system", message: messageOf(error) },
    }),
  );
  app.get("/status", () => database.status());
  app.post("/hand-over", async () => {
    await database.handOver();
    return database.status();
  });
  app.post("/force", () => database.force());
  return app;
}
