import type { Awaited } from "../../infrastructure/synth/scope.ts";
import { layVpc } from "../../infrastructure/synth/vpc.ts";
import type { GivenSiteNetwork, SiteScope } from "./contract.ts";

/** Where a site is; ids may be tokens. */
export interface SiteNetwork {
  readonly vpcId: string;
  /** For machines of the site and of its clusters, one in each zone, in the order of the zones. */
  readonly subnets: readonly { readonly zone: string; readonly subnetId: string }[];
  readonly balancerSubnets: readonly string[];
  /** What the balancer's own addresses are of. */
  readonly balancerRanges: readonly string[];
  /** Whether the world has a way to the balancer. */
  readonly isPublic: boolean;
  /** Ways out, which machines that boot have to find. */
  readonly routes: readonly Awaited[];
}

const CIDR = "10.0.0.0/16";

export function siteNetwork(scope: SiteScope): SiteNetwork {
  const { network } = scope.request;
  return network === undefined ? madeNetwork(scope) : givenNetwork(network);
}

/** A zone that is lost takes no other's way out with it: each has a NAT gateway of its own. */
function madeNetwork({ stack, config, request }: SiteScope): SiteNetwork {
  const { Zones: zones, Vpc } = config;
  const { vpcId, privates, publics, routes } = layVpc(stack, {
    ...{ title: `sluice site ${request.name}`, cidr: Vpc?.Cidr ?? CIDR, zones },
    ...{ gateways: "zone", endpoints: false },
  });
  return {
    ...{ vpcId, routes, isPublic: true },
    subnets: zones.map((zone, index) => ({ zone, subnetId: privates[index]?.ref ?? "" })),
    balancerSubnets: publics.map(({ ref }) => ref),
    balancerRanges: publics.map(({ cidrBlock = "" }) => cidrBlock),
  };
}

function givenNetwork({ vpcId, subnets, isPublic }: GivenSiteNetwork): SiteNetwork {
  return {
    ...{ vpcId, subnets, isPublic },
    balancerSubnets: subnets.map(({ subnetId }) => subnetId),
    balancerRanges: subnets.map(({ cidr }) => cidr),
    routes: [],
  };
}
