import type { DraftFile } from "../../cluster-file/draft.ts";
import { type Path, type Problem, problem } from "../../cluster-file/problem.ts";
import type { OnlineCheck } from "../check.ts";
import { listed } from "../keys.ts";
import { providerOf } from "../provider.ts";
import { storageOf } from "../storage-entries.ts";
import {
  checkOf,
  factsOf,
  headOf,
  type NamedThing,
  queueKindsOf,
  subnetQuestions,
  zonesOf,
} from "./facts.ts";
import { missing } from "./rights.ts";

function* ebsOf(file: DraftFile) {
  if (providerOf(file) !== "aws") return;
  for (const { storage, path } of storageOf(file, "Ebs")) {
    if (storage.EbsSettings !== null) yield { settings: storage.EbsSettings ?? {}, path };
  }
}

function* volumesOf(file: DraftFile): Generator<NamedThing> {
  for (const { settings, path } of ebsOf(file)) {
    const id = settings.VolumeId;
    if (typeof id === "string") yield { id, path: [...path, "EbsSettings", "VolumeId"] };
  }
}

interface Snapshot extends NamedThing {
  /** What the file gives a disk that begins as it. */
  readonly size: number | undefined;
  readonly section: Path;
}

function* snapshotsOf(file: DraftFile): Generator<Snapshot> {
  for (const { settings, path } of ebsOf(file)) {
    const { SnapshotId: id, Size } = settings;
    const section = [...path, "EbsSettings"];
    if (typeof id !== "string") continue;
    yield { id, path: [...section, "SnapshotId"], size: Size ?? undefined, section };
  }
}

const SNAPSHOT = "EbsVolumeSizeSnapshotValidator";

const snapshots = checkOf([SNAPSHOT], "snapshot", snapshotsOf, function* (snapshot, facts) {
  if (facts === "absent") {
    yield missing(SNAPSHOT, snapshot, "snapshot");
    return;
  }
  const { size, section } = snapshot;
  if (size !== undefined && size < facts.sizeGiB) {
    const message = `the snapshot is of ${facts.sizeGiB} GiB, and does not fit into ${size}`;
    yield problem(SNAPSHOT, [...section, "Size"], message, `write at least ${facts.sizeGiB}`);
  } else if (size !== undefined && size > facts.sizeGiB) {
    const message = `the snapshot is of ${facts.sizeGiB} GiB, and its file system stays so small on a disk of ${size}`;
    const suggestion = "grow the file system by hand when the cluster is there";
    yield problem(SNAPSHOT, [...section, "Size"], message, suggestion, { level: "WARNING" });
  }
  if (facts.state === "completed") return;
  const message = `the snapshot is ${facts.state}, and no disk can begin as it yet`;
  yield problem(SNAPSHOT, snapshot.path, message, "wait until it is completed", {
    level: "WARNING",
  });
});

const VOLUME = "SharedEbsVolumeIdValidator";

const volumes = checkOf([VOLUME], "volume", volumesOf, function* (volume, facts) {
  if (facts === "absent") yield missing(VOLUME, volume, "volume");
  else if (facts.state !== "available") {
    const message = `the disk is ${facts.state}, and the head node needs it for itself`;
    yield problem(VOLUME, volume.path, message, "detach it, or write another");
  }
});

function* zoneQuestions(file: DraftFile) {
  if (ebsOf(file).next().done) return;
  yield* subnetQuestions(file);
  for (const { id } of volumesOf(file)) yield { kind: "volume", id } as const;
}

/** A disk is in one zone, and the head node exports it. */
const zonesOfDisks: OnlineCheck = {
  ids: ["MultiAzEbsVolumeValidator"],
  questions: zoneQuestions,
  *check(file, known) {
    if (ebsOf(file).next().done) return;
    const [head] = zonesOf(headOf(file)?.subnetIds ?? [], known);
    if (head === undefined) return;
    for (const { id, path } of volumesOf(file)) {
      const zone = factsOf(known, "volume", id)?.zone;
      if (zone === undefined || zone === head) continue;
      const message = `the disk is in ${zone} and the head node in ${head}, so it can't be attached`;
      yield problem("MultiAzEbsVolumeValidator", path, message, `write one in ${head}`);
    }
    const path: Path = ["SharedStorage"];
    yield* farQueues("MultiAzEbsVolumeValidator", path, queuesOutside(file, head, known), head);
  },
};

/** So are the cluster's own folders, which every node mounts. */
const zonesOfQueues: OnlineCheck = {
  ids: ["MultiAzRootVolumeValidator"],
  *questions(file) {
    if (providerOf(file) === "aws" && hasStorage(file)) yield* subnetQuestions(file);
  },
  *check(file, known) {
    if (providerOf(file) !== "aws" || !hasStorage(file)) return;
    const [head] = zonesOf(headOf(file)?.subnetIds ?? [], known);
    if (head === undefined) return;
    const path: Path = ["HeadNode", "Networking", "SubnetId"];
    yield* farQueues("MultiAzRootVolumeValidator", path, queuesOutside(file, head, known), head);
  },
};

function hasStorage(file: DraftFile): boolean {
  return !storageOf(file).next().done;
}

function queuesOutside(
  file: DraftFile,
  zone: string,
  known: Parameters<typeof zonesOf>[1],
): readonly string[] {
  return queueKindsOf(file)
    .filter(({ subnetIds }) => [...zonesOf(subnetIds, known)].some((other) => other !== zone))
    .map(({ label }) => label);
}

function* farQueues(
  id: string,
  path: Path,
  queues: readonly string[],
  zone: string,
): Generator<Problem> {
  if (queues.length === 0) return;
  const message = `${listed(queues)} use storage of the head node in ${zone} from another zone, which is slower and paid for by the gigabyte`;
  const suggestion = `write subnets in ${zone} where that matters`;
  yield problem(id, path, message, suggestion, { level: "INFO" });
}

export const DISK_CHECKS: readonly OnlineCheck[] = [
  snapshots,
  volumes,
  zonesOfDisks,
  zonesOfQueues,
];
