import type { AccountFacts, Answers } from "../../account/contract.ts";
import type { DraftFile } from "../../cluster-file/draft.ts";
import { type Path, type Problem, problem } from "../../cluster-file/problem.ts";
import type { OnlineCheck } from "../check.ts";
import { nodeKindsOf } from "../nodes.ts";
import { providerOf } from "../provider.ts";
import { storageOf } from "../storage-entries.ts";
import { checkOf, factsOf, isAbsent, type NamedThing, subnetQuestions } from "./facts.ts";
import { groupQuestions, isReachable } from "./reach.ts";
import { missing } from "./rights.ts";

const ID = "EfsIdValidator";
const NFS = { protocol: "tcp", port: 2049 } as const;

function* existingOf(file: DraftFile): Generator<NamedThing> {
  if (providerOf(file) !== "aws") return;
  for (const { storage, path } of storageOf(file, "Efs")) {
    const id = storage.EfsSettings?.FileSystemId;
    if (typeof id === "string") yield { id, path: [...path, "EfsSettings", "FileSystemId"] };
  }
}

const fileSystems: OnlineCheck = {
  ids: [ID],
  *questions(file, known) {
    for (const { id } of existingOf(file)) {
      yield { kind: "efs", id };
      yield* subnetQuestions(file);
      for (const target of factsOf(known, "efs", id)?.mountTargets ?? []) {
        yield* groupQuestions(target.securityGroups);
      }
    }
  },
  *check(file, known) {
    for (const thing of existingOf(file)) {
      if (isAbsent(known, "efs", thing.id)) yield missing(ID, thing, "file system");
      const facts = factsOf(known, "efs", thing.id);
      if (facts !== undefined) yield* mountTargets(file, known, facts, thing.path);
    }
  },
};

/** One that is in a single zone is for clusters in that zone; others have a target in each. */
function* mountTargets(
  file: DraftFile,
  known: Answers,
  facts: AccountFacts["efs"],
  path: Path,
): Generator<Problem> {
  const subnets = subnetsByZone(file, known);
  if (facts.zoneName !== undefined && subnets.size > 1) {
    const message = `the file system is in ${facts.zoneName} only, and the cluster in ${[...subnets.keys()].join(" and ")}`;
    const suggestion = `write subnets in ${facts.zoneName}, or a file system of several zones`;
    yield problem(ID, path, message, suggestion);
  }
  const without: string[] = [];
  for (const [zone, subnetIds] of subnets) {
    const target = facts.mountTargets.find((one) => one.zone === zone);
    if (target === undefined) {
      if (facts.zoneName === undefined) without.push(zone);
    } else if (isReachable(file, known, target.securityGroups, subnetIds, NFS) === false) {
      const message = `the security groups of its mount target in ${zone} close tcp 2049, by which nodes mount it`;
      const suggestion = `let ${subnetIds.join(", ")} in and out there, or give nodes a group that may`;
      yield problem(ID, path, message, suggestion);
    }
  }
  if (without.length === 0) return;
  const message = `the file system has no mount target in ${without.join(" and ")}, where the cluster has nodes`;
  yield problem(ID, path, message, "make a mount target there");
}

function subnetsByZone(file: DraftFile, known: Answers): ReadonlyMap<string, readonly string[]> {
  const zones = new Map<string, Set<string>>();
  for (const { subnetIds } of nodeKindsOf(file)) {
    for (const id of subnetIds) {
      const zone = factsOf(known, "subnet", id)?.zone;
      if (zone === undefined) continue;
      zones.set(zone, (zones.get(zone) ?? new Set()).add(id));
    }
  }
  return new Map([...zones].map(([zone, ids]) => [zone, [...ids]]));
}

interface AccessPoint extends NamedThing {
  readonly fileSystemId: string | undefined;
}

function* accessPointsOf(file: DraftFile): Generator<AccessPoint> {
  if (providerOf(file) !== "aws") return;
  for (const { storage, path } of storageOf(file, "Efs")) {
    const { AccessPointId: id, FileSystemId } = storage.EfsSettings ?? {};
    if (typeof id !== "string") continue;
    const place = [...path, "EfsSettings", "AccessPointId"];
    yield { id, path: place, fileSystemId: FileSystemId ?? undefined };
  }
}

const ACCESS_POINT = "EfsAccessPointOptionsValidator";

export const EFS_CHECKS: readonly OnlineCheck[] = [
  fileSystems,
  checkOf([ACCESS_POINT], "efsAccessPoint", accessPointsOf, function* (point, facts) {
    const { fileSystemId: wanted } = point;
    if (facts === "absent") yield missing(ACCESS_POINT, point, "access point");
    else if (wanted !== undefined && wanted !== facts.fileSystemId) {
      const message = `the access point is of ${facts.fileSystemId}, and FileSystemId is ${wanted}`;
      yield problem(ACCESS_POINT, point.path, message, "write one of that file system");
    }
  }),
];
