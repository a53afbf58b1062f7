import { Readable } from "node:stream";
import { isSluiceError, messageOf, SluiceError } from "@sluice/model";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { type ZodError, type ZodType, z } from "zod";
import { tarGz } from "./archive/tar.ts";
import { zip } from "./archive/zip.ts";
import { writeBeside } from "./beside.ts";
import { slurmCommand, userProgram } from "./commands.ts";
import { openContent, pour } from "./content.ts";
import { entryOf, entryWithin } from "./entry.ts";
import { isCode } from "./failures.ts";
import { listFolder } from "./folder.ts";
import { followFile } from "./follow.ts";
import { framesOf } from "./frames.ts";
import type { WorkerParts } from "./parts.ts";
import * as requests from "./requests.ts";
import { sbatch, trySbatch } from "./sbatch.ts";
import { searchBelow } from "./search.ts";
import { tidy } from "./territory.ts";
import { copyEntry, makeFolder, removeEntry, renameEntry } from "./tree.ts";
import type { Uploads } from "./uploads/uploads.ts";

/** Scripts, and paths for an archive. */
const MOST_JSON = 24 * 1024 * 1024;
/** The entry of what is read, in base64url and JSON, since the body is its bytes. */
const ENTRY_HEADER = "sluice-entry";

/** The worker's HTTP, without a socket. Refusals are our errors as JSON. */
export function workerApp(parts: WorkerParts, uploads: Uploads): FastifyInstance {
  const app = fastify({
    bodyLimit: MOST_JSON,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 100 },
  });
  app.addContentTypeParser("application/octet-stream", (_request, payload, done) => {
    done(null, payload);
  });
  app.setErrorHandler((error, request, reply) => {
    const ours = asOurs(error);
    if (reply.raw.headersSent) return reply.raw.destroy();
    reply.removeHeader("content-length");
    // Of a body that nobody reads to its end the connection can't be used again.
    if (request.body instanceof Readable && !request.body.readableEnded) {
      reply.header("connection", "close");
    }
    return reply
      .code(ours.source === "user" ? 422 : 500)
      .type("application/json")
      .send(ours.toJSON());
  });
  app.setNotFoundHandler(() => {
    throw badRequest("the worker has no such operation");
  });

  addFiles(app, parts);
  addContents(app, parts);
  addUploads(app, uploads);

  app.post("/v1/sbatch", async ({ body }, reply) =>
    sbatch(parts, defined(requests.sbatchBody, body), signalOf(reply)),
  );
  app.post("/v1/sbatch/test", async ({ body }, reply) =>
    trySbatch(parts, defined(requests.sbatchBody, body), signalOf(reply)),
  );
  app.post("/v1/command", async ({ body }, reply) => {
    const { argv, input } = parsed(requests.commandBody, body);
    return slurmCommand(parts, argv, input, signalOf(reply));
  });
  app.post("/v1/program", async ({ body }, reply) => {
    const { argv, ...limits } = parsed(requests.programBody, body);
    return userProgram(parts, argv, limits, signalOf(reply));
  });
  return app;
}

function addFiles(app: FastifyInstance, parts: WorkerParts): void {
  app.get("/v1/roots", async () => ({ roots: parts.territory.roots }));
  app.get("/v1/entries", async ({ query }, reply) => {
    const { path, ...options } = defined(requests.listQuery, query);
    return listFolder(parts, path, options, signalOf(reply));
  });
  app.get("/v1/entry", async ({ query }) => {
    const { path: asked, followLinks = false } = parsed(requests.entryQuery, query);
    const path = tidy(asked);
    if (followLinks || parts.territory.roots.some((root) => tidy(root.path) === path)) {
      await using held = await parts.territory.hold(path);
      return await entryOf(parts, held, path);
    }
    await using spot = await parts.territory.spot(path);
    return await entryWithin(parts, spot.folder, spot.name, path);
  });
  app.post("/v1/folders", async ({ body }) => {
    const { path, ...options } = parsed(requests.folderBody, body);
    return makeFolder(parts, path, options);
  });
  app.post("/v1/rename", async ({ body }) => {
    const { from, to, ...options } = parsed(requests.pairBody, body);
    return renameEntry(parts, from, to, options);
  });
  app.post("/v1/copy", async ({ body }, reply) => {
    const { from, to, ...options } = parsed(requests.pairBody, body);
    return copyEntry(parts, from, to, options, signalOf(reply));
  });
  app.post("/v1/remove", async ({ body }) => {
    const { path, ...options } = parsed(requests.removeBody, body);
    await removeEntry(parts, path, options);
    return {};
  });
  app.get("/v1/search", async ({ query }, reply) => {
    const { path, text, limit } = parsed(requests.searchQuery, query);
    return searchBelow(parts, path, text, limit, signalOf(reply));
  });
}

function addContents(app: FastifyInstance, parts: WorkerParts): void {
  app.get("/v1/content", async ({ query }, reply) => {
    const { path, ...range } = parsed(requests.readQuery, query);
    const { entry, length, content } = await openContent(parts, path, range);
    reply.header("content-length", length);
    reply.header(ENTRY_HEADER, Buffer.from(JSON.stringify(entry)).toString("base64url"));
    return bytes(reply, content);
  });
  app.put("/v1/content", async ({ query, body }) => {
    const { path, ...replacing } = parsed(requests.writeQuery, query);
    return await writeBeside(parts, path, replacing, async (handle) => {
      await pour(contentOf(body), handle);
    });
  });
  app.get("/v1/follow", async ({ query }, reply) => {
    const { path, offset = 0 } = parsed(requests.followQuery, query);
    const followed = followFile(parts, path, offset, signalOf(reply));
    return bytes(reply, Readable.from(framesOf(followed), { objectMode: false }));
  });
  app.post("/v1/archive", async ({ body }, reply) => {
    const { paths, format } = parsed(requests.archiveBody, body);
    // What is not there is told before the first byte.
    for (const path of paths) {
      await using _ = await parts.territory.hold(path);
    }
    const make = format === "zip" ? zip : tarGz;
    return bytes(reply, make(parts, paths, signalOf(reply)));
  });
}

function addUploads(app: FastifyInstance, uploads: Uploads): void {
  const idOf = (params: unknown): string => z.object({ id: z.string() }).parse(params).id;
  app.get("/v1/uploads", async () => ({ uploads: await uploads.list() }));
  app.post("/v1/uploads", async ({ body }) => uploads.create(parsed(requests.uploadBody, body)));
  app.get("/v1/uploads/:id", async ({ params, query }) =>
    uploads.look({ id: idOf(params), ...parsed(requests.uploadQuery, query) }),
  );
  app.patch("/v1/uploads/:id", async ({ params, query, body }) => {
    const { folder, offset } = parsed(requests.uploadPartQuery, query);
    return uploads.write({ id: idOf(params), folder }, offset, contentOf(body));
  });
  app.delete("/v1/uploads/:id", async ({ params, query }) => {
    await uploads.remove({ id: idOf(params), ...parsed(requests.uploadQuery, query) });
    return {};
  });
}

function bytes(reply: FastifyReply, content: Readable): FastifyReply {
  return reply.type("application/octet-stream").send(content);
}

function contentOf(body: unknown): Readable {
  if (body instanceof Readable) return body;
  throw badRequest("bytes are wanted");
}

/** Fires when the client is gone before it has its answer. */
function signalOf({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once("close", () => {
    if (!raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

function parsed<Schema extends ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw badRequest(z.prettifyError(result.error as ZodError));
}

/** Without what is undefined. */
function defined<Schema extends ZodType>(
  schema: Schema,
  value: unknown,
): Defined<z.output<Schema>> {
  return parsed(schema, value) as Defined<z.output<Schema>>;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function asOurs(error: unknown): SluiceError {
  if (isSluiceError(error)) return error;
  const status = (error as { readonly statusCode?: number }).statusCode;
  if (status !== undefined && status < 500) return badRequest(messageOf(error));
  if (isCode(error, "ECONNRESET") || (error as Error).name === "AbortError") {
    return badRequest("the request broke off");
  }
  console.error(error);
  return new SluiceError("WORKER_FAILED", "system", "the user's worker on the head failed", {
    hint: "The gateway's log on the head says why.",
    cause: error,
  });
}

function badRequest(message: string): SluiceError {
  return new SluiceError("BAD_REQUEST", "user", message);
}
