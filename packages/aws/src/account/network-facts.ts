import {
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  type IpPermission,
} from "@aws-sdk/client-ec2";
import type { AccountFacts, SecurityRule } from "@sluice/model";
import { type Asker, answersById, inBatches, oneByOne } from "./answer.ts";
import { idsOf } from "./ec2-facts.ts";
import { isNamed } from "./refusal.ts";

export const subnets: Asker<"subnet"> = async (questions, clients, abortSignal) => {
  const ec2 = await clients.ec2();
  const known = await inBatches(idsOf(questions), async (Values) => {
    const command = new DescribeSubnetsCommand({ Filters: [{ Name: "subnet-id", Values }] });
    return (await ec2.send(command, { abortSignal })).Subnets ?? [];
  });
  const facts = new Map<string, AccountFacts["subnet"]>();
  for (const subnet of known) {
    facts.set(subnet.SubnetId ?? "", {
      vpcId: subnet.VpcId ?? "",
      zone: subnet.AvailabilityZone ?? "",
      cidr: subnet.CidrBlock ?? "",
      freeAddresses: subnet.AvailableIpAddressCount ?? 0,
      assignsPublicIp: subnet.MapPublicIpOnLaunch ?? false,
    });
  }
  return answersById(questions, facts);
};

export const securityGroups: Asker<"securityGroup"> = async (questions, clients, abortSignal) => {
  const ec2 = await clients.ec2();
  const known = await inBatches(idsOf(questions), async (Values) => {
    const command = new DescribeSecurityGroupsCommand({ Filters: [{ Name: "group-id", Values }] });
    return (await ec2.send(command, { abortSignal })).SecurityGroups ?? [];
  });
  const facts = new Map(
    known.map((group) => [
      group.GroupId ?? "",
      {
        vpcId: group.VpcId ?? "",
        inbound: (group.IpPermissions ?? []).map(ruleOf),
        outbound: (group.IpPermissionsEgress ?? []).map(ruleOf),
      },
    ]),
  );
  return answersById(questions, facts);
};

function ruleOf(permission: IpPermission): SecurityRule {
  return {
    protocol: permission.IpProtocol ?? "-1",
    fromPort: permission.FromPort,
    toPort: permission.ToPort,
    cidrs: [
      ...(permission.IpRanges ?? []).map(({ CidrIp = "" }) => CidrIp),
      ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 = "" }) => CidrIpv6),
      ...(permission.PrefixListIds ?? []).map(({ PrefixListId = "" }) => PrefixListId),
    ],
    securityGroups: (permission.UserIdGroupPairs ?? []).map(({ GroupId = "" }) => GroupId),
  };
}

export const vpcs: Asker<"vpc"> = oneByOne(
  async ({ id: VpcId }, clients, abortSignal) => {
    const ec2 = await clients.ec2();
    const ask = (Attribute: "enableDnsSupport" | "enableDnsHostnames") =>
      ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute }), { abortSignal });
    const [support, names] = await Promise.all([
      ask("enableDnsSupport"),
      ask("enableDnsHostnames"),
    ]);
    return {
      dnsSupport: support.EnableDnsSupport?.Value ?? false,
      dnsHostnames: names.EnableDnsHostnames?.Value ?? false,
    };
  },
  isNamed("NotFound", "Malformed"),
);
