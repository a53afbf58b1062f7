import { Section } from "./commented-yaml.ts";
import { type Conversion, sayMissing } from "./conversion.ts";
import { directory } from "./head-node.ts";
import { Names } from "./names.ts";
import type { Version2Section } from "./version2-file.ts";

type Kind = "ebs" | "raid" | "efs" | "fsx";

const STORAGE_TYPES = { ebs: "Ebs", raid: "Ebs", efs: "Efs", fsx: "FsxLustre" } as const;
const SETTINGS = {
  ebs: "EbsSettings",
  raid: "EbsSettings",
  efs: "EfsSettings",
  fsx: "FsxLustreSettings",
} as const;
/** GiB; version 3 has another default. */
const EBS_SIZE = 20;
const HDD_SIZE = 500;
const MAX_NAME = 30;

/** File systems in the order that version 2 mounted them in. */
export function sharedStorage(conversion: Conversion): Section[] {
  const names = new Names(MAX_NAME, ["default"]);
  const entries = (["ebs", "raid", "efs", "fsx"] as const).flatMap((kind) =>
    labelled(conversion, kind).map(({ label, section }) =>
      storage(conversion, kind, section, names.take(nameOf(label))),
    ),
  );
  const wasDefault = conversion.cluster.list("ebs_settings").length === 0;
  return wasDefault ? [...defaultVolume(conversion, names), ...entries] : entries;
}

function labelled({ file, cluster }: Conversion, kind: Kind) {
  return cluster.list(`${kind}_settings`).flatMap((label) => {
    const section = file.section(kind, label);
    if (section === undefined) sayMissing(cluster, `${kind}_settings`, `[${kind} ${label}]`);
    return section === undefined ? [] : [{ label, section }];
  });
}

function storage(
  conversion: Conversion,
  kind: Kind,
  section: Version2Section,
  name: string,
): Section {
  return new Section(section.title)
    .put("Name", name)
    .put("MountDir", mountDir(conversion, kind, section))
    .put("StorageType", STORAGE_TYPES[kind])
    .put(SETTINGS[kind], settings(kind, section));
}

function mountDir({ cluster }: Conversion, kind: Kind, section: Version2Section) {
  const own = directory(section.text("shared_dir"));
  // With one volume version 2 takes the cluster's, too.
  const isOnly = kind === "ebs" && cluster.list("ebs_settings").length === 1;
  const found = own ?? (isOnly ? (directory(cluster.text("shared_dir")) ?? "/shared") : undefined);
  if (found === undefined) {
    section.say(undefined, {
      level: "ERROR",
      message: "shared_dir is missing, and every file system is mounted somewhere",
      suggestion: "write MountDir in the new file",
    });
  }
  return found;
}

function settings(kind: Kind, section: Version2Section): Section {
  switch (kind) {
    case "ebs":
      return ebs(section);
    case "raid":
      return putVolume(new Section(), section).put(
        "Raid",
        new Section()
          .put("Type", section.integer("raid_type"))
          .put("NumberOfVolumes", section.integer("num_of_raid_volumes", 2)),
      );
    case "efs":
      return efs(section);
    case "fsx":
      return fsx(section);
    default:
      return kind satisfies never;
  }
}

function ebs(section: Version2Section): Section {
  const volume = section.text("ebs_volume_id");
  if (volume !== undefined) return new Section().put("VolumeId", volume);
  const snapshot = section.text("ebs_snapshot_id");
  return putVolume(new Section().put("SnapshotId", snapshot), section);
}

function putVolume(settings: Section, section: Version2Section): Section {
  const type = section.text("volume_type");
  const isHdd = type === "st1" || type === "sc1";
  const size = section.integer("volume_size", 1);
  const isNew = section.text("ebs_snapshot_id") === undefined;
  const defaultSize = isNew ? (isHdd ? HDD_SIZE : EBS_SIZE) : undefined;
  const note = size === undefined ? "version 2's default" : undefined;
  settings
    .put("VolumeType", type)
    .put("Size", size ?? defaultSize, note)
    .put("Iops", section.integer("volume_iops", 1))
    .put("Throughput", section.integer("volume_throughput", 1));
  if (section.boolean("encrypted") === false) sayUnencrypted(section);
  return putEncryption(settings, section, "ebs_kms_key_id");
}

/** Without `encrypted` version 3's own default counts, which for EBS is true. */
function putEncryption(settings: Section, section: Version2Section, kmsKey: string): Section {
  const encrypted = section.boolean("encrypted");
  return settings
    .put("Encrypted", encrypted)
    .put("KmsKeyId", encrypted === true ? section.text(kmsKey) : undefined);
}

function sayUnencrypted(section: Version2Section): void {
  section.say("encrypted", {
    level: "INFO",
    message: "the new file keeps this unencrypted, which version 3 no longer does by itself",
    suggestion: "remove Encrypted: false in the new file",
  });
}

function efs(section: Version2Section): Section {
  const id = section.text("efs_fs_id");
  if (id !== undefined) return new Section().put("FileSystemId", id);
  const mode = section.choice("throughput_mode", ["bursting", "provisioned"]);
  const settings = new Section()
    .put("PerformanceMode", section.choice("performance_mode", ["generalPurpose", "maxIO"]))
    .put("ThroughputMode", mode);
  if (mode === "provisioned") {
    settings.put("ProvisionedThroughput", section.integer("provisioned_throughput", 1));
  }
  return putEncryption(settings, section, "efs_kms_key_id");
}

function fsx(section: Version2Section): Section {
  const id = section.text("fsx_fs_id");
  if (id !== undefined) return new Section().put("FileSystemId", id);
  const backup = section.text("fsx_backup_id");
  return putFsxBehaviour(
    backup === undefined ? newFsx(section) : new Section().put("BackupId", backup),
    section,
  );
}

/** What a file system that comes out of a backup has from there. */
function newFsx(section: Version2Section): Section {
  const type = section.text("deployment_type");
  const note = type === undefined ? "version 2's default" : undefined;
  return new Section()
    .put("StorageCapacity", section.integer("storage_capacity", 1))
    .put("DeploymentType", type ?? "SCRATCH_1", note)
    .put("PerUnitStorageThroughput", section.integer("per_unit_storage_throughput", 1))
    .put("ImportPath", section.text("import_path"))
    .put("ExportPath", section.text("export_path"))
    .put("ImportedFileChunkSize", section.integer("imported_file_chunk_size", 1))
    .put("KmsKeyId", section.text("fsx_kms_key_id"));
}

function putFsxBehaviour(settings: Section, section: Version2Section): Section {
  return settings
    .put("StorageType", section.text("storage_type"))
    .put("DriveCacheType", section.text("drive_cache_type"))
    .put("DataCompressionType", section.text("data_compression_type"))
    .put("AutoImportPolicy", section.text("auto_import_policy"))
    .put("WeeklyMaintenanceStartTime", section.text("weekly_maintenance_start_time"))
    .put("AutomaticBackupRetentionDays", section.integer("automatic_backup_retention_days"))
    .put("DailyAutomaticBackupStartTime", section.text("daily_automatic_backup_start_time"))
    .put("CopyTagsToBackups", section.boolean("copy_tags_to_backups"));
}

/** Without `ebs_settings` version 2 makes a volume of its own. */
function defaultVolume({ cluster }: Conversion, names: Names): Section[] {
  const dir = cluster.text("shared_dir");
  return [
    new Section("version 2 made this volume for every cluster without ebs_settings")
      .put("Name", names.take("shared"))
      .put(
        "MountDir",
        directory(dir) ?? "/shared",
        dir === undefined ? "version 2's default" : undefined,
      )
      .put("StorageType", "Ebs")
      .put("EbsSettings", new Section().put("Size", EBS_SIZE, "version 2's default")),
  ];
}

/** Version 2 has a set of names for each kind, and version 3 one for all. */
function nameOf(label: string): string {
  return label.replace(/[^A-Za-z0-9_-]/g, "-").replace(/^[^A-Za-z0-9]+/, "") || "storage";
}
