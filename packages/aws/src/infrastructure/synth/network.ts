import type { ClusterConfig } from "@sluice/model";
import { CfnCondition, Fn } from "aws-cdk-lib/core";
import { idOf } from "./logical-id.ts";
import type { Awaited, Scope } from "./scope.ts";
import { makeVpc } from "./vpc.ts";

/** Where a cluster is; ids may be tokens. */
export interface Network {
  readonly vpcId: string;
  readonly headSubnet: string;
  readonly headZone: string;
  /** Of the second head, where the file has one. */
  readonly standby?: {
    readonly subnet: string;
    readonly zone: string;
    /** The address of whichever leads: none of the network's own. */
    readonly address: string;
    /** ARNs of all tables by which machines of the cluster find it; may be one token of a list. */
    readonly routeTables: readonly string[];
  };
  /** A new head gets a fixed public address, without which it would have no way out. */
  readonly headNeedsAddress: boolean;
  /** Subnets for queues that name none. */
  readonly computeSubnets: readonly string[];
  /** All that compute machines may be in. */
  readonly machineSubnets: readonly string[];
  readonly loginSubnet: (given: string | undefined) => LoginSubnet;
  /** One in each zone, with the condition under which it is the first of its zone. */
  readonly mountSubnets: readonly { readonly subnetId: string; readonly first?: string }[];
  /** The group that every machine in a VPC of AWS's own making is in: nobody's here. */
  readonly defaultSecurityGroup?: string;
  /** Ways out, which machines that boot have to find. */
  readonly routes: readonly Awaited[];
}

export interface LoginSubnet {
  readonly subnetId: string;
  readonly balancerSubnetId: string;
  /** `internet-facing` or `internal`. */
  readonly scheme: string;
}

/** A network that is given, where the file names subnets, or one of the cluster's own. */
export function networkOf(scope: Scope): Network {
  const headSubnet = scope.config.HeadNode.Networking?.SubnetId;
  return headSubnet === undefined ? makeVpc(scope) : givenNetwork(scope, headSubnet);
}

function givenNetwork(scope: Scope, headSubnet: string): Network {
  const { config, parameters } = scope;
  const machineSubnets = queueSubnets(config);
  return {
    vpcId: parameters.vpc(headSubnet),
    headSubnet,
    headZone: parameters.zone(headSubnet),
    ...givenStandby(scope, headSubnet, machineSubnets),
    headNeedsAddress: false,
    computeSubnets: [],
    machineSubnets,
    loginSubnet: (subnetId = headSubnet) => ({
      subnetId,
      balancerSubnetId: subnetId,
      scheme: parameters.loadBalancerScheme(subnetId),
    }),
    get mountSubnets() {
      const second = config.HeadNode.Standby?.SubnetId;
      const heads = second === undefined ? [headSubnet] : [headSubnet, second];
      const all = [...heads, ...machineSubnets, ...loginSubnets(config)];
      return firstOfZones(scope, [...new Set(all)]);
    },
    routes: [],
  };
}

function givenStandby(
  { config, parameters, request }: Scope,
  headSubnet: string,
  others: readonly string[],
): Pick<Network, "standby"> {
  const { Standby } = config.HeadNode;
  if (Standby === undefined) return {};
  const subnet = Standby.SubnetId ?? "";
  const subnets = [...new Set([headSubnet, subnet, ...others, ...loginSubnets(config)])];
  return {
    standby: {
      subnet,
      zone: parameters.zone(subnet, headSubnet),
      address: parameters.overlayAddress(headSubnet, request.unique),
      routeTables: parameters.routeTables(subnets),
    },
  };
}

function loginSubnets(config: ClusterConfig): readonly string[] {
  const pools = config.LoginNodes?.Pools ?? [];
  return pools.flatMap(({ Networking }) => Networking?.SubnetIds ?? []);
}

function queueSubnets(config: ClusterConfig): readonly string[] {
  const named = config.Scheduling.SlurmQueues.flatMap((queue) => queue.Networking?.SubnetIds ?? []);
  return [...new Set(named)];
}

/**
 * Of subnets in one zone only one can have the mount target of a file system, and which are in one
 * zone is known to the account alone.
 */
function firstOfZones({ stack, parameters }: Scope, subnets: readonly string[]) {
  return subnets.map((subnetId, index) => {
    if (index === 0) return { subnetId };
    const first = idOf("FirstOfZone", subnetId.replace("-", ""));
    if (stack.node.tryFindChild(first) === undefined) {
      const answer = parameters.firstOfZone(subnetId, subnets.slice(0, index));
      new CfnCondition(stack, first, { expression: Fn.conditionEquals(answer, "true") });
    }
    return { subnetId, first };
  });
}
