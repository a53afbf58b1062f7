import type { Answers, Question, SecurityRule } from "../../account/contract.ts";
import type { DraftFile } from "../../cluster-file/draft.ts";
import { nodeKindsOf, texts } from "../nodes.ts";
import { factsOf } from "./facts.ts";

/** A port that nodes use. */
export interface Port {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
}

const NUMBERS = { tcp: "6", udp: "17" } as const;

export function groupQuestions(groups: readonly string[]): Question[] {
  return groups.map((id) => ({ kind: "securityGroup", id }));
}

/**
 * Whether things with these security groups and the nodes in these subnets reach each other at a
 * port, in both directions; undefined when a group or a subnet is not known. Prefix lists are taken
 * to be right.
 */
export function isReachable(
  file: DraftFile,
  known: Answers,
  groups: readonly string[],
  subnetIds: readonly string[],
  port: Port,
): boolean | undefined {
  const facts = groups.map((id) => factsOf(known, "securityGroup", id));
  const blocks = subnetIds.map((id) => factsOf(known, "subnet", id)?.cidr);
  if (facts.includes(undefined) || blocks.includes(undefined)) return undefined;
  const inbound = facts.flatMap((group) => group?.inbound ?? []);
  const outbound = facts.flatMap((group) => group?.outbound ?? []);
  const subnets = rangesOf(blocks.map((block) => block ?? ""));
  const nodes = nodeGroups(file);
  return [inbound, outbound].every((rules) =>
    allows(
      rules.filter((rule) => isOfPort(rule, port)),
      subnets,
      nodes,
    ),
  );
}

/** Of each kind of node, the groups that the file names; those that Sluice makes are not yet there. */
function nodeGroups(file: DraftFile): readonly ReadonlySet<string>[] {
  return [...nodeKindsOf(file)].map(({ networking }) => {
    const { SecurityGroups, AdditionalSecurityGroups } = networking ?? {};
    return new Set([...texts(SecurityGroups), ...texts(AdditionalSecurityGroups)]);
  });
}

function isOfPort({ protocol, fromPort, toPort }: SecurityRule, wanted: Port): boolean {
  if (protocol === "-1") return true;
  if (protocol !== wanted.protocol && protocol !== NUMBERS[wanted.protocol]) return false;
  return (fromPort ?? 0) <= wanted.port && wanted.port <= (toPort ?? 65_535);
}

function allows(
  rules: readonly SecurityRule[],
  subnets: readonly Range[],
  nodes: readonly ReadonlySet<string>[],
): boolean {
  const cidrs = rules.flatMap((rule) => rule.cidrs);
  if (cidrs.some((cidr) => cidr.startsWith("pl-"))) return true;
  const groups = rules.flatMap((rule) => rule.securityGroups);
  if (nodes.every((own) => groups.some((group) => own.has(group)))) return true;
  const ranges = merged(rangesOf(cidrs));
  return subnets.every(([from, to]) => ranges.some(([a, b]) => a <= from && to <= b));
}

/** Addresses of IPv4 as numbers, both ends included. */
type Range = readonly [from: number, to: number];

/** Those of IPv4: nodes have such addresses. */
function rangesOf(cidrs: readonly string[]): readonly Range[] {
  return cidrs.map(rangeOf).filter((range) => range !== undefined);
}

function rangeOf(cidr: string): Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, bits = 32] = match.slice(1).map(Number);
  const size = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const from = Math.floor(address / size) * size;
  return [from, from + size - 1];
}

/** Two blocks side by side cover what neither does alone. */
function merged(ranges: readonly Range[]): readonly Range[] {
  const result: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((x, y) => x[0] - y[0])) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}
