import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  type IpPermission,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from "@aws-sdk/client-ec2";
import { handle, ServiceError } from "../../contract.ts";
import { described, type Filters, fields } from "./describe.ts";
import type { Ec2State, Operations } from "./state.ts";
import { tagsFor } from "./tags.ts";

const FILTERS: Filters<SecurityGroup> = fields<SecurityGroup>(
  "GroupId",
  "GroupName",
  "VpcId",
  "Description",
  "OwnerId",
);

const EVERYTHING: IpPermission = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };

export function securityGroupOperations(state: Ec2State): Operations {
  const authorize = (side: Side, input: RuleInput) => {
    const group = groupOf(state, input);
    const before = group[side] ?? [];
    for (const added of singleRules(permissionsIn(state, input, group))) {
      if (singleRules(before).some((rule) => sameRule(rule, added))) {
        throw new ServiceError(
          "InvalidPermission.Duplicate",
          `the specified rule "${JSON.stringify(added)}" already exists`,
        );
      }
      before.push(added);
    }
    group[side] = before;
    return { Return: true };
  };
  const revoke = (side: Side, input: RuleInput) => {
    const group = groupOf(state, input);
    let left = singleRules(group[side] ?? []);
    for (const gone of singleRules(permissionsIn(state, input, group))) {
      const kept = left.filter((rule) => !sameRule(rule, gone));
      if (kept.length === left.length) {
        throw new ServiceError(
          "InvalidPermission.NotFound",
          "The specified rule does not exist in this security group.",
        );
      }
      left = kept;
    }
    group[side] = left;
    return { Return: true };
  };
  return {
    CreateSecurityGroup: handle(CreateSecurityGroupCommand, (input) => {
      const vpc = state.vpcs.get(input.VpcId);
      const inVpc = state.securityGroups.values().filter(({ VpcId }) => VpcId === vpc.VpcId);
      if (inVpc.some(({ GroupName }) => GroupName === input.GroupName)) {
        throw new ServiceError(
          "InvalidGroup.Duplicate",
          `The security group '${input.GroupName}' already exists for VPC '${vpc.VpcId}'`,
        );
      }
      const group = newGroup(state, vpc.VpcId ?? "", input.GroupName ?? "", input.Description);
      group.Tags = tagsFor(input.TagSpecifications, "security-group");
      return { GroupId: group.GroupId, SecurityGroupArn: group.SecurityGroupArn, Tags: group.Tags };
    }),
    DeleteSecurityGroup: handle(DeleteSecurityGroupCommand, (input) => {
      const group = groupOf(state, input);
      const id = group.GroupId ?? "";
      const isUsed = state.interfaces
        .values()
        .some(({ Groups = [] }) => Groups.some(({ GroupId }) => GroupId === id));
      const isNamed = state.securityGroups
        .values()
        .some((other) => other !== group && mentions(other, id));
      if (isUsed || isNamed) {
        throw new ServiceError("DependencyViolation", `resource ${id} has a dependent object`);
      }
      if (group.GroupName === "default") {
        throw new ServiceError(
          "CannotDelete",
          `the specified group: "${id}" name: "default" cannot be deleted by a user`,
        );
      }
      state.securityGroups.delete(id);
      return { Return: true, GroupId: id };
    }),
    DescribeSecurityGroups: handle(DescribeSecurityGroupsCommand, (input) => {
      const asked =
        input.GroupNames === undefined
          ? input
          : {
              ...input,
              Filters: [...(input.Filters ?? []), { Name: "group-name", Values: input.GroupNames }],
            };
      const found = described(state.securityGroups, input.GroupIds, asked, FILTERS);
      return { SecurityGroups: found.rows, NextToken: found.NextToken };
    }),
    AuthorizeSecurityGroupIngress: handle(AuthorizeSecurityGroupIngressCommand, (input) =>
      authorize("IpPermissions", input),
    ),
    AuthorizeSecurityGroupEgress: handle(AuthorizeSecurityGroupEgressCommand, (input) =>
      authorize("IpPermissionsEgress", input),
    ),
    RevokeSecurityGroupIngress: handle(RevokeSecurityGroupIngressCommand, (input) =>
      revoke("IpPermissions", input),
    ),
    RevokeSecurityGroupEgress: handle(RevokeSecurityGroupEgressCommand, (input) =>
      revoke("IpPermissionsEgress", input),
    ),
  };
}

type Side = "IpPermissions" | "IpPermissionsEgress";

interface RuleInput {
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
  readonly IpPermissions?: readonly IpPermission[] | undefined;
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly CidrIp?: string | undefined;
}

export function newDefaultGroup(state: Ec2State, vpcId: string): SecurityGroup {
  const group = newGroup(state, vpcId, "default", "default VPC security group");
  group.IpPermissions = [
    { IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: group.GroupId, UserId: group.OwnerId }] },
  ];
  return group;
}

function newGroup(
  state: Ec2State,
  vpcId: string,
  name: string,
  description: string | undefined,
): SecurityGroup {
  const GroupId = state.securityGroups.newId();
  return state.securityGroups.add({
    GroupId,
    GroupName: name,
    Description: description,
    SecurityGroupArn: state.arn("security-group", GroupId),
    VpcId: vpcId,
    OwnerId: state.region.account,
    IpPermissions: [],
    IpPermissionsEgress: [{ ...EVERYTHING }],
    Tags: [],
  });
}

function groupOf(state: Ec2State, { GroupId, GroupName }: RuleInput): SecurityGroup {
  if (GroupId !== undefined) return state.securityGroups.get(GroupId);
  const named = state.securityGroups.values().find((group) => group.GroupName === GroupName);
  if (named === undefined) throw state.securityGroups.notFound([GroupName ?? ""]);
  return named;
}

function permissionsIn(
  state: Ec2State,
  input: RuleInput,
  group: SecurityGroup,
): readonly IpPermission[] {
  const given =
    input.IpProtocol === undefined
      ? (input.IpPermissions ?? [])
      : [
          {
            IpProtocol: input.IpProtocol,
            FromPort: input.FromPort,
            ToPort: input.ToPort,
            IpRanges: [{ CidrIp: input.CidrIp }],
          },
        ];
  for (const { UserIdGroupPairs = [] } of given) {
    for (const { GroupId } of UserIdGroupPairs) {
      if (GroupId !== group.GroupId) state.securityGroups.get(GroupId);
    }
  }
  return given;
}

/** One source or destination each. */
function singleRules(permissions: readonly IpPermission[]): IpPermission[] {
  return permissions.flatMap(
    ({ IpRanges = [], Ipv6Ranges = [], PrefixListIds = [], UserIdGroupPairs = [], ...ports }) => [
      ...IpRanges.map((range) => ({ ...ports, IpRanges: [range] })),
      ...Ipv6Ranges.map((range) => ({ ...ports, Ipv6Ranges: [range] })),
      ...PrefixListIds.map((list) => ({ ...ports, PrefixListIds: [list] })),
      ...UserIdGroupPairs.map((pair) => ({ ...ports, UserIdGroupPairs: [pair] })),
    ],
  );
}

function sameRule(a: IpPermission, b: IpPermission): boolean {
  const key = (rule: IpPermission) =>
    JSON.stringify([
      rule.IpProtocol,
      rule.IpProtocol === "-1" ? "" : [rule.FromPort, rule.ToPort],
      rule.IpRanges?.[0]?.CidrIp,
      rule.Ipv6Ranges?.[0]?.CidrIpv6,
      rule.PrefixListIds?.[0]?.PrefixListId,
      rule.UserIdGroupPairs?.[0]?.GroupId,
    ]);
  return key(a) === key(b);
}

function mentions({ IpPermissions = [], IpPermissionsEgress = [] }: SecurityGroup, id: string) {
  return [...IpPermissions, ...IpPermissionsEgress].some(({ UserIdGroupPairs = [] }) =>
    UserIdGroupPairs.some(({ GroupId }) => GroupId === id),
  );
}
