import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { repeated } from "./check.ts";
import { privateRange } from "./cidr.ts";
import { given, schemaProblem } from "./keys.ts";
import { nodeKindsOf } from "./nodes.ts";
import { providerOf } from "./provider.ts";
import { queuesOf } from "./resources.ts";
import { existingOf, storageOf } from "./storage-entries.ts";

const ID = "VpcValidator";

/** Where a kind of node may name its subnets. */
interface Place {
  readonly label: string;
  readonly path: Path;
  /** Null where what is written is wrong. */
  readonly named: boolean | null;
}

function* placesOf(file: DraftFile): Generator<Place> {
  for (const { path, label, networking, subnetIds } of nodeKindsOf(file)) {
    const key = path[0] === "HeadNode" ? "SubnetId" : "SubnetIds";
    const section = networking as Readonly<Record<string, unknown>> | null | undefined;
    const isWrong = section === null || section?.[key] !== undefined;
    const named = subnetIds.length > 0 ? true : isWrong ? null : false;
    yield { label, path: [...path, "Networking", key], named };
  }
}

/** True when Sluice makes the cluster's network; undefined where the file does not tell. */
export function makesNetwork(file: DraftFile): boolean | undefined {
  if (providerOf(file) !== "aws") return false;
  const places = [...placesOf(file)];
  if (places.some(({ named }) => named === true)) return false;
  return places.some(({ named }) => named === null) ? undefined : true;
}

/** Machines are in subnets of one's own or in a network that is made: all of them or none. */
export function* subnetChoice(file: DraftFile): Generator<Problem> {
  if (providerOf(file) !== "aws") return;
  const places = [...placesOf(file)];
  const own = places.find(({ named }) => named === true);
  if (own === undefined) return;
  if (file.Vpc !== undefined) {
    const message = `Vpc is for a network that Sluice makes, and ${own.label} names a subnet that is there`;
    const suggestion = "remove Vpc, or remove SubnetId and SubnetIds everywhere";
    yield schemaProblem(["Vpc"], message, suggestion);
  }
  for (const { path, label, named } of places) {
    if (named !== false) continue;
    const key = path.at(-1);
    const message = `${key} of ${label} is missing, and ${own.label} names its subnet`;
    const suggestion = `write ${key}, or remove the subnets of all others and a network is made`;
    yield schemaProblem(path, message, suggestion, "missing");
  }
}

export function* vpc(file: DraftFile): Generator<Problem> {
  const { Vpc: section } = file;
  if (providerOf(file) !== "aws" || section === undefined || section === null) return;
  if (typeof section.Cidr === "string") {
    const path = ["Vpc", "Cidr"];
    const example = "10.0.0.0/16";
    yield* privateRange(section.Cidr, { check: ID, path, widest: 16, narrowest: 24, example });
  }
  const zones = entriesOf(section.AvailabilityZones).map(({ index, item }) => ({
    name: item,
    path: ["Vpc", "AvailabilityZones", index],
  }));
  for (const { again } of repeated(zones)) {
    const message = `${showValue(again.name)} is in the list twice`;
    yield problem(ID, again.path, message, "remove one of them");
  }
  const { Region: region } = file;
  for (const { name, path } of zones) {
    if (typeof region !== "string" || name.startsWith(region)) continue;
    const message = `${showValue(name)} is not a zone of ${region}`;
    yield problem(ID, path, message, `write zones such as ${region}a`);
  }
  if (section.NatGateways === "none" && section.Endpoints === undefined) {
    const message =
      "without a NAT gateway and without endpoints, compute machines reach S3 and nothing else of AWS";
    const suggestion = "write Endpoints: true, or NatGateways: one";
    yield problem(ID, ["Vpc", "NatGateways"], message, suggestion, { level: "WARNING" });
  }
}

/** What is in a network already is not in one that is still to be made. */
export function* foreignNetwork(file: DraftFile): Generator<Problem> {
  if (makesNetwork(file) !== true) return;
  for (const { networking, path, label } of nodeKindsOf(file)) {
    if (networking === undefined || networking === null) continue;
    for (const key of given(networking, ["SecurityGroups", "AdditionalSecurityGroups"])) {
      const message = `security groups belong to a network, and that of ${label} is made with the cluster`;
      const suggestion = "remove them, or name the subnets of their network everywhere";
      yield problem(ID, [...path, "Networking", key], message, suggestion, { at: "key" });
    }
  }
  for (const { queue, path } of queuesOf(file)) {
    if (queue.Networking?.AssignPublicIp !== true) continue;
    const message =
      "compute machines are in private subnets of the network that is made, where a public address leads nowhere";
    const suggestion = "remove it, or name public subnets everywhere";
    yield problem(ID, [...path, "Networking", "AssignPublicIp"], message, suggestion);
  }
  for (const { storage, path } of storageOf(file)) {
    const existing = existingOf(storage);
    if (typeof existing?.id !== "string" || storage.StorageType === "Ebs") continue;
    const message = `${showValue(existing.id)} is in a network of its own, and the cluster's is made without a way there`;
    const suggestion = "name the subnets of its network everywhere, or connect the two";
    yield problem(ID, [...path, ...existing.keys], message, suggestion, { level: "WARNING" });
  }
}
