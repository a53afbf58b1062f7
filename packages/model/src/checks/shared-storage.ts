import type { DraftFile } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem, showPath } from "../cluster-file/problem.ts";
import { repeated } from "./check.ts";
import { given, listed, schemaProblem } from "./keys.ts";
import { nodeKindsOf } from "./nodes.ts";
import { providerOf } from "./provider.ts";
import { type CloudStorageType, existingOf, SETTINGS_OF, storageOf } from "./storage-entries.ts";

export function* sharedStorageNames(file: DraftFile): Generator<Problem> {
  const entries = [...storageOf(file)];
  const names = entries.map(({ storage, path }) => ({
    name: storage.Name,
    path: [...path, "Name"],
  }));
  for (const { name, path } of names) {
    if (name !== "default") continue;
    const message = '"default" is reserved and names no storage';
    yield problem("SharedStorageNameValidator", path, message, "write another name");
  }
  for (const { again, first } of repeated(names)) {
    const message = `${showValue(again.name)} is already the name of ${showPath(first.path.slice(0, -1))}`;
    yield problem("DuplicateNameValidator", again.path, message, "write another name");
  }
  const existing = entries.flatMap(({ storage, path }) => {
    const found = existingOf(storage);
    return found === undefined ? [] : [{ name: found.id, path: [...path, ...found.keys] }];
  });
  for (const { again, first } of repeated(existing)) {
    const message = `${showValue(again.name)} is already ${showPath(first.path.slice(0, 2))}, and a storage is mounted once`;
    yield problem("DuplicateNameValidator", again.path, message, "remove one of the entries");
  }
}

const SECTIONS = Object.values(SETTINGS_OF);
/** Kinds of which a cluster has existing ones only, and which their settings name. */
const EXISTING_ONLY = ["FsxOntap", "FsxOpenZfs", "FileCache"] as const;

/** One section of settings, and that of the kind of storage. */
export function* storageSettings(file: DraftFile): Generator<Problem> {
  if (providerOf(file) !== "aws") return;
  for (const { storage, path } of storageOf(file)) {
    const { StorageType: type } = storage;
    if (type === null || type === undefined || type === "Local") continue;
    const own = SETTINGS_OF[type];
    for (const section of given(storage, SECTIONS)) {
      if (section === own) continue;
      const message = `${section} is not for StorageType: ${type}`;
      yield schemaProblem([...path, section], message, `remove it, or write ${own}`);
    }
    if (storage[own] !== undefined || !isExistingOnly(type)) continue;
    const message = `${own} is missing, so nothing says which storage it is`;
    const key = type === "FileCache" ? "FileCacheId" : "VolumeId";
    yield schemaProblem([...path, own], message, `write ${own} with ${key}`, "missing");
  }
}

function isExistingOnly(type: CloudStorageType): boolean {
  return EXISTING_ONLY.some((kind) => kind === type);
}

/** What becomes of the data is worth a word before it is gone. */
export function* deletionPolicies(file: DraftFile): Generator<Problem> {
  if (providerOf(file) !== "aws") return;
  for (const { storage, path } of storageOf(file)) {
    const { StorageType: type } = storage;
    if (type !== "Ebs" && type !== "Efs" && type !== "FsxLustre") continue;
    const settings = storage[SETTINGS_OF[type]];
    if (settings === null || existingOf(storage) !== undefined) continue;
    const policy = settings?.DeletionPolicy;
    if (policy === null || policy === "Snapshot") continue;
    const stays = policy === "Retain";
    const message = stays
      ? "the storage stays, and is paid for, when the cluster is deleted or the entry is removed"
      : "the storage and its data go when the cluster is deleted or the entry is removed";
    const place = [...path, SETTINGS_OF[type], "DeletionPolicy"];
    const suggestion = stays ? "delete it yourself in the end" : "write Retain to keep it";
    yield problem("DeletionPolicyValidator", place, message, suggestion, {
      at: policy === undefined ? "missing" : "value",
      level: "INFO",
    });
  }
}

/**
 * Most EC2 instances take 28 network interfaces and disks in all; one of each is there already.
 * ParallelCluster takes five disks, and one file system of each kind; there is no need for that.
 */
const MAX_DISKS = 26;

export function* numberOfStorages(file: DraftFile): Generator<Problem> {
  if (providerOf(file) !== "aws") return;
  let disks = 0;
  for (const { storage, path } of storageOf(file, "Ebs")) {
    const raid = storage.EbsSettings?.Raid;
    const before = disks;
    disks += raid === undefined || raid === null ? 1 : (raid.NumberOfVolumes ?? 2);
    if (before > MAX_DISKS || disks <= MAX_DISKS) continue;
    const message = `with this one the head node has ${disks} shared disks, and an instance takes ${MAX_DISKS} beside its own`;
    const suggestion = "write fewer and larger disks, or a file system such as Efs";
    yield problem("NumberOfStorageValidator", path, message, suggestion);
  }
}

/** A file system that the cluster makes is in one subnet. */
export function* managedFsxSubnets(file: DraftFile): Generator<Problem> {
  if (providerOf(file) !== "aws") return;
  const kinds = [...nodeKindsOf(file)].filter(({ path }) => path[0] === "Scheduling");
  const subnets = [...new Set(kinds.flatMap(({ subnetIds }) => subnetIds))];
  if (subnets.length < 2) return;
  for (const { storage, path } of storageOf(file, "FsxLustre")) {
    if (storage.FsxLustreSettings === null || existingOf(storage) !== undefined) continue;
    const message = `the file system is made in one subnet, and the queues are in ${subnets.length}: ${listed(subnets)}`;
    const suggestion =
      "write one subnet for all queues, or FileSystemId of a file system that all of them reach";
    yield problem("ManagedFsxMultiAzValidator", path, message, suggestion);
  }
}

/** A cache forgets what was not written back. */
export function* homeOnFileCache(file: DraftFile): Generator<Problem> {
  for (const { storage, path } of storageOf(file, "FileCache")) {
    if (storage.MountDir !== "/home" && storage.MountDir !== "home") continue;
    const message = "homes can't be on a file cache, which is not where files are kept";
    const place: Path = [...path, "MountDir"];
    yield problem("SharedFileCacheNotHomeValidator", place, message, "write another directory");
  }
}
