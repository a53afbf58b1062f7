import * as ec2 from "@aws-sdk/client-ec2";
import {
  given,
  madeUpName,
  number,
  type ResourceContext,
  type ResourceHandler,
  tagSpecification,
  text,
  unlessGone,
  whenFree,
} from "../handler.ts";
import type { JsonObject } from "../template.ts";

type Direction = "Ingress" | "Egress";

const SECURITY_GROUP: ResourceHandler = {
  replacedBy: ["VpcId", "GroupDescription", "GroupName"],
  async create(properties, context) {
    const { GroupId = "" } = await context.call(ec2.CreateSecurityGroupCommand, {
      GroupName: text(properties.GroupName) ?? madeUpName(context, 128),
      Description: text(properties.GroupDescription),
      VpcId: text(properties.VpcId),
      TagSpecifications: tagSpecification("security-group", properties, context),
    });
    await authoriseAll(GroupId, properties, context);
    return { id: GroupId, attributes: { GroupId, Id: GroupId, VpcId: properties.VpcId ?? "" } };
  },
  async update(made, properties, context, former) {
    for (const rule of rulesIn(former, "Ingress")) {
      await unlessGone(() => revoke("Ingress", made.id, rule, context));
    }
    for (const rule of rulesIn(former, "Egress")) {
      await unlessGone(() => revoke("Egress", made.id, rule, context));
    }
    await authoriseAll(made.id, properties, context);
    return made;
  },
  delete: ({ id }, _, context) =>
    whenFree(() => context.call(ec2.DeleteSecurityGroupCommand, { GroupId: id })),
};

async function authoriseAll(
  GroupId: string,
  properties: JsonObject,
  context: ResourceContext,
): Promise<void> {
  for (const rule of rulesIn(properties, "Ingress")) {
    await authorise("Ingress", GroupId, rule, context);
  }
  const egress = rulesIn(properties, "Egress");
  if (egress.length === 0) return;
  // A group begins with a rule that lets everything out; a template's own rules stand for it.
  const everything = { IpProtocol: "-1", CidrIp: "0.0.0.0/0" };
  await unlessGone(() => revoke("Egress", GroupId, everything, context));
  for (const rule of egress) await authorise("Egress", GroupId, rule, context);
}

function rulesIn(properties: JsonObject, direction: Direction): readonly JsonObject[] {
  return (properties[`SecurityGroup${direction}`] ?? []) as unknown as readonly JsonObject[];
}

function authorise(
  direction: Direction,
  GroupId: string,
  rule: JsonObject,
  context: ResourceContext,
): Promise<unknown> {
  const input = { GroupId, IpPermissions: [permissionOf(rule)] };
  return direction === "Ingress"
    ? context.call(ec2.AuthorizeSecurityGroupIngressCommand, input)
    : context.call(ec2.AuthorizeSecurityGroupEgressCommand, input);
}

function revoke(
  direction: Direction,
  GroupId: string,
  rule: JsonObject,
  context: ResourceContext,
): Promise<unknown> {
  const input = { GroupId, IpPermissions: [permissionOf(rule)] };
  return direction === "Ingress"
    ? context.call(ec2.RevokeSecurityGroupIngressCommand, input)
    : context.call(ec2.RevokeSecurityGroupEgressCommand, input);
}

function permissionOf(rule: JsonObject): ec2.IpPermission {
  const Description = text(rule.Description);
  const described = Description === undefined ? {} : { Description };
  const group = text(rule.SourceSecurityGroupId) ?? text(rule.DestinationSecurityGroupId);
  const list = text(rule.SourcePrefixListId) ?? text(rule.DestinationPrefixListId);
  const v4 = text(rule.CidrIp);
  const v6 = text(rule.CidrIpv6);
  return {
    IpProtocol: text(rule.IpProtocol),
    ...given({ FromPort: number(rule.FromPort), ToPort: number(rule.ToPort) }),
    ...(v4 === undefined ? {} : { IpRanges: [{ CidrIp: v4, ...described }] }),
    ...(v6 === undefined ? {} : { Ipv6Ranges: [{ CidrIpv6: v6, ...described }] }),
    ...(group === undefined ? {} : { UserIdGroupPairs: [{ GroupId: group, ...described }] }),
    ...(list === undefined ? {} : { PrefixListIds: [{ PrefixListId: list, ...described }] }),
  };
}

function ruleOf(direction: Direction): ResourceHandler {
  return {
    async create(properties, context) {
      await authorise(direction, text(properties.GroupId) ?? "", properties, context);
      return { id: madeUpName(context) };
    },
    delete: (_, properties, context) =>
      unlessGone(() => revoke(direction, text(properties.GroupId) ?? "", properties, context)),
  };
}

export const SECURITY_GROUPS: Readonly<Record<string, ResourceHandler>> = {
  "AWS::EC2::SecurityGroup": SECURITY_GROUP,
  "AWS::EC2::SecurityGroupIngress": ruleOf("Ingress"),
  "AWS::EC2::SecurityGroupEgress": ruleOf("Egress"),
};
