import { SluiceError } from "@sluice/model";
import Fastify, { type FastifyInstance } from "fastify";
import { z } from "zod";
import { errorToWire } from "../wire.ts";

/** An API of the service before it has a route: its limits, and what errors become. */
export function buildApi(): FastifyInstance {
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
