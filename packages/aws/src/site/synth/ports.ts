import { GATEWAY_PORT, SITE_DATABASE_PORT, SITE_SERVER_PORT, SLURMDBD_PORT } from "@sluice/boot";
import { CfnSecurityGroup, CfnSecurityGroupIngress } from "aws-cdk-lib/aws-ec2";
import { OVERLAY_RANGE } from "../../infrastructure/overlay-address.ts";
import { sourceOf } from "../../infrastructure/synth/security-groups.ts";
import type { SiteScope } from "./contract.ts";
import type { SiteNetwork } from "./network.ts";

/** Ids of groups, each of one kind of machine or service. */
export interface SitePorts {
  readonly balancer: string;
  /** The site's own machines. */
  readonly machines: string;
  /** Heads of the site's clusters, beside the groups of their own. */
  readonly heads: string;
  /** Every machine of the site's clusters: what shared file systems let in. */
  readonly members: string;
  /** Aurora's. */
  readonly database: string;
}

const SLURMCTLD_PORT = 6817;
const HTTP = 80;
const HTTPS = 443;

/** Of a balancer that nothing else is said of: networks of one's own. */
const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** What a site's machines, its clusters and the world need of each other, and nothing else. */
export function makeSitePorts(scope: SiteScope, network: SiteNetwork): SitePorts {
  const group = (id: string, description: string, out = true): CfnSecurityGroup =>
    makeGroup(scope, network, { id, description, out });
  const balancer = group("BalancerPorts", "Balancer of the site", false);
  const machines = group("SitePorts", "Machines of the site");
  const heads = group("HeadPorts", "Heads of the clusters of the site");
  const members = group("MemberPorts", "Machines of the clusters of the site");
  const database = group("DatabasePorts", "Database of the site", false);
  const open = opener(scope);
  const { AllowedIps } = scope.config.Servers;
  if (AllowedIps === undefined) {
    for (const range of PRIVATE_RANGES) {
      open("FromPeople", balancer, [HTTP, HTTPS], { cidrIp: range });
    }
  } else open("FromAllowed", balancer, [HTTP, HTTPS], sourceOf(AllowedIps));
  balancer.securityGroupEgress = [
    {
      ...{ ipProtocol: "tcp", fromPort: SITE_SERVER_PORT, toPort: SITE_SERVER_PORT },
      ...{ destinationSecurityGroupId: machines.attrGroupId, description: "servers" },
    },
  ];
  open("FromBalancer", machines, [SITE_SERVER_PORT], from(balancer));
  open("FromHeads", machines, [SLURMDBD_PORT], from(heads));
  open("FromMembers", machines, [SLURMDBD_PORT], from(members));
  // Of two heads, the one that leads comes from an address that no group knows.
  open("FromLeaders", machines, [SLURMDBD_PORT], { cidrIp: OVERLAY_RANGE });
  // The slurmdbd that stands by asks the other one whether it is there.
  open("FromSite", machines, [SLURMDBD_PORT], from(machines));
  open("FromSite", heads, [GATEWAY_PORT, SLURMCTLD_PORT], from(machines));
  // Commands with -M, and controllers of a federation.
  open("FromHeads", heads, [SLURMCTLD_PORT], from(heads));
  open("FromMembers", heads, [SLURMCTLD_PORT], from(members));
  open("FromSite", database, [SITE_DATABASE_PORT], from(machines));
  return {
    balancer: balancer.attrGroupId,
    machines: machines.attrGroupId,
    heads: heads.attrGroupId,
    members: members.attrGroupId,
    database: database.attrGroupId,
  };
}

const WHAT: Readonly<Record<number, string>> = {
  [HTTP]: "HTTP, which leads to HTTPS",
  [HTTPS]: "HTTPS",
  [SITE_SERVER_PORT]: "servers",
  [SLURMDBD_PORT]: "slurmdbd",
  [GATEWAY_PORT]: "gateway",
  [SLURMCTLD_PORT]: "slurmctld",
  [SITE_DATABASE_PORT]: "database",
};

type Source = ReturnType<typeof sourceOf> | { readonly sourceSecurityGroupId: string };

function from({ attrGroupId }: CfnSecurityGroup): Source {
  return { sourceSecurityGroupId: attrGroupId };
}

/** Rules are resources of their own, since groups name each other. */
function opener({ stack }: SiteScope) {
  return (
    place: string,
    group: CfnSecurityGroup,
    ports: readonly number[],
    source: Source,
  ): void => {
    for (const port of ports) {
      const range = "cidrIp" in source ? `${source.cidrIp?.split(".")[0]}` : "";
      new CfnSecurityGroupIngress(stack, `${group.node.id}${port}${place}${range}`, {
        ...{ groupId: group.attrGroupId, ipProtocol: "tcp", fromPort: port, toPort: port },
        ...{ ...source, description: WHAT[port] ?? "" },
      });
    }
  };
}

function makeGroup(
  { stack }: SiteScope,
  { vpcId }: SiteNetwork,
  wanted: { readonly id: string; readonly description: string; readonly out: boolean },
): CfnSecurityGroup {
  const everything = [{ ipProtocol: "-1", cidrIp: "0.0.0.0/0", description: "Everything" }];
  const { id, description, out } = wanted;
  return new CfnSecurityGroup(stack, id, {
    groupDescription: description,
    vpcId,
    ...(out ? { securityGroupEgress: everything } : {}),
  });
}
