import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import type { SharedStorage } from "@sluice/model";
import { run } from "../run.ts";
import { install } from "./files.ts";

/** What file systems have of themselves in their root. */
const OWN_ENTRIES: ReadonlySet<string> = new Set(["lost+found", ".snapshot", ".lustre"]);
const AS_MADE = 0o755;
const EVERYBODYS = 0o1777;

/**
 * Gives the folders that the cluster made to everybody, as /tmp is. That is done once for each file
 * system, while there is nothing in it: what somebody makes of it later stays so. Storage that the
 * cluster file names as existing is its owner's, and homes are not for everybody. What a site has made
 * is named as existing in the files of its clusters, of which the first to mount it opens it.
 *
 * @param options.note file with those that were looked at, a line for each.
 */
export async function openFolders(
  storages: readonly SharedStorage[],
  {
    note,
    isOfSite = false,
    sourceOf = mountedFrom,
  }: {
    readonly note: string;
    readonly isOfSite?: boolean;
    readonly sourceOf?: (folder: string) => Promise<string>;
  },
): Promise<void> {
  const isOurs = (one: SharedStorage): boolean => isMade(one) || (isOfSite && isNetworked(one));
  const made = storages.filter((one) => isOurs(one) && one.MountDir !== "/home");
  const known = existsSync(note) ? readFileSync(note, "utf8").trim().split("\n") : [];
  for (const { MountDir: folder } of made) {
    const source = await sourceOf(folder);
    if (source === "" || known.includes(source)) continue;
    if (isNew(folder)) chmodSync(folder, EVERYBODYS);
    known.push(source);
    install({ path: note, mode: 0o600, content: `${known.filter(Boolean).join("\n")}\n` });
  }
}

function isMade({ EbsSettings, EfsSettings, FsxLustreSettings, StorageType }: SharedStorage) {
  switch (StorageType) {
    case "Ebs":
      return EbsSettings?.VolumeId === undefined && EbsSettings?.SnapshotId === undefined;
    case "Efs":
      return EfsSettings?.FileSystemId === undefined;
    case "FsxLustre":
      return FsxLustreSettings?.FileSystemId === undefined;
    default:
      return false;
  }
}

function isNetworked({ StorageType }: SharedStorage): boolean {
  return StorageType === "Efs" || StorageType === "FsxLustre";
}

function isNew(folder: string): boolean {
  const { uid, mode } = statSync(folder);
  const isEmpty = readdirSync(folder).every((name) => OWN_ENTRIES.has(name));
  return isEmpty && uid === 0 && (mode & 0o7777) === AS_MADE;
}

/** The file system's own id, or the server that it is from; empty when nothing is mounted there. */
async function mountedFrom(folder: string): Promise<string> {
  const columns = ["--noheadings", "--raw", "--output", "UUID,SOURCE", "--mountpoint", folder];
  const text = await run(["findmnt", ...columns]).catch(() => "");
  return text.trim().split("\n").at(-1)?.split(" ").find(Boolean) ?? "";
}
