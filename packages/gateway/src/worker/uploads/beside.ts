import { constants, type FileHandle, open, unlink } from "node:fs/promises";
import { SluiceError } from "@sluice/model";
import { z } from "zod";
import { place } from "../beside.ts";
import { about, isCode } from "../failures.ts";
import { type RawPath, rawOfText, shown } from "../file-name.ts";
import type { WorkerParts } from "../parts.ts";
import { demandFolder, type Held, inside, joined, openHeld, tidy } from "../territory.ts";
import { UPLOAD_ID } from "./records.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;

/** What an upload will be; lies beside its bytes. */
const planSchema = z.object({
  name: z
    .string()
    .min(1)
    .refine((name) => !name.includes("/") && name !== "." && name !== ".."),
  length: z.int().min(0),
  overwrite: z.boolean(),
  mode: z.int().min(0).max(0o777).optional(),
});
export type UploadPlan = z.output<typeof planSchema>;

const MOST_PLAN = 16 * 1024;

/** An upload whose folder and bytes are held. */
export interface OpenUpload extends AsyncDisposable {
  readonly id: string;
  readonly folder: Held;
  readonly folderPath: string;
  /** Of the target. */
  readonly path: string;
  readonly plan: UploadPlan;
  readonly bytes: FileHandle;
}

/** The folder stays the caller's, unless the upload is disposed of. */
export async function makeUpload(
  id: string,
  folder: Held,
  folderPath: string,
  plan: UploadPlan,
): Promise<OpenUpload> {
  const bytes = await openNew(folder, bytesName(id));
  try {
    await using file = await openNew(folder, planName(id));
    await file.writeFile(JSON.stringify(plan));
    await file.sync();
  } catch (error) {
    await bytes.close();
    await unlinkUpload(id, folder);
    throw error;
  }
  return uploadOf(id, folder, folderPath, plan, bytes);
}

/** `UPLOAD_NOT_FOUND` when there is none, or none any more. */
export async function openUpload(
  parts: WorkerParts,
  id: string,
  folderPath: string,
): Promise<OpenUpload> {
  if (!UPLOAD_ID.test(id)) throw noUpload(id);
  const path = tidy(folderPath);
  try {
    const folder = await parts.territory.hold(path);
    try {
      demandFolder(folder, path);
      const plan = await readPlan(parts, folder, id, path);
      const bytes = await openBytes(parts, folder, id, path);
      return uploadOf(id, folder, path, plan, bytes);
    } catch (error) {
      await folder.handle.close();
      throw error;
    }
  } catch (error) {
    throw isCode(error, "FILE_NOT_FOUND") ? noUpload(id) : error;
  }
}

/** Makes it the file that it was to be. */
export async function finishUpload(parts: WorkerParts, upload: OpenUpload): Promise<void> {
  const { id, folder, plan, bytes, path } = upload;
  const spot = {
    folder,
    name: rawOfText(plan.name),
    asked: path,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  await place(parts, spot, { name: bytesName(id), handle: bytes }, plan);
  await unlink(inside(folder, planName(id))).catch(() => undefined);
}

/** Removes what there is of it. */
export async function unlinkUpload(id: string, folder: Held): Promise<void> {
  for (const name of [bytesName(id), planName(id)]) {
    await unlink(inside(folder, name)).catch((error: unknown) => {
      if (!isCode(error, "ENOENT")) throw error;
    });
  }
}

export function noUpload(id: string): SluiceError {
  return new SluiceError("UPLOAD_NOT_FOUND", "user", `there is no upload ${shown(id)}`, {
    hint: "It was ended, or it expired: begin again.",
  });
}

function uploadOf(
  id: string,
  folder: Held,
  folderPath: string,
  plan: UploadPlan,
  bytes: FileHandle,
): OpenUpload {
  return {
    id,
    folder,
    folderPath,
    path: joined(folderPath, plan.name),
    plan,
    bytes,
    async [Symbol.asyncDispose]() {
      await bytes.close();
      await folder.handle.close();
    },
  };
}

/** In a folder that others may write to, a plan of somebody else's is none. */
async function readPlan(
  parts: WorkerParts,
  folder: Held,
  id: string,
  path: string,
): Promise<UploadPlan> {
  await using held = await parts.territory.within(folder, planName(id), path);
  const isOurs = held.kind === "file" && Number(held.stat.uid) === process.getuid?.();
  if (!isOurs || held.stat.size > MOST_PLAN) throw noUpload(id);
  await using file = await openHeld(held, path);
  try {
    return planSchema.parse(JSON.parse(await file.readFile("utf8")));
  } catch {
    // Of a worker that was killed before it had written it.
    throw noUpload(id);
  }
}

async function openBytes(
  parts: WorkerParts,
  folder: Held,
  id: string,
  path: string,
): Promise<FileHandle> {
  {
    await using held = await parts.territory.within(folder, bytesName(id), path);
    if (held.kind !== "file") throw noUpload(id);
  }
  return about(path, () => open(inside(folder, bytesName(id)), O_WRONLY | O_NOFOLLOW | O_NONBLOCK));
}

function openNew(folder: Held, name: RawPath): Promise<FileHandle> {
  return open(inside(folder, name), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
}

function bytesName(id: string): RawPath {
  return rawOfText(`.sluice-upload-${id}`);
}

function planName(id: string): RawPath {
  return rawOfText(`.sluice-upload-${id}.json`);
}
