import type { SharedStorage } from "../cluster-file/config.ts";
import { namesOf } from "./clusters.ts";
import type { Difference } from "./differences.ts";
import type { Clusters, Need } from "./need.ts";

const HOME = /^\/?home\/?$/;

/** Shared storage is added, removed or mounted elsewhere. */
export function judgeStorage(difference: Difference, { before, after }: Clusters): Need {
  const { storage: name } = difference.where;
  const entries = [before, after].flatMap(({ config }) =>
    config.SharedStorage.filter(({ Name }) => Name === name),
  );
  if (entries.some(({ MountDir }) => HOME.test(MountDir))) {
    return {
      is: "never",
      why: "everybody's files and the head node's own work are in /home",
      suggestion: "write it as it was, or create a new cluster from this file",
    };
  }
  if (entries.length > 0 && entries.every(isExisting)) {
    const resources = before.resources({});
    return {
      is: "nodes-off",
      why: "machines mount it when they start",
      nodes: () => namesOf(resources),
      replaces: true,
    };
  }
  const login = before.loginNodes();
  if (login > 0) {
    return {
      is: "never",
      why: `${login} login nodes have the cluster's storage mounted`,
      suggestion: "write Count: 0 in every pool and update, then make this change",
    };
  }
  return { is: "fleet-off", why: storageReason(difference) };
}

function storageReason({ kind, where }: Difference): string {
  return kind === "removed"
    ? `${where.storage} was made by the cluster, and what is on it goes as its DeletionPolicy says`
    : "every node mounts it";
}

/** True for what was there before the cluster, and outlives it. */
function isExisting(storage: SharedStorage): boolean {
  switch (storage.StorageType) {
    case "Efs":
      return storage.EfsSettings?.FileSystemId !== undefined;
    case "FsxLustre":
      return storage.FsxLustreSettings?.FileSystemId !== undefined;
    case "FsxOntap":
    case "FsxOpenZfs":
    case "FileCache":
      return true;
    case "Ebs":
    case "Local":
      return false;
    default:
      return storage.StorageType satisfies never;
  }
}

/** The name of a Lustre file system that the cluster made and that stays. */
export function managedLustre({ before, after }: Clusters): string | undefined {
  const kept = new Set(after.config.SharedStorage.map(({ Name }) => Name));
  return before.config.SharedStorage.find(
    (one) => one.StorageType === "FsxLustre" && !isExisting(one) && kept.has(one.Name),
  )?.Name;
}
