import { statfs } from "node:fs/promises";
import type { Readable } from "node:stream";
import { SluiceError } from "@sluice/model";
import { demandReplaceable, spotOfContent } from "../beside.ts";
import { chunksOf, writeAll } from "../content.ts";
import { about, diskFull, isCode } from "../failures.ts";
import { shown, textOf } from "../file-name.ts";
import type { WorkerParts } from "../parts.ts";
import { numbered, tidy } from "../territory.ts";
import {
  finishUpload,
  makeUpload,
  noUpload,
  type OpenUpload,
  openUpload,
  type UploadPlan,
  unlinkUpload,
} from "./beside.ts";
import { createUploadRecords } from "./records.ts";

/** What names an upload from one request to the next. */
export interface UploadAddress {
  readonly id: string;
  /** Of the target, where the bytes are gathered. */
  readonly folder: string;
}

export interface UploadDocument extends UploadAddress {
  /** Of the file that it will be. */
  readonly path: string;
  readonly length: number;
  /** How many bytes are there. With all of them, the file is in its place. */
  readonly offset: number;
  readonly expires: string;
}

export interface NewUpload {
  readonly path: string;
  readonly length: number;
  readonly overwrite?: boolean | undefined;
  readonly mode?: number | undefined;
}

/**
 * Files that come in pieces, over days if need be. What there is of one lies beside its target, so
 * that it outlives every process:
 *
 *   .sluice-upload-ID        the bytes so far: its size is the offset
 *   .sluice-upload-ID.json   what it will be
 *
 * The request that brings the last byte makes the file durable and gives it its name.
 */
export interface Uploads {
  create(upload: NewUpload): Promise<UploadDocument>;
  /** Ends a request that still writes: who asks has lost it. So do the others below. */
  look(address: UploadAddress): Promise<UploadDocument>;
  write(address: UploadAddress, offset: number, content: Readable): Promise<UploadDocument>;
  remove(address: UploadAddress): Promise<void>;
  /** Those that are not done. */
  list(): Promise<readonly UploadDocument[]>;
  /** Removes those to which nothing came for a week. */
  clear(): Promise<void>;
}

const LIFETIME_MS = 7 * 24 * 3_600_000;

export function createUploads(parts: WorkerParts, home: string): Uploads {
  const { clock } = parts;
  const records = createUploadRecords(home);
  const alone = createAlone();

  const documentOf = async (upload: OpenUpload): Promise<UploadDocument> => {
    const { id, folderPath, path, plan, bytes } = upload;
    const { size, mtimeMs } = await bytes.stat();
    return {
      id,
      folder: folderPath,
      path,
      length: plan.length,
      offset: Math.min(size, plan.length),
      expires: new Date(mtimeMs + LIFETIME_MS).toISOString(),
    };
  };

  /** All bytes may be there and the file not in its place: whoever had to do it was killed. */
  const finishIfWhole = async (upload: OpenUpload): Promise<UploadDocument> => {
    const document = await documentOf(upload);
    if (document.offset === document.length) await finishUpload(parts, upload);
    return document;
  };

  /** The answer to the last byte may have been lost: what is in its place is all there. */
  const finished = async ({ id, folder }: UploadAddress): Promise<UploadDocument> => {
    const record = await records.read(id);
    if (record === undefined || record.folder !== tidy(folder)) throw noUpload(id);
    try {
      await using file = await parts.territory.hold(record.path);
      if (Number(file.stat.size) !== record.length) throw noUpload(id);
    } catch {
      throw noUpload(id);
    }
    const expires = new Date(clock.now().getTime() + LIFETIME_MS).toISOString();
    return { id, ...record, offset: record.length, expires };
  };

  const documentNow = async ({ id, folder }: UploadAddress): Promise<UploadDocument> => {
    await using upload = await openUpload(parts, id, folder);
    return await documentOf(upload);
  };

  const remove = async ({ id, folder }: UploadAddress): Promise<void> => {
    await alone(id, async () => {
      await using upload = await openUpload(parts, id, folder);
      await about(upload.path, () => unlinkUpload(id, upload.folder));
    });
    await records.remove(id);
  };

  const clearOne = async (id: string): Promise<void> => {
    const record = await records.read(id);
    const now = clock.now();
    if (record === undefined) return;
    const address = { id, folder: record.folder };
    try {
      const { expires } = await documentNow(address);
      if (Date.parse(expires) < now.getTime()) await remove(address);
    } catch (error) {
      if (!isCode(error, "UPLOAD_NOT_FOUND", "FILE_OUTSIDE")) return;
      // Done or gone; a disk that is not mounted now may be again.
      if ((await records.age(id, now)) > LIFETIME_MS) await records.remove(id);
    }
  };

  return {
    async create({ path, length, overwrite = false, mode }) {
      const asked = tidy(path);
      const spot = await spotOfContent(parts, asked);
      await using held = spot.folder;
      return await about(asked, async () => {
        await demandReplaceable(parts, spot, { overwrite });
        const { bavail, bsize } = await statfs(numbered(held.handle));
        if (bavail * bsize < length) throw diskFull(asked);
        const id = parts.newId();
        const plan: UploadPlan = {
          name: textOf(spot.name),
          length,
          overwrite,
          ...(mode === undefined ? {} : { mode }),
        };
        const folder = textOf(held.location);
        const upload = await makeUpload(id, held, folder, plan);
        await records.write(id, { folder, path: upload.path, length });
        try {
          return await finishIfWhole(upload);
        } finally {
          await upload.bytes.close();
        }
      });
    },

    look: (address) =>
      alone(address.id, async () => {
        try {
          await using upload = await openUpload(parts, address.id, address.folder);
          return await about(upload.path, () => finishIfWhole(upload));
        } catch (error) {
          if (isCode(error, "UPLOAD_NOT_FOUND")) return await finished(address);
          throw error;
        }
      }),

    write: ({ id, folder }, offset, content) =>
      alone(id, async (signal) => {
        await using upload = await openUpload(parts, id, folder);
        return await about(upload.path, async () => {
          const before = await documentOf(upload);
          if (before.offset !== offset) throw wrongOffset(before.offset, offset);
          await append(upload, offset, content, signal);
          return await finishIfWhole(upload);
        });
      }),

    remove,

    async list() {
      const found = await Promise.all(
        (await records.ids()).map(async (id) => {
          const record = await records.read(id);
          if (record === undefined) return [];
          try {
            return [await documentNow({ id, folder: record.folder })];
          } catch {
            return [];
          }
        }),
      );
      return found.flat();
    },

    async clear() {
      for (const id of await records.ids()) await clearOne(id);
    },
  };
}

/** What was written stays when the content breaks off: the next request goes on there. */
async function append(
  { bytes, plan, path }: OpenUpload,
  offset: number,
  content: Readable,
  signal: AbortSignal,
): Promise<void> {
  let at = offset;
  for await (const chunk of chunksOf(content, signal)) {
    const fitting = chunk.subarray(0, plan.length - at);
    await writeAll(bytes, fitting, at);
    at += fitting.length;
    if (fitting.length < chunk.length) throw tooLong(path, plan.length);
  }
  try {
    await bytes.datasync();
  } catch (error) {
    // Some file systems say only now that they have no space: what is there is not known.
    await bytes.truncate(offset);
    throw error;
  }
}

/** One request at a time for each upload: one that comes ends the one before, and waits for that. */
function createAlone() {
  const latest = new Map<string, { readonly stop: () => void; readonly end: Promise<void> }>();
  return async <T>(id: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const before = latest.get(id);
    const stopped = new AbortController();
    const { promise: end, resolve } = Promise.withResolvers<void>();
    const mine = { stop: () => stopped.abort(), end };
    latest.set(id, mine);
    try {
      before?.stop();
      await before?.end;
      return await work(stopped.signal);
    } catch (error) {
      throw stopped.signal.aborted ? interrupted(id) : error;
    } finally {
      resolve();
      if (latest.get(id) === mine) latest.delete(id);
    }
  };
}

function wrongOffset(is: number, given: number): SluiceError {
  return new SluiceError("UPLOAD_OFFSET_WRONG", "user", `the upload is at ${is}, not at ${given}`, {
    hint: "Ask for its offset with HEAD, and go on from there.",
  });
}

function tooLong(path: string, length: number): SluiceError {
  return new SluiceError(
    "UPLOAD_TOO_LONG",
    "user",
    `more came than the ${length} bytes that ${shown(path)} was to have`,
  );
}

function interrupted(id: string): SluiceError {
  return new SluiceError("UPLOAD_INTERRUPTED", "user", `another request took upload ${id} over`);
}
