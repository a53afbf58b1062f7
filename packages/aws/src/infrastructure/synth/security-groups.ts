import { JOIN_PORT } from "@sluice/boot";
import {
  CfnSecurityGroup,
  CfnSecurityGroupEgress,
  CfnSecurityGroupIngress,
} from "aws-cdk-lib/aws-ec2";
import { idOf, shortHash } from "./logical-id.ts";
import type { Network } from "./network.ts";
import type { Scope } from "./scope.ts";

type LoginPool = NonNullable<Scope["config"]["LoginNodes"]>["Pools"][number];

export interface SecurityGroups {
  /** Of each kind of machine, all that it is in. */
  readonly head: readonly string[];
  readonly compute: readonly string[];
  readonly login: (pool: LoginPool) => readonly string[];
  /** One of each kind of machine: what a file system lets in. */
  readonly machines: readonly string[];
  /** Of the load balancer before a login pool. */
  readonly balancer: (pool: LoginPool) => string;
}

export interface Opening {
  readonly from: number;
  readonly to: number;
  readonly what: string;
}

const port = (number: number, what: string): Opening => ({ from: number, to: number, what });

const NFS = port(2049, "NFS");
const SLURMCTLD = port(6817, "slurmctld");
const SLURMD = port(6818, "slurmd");
const SLURMDBD = port(6819, "slurmdbd");
const JOIN = port(JOIN_PORT, "join");
const SSH = port(22, "SSH");
/** Linux's ephemeral ports, where srun listens for its steps and steps for sattach. */
const STEPS: Opening = { from: 32_768, to: 60_999, what: "steps of srun" };

const OF_HEAD = [NFS, SLURMCTLD, SLURMDBD, JOIN, STEPS];
const OF_COMPUTE = [SLURMD, SSH, STEPS];
/** sackd takes a changed configuration where slurmd does. */
const OF_LOGIN = [SLURMD, SSH, STEPS];

/** The group of each kind of machine that rules are about, made or given. */
interface Groups {
  readonly head: string;
  readonly compute: string;
  /** With those that queues have instead. */
  readonly computes: readonly string[];
  readonly logins: ReadonlyMap<string, { readonly group: string; readonly balancer: string }>;
}

/**
 * Security groups of the machines: what Slurm, NFS and joining need between them, and nothing else
 * but what the file opens. Groups that the file gives are used as they are.
 */
export function makeSecurityGroups(scope: Scope, network: Network): SecurityGroups {
  const { HeadNode, LoginNodes } = scope.config;
  const groups = makeGroups(scope, network);
  const { head, compute, computes, logins } = groups;
  const rules = new Rules(scope);
  rules.all(compute);
  rules.between("Compute", compute, head, OF_COMPUTE);
  for (const { group } of logins.values()) rules.between("Compute", compute, group, OF_COMPUTE);
  if (HeadNode.Networking?.SecurityGroups === undefined) openHead(rules, scope, groups);
  for (const pool of LoginNodes?.Pools ?? []) openPool(rules, groups, pool);
  return {
    head: [
      ...(HeadNode.Networking?.SecurityGroups ?? [head]),
      ...(HeadNode.Networking?.AdditionalSecurityGroups ?? []),
    ],
    compute: [compute],
    login: ({ Name, Networking }) => [
      ...(Networking?.SecurityGroups ?? [logins.get(Name)?.group ?? ""]),
      ...(Networking?.AdditionalSecurityGroups ?? []),
    ],
    machines: [head, ...computes, ...[...logins.values()].map(({ group }) => group)],
    balancer: ({ Name }) => logins.get(Name)?.balancer ?? "",
  };
}

function makeGroups(scope: Scope, network: Network): Groups {
  const { HeadNode, LoginNodes, Scheduling } = scope.config;
  const make = (id: string, description: string): string =>
    makeGroup(scope, network, id, description).attrGroupId;
  const head = HeadNode.Networking?.SecurityGroups?.[0] ?? make("HeadPorts", "Head node");
  const compute = make("ComputePorts", "Compute machines");
  const given = Scheduling.SlurmQueues.flatMap((queue) => queue.Networking?.SecurityGroups ?? []);
  const logins = (LoginNodes?.Pools ?? []).map(({ Name, Networking }) => {
    const balancer = make(idOf("BalancerPorts", Name), `Login nodes ${Name}, the way in`);
    const own = Networking?.SecurityGroups?.[0];
    const group = own ?? make(idOf("LoginPorts", Name), `Login nodes ${Name}`);
    return [Name, { group, balancer }] as const;
  });
  return { head, compute, computes: [compute, ...new Set(given)], logins: new Map(logins) };
}

function openHead(rules: Rules, { config }: Scope, { head, computes, logins }: Groups): void {
  const { Ssh, Dcv } = config.HeadNode;
  for (const source of computes) rules.between("Head", head, source, OF_HEAD);
  for (const { group } of logins.values()) rules.between("Head", head, group, OF_HEAD);
  rules.fromOutside("HeadSsh", head, Ssh?.AllowedIps, SSH);
  if (Dcv?.Enabled) rules.fromOutside("HeadDcv", head, Dcv.AllowedIps ?? EVERYWHERE, dcvPort(Dcv));
}

function openPool(rules: Rules, { head, computes, logins }: Groups, pool: LoginPool): void {
  const { Name, Networking, Ssh, Dcv } = pool;
  const { group, balancer } = logins.get(Name) ?? { group: "", balancer: "" };
  rules.fromOutside(idOf("BalancerSsh", Name), balancer, Ssh?.AllowedIps, SSH);
  if (Networking?.SecurityGroups !== undefined) return;
  const place = idOf("Login", Name);
  rules.between(place, group, balancer, [SSH]);
  rules.between(place, group, head, OF_LOGIN);
  for (const source of computes) rules.between(place, group, source, [STEPS]);
  if (Dcv?.Enabled) {
    const sources = Dcv.AllowedIps ?? EVERYWHERE;
    rules.fromOutside(idOf("LoginDcv", Name), group, sources, dcvPort(Dcv));
  }
}

/** ParallelCluster's default for desktops, which ask for a password themselves. */
const EVERYWHERE = "0.0.0.0/0";

function dcvPort({ Port }: { readonly Port?: number | undefined }): Opening {
  return port(Port ?? 8443, "DCV");
}

function makeGroup(
  { stack }: Scope,
  { vpcId }: Network,
  id: string,
  description: string,
): CfnSecurityGroup {
  return new CfnSecurityGroup(stack, id, {
    groupDescription: description,
    vpcId,
    securityGroupEgress: [{ ipProtocol: "-1", cidrIp: "0.0.0.0/0", description: "Everything" }],
  });
}

/** A group of a file system or a database: these machines reach it at these ports. */
export function groupFor(
  { stack }: Pick<Scope, "stack">,
  { vpcId }: Pick<Network, "vpcId">,
  id: string,
  use: {
    readonly description: string;
    readonly sources: readonly string[];
    readonly ports: readonly Opening[];
  },
): CfnSecurityGroup {
  return new CfnSecurityGroup(stack, id, {
    groupDescription: use.description,
    vpcId,
    securityGroupIngress: [...new Set(use.sources)].flatMap((source) =>
      use.ports.map(({ from, to, what }) => ({
        ipProtocol: "tcp",
        fromPort: from,
        toPort: to,
        sourceSecurityGroupId: source,
        description: what,
      })),
    ),
  });
}

/** Rules are resources of their own, since groups name each other. */
class Rules {
  readonly #scope: Scope;
  readonly #seen = new Set<string>();

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** What EFA needs: all traffic within the group, said for both directions. */
  all(group: string): void {
    const { stack } = this.#scope;
    const description = "Between compute machines";
    new CfnSecurityGroupIngress(stack, "ComputeFromCompute", {
      groupId: group,
      ipProtocol: "-1",
      sourceSecurityGroupId: group,
      description,
    });
    new CfnSecurityGroupEgress(stack, "ComputeToCompute", {
      groupId: group,
      ipProtocol: "-1",
      destinationSecurityGroupId: group,
      description,
    });
  }

  between(place: string, group: string, source: string, openings: readonly Opening[]): void {
    for (const { from, to, what } of openings) {
      const key = JSON.stringify(this.#scope.stack.resolve([group, source, from]));
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      new CfnSecurityGroupIngress(this.#scope.stack, `${place}Port${from}From${shortHash(key)}`, {
        groupId: group,
        ipProtocol: "tcp",
        fromPort: from,
        toPort: to,
        sourceSecurityGroupId: source,
        description: what,
      });
    }
  }

  /** @param addresses a CIDR or the id of a prefix list; nothing is opened without. */
  fromOutside(id: string, group: string, addresses: string | undefined, opening: Opening): void {
    if (addresses === undefined) return;
    new CfnSecurityGroupIngress(this.#scope.stack, id, {
      groupId: group,
      ipProtocol: "tcp",
      fromPort: opening.from,
      toPort: opening.to,
      description: opening.what,
      ...sourceOf(addresses),
    });
  }
}

/** @param addresses a CIDR, one address or a prefix list's id. */
export function sourceOf(addresses: string) {
  if (addresses.startsWith("pl-")) return { sourcePrefixListId: addresses };
  if (addresses.includes(":")) return { cidrIpv6: addresses };
  return { cidrIp: addresses.includes("/") ? addresses : `${addresses}/32` };
}
