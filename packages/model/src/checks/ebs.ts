import type { DraftFile } from "../cluster-file/draft.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import type { VOLUME_TYPES } from "../cluster-file/schema/volumes.ts";
import { providerOf } from "./provider.ts";
import { queuesOf } from "./resources.ts";
import { storageOf } from "./storage-entries.ts";

type VolumeType = (typeof VOLUME_TYPES)[number];

interface DraftDisk {
  readonly VolumeType?: VolumeType | null | undefined;
  readonly Size?: number | null | undefined;
  readonly Iops?: number | null | undefined;
  readonly Throughput?: number | null | undefined;
  readonly Encrypted?: boolean | null | undefined;
}

/** A disk, with the size that it has when the file names none; undefined where that is not known. */
interface Disk {
  readonly disk: DraftDisk;
  readonly path: Path;
  readonly defaultSize: number | undefined;
}

const DEFAULT_SHARED_SIZE = 40;

/** New disks of every node; what an existing one is like is not for the file to say. */
function* disksOf(file: DraftFile): Generator<Disk> {
  if (providerOf(file) !== "aws") return;
  for (const { storage, path } of storageOf(file, "Ebs")) {
    const disk = storage.EbsSettings;
    if (disk === null || disk === undefined || disk.VolumeId !== undefined) continue;
    const defaultSize = disk.SnapshotId === undefined ? DEFAULT_SHARED_SIZE : undefined;
    yield { disk, path: [...path, "EbsSettings"], defaultSize };
  }
  const root = file.HeadNode?.LocalStorage?.RootVolume;
  const path = ["HeadNode", "LocalStorage", "RootVolume"];
  if (root !== null && root !== undefined) yield { disk: root, path, defaultSize: undefined };
  for (const { queue, path: queuePath } of queuesOf(file)) {
    const disk = queue.ComputeSettings?.LocalStorage?.RootVolume;
    if (disk === null || disk === undefined) continue;
    const place = [...queuePath, "ComputeSettings", "LocalStorage", "RootVolume"];
    yield { disk, path: place, defaultSize: undefined };
  }
}

/** From and to, in GiB; EC2's own. */
const SIZES: Readonly<Record<VolumeType, readonly [number, number]>> = {
  gp3: [1, 65_536],
  gp2: [1, 16_384],
  io1: [4, 16_384],
  io2: [4, 65_536],
  st1: [125, 16_384],
  sc1: [125, 16_384],
  standard: [1, 1024],
};

/** Operations per second, from and to and for each GiB; EC2's own. */
const IOPS: Partial<Record<VolumeType, readonly [min: number, max: number, perGiB: number]>> = {
  gp3: [3000, 80_000, 500],
  io1: [100, 64_000, 50],
  io2: [100, 256_000, 1000],
};
const DEFAULT_IOPS = 3000;

/** MiB/s of gp3, from and to, and for each operation per second. */
const THROUGHPUT = [125, 2000] as const;
const THROUGHPUT_PER_IOPS = 0.25;

export function* disks(file: DraftFile): Generator<Problem> {
  for (const { disk, path, defaultSize } of disksOf(file)) {
    const type = disk.VolumeType === undefined ? "gp3" : disk.VolumeType;
    if (type === null) continue;
    const size = disk.Size === undefined ? defaultSize : (disk.Size ?? undefined);
    yield* diskSize(type, size, [...path, "Size"], disk.Size === undefined);
    yield* diskIops(type, size, disk.Iops, [...path, "Iops"]);
    if (type === "gp3") yield* diskThroughput(disk, [...path, "Throughput"]);
  }
}

export function* diskSize(
  type: VolumeType,
  size: number | undefined,
  path: Path,
  isDefault = false,
): Generator<Problem> {
  const [min, max] = SIZES[type];
  if (size === undefined || (size >= min && size <= max)) return;
  const message = `a ${type} disk has ${min} to ${max} GiB, and this one ${isDefault ? "by default " : ""}${size}`;
  const suggestion = size < min ? `write at least ${min}` : `write at most ${max}`;
  yield problem("EbsVolumeTypeSizeValidator", path, message, suggestion, {
    at: isDefault ? "missing" : "value",
  });
}

function* diskIops(
  type: VolumeType,
  size: number | undefined,
  iops: number | null | undefined,
  path: Path,
): Generator<Problem> {
  if (typeof iops !== "number") return;
  const refuse = (message: string, suggestion: string): Problem =>
    problem("EbsVolumeIopsValidator", path, message, suggestion);
  const limits = IOPS[type];
  if (limits === undefined) {
    const message = `it has no effect: the speed of a ${type} disk can't be chosen`;
    const suggestion = "remove it, or write VolumeType: gp3";
    yield problem("EbsVolumeIopsValidator", path, message, suggestion, { level: "WARNING" });
    return;
  }
  const [min, max, perGiB] = limits;
  if (iops < min || iops > max) {
    const message = `a ${type} disk makes ${min} to ${max} operations per second, and not ${iops}`;
    yield refuse(message, `write ${iops < min ? `at least ${min}` : `at most ${max}`}`);
    return;
  }
  // What every gp3 disk has needs no size.
  const most =
    size === undefined ? max : Math.max(size * perGiB, type === "gp3" ? DEFAULT_IOPS : 0);
  if (iops <= most) return;
  const message = `a ${type} disk of ${size} GiB makes at most ${most} operations per second, ${perGiB} for each GiB, and not ${iops}`;
  yield refuse(message, `write at most ${most}, or a Size of ${Math.ceil(iops / perGiB)}`);
}

function* diskThroughput(disk: DraftDisk, path: Path): Generator<Problem> {
  const { Throughput: throughput } = disk;
  if (typeof throughput !== "number") return;
  const [min, max] = THROUGHPUT;
  if (throughput < min || throughput > max) {
    const message = `a gp3 disk has a throughput of ${min} to ${max} MiB/s, and not ${throughput}`;
    const suggestion = throughput < min ? `write at least ${min}` : `write at most ${max}`;
    yield problem("EbsVolumeThroughputValidator", path, message, suggestion);
    return;
  }
  const iops = disk.Iops === undefined ? DEFAULT_IOPS : disk.Iops;
  const most = iops === null ? max : iops * THROUGHPUT_PER_IOPS;
  if (throughput <= most) return;
  const message = `a disk of ${iops} operations per second has at most ${most} MiB/s, a quarter of them, and not ${throughput}`;
  const suggestion = `write Iops: ${Math.ceil(throughput / THROUGHPUT_PER_IOPS)}, or at most ${Math.floor(most)}`;
  yield problem("EbsVolumeThroughputIopsValidator", path, message, suggestion);
}

/** Where an organization forbids disks that are not encrypted, some queues would start and others not. */
export function* rootVolumeEncryption(file: DraftFile): Generator<Problem> {
  if (providerOf(file) !== "aws") return;
  const queues = [...queuesOf(file)].map(({ queue, path }) => ({
    path: [...path, "ComputeSettings", "LocalStorage", "RootVolume", "Encrypted"],
    isPlain: queue.ComputeSettings?.LocalStorage?.RootVolume?.Encrypted === false,
  }));
  if (queues.every(({ isPlain }) => isPlain)) return;
  for (const { path, isPlain } of queues) {
    if (!isPlain) continue;
    const message =
      "the machines of this queue have disks that are not encrypted, and those of other queues are";
    yield problem("RootVolumeEncryptionConsistencyValidator", path, message, "write true", {
      level: "WARNING",
    });
  }
}
