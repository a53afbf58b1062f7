import { randomUUID } from "node:crypto";
import {
  type AutoScalingGroup,
  CompleteLifecycleActionCommand,
  CreateAutoScalingGroupCommand,
  CreateOrUpdateTagsCommand,
  DeleteAutoScalingGroupCommand,
  DeleteLifecycleHookCommand,
  DeleteTagsCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeLifecycleHooksCommand,
  DescribeScalingActivitiesCommand,
  type LifecycleHook,
  PutLifecycleHookCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { pageOf, passing } from "../ec2/describe.ts";
import type { Group } from "./group.ts";
import { checkSizes, checkTemplate, Groups, invalid, placesOf, tagRows } from "./groups.ts";

/** Groups of machines that are kept at a number, by the region's own EC2. */
export function autoScalingService(region: Region): Service {
  const groups = new Groups(region);
  return {
    name: "autoscaling",
    protocol: "query",
    operations: {
      ...groupOperations(groups),
      ...memberOperations(groups),
      ...tagOperations(groups),
    },
    authorise: (_operation, input) => groups.scopeOf(input),
  };
}

type Operations = Service["operations"];

function groupOperations(groups: Groups): Operations {
  return {
    CreateAutoScalingGroup: handle(CreateAutoScalingGroupCommand, async (input, call) => {
      const name = input.AutoScalingGroupName ?? "";
      if (groups.find(name) !== undefined) {
        throw new ServiceError(
          "AlreadyExists",
          `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`,
        );
      }
      if (input.LaunchTemplate === undefined && input.MixedInstancesPolicy === undefined) {
        throw invalid(
          "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.",
        );
      }
      const row: AutoScalingGroup = {
        AutoScalingGroupName: name,
        AutoScalingGroupARN: groups.arn(name, randomUUID()),
        CreatedTime: groups.region.now(),
        DefaultCooldown: input.DefaultCooldown ?? 300,
        HealthCheckType: input.HealthCheckType ?? "EC2",
        HealthCheckGracePeriod: input.HealthCheckGracePeriod ?? 0,
        MinSize: input.MinSize,
        MaxSize: input.MaxSize,
        DesiredCapacity: input.DesiredCapacity ?? input.MinSize,
        LaunchTemplate: input.LaunchTemplate,
        MixedInstancesPolicy: input.MixedInstancesPolicy,
        TargetGroupARNs: input.TargetGroupARNs ?? [],
        TerminationPolicies: input.TerminationPolicies ?? ["Default"],
        NewInstancesProtectedFromScaleIn: false,
        ...placesOf(groups, input),
        Tags: tagRows(name, input.Tags ?? []),
      };
      checkSizes(row);
      await checkTemplate(groups.region, row, call);
      const group = groups.add(row);
      for (const hook of input.LifecycleHookSpecificationList ?? []) putHook(group, hook);
      group.look();
      return {};
    }),
    UpdateAutoScalingGroup: handle(UpdateAutoScalingGroupCommand, async (input, call) => {
      const group = groups.get(input.AutoScalingGroupName);
      const { AutoScalingGroupName: _, AvailabilityZones, VPCZoneIdentifier, ...changes } = input;
      const given = Object.entries(changes).filter(([, value]) => value !== undefined);
      const places = AvailabilityZones ?? VPCZoneIdentifier;
      const row: AutoScalingGroup = {
        ...group.row,
        ...(Object.fromEntries(given) as Partial<AutoScalingGroup>),
        ...(places === undefined ? {} : placesOf(groups, input)),
      };
      if (input.DesiredCapacity === undefined) {
        const { DesiredCapacity = 0, MinSize = 0, MaxSize = 0 } = row;
        row.DesiredCapacity = Math.min(MaxSize, Math.max(MinSize, DesiredCapacity));
      }
      checkSizes(row);
      if (input.LaunchTemplate !== undefined) await checkTemplate(groups.region, row, call);
      Object.assign(group.row, row);
      group.look();
      return {};
    }),
    SetDesiredCapacity: handle(
      SetDesiredCapacityCommand,
      ({ AutoScalingGroupName, DesiredCapacity = 0 }) => {
        const group = groups.get(AutoScalingGroupName);
        const { MinSize = 0, MaxSize = 0 } = group.row;
        if (DesiredCapacity > MaxSize || DesiredCapacity < MinSize) {
          const [word, limit] =
            DesiredCapacity > MaxSize ? ["above max", MaxSize] : ["below min", MinSize];
          throw invalid(
            `New SetDesiredCapacity value ${DesiredCapacity} is ${word} value ${limit} for the AutoScalingGroup.`,
          );
        }
        group.row.DesiredCapacity = DesiredCapacity;
        group.look();
        return {};
      },
    ),
    DeleteAutoScalingGroup: handle(
      DeleteAutoScalingGroupCommand,
      ({ AutoScalingGroupName, ForceDelete }) => {
        const group = groups.get(AutoScalingGroupName);
        if (group.members.length > 0 && ForceDelete !== true) {
          throw new ServiceError(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.",
          );
        }
        group.isGoing = true;
        group.row.Status = "Delete in progress";
        if (group.members.length === 0) groups.remove(group);
        else group.look();
        return {};
      },
    ),
    DescribeAutoScalingGroups: handle(DescribeAutoScalingGroupsCommand, (input) => {
      const named = groups
        .values()
        .filter(({ name }) => input.AutoScalingGroupNames?.includes(name) ?? true);
      const rows = named.map((group) => ({ ...group.row, Instances: [...group.members] }));
      const page = pageOf(
        passing(rows, input.Filters, {}),
        { MaxResults: input.MaxRecords ?? 50, NextToken: input.NextToken },
        (row) => rows.findIndex((one) => one.AutoScalingGroupName === row.AutoScalingGroupName) + 1,
      );
      return { AutoScalingGroups: page.rows, NextToken: page.NextToken };
    }),
    DescribeScalingActivities: handle(DescribeScalingActivitiesCommand, (input) => {
      const wanted =
        input.AutoScalingGroupName === undefined
          ? groups.values()
          : [groups.get(input.AutoScalingGroupName)];
      const all = wanted
        .flatMap(({ activities }) => activities)
        .filter(({ ActivityId = "" }) => input.ActivityIds?.includes(ActivityId) ?? true);
      const page = pageOf(
        all,
        { MaxResults: input.MaxRecords ?? 100, NextToken: input.NextToken },
        (activity) => all.indexOf(activity) + 1,
      );
      return { Activities: page.rows, NextToken: page.NextToken };
    }),
  };
}

function memberOperations(groups: Groups): Operations {
  return {
    TerminateInstanceInAutoScalingGroup: handle(
      TerminateInstanceInAutoScalingGroupCommand,
      ({ InstanceId = "", ShouldDecrementDesiredCapacity }) => {
        const group = groups.of(InstanceId);
        const { DesiredCapacity = 0, MinSize = 0 } = group.row;
        if (ShouldDecrementDesiredCapacity === true) {
          if (DesiredCapacity <= MinSize) {
            throw invalid(
              `Currently, desiredSize equals minSize (${MinSize}). Terminating instance without replacement will violate group's min size constraint.`,
            );
          }
          group.row.DesiredCapacity = DesiredCapacity - 1;
        }
        const Activity = group.remove(InstanceId, "a user request.");
        group.look();
        return { Activity };
      },
    ),
    DescribeAutoScalingInstances: handle(DescribeAutoScalingInstancesCommand, (input) => {
      const all = groups.values().flatMap(({ name, members }) =>
        members
          .filter(({ InstanceId = "" }) => input.InstanceIds?.includes(InstanceId) ?? true)
          .map((member) => ({
            ...member,
            AutoScalingGroupName: name,
            HealthStatus: member.HealthStatus?.toUpperCase(),
          })),
      );
      const asked = { MaxResults: input.MaxRecords ?? 50, NextToken: input.NextToken };
      const page = pageOf(all, asked, (member) => all.indexOf(member) + 1);
      return { AutoScalingInstances: page.rows, NextToken: page.NextToken };
    }),
    PutLifecycleHook: handle(PutLifecycleHookCommand, ({ AutoScalingGroupName, ...hook }) => {
      putHook(groups.get(AutoScalingGroupName), hook);
      return {};
    }),
    DeleteLifecycleHook: handle(DeleteLifecycleHookCommand, (input) => {
      groups.get(input.AutoScalingGroupName).hooks.delete(input.LifecycleHookName ?? "");
      return {};
    }),
    DescribeLifecycleHooks: handle(DescribeLifecycleHooksCommand, (input) => ({
      LifecycleHooks: [...groups.get(input.AutoScalingGroupName).hooks.values()].filter(
        ({ LifecycleHookName = "" }) =>
          input.LifecycleHookNames?.includes(LifecycleHookName) ?? true,
      ),
    })),
    CompleteLifecycleAction: handle(CompleteLifecycleActionCommand, (input) => {
      const group = groups.get(input.AutoScalingGroupName);
      group.complete(
        input.InstanceId,
        input.LifecycleActionToken,
        input.LifecycleActionResult ?? "",
      );
      return {};
    }),
  };
}

function tagOperations(groups: Groups): Operations {
  return {
    CreateOrUpdateTags: handle(CreateOrUpdateTagsCommand, ({ Tags = [] }) => {
      for (const tag of Tags) {
        const { row, name } = groups.get(tag.ResourceId);
        const others = row.Tags?.filter(({ Key }) => Key !== tag.Key) ?? [];
        row.Tags = [...others, ...tagRows(name, [tag])];
      }
      return {};
    }),
    DeleteTags: handle(DeleteTagsCommand, ({ Tags = [] }) => {
      for (const tag of Tags) {
        const { row } = groups.get(tag.ResourceId);
        row.Tags = row.Tags?.filter(({ Key }) => Key !== tag.Key);
      }
      return {};
    }),
  };
}

function putHook(
  group: Group,
  hook: LifecycleHook & { readonly LifecycleHookName?: string | undefined },
): void {
  group.hooks.set(hook.LifecycleHookName ?? "", {
    ...hook,
    AutoScalingGroupName: group.name,
    HeartbeatTimeout: hook.HeartbeatTimeout ?? 3600,
    GlobalTimeout: 172_800,
    DefaultResult: hook.DefaultResult ?? "ABANDON",
  });
}
