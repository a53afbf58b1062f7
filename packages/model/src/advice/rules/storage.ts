import type { SharedStorage } from "../../cluster-file/config.ts";
import type { Path } from "../../cluster-file/problem.ts";
import type { Rule } from "../contract.ts";
import { set } from "../edits.ts";
import type { AdviceFile } from "../file.ts";
import { grouped, usd } from "../money.ts";
import prices from "../service-prices.json" with { type: "json" };

interface Entry {
  readonly storage: SharedStorage;
  readonly path: Path;
  readonly subject: string;
}

function storages({ config }: AdviceFile): Entry[] {
  return config.SharedStorage.map((storage, index) => ({
    storage,
    path: ["SharedStorage", index],
    subject: `storage ${storage.Name}`,
  }));
}

/** So many nodes make one server, or one disk, the slowest part of the cluster. */
const MANY_NODES = 64;
const SOME_NODES = 16;

/** GiB of a small scratch file system, to have a figure to compare with. */
const LUSTRE = 1200;

const nfsFromHead: Rule = {
  id: "storage/nfs-from-head",
  pitfall: 2,
  title: "one machine serves the files of all",
  looksFor: `an \`Ebs\` storage, which the head node exports by NFS, and ${MANY_NODES} nodes or more`,
  mends: "none",
  providers: ["aws"],
  *find(file) {
    if (file.nodes < MANY_NODES) return;
    for (const { storage, path, subject } of storages(file)) {
      if (storage.StorageType !== "Ebs") continue;
      const { ec2, name } = file.head;
      const share =
        ec2 === undefined
          ? ""
          : `, ${megabytes(ec2.networkGbps, file.nodes)} MB/s for each at best`;
      yield {
        subject,
        level: file.nodes >= 4 * MANY_NODES ? "high" : "medium",
        evidence: [[...path, "StorageType"], file.head.path],
        why: `up to ${grouped(file.nodes)} nodes read and write ${storage.MountDir} through the NFS server of the head node, ${name}${share}; when it is busy, slurmctld on the same machine waits too`,
        cost: {
          basis: "the nodes' time while they wait for files, and jobs that fail when NFS stalls",
        },
        alternatives: [
          `use FsxLustre for what jobs read and write: ${grouped(LUSTRE)} GiB of SCRATCH_2 cost ${usd(LUSTRE * prices.lustreScratchMonth)} a month`,
          `use Efs for homes: ${usd(100 * prices.efsMonth)} a month for 100 GB`,
        ],
      };
    }
  },
};

function megabytes(gbps: number, nodes: number): number {
  return Math.max(1, Math.round((gbps * 1000) / 8 / nodes));
}

/** MiB/s that gp3 has without extra pay. */
const GP3_INCLUDED = 125;
/** 3,000 operations per second, which gp3 has, allow up to 750. */
const GP3_BETTER = 500;
const MIB_PER_NODE = 16;

const slowDisk: Rule = {
  id: "storage/slow-disk",
  pitfall: 2,
  title: "a shared disk that is slow for the fleet",
  looksFor: `an \`Ebs\` storage of type gp3 with less than ${MIB_PER_NODE} MiB/s for each of ${SOME_NODES} nodes or more`,
  mends: "edit",
  providers: ["aws"],
  *find(file) {
    if (file.nodes < SOME_NODES || file.nodes >= MANY_NODES) return;
    for (const { storage, path, subject } of storages(file)) {
      const settings = storage.EbsSettings ?? {};
      const { VolumeType = "gp3", Throughput = GP3_INCLUDED, VolumeId } = settings;
      const isOurs = storage.StorageType === "Ebs" && VolumeId === undefined;
      const share = Throughput / file.nodes;
      if (!isOurs || VolumeType !== "gp3" || settings.Raid !== undefined) continue;
      if (Throughput >= GP3_BETTER || share >= MIB_PER_NODE) continue;
      const place: Path = [...path, "EbsSettings", "Throughput"];
      const added = (GP3_BETTER - Throughput) * prices.gp3ThroughputMonth;
      yield {
        subject,
        level: "medium",
        evidence: [place],
        why: `${grouped(file.nodes)} nodes share the ${Throughput} MiB/s of one disk, ${share.toFixed(1)} MiB/s each`,
        cost: {
          addsUsdPerMonth: added,
          basis: `the nodes' time while they wait for files; ${GP3_BETTER} MiB/s cost ${usd(added)} more a month`,
        },
        fix: {
          edits: [set(place, GP3_BETTER)],
          safe: false,
          does: `write EbsSettings.Throughput: ${GP3_BETTER}, and see that the head node, ${file.head.name}, can take as much from its disks`,
        },
      };
    }
  },
};

/** MiB/s of a bursting EFS for each TiB stored, when its credits are used up. */
const EFS_BASE = 50;
const EFS_PROVISIONED = 128;

const burstingEfs: Rule = {
  id: "storage/bursting-efs",
  pitfall: 2,
  title: "a file system that is fast for a while only",
  looksFor: `a new \`Efs\` storage whose throughput is bursting, the default, and ${SOME_NODES} nodes or more`,
  mends: "edit",
  providers: ["aws"],
  *find(file) {
    if (file.nodes < SOME_NODES) return;
    for (const { storage, path, subject } of storages(file)) {
      const { FileSystemId, ThroughputMode = "bursting" } = storage.EfsSettings ?? {};
      if (storage.StorageType !== "Efs" || FileSystemId !== undefined) continue;
      if (ThroughputMode !== "bursting") continue;
      const added = EFS_PROVISIONED * prices.efsProvisionedThroughputMonth;
      const settings: Path = [...path, "EfsSettings"];
      yield {
        subject,
        level: file.nodes >= MANY_NODES ? "high" : "medium",
        evidence: [[...settings, "ThroughputMode"]],
        why: `a bursting file system has ${EFS_BASE} MiB/s for each TiB that is stored in it once its credits are used up: with 100 GiB in it about 5 MiB/s for up to ${grouped(file.nodes)} nodes`,
        cost: {
          addsUsdPerMonth: added,
          basis: `the nodes' time while they wait for files; ${EFS_PROVISIONED} MiB/s for good cost ${usd(added)} a month`,
        },
        fix: {
          edits: [
            set([...settings, "ThroughputMode"], "provisioned"),
            set([...settings, "ProvisionedThroughput"], EFS_PROVISIONED, {
              after: "ThroughputMode",
            }),
          ],
          safe: false,
          does: `write ThroughputMode: provisioned with ProvisionedThroughput: ${EFS_PROVISIONED}`,
        },
        alternatives: [
          "make a file system with elastic throughput, which is paid for by what is read and written, and name it by FileSystemId",
          `use FsxLustre for what jobs read and write: ${grouped(LUSTRE)} GiB of SCRATCH_2 cost ${usd(LUSTRE * prices.lustreScratchMonth)} a month`,
        ],
      };
    }
  },
};

type LustreSettings = NonNullable<SharedStorage["FsxLustreSettings"]>;

interface Lustre {
  readonly settings: LustreSettings;
  readonly isScratch: boolean;
}

/** Of one that the cluster makes. */
function newLustre({
  StorageType,
  FsxLustreSettings: settings,
}: SharedStorage): Lustre | undefined {
  if (StorageType !== "FsxLustre" || settings === undefined) return undefined;
  if (settings.FileSystemId !== undefined || settings.BackupId !== undefined) return undefined;
  const { DeploymentType = "SCRATCH_2" } = settings;
  return { settings, isScratch: DeploymentType.startsWith("SCRATCH") };
}

/** MB/s that scratch file systems have for each TiB. */
const SCRATCH_UNIT = 200;
const MB_PER_NODE = 10;
/** GiB; sizes of new file systems are multiples of it, apart from the smallest. */
const LUSTRE_STEP = 2400;

const smallLustre: Rule = {
  id: "storage/small-lustre",
  pitfall: 2,
  title: "a parallel file system that is small for the fleet",
  looksFor: `a new \`FsxLustre\` storage whose size gives each of ${2 * SOME_NODES} nodes or more less than ${MB_PER_NODE} MB/s`,
  mends: "edit",
  providers: ["aws"],
  *find(file) {
    if (file.nodes < 2 * SOME_NODES) return;
    for (const { storage, path, subject } of storages(file)) {
      const lustre = newLustre(storage);
      const size = lustre?.settings.StorageCapacity;
      if (lustre === undefined || size === undefined || lustre.settings.StorageType === "HDD")
        continue;
      const unit = lustre.isScratch ? SCRATCH_UNIT : lustre.settings.PerUnitStorageThroughput;
      if (unit === undefined || lustre.settings.DeploymentType === "SCRATCH_1") continue;
      const share = ((size / 1000) * unit) / file.nodes;
      if (share >= MB_PER_NODE) continue;
      const wanted = ((file.nodes * MB_PER_NODE) / unit) * 1000;
      const better = Math.ceil(wanted / LUSTRE_STEP) * LUSTRE_STEP;
      const price = lustrePrice(lustre);
      const place: Path = [...path, "FsxLustreSettings", "StorageCapacity"];
      const added = price === undefined ? undefined : (better - size) * price;
      yield {
        subject,
        level: "medium",
        evidence: [place],
        why: `${grouped(size)} GiB have ${grouped(Math.round((size / 1000) * unit))} MB/s, ${share.toFixed(1)} MB/s for each of ${grouped(file.nodes)} nodes: throughput comes with size`,
        cost: {
          ...(added === undefined ? {} : { addsUsdPerMonth: added }),
          basis: `the nodes' time while they wait for files${added === undefined ? "" : `; ${grouped(better)} GiB cost ${usd(added)} more a month`}`,
        },
        fix: {
          edits: [set(place, better)],
          safe: false,
          does: `write StorageCapacity: ${better}`,
        },
      };
    }
  },
};

/** USD for a GiB and month. */
function lustrePrice({ settings, isScratch }: Lustre): number | undefined {
  if (isScratch) return prices.lustreScratchMonth;
  const table: Readonly<Record<string, number>> = prices.lustrePersistent2Month;
  return settings.DeploymentType === "PERSISTENT_2"
    ? table[String(settings.PerUnitStorageThroughput)]
    : undefined;
}

const KEEPS = /(^|[/_-])(home|homes|project|projects|users|results|archive)([/_-]|$)/i;
const PASSING = /(^|[/_-])(scratch|tmp|temp|cache|work)([/_-]|$)/i;

function isFor({ Name, MountDir }: SharedStorage, words: RegExp): boolean {
  return words.test(Name) || words.test(MountDir);
}

function exports({ settings }: Lustre): boolean {
  const { ExportPath, DataRepositoryAssociations = [] } = settings;
  const isWritten = DataRepositoryAssociations.some(
    ({ AutoExportPolicy = [] }) => AutoExportPolicy.length > 0,
  );
  return ExportPath !== undefined || isWritten;
}

const scratchHoldsData: Rule = {
  id: "storage/scratch-holds-data",
  pitfall: 2,
  title: "scratch storage for data that shall stay",
  looksFor:
    "a scratch `FsxLustre` storage, the default, that is named or mounted as homes, projects or results and is not exported to S3",
  mends: "none",
  providers: ["aws"],
  *find(file) {
    for (const { storage, path, subject } of storages(file)) {
      const lustre = newLustre(storage);
      if (!lustre?.isScratch || exports(lustre) || !isFor(storage, KEEPS)) continue;
      const size = lustre.settings.StorageCapacity ?? LUSTRE;
      const added = size * (prices.lustrePersistent2Month["125"] - prices.lustreScratchMonth);
      yield {
        subject,
        level: "high",
        evidence: [
          [...path, "MountDir"],
          [...path, "FsxLustreSettings", "DeploymentType"],
        ],
        why: `a scratch file system keeps one copy of each file: when one of its servers fails, the files on it are gone, and ${storage.MountDir} looks like a place for files that are wanted again`,
        cost: {
          basis: `the files; PERSISTENT_2 of the same size costs ${usd(added)} more a month`,
        },
        alternatives: [
          "write DeploymentType: PERSISTENT_2 with PerUnitStorageThroughput: 125, for a new file system",
          "write DataRepositoryAssociations with an AutoExportPolicy, so that changed files go to a bucket",
        ],
      };
    }
  },
};

const deletedWithCluster: Rule = {
  id: "storage/deleted-with-cluster",
  pitfall: 2,
  title: "shared files go with the cluster",
  looksFor: "a new storage that is not scratch and whose `DeletionPolicy` is Delete, the default",
  mends: "safe",
  providers: ["aws"],
  *find(file) {
    for (const { storage, path, subject } of storages(file)) {
      const settings = keptBy(storage);
      if (settings === undefined || isFor(storage, PASSING)) continue;
      const place: Path = [...path, settings, "DeletionPolicy"];
      yield {
        subject,
        level: isFor(storage, KEEPS) ? "medium" : "low",
        evidence: [[...path, "MountDir"], place],
        why: `the files of ${storage.MountDir} are deleted when the cluster is, or when this entry is removed from its file`,
        cost: { basis: "the files; what stays is paid for until somebody deletes it" },
        fix: {
          edits: [set(place, "Retain")],
          safe: true,
          does: "write DeletionPolicy: Retain",
        },
      };
    }
  },
};

/** The section that would keep the files, when nothing does. */
function keptBy(
  storage: SharedStorage,
): "EbsSettings" | "EfsSettings" | "FsxLustreSettings" | undefined {
  const { StorageType, EbsSettings = {}, EfsSettings = {} } = storage;
  const isLost = (policy: string | undefined, existing: string | undefined) =>
    existing === undefined && (policy ?? "Delete") === "Delete";
  if (StorageType === "Ebs") {
    return isLost(EbsSettings.DeletionPolicy, EbsSettings.VolumeId) ? "EbsSettings" : undefined;
  }
  if (StorageType === "Efs") {
    return isLost(EfsSettings.DeletionPolicy, EfsSettings.FileSystemId) ? "EfsSettings" : undefined;
  }
  const lustre = newLustre(storage);
  if (lustre === undefined || lustre.isScratch) return undefined;
  return isLost(lustre.settings.DeletionPolicy, undefined) ? "FsxLustreSettings" : undefined;
}

const BACKUP_DAYS = 7;

const noBackup: Rule = {
  id: "storage/no-backup",
  pitfall: 2,
  title: "a lasting file system without backups",
  looksFor: "a new persistent `FsxLustre` storage that is neither backed up nor linked to S3",
  mends: "edit",
  providers: ["aws"],
  *find(file) {
    for (const { storage, path, subject } of storages(file)) {
      const lustre = newLustre(storage);
      if (lustre === undefined || lustre.isScratch || exports(lustre)) continue;
      const { settings } = lustre;
      const isLinked =
        settings.ImportPath !== undefined || settings.DataRepositoryAssociations !== undefined;
      if (isLinked || (settings.AutomaticBackupRetentionDays ?? 0) > 0) continue;
      const place: Path = [...path, "FsxLustreSettings", "AutomaticBackupRetentionDays"];
      const added = (settings.StorageCapacity ?? LUSTRE) * prices.lustreBackupMonth;
      yield {
        subject,
        level: "medium",
        evidence: [place],
        why: `what somebody deletes from ${storage.MountDir} by mistake is gone: two copies of a disk are no backup`,
        cost: {
          addsUsdPerMonth: added,
          basis: `the files; a full backup costs ${usd(added)} a month, later days what has changed`,
        },
        fix: {
          edits: [set(place, BACKUP_DAYS)],
          safe: false,
          does: `write AutomaticBackupRetentionDays: ${BACKUP_DAYS}`,
        },
      };
    }
  },
};

export const STORAGE_RULES: readonly Rule[] = [
  nfsFromHead,
  slowDisk,
  burstingEfs,
  smallLustre,
  scratchHoldsData,
  deletedWithCluster,
  noBackup,
];
