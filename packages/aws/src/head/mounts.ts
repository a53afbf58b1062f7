import type { Mount } from "@sluice/cloud";
import type { ClusterConfig } from "@sluice/model";
import type { ClusterFacts } from "../facts.ts";
import { OWN_FILE_SYSTEM } from "../names.ts";

type FileSystem = ClusterFacts["fileSystems"][string];

/** Jobs wait for a head that is away, and go on when it is back. */
const HEAD_OPTIONS = ["hard", "noatime", "_netdev"];

/**
 * What machines of the cluster mount: from the head its homes and its EBS volumes, from the account
 * its file systems. Homes come from the head unless the file mounts something else there, or has
 * the cluster's own folders on a file system (`SharedStorageType: Efs`).
 */
export function clusterMounts(config: ClusterConfig, facts: ClusterFacts): readonly Mount[] {
  const isOwnHome = config.SharedStorage.some(({ MountDir }) => MountDir === "/home");
  const shared = config.SharedStorage.flatMap((storage) => {
    const { Name, MountDir, StorageType } = storage;
    if (StorageType === "Ebs") return fromHead(facts, MountDir);
    const fileSystem = facts.fileSystems[Name];
    if (fileSystem === undefined) return [];
    return { ...sourceOf(fileSystem, storage.EfsSettings), mountPoint: MountDir };
  });
  return [...(isOwnHome ? [] : [homes(facts)]), ...shared];
}

function homes(facts: ClusterFacts): Mount {
  const own = facts.fileSystems[OWN_FILE_SYSTEM];
  if (own === undefined) return fromHead(facts, "/home");
  return { ...sourceOf(own, undefined), mountPoint: "/home" };
}

function fromHead({ network }: ClusterFacts, path: string): Mount {
  const source = `${network.headAddress}:${path}`;
  return { type: "nfs4", source, mountPoint: path, options: HEAD_OPTIONS };
}

/** As the user guides of EFS and FSx say that each is to be mounted on Linux. */
function sourceOf(
  { type, dnsName, path, accessPointId }: FileSystem,
  settings: ClusterConfig["SharedStorage"][number]["EfsSettings"],
): Pick<Mount, "type" | "source" | "options"> {
  switch (type) {
    case "efs": {
      const isTls = settings?.EncryptionInTransit === true;
      const isIam = settings?.IamAuthorization === true;
      const options = [
        ...(isTls || isIam || accessPointId !== undefined ? ["tls"] : []),
        ...(isIam ? ["iam"] : []),
        ...(accessPointId === undefined ? [] : [`accesspoint=${accessPointId}`]),
        "_netdev",
      ];
      return { type: "efs", source: `${dnsName}:/`, options };
    }
    case "lustre":
    case "filecache":
      return {
        type: "lustre",
        source: `${dnsName}@tcp:/${path.replace(/^\//, "")}`,
        options: ["relatime", "flock", "_netdev"],
      };
    case "ontap":
      return { type: "nfs4", source: `${dnsName}:${path}`, options: ["nfsvers=4.1", "_netdev"] };
    case "openzfs":
      return { type: "nfs4", source: `${dnsName}:${path}`, options: ["nfsvers=4.2", "_netdev"] };
    default:
      return type satisfies never;
  }
}
