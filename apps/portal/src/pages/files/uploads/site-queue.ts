import { type JsonOf, ROUTES } from "@sluice/api";
import { useSyncExternalStore } from "react";
import { text } from "../../../catalogue/index.ts";
import { remember, remembered } from "../../../frame/memory.ts";
import { notifyError } from "../../../frame/notices.tsx";
import { queryClient, readAgain } from "../../../frame/queries.ts";
import { server } from "../../../frame/server.ts";
import { folderChanged } from "../folder.ts";
import { freeName, inFolder, nameOf, parentOf, shownName } from "../paths.ts";
import { type Place, whose } from "../place.ts";
import type { DroppedFiles } from "./dropped.ts";
import { type UploadItem, UploadQueue } from "./queue.ts";

export type Unfinished = JsonOf<typeof ROUTES.listUploads>["items"][number];

/** When the files of uploads were last changed, by the id of the upload. */
const KEY = "uploads";
const MOST_REMEMBERED = 200;

/** Milliseconds; a folder into which much is put is read again seldom. */
const SETTLING = 700;
const settling = new Map<string, ReturnType<typeof setTimeout>>();

function fileArrived({ place, path }: UploadItem, location: string | undefined): void {
  const folder = parentOf(path);
  const key = JSON.stringify([place, folder]);
  if (location !== undefined) forgetFile(idOf(location));
  if (settling.has(key)) return;
  settling.set(
    key,
    setTimeout(() => {
      settling.delete(key);
      folderChanged(place, folder);
    }, SETTLING),
  );
}

/** The uploads of this browser's page. */
export const uploads = new UploadQueue({
  send: async (options, signal) => {
    const { sendByTus } = await import("./send.ts");
    const { file, onLocation } = options;
    return sendByTus(
      {
        ...options,
        onLocation: (location) => {
          rememberFile(idOf(location), file.lastModified);
          onLocation(location);
        },
      },
      signal,
    );
  },
  remove: async (place, location) => {
    await giveUp(place, location);
  },
  onDone: fileArrived,
  otherPath: (path, tried) =>
    inFolder(
      parentOf(path),
      freeName(nameOf(path), (name) => tried.has(inFolder(parentOf(path), name))),
    ),
  now: () => performance.now(),
});

export function useUploads(): readonly UploadItem[] {
  return useSyncExternalStore(uploads.subscribe, () => uploads.items);
}

// What was sent stays there, and still it takes choosing the files again.
window.addEventListener("beforeunload", (event) => {
  if (uploads.isBusy) event.preventDefault();
});

/** Puts files and folders into a folder. What began before, of the same file, goes on. */
export async function uploadInto(
  place: Place,
  folder: string,
  { files, folders }: DroppedFiles,
): Promise<void> {
  const { cluster } = place;
  for (const one of folders) {
    const body = { path: inFolder(folder, one), parents: true };
    try {
      await server.call(ROUTES.makeFolder, { params: { cluster }, query: whose(place), body });
    } catch (error) {
      return notifyError(error, text.files.uploads.folderFailed(shownName(one)));
    }
  }
  if (folders.length > 0) folderChanged(place, folder);
  const begun = await server
    .call(ROUTES.listUploads, { params: { cluster }, query: whose(place) })
    .catch(() => ({ items: [] }));
  const running = new Set([...uploads.locations].map(idOf));
  for (const { file, path } of files) {
    const target = inFolder(folder, path);
    const before = begun.items.find(
      (one) =>
        one.path === target &&
        one.length === file.size &&
        !running.has(one.id) &&
        fileOf(one.id) === file.lastModified,
    );
    uploads.add(file, place, target, before?.location);
  }
}

export type Fit = "fits" | "other" | "changed";

/** Whether a file is the one of which an upload has a part. */
export function fitOf({ id, path, length }: Unfinished, file: File): Fit {
  if (file.size !== length || file.name !== nameOf(path)) return "other";
  const lastModified = fileOf(id);
  return lastModified === undefined || lastModified === file.lastModified ? "fits" : "changed";
}

export async function giveUp(place: Place, location: string): Promise<void> {
  const { searchParams } = new URL(location, window.location.origin);
  await server.call(ROUTES.removeUpload, {
    params: { cluster: place.cluster, upload: idOf(location) },
    query: { folder: searchParams.get("folder") ?? "/", ...whose(place) },
    headers: { "tus-resumable": "1.0.0" },
  });
  forgetFile(idOf(location));
  await readAgain(queryClient, [ROUTES.listUploads]);
}

export function idOf(location: string): string {
  return nameOf(new URL(location, window.location.origin).pathname);
}

type Files = Readonly<Record<string, number>>;

function fileOf(id: string): number | undefined {
  return remembered<Files>(KEY)?.[id];
}

function rememberFile(id: string, lastModified: number): void {
  const { [id]: _, ...others } = remembered<Files>(KEY) ?? {};
  const kept = Object.entries(others).slice(1 - MOST_REMEMBERED);
  remember(KEY, { ...Object.fromEntries(kept), [id]: lastModified });
}

function forgetFile(id: string): void {
  const { [id]: _, ...others } = remembered<Files>(KEY) ?? {};
  remember(KEY, others);
}
