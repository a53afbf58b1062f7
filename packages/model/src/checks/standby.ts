import type { DraftFile } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { providerOf } from "./provider.ts";
import { storageOf } from "./storage-entries.ts";
import { zonesOf } from "./zones.ts";

const ID = "StandbyValidator";
const STANDBY: Path = ["HeadNode", "Standby"];

/** A second head is of use where the first one's zone can fail without it. */
export function* standbyPlace(file: DraftFile): Generator<Problem> {
  const standby = file.HeadNode?.Standby;
  if (standby === undefined || standby === null) return;
  switch (providerOf(file)) {
    case "local":
      yield* standbyZone(file);
      return;
    case "aws":
      yield* standbySubnet(file);
      return;
    default:
  }
}

function* standbyZone(file: DraftFile): Generator<Problem> {
  const zones = zonesOf(file);
  const { Zone: first, Standby: standby } = file.HeadNode ?? {};
  if (zones === undefined || first === null || standby?.Zone === null) return;
  if (new Set(zones).size < 2) {
    const message = `the cluster has one zone, ${zones[0]}, and a second head there fails with the first`;
    const suggestion = "write two zones under Local.Zones, such as [a, b]";
    yield problem(ID, STANDBY, message, suggestion, { at: "key" });
    return;
  }
  const own = first ?? zones[0];
  const other = standby?.Zone;
  if (other === undefined || other !== own) return;
  const message = `${showValue(other)} is the head's own zone, and both would fail with it`;
  const free = zones.find((zone) => zone !== own);
  yield problem(ID, [...STANDBY, "Zone"], message, `write ${free}`);
}

function* standbySubnet(file: DraftFile): Generator<Problem> {
  const head = file.HeadNode;
  const [first, second] = [head?.Networking?.SubnetId, head?.Standby?.SubnetId];
  if (head?.Networking === null || first === null || second === null) return;
  const path = [...STANDBY, "SubnetId"];
  if (first === undefined && second !== undefined) {
    const message = "the head's subnet is one that Sluice makes, and this one is there already";
    const suggestion = "write HeadNode.Networking.SubnetId too, or remove this one";
    yield problem(ID, path, message, suggestion);
  } else if (first !== undefined && second === undefined) {
    const message = `nothing says where the second head is, and the first is in ${first}`;
    const suggestion = "write SubnetId of a subnet in another zone";
    yield problem(ID, path, message, suggestion, { at: "missing" });
  } else if (first !== undefined && first === second) {
    const message = `${showValue(second)} is the head's own subnet, and both would fail with its zone`;
    yield problem(ID, path, message, "write a subnet in another zone");
  }
}

/** On AWS a disk is in one zone; whichever head leads must have the folders and the accounting. */
export function* standbyState(file: DraftFile): Generator<Problem> {
  const head = file.HeadNode;
  if (providerOf(file) !== "aws" || head?.Standby === undefined) return;
  const { SharedStorageType: type } = head;
  if (type !== null && type !== "Efs") {
    const message =
      "the cluster's folders are on a disk in the zone of one head, and the other could not go on without them";
    const place: Path = ["HeadNode", "SharedStorageType"];
    yield problem(ID, place, message, "write SharedStorageType: Efs", {
      at: type === undefined ? "missing" : "value",
    });
  }
  for (const { path } of storageOf(file, "Ebs")) {
    const message = "the disk is in the zone of one head, and the other could not share it";
    yield problem(ID, [...path, "StorageType"], message, "write Efs, or another file system");
  }
  const scheduling = file.Scheduling;
  const settings = scheduling?.SlurmSettings;
  if (scheduling === null || settings === null) return;
  if (settings?.Database !== undefined || settings?.ExternalSlurmdbd !== undefined) return;
  const message =
    "the accounting database would be the head's own, on a disk in the zone of one head";
  const suggestion =
    "write Scheduling.SlurmSettings.Database, with Managed: {} for one that is made";
  yield problem(ID, STANDBY, message, suggestion, { at: "key" });
}
