import { Readable } from "node:stream";
import { type ErrorSource, isSluiceError, messageOf, SluiceError } from "@sluice/model";
import type { Dispatcher } from "undici";
import { bodyText } from "../body-text.ts";
import type { FileEntry, Upload, UserWorker } from "../user-worker.ts";
import type { EntryDocument } from "./entry.ts";
import type { FolderDocument } from "./folder.ts";
import { readFrames } from "./frames.ts";
import type { SearchDocument } from "./search.ts";
import type { UploadDocument } from "./uploads/uploads.ts";

interface Request {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly json?: unknown;
  readonly content?: Readable | string | Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** A folder may take this long to be copied or removed. */
const ANSWER_MS = 3_600_000;
const MOST_DOCUMENT = 64 * 1024 * 1024;
const ENTRY_HEADER = "sluice-entry";

/** A user's worker, behind a dispatcher whose connections lead to it. */
export function createUserWorker(dispatcher: Dispatcher): UserWorker {
  const ask = createAsker(dispatcher);

  const document = async <T>(request: Request): Promise<T> => {
    const { body } = await ask(request);
    try {
      return JSON.parse(await bodyText(body, MOST_DOCUMENT)) as T;
    } catch (error) {
      throw request.signal?.aborted ? request.signal.reason : brokeOff(error);
    }
  };
  const entry = async (request: Request): Promise<FileEntry> =>
    entryFrom(await document<EntryDocument>(request));
  const upload = async (request: Request): Promise<Upload> =>
    uploadFrom(await document<UploadDocument>(request));
  const post = (path: string, json: unknown, signal?: AbortSignal): Request => ({
    method: "POST",
    path,
    json,
    signal,
  });
  const uploadPath = (id: string): string => `/v1/uploads/${encodeURIComponent(id)}`;

  return {
    dispatcher,

    async roots() {
      const { roots } = await document<{
        readonly roots: readonly { readonly path: string; readonly name: string }[];
      }>({ method: "GET", path: "/v1/roots" });
      return roots;
    },
    async list(path, options) {
      const query = { path, ...options };
      const page = await document<FolderDocument>({ method: "GET", path: "/v1/entries", query });
      return { ...page, entries: page.entries.map(entryFrom) };
    },
    stat: (path, { followLinks } = {}) =>
      entry({ method: "GET", path: "/v1/entry", query: { path, followLinks } }),
    async read(path, range = {}) {
      const query = { path, ...range };
      const { headers, body } = await ask({ method: "GET", path: "/v1/content", query });
      const header = Buffer.from(String(headers[ENTRY_HEADER]), "base64url").toString("utf8");
      return { entry: entryFrom(JSON.parse(header) as EntryDocument), content: body };
    },
    write: (path, content, { ifMatch, mode, overwrite } = {}) =>
      entry({
        method: "PUT",
        path: "/v1/content",
        query: { path, ifMatch, mode, overwrite },
        content,
      }),
    makeFolder: (path, options) => entry(post("/v1/folders", { path, ...options })),
    rename: (from, to, options) => entry(post("/v1/rename", { from, to, ...options })),
    copy: (from, to, options) => entry(post("/v1/copy", { from, to, ...options })),
    async remove(path, options) {
      await document(post("/v1/remove", { path, ...options }));
    },
    async archive(paths, format, { signal } = {}) {
      const { body } = await ask(post("/v1/archive", { paths, format }, signal));
      return body;
    },
    async search(path, text, { limit, signal }) {
      const query = { path, text, limit };
      const found = await document<SearchDocument>({
        method: "GET",
        path: "/v1/search",
        query,
        signal,
      });
      return { ...found, entries: found.entries.map(entryFrom) };
    },
    async *follow(path, { offset, signal, onRestart }) {
      const query = { path, offset };
      try {
        const { body } = await ask({ method: "GET", path: "/v1/follow", query, signal });
        for await (const one of readFrames(body)) {
          if (one.kind === "restart") onRestart?.();
          if (one.kind === "bytes") yield one.bytes;
        }
      } catch (error) {
        if (signal.aborted) return;
        throw isSluiceError(error) ? error : brokeOff(error);
      }
    },

    createUpload: (path, options) => upload(post("/v1/uploads", { path, ...options })),
    upload: ({ id, folder }) => upload({ method: "GET", path: uploadPath(id), query: { folder } }),
    writeUpload: ({ id, folder }, offset, content) =>
      upload({ method: "PATCH", path: uploadPath(id), query: { folder, offset }, content }),
    async removeUpload({ id, folder }) {
      await document({ method: "DELETE", path: uploadPath(id), query: { folder } });
    },
    async uploads() {
      const { uploads } = await document<{ readonly uploads: readonly UploadDocument[] }>({
        method: "GET",
        path: "/v1/uploads",
      });
      return uploads.map(uploadFrom);
    },

    sbatch: (job) => document(post("/v1/sbatch", job)),
    trySbatch: (job, { signal } = {}) => document(post("/v1/sbatch/test", job, signal)),
    command: (argv, { input, signal } = {}) =>
      document(post("/v1/command", { argv, input }, signal)),
    program: (argv, { signal, ...limits }) =>
      document(post("/v1/program", { argv, ...limits }, signal)),
  };
}

function createAsker(dispatcher: Dispatcher) {
  const once = async (request: Request): Promise<Dispatcher.ResponseData> => {
    const { method, path, query = {}, json, content, signal } = request;
    const search = new URLSearchParams(
      Object.entries(query).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as [string, string]],
      ),
    );
    const type = json === undefined ? "application/octet-stream" : "application/json";
    const body = json === undefined ? (content ?? null) : JSON.stringify(json);
    return await dispatcher.request({
      method,
      path: `${path}?${search}`,
      headers: body === null ? {} : { "content-type": type },
      body,
      headersTimeout: ANSWER_MS,
      ...(signal === undefined ? {} : { signal }),
    });
  };

  return async (request: Request): Promise<Dispatcher.ResponseData> => {
    const { signal, method, content } = request;
    signal?.throwIfAborted();
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await once(request);
        // Whoever lets go of it early shall not be told of it as of an error that nobody handles.
        response.body.on("error", () => undefined);
        if (response.statusCode === 200) return response;
        throw await refusalOf(response);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (isSluiceError(error)) throw error;
        // The connection may have been of a worker that has ended: reading may be done again.
        if (method === "GET" && attempt === 1 && isLost(error)) continue;
        // What was to be sent broke off by itself.
        if (content instanceof Readable && content.errored === error && !isLost(error)) throw error;
        throw brokeOff(error);
      }
    }
  };
}

async function refusalOf({ statusCode, body }: Dispatcher.ResponseData): Promise<SluiceError> {
  const text = await bodyText(body, MOST_DOCUMENT);
  try {
    const { code, source, message, hint } = JSON.parse(text) as Record<string, string>;
    if (code !== undefined && message !== undefined) {
      const options = hint === undefined ? {} : { hint };
      return new SluiceError(code, (source ?? "system") as ErrorSource, message, options);
    }
  } catch {
    // Told below.
  }
  return brokeOff(new Error(`it answered ${statusCode}`));
}

function brokeOff(cause: unknown): SluiceError {
  if (isSluiceError(cause)) return cause;
  return new SluiceError(
    "GATEWAY_UNREACHABLE",
    "system",
    `the user's worker broke off: ${messageOf(cause)}`,
    { hint: "Try again in a moment.", cause },
  );
}

function isLost(error: unknown): boolean {
  const code = (error as { readonly code?: string } | undefined)?.code ?? "";
  return ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes(code);
}

function entryFrom({ modified, ...entry }: EntryDocument): FileEntry {
  return { ...entry, modified: new Date(modified) };
}

function uploadFrom({ expires, ...upload }: UploadDocument): Upload {
  return { ...upload, expires: new Date(expires) };
}
