import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import type { Path } from "../cluster-file/problem.ts";
import type { SharedStorage } from "../cluster-file/schema/shared-storage/index.ts";

/** The section in which each kind of storage has its settings. */
export const SETTINGS_OF = {
  Ebs: "EbsSettings",
  Efs: "EfsSettings",
  FsxLustre: "FsxLustreSettings",
  FsxOntap: "FsxOntapSettings",
  FsxOpenZfs: "FsxOpenZfsSettings",
  FileCache: "FileCacheSettings",
} as const;

export type CloudStorageType = keyof typeof SETTINGS_OF;

/** The shared storages that could be read, all or those of one kind. */
export function* storageOf(file: DraftFile, type?: SharedStorage["StorageType"]) {
  for (const { index, item } of entriesOf(file.SharedStorage)) {
    if (type !== undefined && item.StorageType !== type) continue;
    yield { storage: item, path: ["SharedStorage", index] satisfies Path };
  }
}

type Storage = ReturnType<typeof storageOf> extends Generator<{ storage: infer S }> ? S : never;

/** The key that names a storage which exists already, its value null where the schema refused it. */
export function existingOf(
  storage: Storage,
): { readonly keys: Path; readonly id: string | null } | undefined {
  switch (storage.StorageType) {
    case "Ebs":
      return keyed("EbsSettings", "VolumeId", storage.EbsSettings?.VolumeId);
    case "Efs":
      return keyed("EfsSettings", "FileSystemId", storage.EfsSettings?.FileSystemId);
    case "FsxLustre":
      return keyed("FsxLustreSettings", "FileSystemId", storage.FsxLustreSettings?.FileSystemId);
    case "FsxOntap":
      return keyed("FsxOntapSettings", "VolumeId", storage.FsxOntapSettings?.VolumeId);
    case "FsxOpenZfs":
      return keyed("FsxOpenZfsSettings", "VolumeId", storage.FsxOpenZfsSettings?.VolumeId);
    case "FileCache":
      return keyed("FileCacheSettings", "FileCacheId", storage.FileCacheSettings?.FileCacheId);
    default:
      return undefined;
  }
}

function keyed(section: string, key: string, id: string | null | undefined) {
  return id === undefined ? undefined : { keys: [section, key], id };
}
