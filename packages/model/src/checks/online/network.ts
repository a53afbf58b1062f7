import type { Answers } from "../../account/contract.ts";
import type { DraftFile } from "../../cluster-file/draft.ts";
import { showValue } from "../../cluster-file/finding.ts";
import { type Problem, problem } from "../../cluster-file/problem.ts";
import type { OnlineCheck } from "../check.ts";
import { multiCardQueues } from "../network.ts";
import { queuesOf } from "../resources.ts";
import { checkOf, factsOf, type NamedThing } from "./facts.ts";
import { distinct, named, securityGroupsOf, subnetsOf } from "./things.ts";

const NOT_HERE = "in the account and region";

/** All subnets exist, in one VPC that gives names to addresses. */
const subnets: OnlineCheck = {
  ids: ["SubnetsValidator"],
  *questions(file, known) {
    const all = distinct(subnetsOf(file));
    for (const { id } of all) yield { kind: "subnet", id };
    for (const { vpcId } of vpcsOf(all, known)) yield { kind: "vpc", id: vpcId };
  },
  *check(file, known) {
    const all = distinct(subnetsOf(file));
    for (const { id, path } of all) {
      if (known.get("subnet", id)?.is !== "absent") continue;
      const message = `there is no subnet ${id} ${NOT_HERE}`;
      yield problem("SubnetsValidator", path, message, "write the id of a subnet that exists");
    }
    const vpcs = vpcsOf(all, known);
    const [first] = vpcs;
    if (first === undefined) return;
    for (const { id, path } of all) {
      const vpcId = factsOf(known, "subnet", id)?.vpcId;
      if (vpcId === undefined || vpcId === first.vpcId) continue;
      const message = `${id} is in ${vpcId} and ${first.id} in ${first.vpcId}, and nodes of different VPCs do not reach each other`;
      yield problem("SubnetsValidator", path, message, `write a subnet of ${first.vpcId}`);
    }
    for (const vpc of vpcs) yield* vpcNames(vpc, known);
  },
};

type Vpc = NamedThing & { readonly vpcId: string };

/** Each VPC with the first subnet in it. */
function vpcsOf(all: readonly NamedThing[], known: Answers): readonly Vpc[] {
  const vpcs = new Map<string, Vpc>();
  for (const subnet of all) {
    const vpcId = factsOf(known, "subnet", subnet.id)?.vpcId;
    if (vpcId !== undefined && !vpcs.has(vpcId)) vpcs.set(vpcId, { ...subnet, vpcId });
  }
  return [...vpcs.values()];
}

function* vpcNames({ vpcId, path }: Vpc, known: Answers): Generator<Problem> {
  const facts = factsOf(known, "vpc", vpcId);
  if (facts === undefined) return;
  const lacking = [
    ...(facts.dnsSupport ? [] : ["DNS support"]),
    ...(facts.dnsHostnames ? [] : ["DNS hostnames"]),
  ];
  if (lacking.length === 0) return;
  const message = `${vpcId} has ${lacking.join(" and ")} switched off, and nodes are found by their names`;
  const suggestion = `switch on ${lacking.join(" and ")} in the VPC`;
  yield problem("SubnetsValidator", path, message, suggestion);
}

/** Of each zone one subnet, since a machine is asked for in a zone. */
const queueSubnets: OnlineCheck = {
  ids: ["QueueSubnetsValidator"],
  *questions(file) {
    for (const { id } of subnetsOf(file)) yield { kind: "subnet", id };
  },
  *check(file, known) {
    for (const { queue, path } of queuesOf(file)) {
      const list = distinct(
        named(queue.Networking?.SubnetIds, [...path, "Networking", "SubnetIds"]),
      );
      const seen = new Map<string, string>();
      for (const { id, path: place } of list) {
        const zone = factsOf(known, "subnet", id)?.zone;
        const first = zone === undefined ? undefined : seen.get(zone);
        if (zone !== undefined && first !== undefined) {
          const message = `${id} is in ${zone} as ${first} is, and a queue has one subnet in each zone`;
          const suggestion = "remove one of them, or write a subnet of another zone";
          yield problem("QueueSubnetsValidator", place, message, suggestion);
        } else if (zone !== undefined) seen.set(zone, id);
      }
    }
  },
};

function* multiCardSubnets(file: DraftFile): Generator<NamedThing & { readonly cards: number }> {
  for (const { queue, queuePath, cards } of multiCardQueues(file)) {
    // The file's own word goes before the subnet's.
    if (queue.Networking?.AssignPublicIp !== undefined) continue;
    const list = named(queue.Networking?.SubnetIds, [...queuePath, "Networking", "SubnetIds"]);
    for (const subnet of list) yield { ...subnet, cards };
  }
}

const publicSubnets = checkOf(
  ["MultiNetworkInterfacesInstancesValidator"],
  "subnet",
  multiCardSubnets,
  function* ({ id, path, cards }, facts) {
    if (facts === "absent" || !facts.assignsPublicIp) return;
    const message = `${id} gives every machine a public address, and EC2 does so for machines with one network card only; these have ${cards}`;
    const suggestion =
      "write a subnet that gives none, with a NAT gateway, or AssignPublicIp: false";
    yield problem("MultiNetworkInterfacesInstancesValidator", path, message, suggestion);
  },
);

const securityGroups = checkOf(
  ["SecurityGroupsValidator"],
  "securityGroup",
  (file) => distinct(securityGroupsOf(file)),
  function* ({ id, path }, facts) {
    if (facts !== "absent") return;
    const message = `there is no security group ${id} ${NOT_HERE}`;
    const suggestion = "write the id of a security group that exists";
    yield problem("SecurityGroupsValidator", path, message, suggestion);
  },
);

const FUNCTIONS = ["DeploymentSettings", "LambdaFunctionsVpcConfig"] as const;

/** What the functions are put into: existing, and of one VPC. */
const functions: OnlineCheck = {
  ids: ["LambdaFunctionsVpcConfigValidator"],
  *questions(file) {
    for (const { id } of functionThings(file, "SubnetIds")) yield { kind: "subnet", id };
    for (const { id } of functionThings(file, "SecurityGroupIds")) {
      yield { kind: "securityGroup", id };
    }
  },
  *check(file, known) {
    let first: (NamedThing & { readonly vpcId: string }) | undefined;
    for (const [kind, key] of FUNCTION_KINDS) {
      for (const { id, path } of functionThings(file, key)) {
        if (known.get(kind, id)?.is === "absent") {
          const message = `there is no ${WORDS[kind]} ${id} ${NOT_HERE}`;
          yield functionProblem(path, message, `write the id of a ${WORDS[kind]} that exists`);
        }
        const vpcId = factsOf(known, kind, id)?.vpcId;
        if (vpcId === undefined) continue;
        first ??= { id, path, vpcId };
        if (vpcId === first.vpcId) continue;
        const message = `${id} is in ${vpcId} and ${first.id} in ${first.vpcId}, and functions are in one VPC`;
        yield functionProblem(path, message, `write a ${WORDS[kind]} of ${first.vpcId}`);
      }
    }
  },
};

const FUNCTION_KINDS = [
  ["subnet", "SubnetIds"],
  ["securityGroup", "SecurityGroupIds"],
] as const;
const WORDS = { subnet: "subnet", securityGroup: "security group" } as const;

function functionThings(
  file: DraftFile,
  key: "SubnetIds" | "SecurityGroupIds",
): Iterable<NamedThing> {
  const config = file.DeploymentSettings?.LambdaFunctionsVpcConfig;
  return named(config?.[key], [...FUNCTIONS, key]);
}

function functionProblem(path: NamedThing["path"], message: string, suggestion: string): Problem {
  return problem("LambdaFunctionsVpcConfigValidator", path, message, suggestion);
}

function* elasticIps(file: DraftFile): Generator<NamedThing> {
  const address = file.HeadNode?.Networking?.ElasticIp;
  if (typeof address !== "string" || /^(true|false)$/i.test(address)) return;
  yield { id: address, path: ["HeadNode", "Networking", "ElasticIp"] };
}

const elasticIp = checkOf(
  ["ElasticIpValidator"],
  "elasticIp",
  elasticIps,
  function* ({ id, path }, facts) {
    if (facts !== "absent") return;
    const message = `there is no fixed address ${showValue(id)} ${NOT_HERE}`;
    const suggestion =
      "write the id of one, such as eipalloc-0123456789abcdef0, or true for a new one";
    yield problem("ElasticIpValidator", path, message, suggestion);
  },
);

/** Subnets, security groups and addresses. */
export const NETWORK_CHECKS: readonly OnlineCheck[] = [
  subnets,
  queueSubnets,
  publicSubnets,
  securityGroups,
  functions,
  elasticIp,
];
