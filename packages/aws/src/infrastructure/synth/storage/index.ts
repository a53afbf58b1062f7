import type { SharedStorage } from "@sluice/model";
import { OWN_FILE_SYSTEM } from "../../../names.ts";
import type { ExistingStorage } from "../contract.ts";
import { inParts } from "../facts-parts.ts";
import type { Network } from "../network.ts";
import type { Awaited, Scope } from "../scope.ts";
import type { SecurityGroups } from "../security-groups.ts";
import { ebsDisks } from "./ebs.ts";
import { efs, type FileSystem, type MadeFileSystem } from "./efs.ts";
import { lustre } from "./lustre.ts";

/**
 * What the file's `SharedStorage` names: volumes that the head exports, and file systems that every
 * machine mounts, made or there already.
 *
 * @returns what must be there before a machine mounts it.
 */
export function makeStorage(
  scope: Scope,
  network: Network,
  groups: SecurityGroups,
): readonly Awaited[] {
  const { config, facts } = scope;
  const disks = config.SharedStorage.filter(({ StorageType }) => StorageType === "Ebs").flatMap(
    (storage) => ebsDisks(scope, network, storage),
  );
  inParts(disks).forEach((part, index) => {
    facts.add(`disks-${index + 1}`, { disks: part });
  });
  const made: [string, MadeFileSystem][] = [];
  for (const storage of config.SharedStorage) {
    const one = fileSystem(scope, network, groups, storage);
    if (one !== undefined) made.push([storage.Name, one]);
  }
  if (config.HeadNode.SharedStorageType === "Efs") {
    const name = OWN_FILE_SYSTEM;
    const own = efs(scope, network, groups, { name, settings: undefined, elastic: true });
    made.push([OWN_FILE_SYSTEM, own]);
  }
  const entries = made.map(([name, { fact }]): readonly [string, FileSystem] => [name, fact]);
  inParts(entries).forEach((part, index) => {
    facts.add(`file-systems-${index + 1}`, { fileSystems: Object.fromEntries(part) });
  });
  return made.flatMap(([, { targets }]) => targets);
}

function fileSystem(
  scope: Scope,
  network: Network,
  groups: SecurityGroups,
  storage: SharedStorage,
): MadeFileSystem | undefined {
  switch (storage.StorageType) {
    case "Efs":
      return efs(scope, network, groups, { name: storage.Name, settings: storage.EfsSettings });
    case "FsxLustre":
      return lustre(scope, network, groups, storage);
    case "FsxOntap":
      return existing(scope, { type: "ontap", id: storage.FsxOntapSettings?.VolumeId ?? "" });
    case "FsxOpenZfs":
      return existing(scope, { type: "openzfs", id: storage.FsxOpenZfsSettings?.VolumeId ?? "" });
    case "FileCache":
      return existing(scope, {
        type: "filecache",
        id: storage.FileCacheSettings?.FileCacheId ?? "",
      });
    case "Ebs":
    case "Local":
      return undefined;
    default:
      return storage.StorageType satisfies never;
  }
}

/** Where it is is known to the account alone. */
function existing({ parameters }: Scope, of: ExistingStorage): MadeFileSystem {
  const dnsName = parameters.ofStorage({ kind: "dns-name", of });
  const path = parameters.ofStorage({ kind: "mount-path", of });
  return { fact: { type: of.type, dnsName, path }, targets: [] };
}
