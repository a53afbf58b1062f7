import { Readable, Transform } from "node:stream";
import { type FileEntryDocument, filesRoutes } from "@sluice/api";
import type { FileEntry, Upload } from "@sluice/gateway";
import { SluiceError } from "@sluice/model";
import type { FastifyReply } from "fastify";
import { sendAsAttachment } from "../files/attachment.ts";
import { followText, startOf } from "../files/follow-events.ts";
import { namesEtag, rangeOf, unquoted } from "../files/range.ts";
import { demandTusContent, lengthIn, speakTus, TUS_MEDIA_TYPE, tellUpload } from "../files/tus.ts";
import { type FileCall, type FileParts, workerOf } from "../files/worker-of.ts";
import { type Implementation, implement } from "../http/handler.ts";
import { tooLarge } from "../http/problems.ts";

export type { FileParts } from "../files/worker-of.ts";

/** Of a file that is written in one request. */
const MOST_WRITTEN = 256 * 1024 * 1024;

export function filesImplementations(parts: FileParts): readonly Implementation[] {
  return [...looking(parts), ...changing(parts), ...contents(parts), ...uploading(parts)];
}

function looking(parts: FileParts): readonly Implementation[] {
  return [
    implement(filesRoutes.listFileRoots, async (call) => {
      const worker = await workerOf(parts, call, "listFileRoots", []);
      return { items: [...(await worker.roots())] };
    }),
    implement(filesRoutes.listFiles, async (call) => {
      const { path, limit, cursor, sort, order, contains, hidden } = call.query;
      const worker = await workerOf(parts, call, "listFiles", [path]);
      const { entries, next, total } = await worker.list(path, {
        limit,
        sort,
        hidden,
        descending: order === "descending",
        ...(cursor === undefined ? {} : { cursor }),
        ...(contains === undefined ? {} : { contains }),
      });
      return { items: entries.map(view), total, ...(next === undefined ? {} : { next }) };
    }),
    implement(filesRoutes.getFile, async (call) => {
      const { path } = call.query;
      const worker = await workerOf(parts, call, "getFile", [path]);
      return view(await worker.stat(path));
    }),
    implement(filesRoutes.searchFiles, async (call) => {
      const { path, text, limit } = call.query;
      const worker = await workerOf(parts, call, "searchFiles", [path]);
      const { signal } = call;
      const { entries, complete } = await worker.search(path, text, { limit, signal });
      return { items: entries.map(view), complete };
    }),
    implement(filesRoutes.followFile, async (call) => {
      const { path, offset } = call.query;
      const worker = await workerOf(parts, call, "followFile", [path]);
      const from = startOf(call.request, offset);
      return followText(worker, { path, from, signal: call.signal }, "content");
    }),
  ];
}

function changing(parts: FileParts): readonly Implementation[] {
  return [
    implement(filesRoutes.makeFolder, async (call) => {
      const { path, parents } = call.body;
      const worker = await workerOf(parts, call, "makeFolder", [path]);
      return view(await worker.makeFolder(path, { parents }));
    }),
    implement(filesRoutes.renameFile, async (call) => {
      const { from, to, overwrite } = call.body;
      const worker = await workerOf(parts, call, "renameFile", [from, to]);
      return view(await worker.rename(from, to, { overwrite }));
    }),
    implement(filesRoutes.copyFile, async (call) => {
      const { from, to, overwrite } = call.body;
      const worker = await workerOf(parts, call, "copyFile", [from, to]);
      return view(await worker.copy(from, to, { overwrite }));
    }),
    implement(filesRoutes.removeFile, async (call) => {
      const { path, recursive } = call.query;
      const worker = await workerOf(parts, call, "removeFile", [path]);
      await worker.remove(path, { recursive });
      return undefined;
    }),
  ];
}

function contents(parts: FileParts): readonly Implementation[] {
  return [
    implement(filesRoutes.downloadFile, async (call) => {
      const { request, reply, query } = call;
      const worker = await workerOf(parts, call, "downloadFile", [query.path]);
      // The headers decide what is read, and they need to know what it is.
      const entry = demandFile(await worker.stat(query.path, { followLinks: true }));
      describe(reply, entry);
      const { range, "if-range": ifRange, "if-none-match": ifNoneMatch } = request.headers;
      if (ifNoneMatch !== undefined && namesEtag(ifNoneMatch, entry.etag)) {
        reply.code(304);
        return undefined;
      }
      const isSame = typeof ifRange !== "string" || unquoted(ifRange) === entry.etag;
      reply.header("content-range", `bytes */${entry.size}`);
      const part = isSame ? rangeOf(range, entry.size) : undefined;
      reply.removeHeader("content-range");
      const { start, end } = part ?? { start: 0, end: entry.size };
      if (part !== undefined) {
        reply.code(206).header("content-range", `bytes ${start}-${end - 1}/${entry.size}`);
      }
      const { entry: now, content } = await worker.read(query.path, { start, end });
      if (now.etag !== entry.etag) {
        // It was changed between the two: all of what it is now is right, whatever was asked.
        content.destroy();
        reply.code(200).removeHeader("content-range");
        const again = await worker.read(query.path);
        describe(reply, again.entry);
        return sized(reply, again.content, again.entry.size);
      }
      return sized(reply, content, end - start);
    }),
    implement(filesRoutes.headFile, async (call) => {
      const { path } = call.query;
      const worker = await workerOf(parts, call, "headFile", [path]);
      const entry = demandFile(await worker.stat(path, { followLinks: true }));
      describe(call.reply, entry);
      call.reply.header("content-length", entry.size);
      return undefined;
    }),
    implement(filesRoutes.writeFile, async (call) => {
      const { request, reply, query } = call;
      const { path, overwrite, mode } = query;
      const worker = await workerOf(parts, call, "writeFile", [path]);
      if (Number(request.headers["content-length"] ?? 0) > MOST_WRITTEN) throw tooLarge();
      const ifMatch = request.headers["if-match"];
      const content = limited(bodyOf(request.body), MOST_WRITTEN);
      const entry = await taking(call, () =>
        worker.write(path, content, {
          ...(mode === undefined ? {} : { mode }),
          ...(ifMatch === undefined || ifMatch === "*" ? {} : { ifMatch: unquoted(ifMatch) }),
          overwrite: overwrite || ifMatch === "*",
        }),
      );
      call.audit.detail({ size: entry.size });
      reply.header("etag", `"${entry.etag}"`);
      return view(entry);
    }),
    implement(filesRoutes.archiveFiles, async (call) => {
      const { path: paths, format } = call.query;
      const worker = await workerOf(parts, call, "archiveFiles", paths);
      const archive = await worker.archive(paths, format, { signal: call.signal });
      const [first = ""] = paths;
      const name = paths.length === 1 ? nameOf(first) : "files";
      sendAsAttachment(call.reply, `${name}.${format}`);
      return archive;
    }),
  ];
}

function uploading(parts: FileParts): readonly Implementation[] {
  return [
    implement(filesRoutes.listUploads, async (call) => {
      const worker = await workerOf(parts, call, "listUploads", []);
      const items = (await worker.uploads()).map((upload) => ({
        ...upload,
        expires: upload.expires.toISOString(),
        location: locationOf(call, upload),
      }));
      return { items };
    }),
    implement(filesRoutes.createUpload, async (call) => {
      const { request, reply, query } = call;
      speakTus(request, reply);
      const length = lengthIn(request, "upload-length");
      const worker = await workerOf(parts, call, "createUpload", [query.path]);
      const { overwrite, mode } = query;
      const options = { length, overwrite, ...(mode === undefined ? {} : { mode }) };
      const made = await worker.createUpload(query.path, options);
      call.audit.detail({ length, upload: made.id });
      reply.header("location", locationOf(call, made));
      const isWithContent = request.headers["content-type"] === TUS_MEDIA_TYPE;
      const upload =
        isWithContent && length > 0
          ? await taking(call, () => worker.writeUpload(made, 0, bodyOf(request.body)))
          : made;
      tellUpload(reply, upload);
      return undefined;
    }),
    implement(filesRoutes.getUpload, async (call) => {
      speakTus(call.request, call.reply);
      const worker = await workerOf(parts, call, "getUpload", [call.query.folder]);
      tellUpload(call.reply, await worker.upload(addressOf(call)));
      return undefined;
    }),
    implement(filesRoutes.writeUpload, async (call) => {
      const { request, reply } = call;
      speakTus(request, reply);
      demandTusContent(request);
      const offset = lengthIn(request, "upload-offset");
      const worker = await workerOf(parts, call, "writeUpload", [call.query.folder]);
      const upload = await taking(call, () =>
        worker.writeUpload(addressOf(call), offset, bodyOf(request.body)),
      );
      call.audit.detail({ upload: upload.id, path: upload.path, offset: upload.offset });
      // Its beginning was told, and its end is: parts would bury all else.
      if (upload.offset < upload.length) call.audit.leaveOut();
      tellUpload(reply, upload);
      return undefined;
    }),
    implement(filesRoutes.removeUpload, async (call) => {
      speakTus(call.request, call.reply);
      const worker = await workerOf(parts, call, "removeUpload", [call.query.folder]);
      await worker.removeUpload(addressOf(call));
      return undefined;
    }),
  ];
}

function view(entry: FileEntry): FileEntryDocument {
  return { ...entry, modified: entry.modified.toISOString() };
}

/** Throws as `read` would. */
function demandFile(entry: FileEntry): FileEntry {
  if (entry.kind === "file") return entry;
  throw new SluiceError("FILE_NOT_SUITABLE", "user", `it is no file but a ${entry.kind}`);
}

function nameOf(path: string): string {
  return path.replace(/\/+$/, "").replace(/^.*\//, "") || "files";
}

function describe(reply: FastifyReply, { path, etag, modified }: FileEntry): void {
  sendAsAttachment(reply, nameOf(path))
    .header("etag", `"${etag}"`)
    .header("last-modified", modified.toUTCString())
    .header("accept-ranges", "bytes")
    .header("cache-control", "private, no-cache");
}

function sized(reply: FastifyReply, content: Readable, length: number): Readable {
  reply.header("content-length", length);
  return content;
}

function bodyOf(body: unknown): Readable {
  return body instanceof Readable ? body : Readable.from([]);
}

/** After a refusal, what is still on its way would have to be read to use the connection again. */
async function taking<T>({ request, reply }: FileCall, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!request.raw.complete) reply.header("connection", "close");
    throw error;
  }
}

function limited(source: Readable, most: number): Readable {
  let size = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      done(size > most ? tooLarge() : null, chunk);
    },
  });
  source.once("error", (error) => limit.destroy(error));
  return source.pipe(limit);
}

function addressOf(call: {
  readonly params: { readonly upload: string };
  readonly query: { readonly folder: string };
}) {
  return { id: call.params.upload, folder: call.query.folder };
}

/** Without a host: what is before it, a proxy knows better. */
function locationOf({ params, query }: FileCall, { id, folder }: Upload): string {
  const search = new URLSearchParams({ folder, ...(query.as ? { as: query.as } : {}) });
  return `/api/v1/clusters/${encodeURIComponent(params.cluster)}/files/uploads/${id}?${search}`;
}
