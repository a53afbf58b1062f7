import type { ImageBuildConfig } from "@sluice/model";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { MachineImages } from "./images.ts";
import type { RunningWork } from "./stream.ts";

const buildSchema = z.object({ config: z.looseObject({}), configText: z.string() });

/** The part of the host's API that is about images which were built. */
export function serveImages(app: FastifyInstance, images: MachineImages, work: RunningWork): void {
  type Named = { Params: { id: string } };
  app.get("/built-images", async () => images.list());
  app.get<Named>("/built-images/:id", async ({ params: { id } }) => {
    return (await images.describe(id)) ?? null;
  });
  app.post<Named>("/built-images/:id/build", async (request, reply) => {
    const { config, configText } = buildSchema.parse(request.body);
    // The command line has checked it, and is root as we are.
    const wanted = {
      id: idSchema.parse(request.params.id),
      config: config as unknown as ImageBuildConfig,
      configText,
    };
    await work.stream(request, reply, (onProgress, signal) =>
      images.build(wanted, { onProgress, signal }),
    );
  });
  app.post<Named>("/built-images/:id/delete", async ({ params, body }) => {
    await images.remove(idSchema.parse(params.id), z.object({ force: z.boolean() }).parse(body));
    return {};
  });
  app.get<Named & { Querystring: { lines?: string } }>(
    "/built-images/:id/log",
    async ({ params, query }) => ({
      text: await images.log(idSchema.parse(params.id), Number(query.lines ?? 200)),
    }),
  );
}

/** It becomes the name of a folder. */
const idSchema = z.string().regex(/^[a-zA-Z][a-zA-Z0-9-]{0,127}$/);
