import type { AccountFacts, Answers } from "../../account/contract.ts";
import type { DraftFile } from "../../cluster-file/draft.ts";
import { type Path, type Problem, problem } from "../../cluster-file/problem.ts";
import type { OnlineCheck } from "../check.ts";
import { listed } from "../keys.ts";
import { nodeKindsOf } from "../nodes.ts";
import { providerOf } from "../provider.ts";
import { existingOf, storageOf } from "../storage-entries.ts";
import {
  checkOf,
  factsOf,
  headOf,
  isAbsent,
  type NamedThing,
  queueKindsOf,
  subnetQuestions,
  zonesOf,
} from "./facts.ts";
import { groupQuestions, isReachable, type Port } from "./reach.ts";
import { missing } from "./rights.ts";

type Storage = ReturnType<typeof storageOf> extends Generator<{ storage: infer S }> ? S : never;

/** An existing file system of FSx; its id may be that of a volume in it. */
interface Existing extends NamedThing {
  readonly kind: "fsx" | "fsxVolume";
}

function* existingFsxOf(file: DraftFile): Generator<Existing> {
  if (providerOf(file) !== "aws") return;
  for (const { storage, path } of storageOf(file)) {
    const found = existingOf(storage);
    if (found === undefined || found.id === null || !isFsx(storage)) continue;
    const isVolume = storage.StorageType === "FsxOntap" || storage.StorageType === "FsxOpenZfs";
    const kind = isVolume ? "fsxVolume" : "fsx";
    yield { id: found.id, path: [...path, ...found.keys], kind };
  }
}

function isFsx({ StorageType: type }: Storage): boolean {
  return (
    type === "FsxLustre" || type === "FsxOntap" || type === "FsxOpenZfs" || type === "FileCache"
  );
}

/** The id of the file system; undefined until the account told that of a volume. */
function fileSystemOf({ kind, id }: Existing, known: Answers): string | undefined {
  return kind === "fsx" ? id : factsOf(known, "fsxVolume", id)?.fileSystemId;
}

const both = (ports: readonly number[]): readonly Port[] =>
  ports.flatMap((port) => [
    { protocol: "tcp", port },
    { protocol: "udp", port },
  ]);

/** What clients use, by FSx's guides. */
const FSX_PORTS: Readonly<Record<AccountFacts["fsx"]["kind"], readonly Port[]>> = {
  LUSTRE: [{ protocol: "tcp", port: 988 }],
  FILE_CACHE: [{ protocol: "tcp", port: 988 }],
  OPENZFS: both([111, 2049, 20_001, 20_002, 20_003]),
  ONTAP: both([111, 635, 2049, 4046]),
};

const NETWORK = "ExistingFsxNetworkingValidator";

const fsxNetworks: OnlineCheck = {
  ids: [NETWORK],
  *questions(file, known) {
    for (const existing of existingFsxOf(file)) {
      yield { kind: existing.kind, id: existing.id };
      const id = fileSystemOf(existing, known);
      if (id === undefined) continue;
      yield { kind: "fsx", id };
      yield* groupQuestions(factsOf(known, "fsx", id)?.securityGroups ?? []);
      yield* subnetQuestions(file);
    }
  },
  *check(file, known) {
    for (const existing of existingFsxOf(file)) {
      const id = fileSystemOf(existing, known);
      const { kind, path } = existing;
      if (isAbsent(known, kind, existing.id) || (id !== undefined && isAbsent(known, "fsx", id))) {
        yield missing(NETWORK, existing, kind === "fsx" ? "file system" : "volume");
      }
      const facts = id === undefined ? undefined : factsOf(known, "fsx", id);
      if (facts !== undefined) yield* fsxNetwork(file, known, facts, path);
    }
  },
};

function* fsxNetwork(
  file: DraftFile,
  known: Answers,
  { kind, vpcId, securityGroups }: AccountFacts["fsx"],
  path: Path,
): Generator<Problem> {
  const head = headOf(file)?.subnetIds[0];
  const vpc = head === undefined ? undefined : factsOf(known, "subnet", head)?.vpcId;
  if (vpc !== undefined && vpc !== vpcId) {
    const message = `the file system is in the network ${vpcId}, and the cluster in ${vpc}`;
    yield problem(NETWORK, path, message, "write one in the cluster's network");
    return;
  }
  if (securityGroups.length === 0) {
    const message = "the file system has no network interface, so nothing can reach it";
    yield problem(NETWORK, path, message, "write one that can be mounted");
    return;
  }
  const subnets = [...new Set([...nodeKindsOf(file)].flatMap(({ subnetIds }) => subnetIds))];
  const closed = FSX_PORTS[kind].filter(
    (port) => isReachable(file, known, securityGroups, subnets, port) === false,
  );
  if (closed.length === 0) return;
  const ports = closed.map(({ protocol, port }) => `${protocol} ${port}`);
  const message = `its security groups ${listed(securityGroups)} close ports that nodes mount it by: ${ports.join(", ")}`;
  const suggestion =
    "let the subnets of the cluster in and out there, or give nodes a group that may";
  yield problem(NETWORK, path, message, suggestion);
}

/** A queue in a zone in which the file system is not reaches it over a longer way. */
const fsxZones: OnlineCheck = {
  ids: ["UnmanagedFsxMultiAzValidator"],
  *questions(file, known) {
    for (const existing of existingFsxOf(file)) {
      if (isCache(existing)) continue;
      yield { kind: existing.kind, id: existing.id };
      const id = fileSystemOf(existing, known);
      if (id !== undefined) yield { kind: "fsx", id };
      yield* subnetQuestions(file);
    }
  },
  *check(file, known) {
    for (const existing of existingFsxOf(file)) {
      const id = fileSystemOf(existing, known);
      const zones = id === undefined ? undefined : factsOf(known, "fsx", id)?.zones;
      if (zones === undefined || isCache(existing)) continue;
      const far = queueKindsOf(file)
        .filter(({ subnetIds }) =>
          [...zonesOf(subnetIds, known)].some((zone) => !zones.includes(zone)),
        )
        .map(({ label }) => label);
      if (far.length === 0) continue;
      const message = `the file system is in ${zones.join(" and ")}, and ${listed(far)} use it from another zone, which is slower and paid for by the gigabyte`;
      const suggestion = "write subnets in its zones where that matters";
      yield problem("UnmanagedFsxMultiAzValidator", existing.path, message, suggestion, {
        level: "INFO",
      });
    }
  },
};

function isCache({ id }: Existing): boolean {
  return id.startsWith("fc-");
}

function* backupsOf(file: DraftFile): Generator<NamedThing> {
  if (providerOf(file) !== "aws") return;
  for (const { storage, path } of storageOf(file, "FsxLustre")) {
    const id = storage.FsxLustreSettings?.BackupId;
    if (typeof id === "string") yield { id, path: [...path, "FsxLustreSettings", "BackupId"] };
  }
}

export const FSX_CHECKS: readonly OnlineCheck[] = [
  fsxNetworks,
  fsxZones,
  checkOf(["FsxBackupIdValidator"], "fsxBackup", backupsOf, function* (backup, facts) {
    if (facts === "absent") yield missing("FsxBackupIdValidator", backup, "backup");
  }),
];
