import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { repeated } from "./check.ts";
import { given, schemaProblem } from "./keys.ts";
import { providerOf } from "./provider.ts";
import { storageOf } from "./storage-entries.ts";

const SECTION = "FsxLustreSettings";

function* settingsOf(file: DraftFile) {
  if (providerOf(file) !== "aws") return;
  for (const { storage, path: entry } of storageOf(file, "FsxLustre")) {
    const settings = storage.FsxLustreSettings;
    if (settings !== null) yield { settings: settings ?? {}, path: [...entry, SECTION] };
  }
}

type Settings = ReturnType<typeof settingsOf> extends Generator<{ settings: infer S }> ? S : never;

/** Settings of file systems that the cluster makes: those of existing ones are another's. */
function* newOnes(file: DraftFile) {
  for (const { settings, path } of settingsOf(file)) {
    if (settings.FileSystemId === undefined) yield { settings, path };
  }
}

/** What a file system brings with it from the backup that it begins as. */
const OF_BACKUP = [
  "DeploymentType",
  "PerUnitStorageThroughput",
  "StorageCapacity",
  "ImportPath",
  "ExportPath",
  "ImportedFileChunkSize",
  "KmsKeyId",
] as const;

/** The file can't change what a file system that exists, or the one of a backup, is like. */
export function* existingLustre(file: DraftFile): Generator<Problem> {
  for (const { settings, path } of settingsOf(file)) {
    if (settings.FileSystemId !== undefined) {
      for (const key of Object.keys(settings)) {
        if (key === "FileSystemId") continue;
        const message = `${key} is for a new file system, and FileSystemId names one that exists`;
        yield schemaProblem([...path, key], message, "remove it, or FileSystemId");
      }
    } else if (settings.BackupId !== undefined) {
      for (const key of given(settings, OF_BACKUP)) {
        const message = `${key} is that of the backup, which BackupId names`;
        yield schemaProblem([...path, key], message, "remove it, or BackupId");
      }
    }
  }
}

/** How a file system mirrors a bucket: by paths of its own, or by associations. */
export function* lustreRepositories(file: DraftFile): Generator<Problem> {
  for (const { settings, path } of newOnes(file)) {
    if (settings.ImportPath === undefined) {
      for (const key of given(settings, [
        "ImportedFileChunkSize",
        "ExportPath",
        "AutoImportPolicy",
      ])) {
        const message = `${key} is about the bucket that ImportPath names, and there is none`;
        yield problem("FsxS3Validator", [...path, key], message, "write ImportPath, or remove it", {
          at: "key",
        });
      }
    }
    yield* associations(settings, path);
  }
}

function* associations(settings: Settings, path: Path): Generator<Problem> {
  const entries = entriesOf(settings.DataRepositoryAssociations);
  if (entries.length === 0) return;
  const place = [...path, "DataRepositoryAssociations"];
  for (const key of given(settings, ["ImportPath", "ExportPath"])) {
    const message = `${key} and DataRepositoryAssociations are two ways to mirror a bucket, and a file system has one`;
    const suggestion = `write an association instead of ${key}`;
    yield problem("FsxDraValidator", [...path, key], message, suggestion, { at: "key" });
  }
  if (settings.DeploymentType === "SCRATCH_1") {
    const message = "a SCRATCH_1 file system mirrors no bucket by associations";
    const suggestion = "write DeploymentType: SCRATCH_2, or ImportPath";
    yield problem("FsxDraValidator", place, message, suggestion, { at: "key" });
  }
  const names = entries.map(({ index, item }) => ({
    name: item.Name,
    path: [...place, index, "Name"],
  }));
  for (const { again } of repeated(names)) {
    const message = "another association of the file system has this name";
    yield problem("DuplicateNameValidator", again.path, message, "write another name");
  }
}

type Deployment = NonNullable<Settings["DeploymentType"]>;

const isPersistent = (type: Deployment): boolean => type.startsWith("PERSISTENT");

/** Undefined when it is the backup's, or can't be read. */
function deploymentOf({ DeploymentType: type, BackupId }: Settings): Deployment | undefined {
  if (type === undefined) return BackupId === undefined ? "SCRATCH_2" : undefined;
  return type ?? undefined;
}

/** MB/s for each TiB that can be had. */
const SSD_THROUGHPUT: Partial<Record<Deployment, readonly number[]>> = {
  PERSISTENT_1: [50, 100, 200],
  PERSISTENT_2: [125, 250, 500, 1000],
};
const HDD_THROUGHPUT: readonly number[] = [12, 40];

export function* lustreDeployment(file: DraftFile): Generator<Problem> {
  for (const { settings, path } of newOnes(file)) {
    const type = deploymentOf(settings);
    if (type === undefined) continue;
    const { PerUnitStorageThroughput: throughput } = settings;
    const place = [...path, "PerUnitStorageThroughput"];
    const refuse = (at: Path, message: string, suggestion: string, missing = false): Problem =>
      problem("FsxPersistentOptionsValidator", at, message, suggestion, {
        at: missing ? "missing" : "key",
      });
    const choice = throughputChoice(settings, type);
    if (isPersistent(type) && throughput === undefined) {
      const message = `a ${type} file system has a throughput for each TiB, and none is chosen`;
      yield refuse(place, message, `write PerUnitStorageThroughput: ${choice.join(" or ")}`, true);
    }
    if (isPersistent(type)) continue;
    for (const key of given(settings, ["PerUnitStorageThroughput", "KmsKeyId"])) {
      const message = `${key} is for persistent file systems, and DeploymentType is ${type}`;
      yield refuse([...path, key], message, "remove it, or write DeploymentType: PERSISTENT_2");
    }
  }
}

function throughputChoice({ StorageType: disks }: Settings, type: Deployment): readonly number[] {
  return disks === "HDD" ? HDD_THROUGHPUT : (SSD_THROUGHPUT[type] ?? []);
}

const HDD_NEEDS = "PERSISTENT_1";

/** Which disks, with which throughput. */
export function* lustreDisks(file: DraftFile): Generator<Problem> {
  for (const { settings, path } of newOnes(file)) {
    const type = deploymentOf(settings);
    const { StorageType: disks = "SSD", PerUnitStorageThroughput: throughput } = settings;
    if (type === undefined || disks === null) continue;
    const refuse = (key: string, message: string, suggestion: string): Problem =>
      problem("FsxStorageTypeOptionsValidator", [...path, key], message, suggestion);
    if (disks === "HDD" && type !== HDD_NEEDS) {
      const message = `hard disks are for ${HDD_NEEDS} file systems, and DeploymentType is ${type}`;
      yield refuse("StorageType", message, `write SSD, or DeploymentType: ${HDD_NEEDS}`);
      continue;
    }
    if (disks !== "HDD" && settings.DriveCacheType !== undefined) {
      const message = "there is a cache before hard disks only, and these are SSD";
      yield refuse("DriveCacheType", message, "remove it, or write StorageType: HDD");
    }
    const choice = throughputChoice(settings, type);
    if (typeof throughput !== "number" || choice.length === 0 || choice.includes(throughput)) {
      continue;
    }
    const message = `a ${type} file system on ${disks} can't have ${throughput} MB/s for each TiB`;
    yield refuse("PerUnitStorageThroughput", message, `write ${choice.join(" or ")}`);
  }
}

/** Sizes in GiB: some alone, and every multiple of a step. */
interface Sizes {
  readonly alone: readonly number[];
  readonly step: number;
}

function sizesOf(settings: Settings, type: Deployment): Sizes | undefined {
  if (type === "SCRATCH_1") return { alone: [1200, 2400], step: 3600 };
  if (settings.StorageType !== "HDD") return { alone: [1200], step: 2400 };
  if (settings.PerUnitStorageThroughput === 12) return { alone: [], step: 6000 };
  return settings.PerUnitStorageThroughput === 40 ? { alone: [], step: 1800 } : undefined;
}

export function* lustreCapacity(file: DraftFile): Generator<Problem> {
  for (const { settings, path } of newOnes(file)) {
    const { StorageCapacity: capacity, BackupId } = settings;
    if (BackupId !== undefined || capacity === null || settings.StorageType === null) continue;
    const place = [...path, "StorageCapacity"];
    if (capacity === undefined) {
      const message = "StorageCapacity is missing, and a new file system has a size";
      const suggestion = "write StorageCapacity: 1200, or FileSystemId of one that exists";
      yield problem("FsxStorageCapacityValidator", place, message, suggestion, { at: "missing" });
      continue;
    }
    const type = deploymentOf(settings);
    const sizes = type === undefined ? undefined : sizesOf(settings, type);
    if (sizes === undefined || sizes.alone.includes(capacity) || capacity % sizes.step === 0) {
      continue;
    }
    const message = `a ${type} file system has ${sizeWords(sizes)}, and not ${capacity}`;
    const suggestion = `write ${nextSize(sizes, capacity)}`;
    yield problem("FsxStorageCapacityValidator", place, message, suggestion);
  }
}

function sizeWords({ alone, step }: Sizes): string {
  return [...alone.map((size) => `${size} GiB`), `a multiple of ${step} GiB`].join(", or ");
}

/** The smallest that holds as much. */
function nextSize({ alone, step }: Sizes, wanted: number): number {
  return Math.min(...[...alone, Math.ceil(wanted / step) * step].filter((size) => size >= wanted));
}

const LINKED = ["ImportPath", "ExportPath", "ImportedFileChunkSize", "AutoImportPolicy"] as const;

/** Backups are of persistent file systems that mirror no bucket. */
export function* lustreBackups(file: DraftFile): Generator<Problem> {
  for (const { settings, path } of newOnes(file)) {
    const { AutomaticBackupRetentionDays: days } = settings;
    if (days === null) continue;
    const refuse = (key: string, message: string, suggestion: string): Problem =>
      problem("FsxBackupOptionsValidator", [...path, key], message, suggestion, { at: "key" });
    if (days === undefined || days === 0) {
      for (const key of given(settings, ["DailyAutomaticBackupStartTime", "CopyTagsToBackups"])) {
        const message = `${key} has no effect, because no backups are made`;
        yield refuse(key, message, "write AutomaticBackupRetentionDays, or remove it");
      }
      continue;
    }
    const type = deploymentOf(settings);
    if (type !== undefined && !isPersistent(type)) {
      const message = `backups are made of persistent file systems, and DeploymentType is ${type}`;
      const suggestion = "remove it, or write DeploymentType: PERSISTENT_2";
      yield refuse("AutomaticBackupRetentionDays", message, suggestion);
    }
    const [linked] = given(settings, LINKED);
    if (linked === undefined) continue;
    const message = `no backups are made of a file system that mirrors a bucket, and here is ${linked}`;
    yield refuse("AutomaticBackupRetentionDays", message, `remove it, or ${linked}`);
  }
}
