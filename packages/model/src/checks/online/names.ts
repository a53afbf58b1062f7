import { type DraftFile, entriesOf } from "../../cluster-file/draft.ts";
import { showValue } from "../../cluster-file/finding.ts";
import { type Problem, problem } from "../../cluster-file/problem.ts";
import type { OnlineCheck } from "../check.ts";
import { placementSectionsOf } from "../placement.ts";
import { providerOf } from "../provider.ts";
import { checkOf, factsOf, type NamedThing } from "./facts.ts";
import { distinct } from "./things.ts";

function* keyNames(file: DraftFile): Generator<NamedThing> {
  if (providerOf(file) !== "aws") return;
  const head = file.HeadNode?.Ssh?.KeyName;
  if (typeof head === "string") yield { id: head, path: ["HeadNode", "Ssh", "KeyName"] };
  for (const { index, item } of entriesOf(file.LoginNodes?.Pools)) {
    const name = item.Ssh?.KeyName;
    if (typeof name !== "string") continue;
    yield { id: name, path: ["LoginNodes", "Pools", index, "Ssh", "KeyName"] };
  }
}

const keyPair = checkOf(
  ["KeyPairValidator"],
  "keyPair",
  (file) => distinct(keyNames(file)),
  function* ({ id, path }, facts) {
    if (facts !== "absent") return;
    const message = `there is no key pair ${showValue(id)} in the account and region`;
    yield problem("KeyPairValidator", path, message, "write the name of one that exists");
  },
);

function* placementGroups(file: DraftFile): Generator<NamedThing> {
  if (providerOf(file) !== "aws") return;
  for (const { section, path } of placementSectionsOf(file)) {
    const { Enabled: enabled, Id: id, Name: name } = section;
    if (enabled === false) continue;
    if (typeof name === "string") yield { id: name, path: [...path, "Name"] };
    else if (typeof id === "string") yield { id, path: [...path, "Id"] };
  }
}

const placementGroup = checkOf(
  ["PlacementGroupNamingValidator"],
  "placementGroup",
  (file) => distinct(placementGroups(file)),
  function* ({ id, path }, facts) {
    if (facts !== "absent") return;
    const message = `there is no placement group ${showValue(id)} in the account and region`;
    const suggestion =
      "write the name of one that exists, or Enabled: true for one that Sluice makes";
    yield problem("PlacementGroupNamingValidator", path, message, suggestion);
  },
);

const ZONE = ["Scheduling", "SlurmSettings", "Dns", "HostedZoneId"] as const;
const ZONE_CHECK = "HostedZoneValidator";

/** Names of nodes are written into it, and are for the cluster's own network. */
const hostedZone: OnlineCheck = {
  ids: [ZONE_CHECK],
  *questions(file) {
    const id = hostedZoneOf(file);
    if (id === undefined) return;
    yield { kind: "hostedZone", id };
    const subnet = file.HeadNode?.Networking?.SubnetId;
    if (typeof subnet === "string") yield { kind: "subnet", id: subnet };
  },
  *check(file, known) {
    const id = hostedZoneOf(file);
    if (id === undefined) return;
    if (known.get("hostedZone", id)?.is === "absent") {
      const message = `there is no hosted zone ${showValue(id)} in the account`;
      yield zoneProblem(message, "write the id of a private hosted zone");
    }
    const facts = factsOf(known, "hostedZone", id);
    if (facts === undefined) return;
    if (!facts.private) {
      const message = `${facts.name} is a public zone, and would show the nodes' addresses to the internet`;
      yield zoneProblem(message, "write the id of a private hosted zone");
      return;
    }
    const subnet = file.HeadNode?.Networking?.SubnetId;
    const vpcId = typeof subnet === "string" ? factsOf(known, "subnet", subnet)?.vpcId : undefined;
    if (vpcId === undefined || facts.vpcIds.includes(vpcId)) return;
    const message = `${facts.name} is not a zone of ${vpcId}, where the head node is, so no node would find another by name`;
    yield zoneProblem(message, `associate the zone with ${vpcId}`);
  },
};

function zoneProblem(message: string, suggestion: string): Problem {
  return problem(ZONE_CHECK, ZONE, message, suggestion);
}

function hostedZoneOf(file: DraftFile): string | undefined {
  const id = file.Scheduling?.SlurmSettings?.Dns?.HostedZoneId;
  return providerOf(file) === "aws" && typeof id === "string" ? id : undefined;
}

/** Things that the file names and that have to exist. */
export const NAME_CHECKS: readonly OnlineCheck[] = [keyPair, placementGroup, hostedZone];
