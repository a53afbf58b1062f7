import { isDeepStrictEqual } from "node:util";
import * as scaling from "@aws-sdk/client-auto-scaling";
import * as ec2 from "@aws-sdk/client-ec2";
import {
  bool,
  given,
  madeUpName,
  number,
  type ResourceContext,
  type ResourceHandler,
  tagSpecification,
  tagsOf,
  text,
  unlessGone,
  whenFree,
} from "../handler.ts";
import type { Json, JsonObject } from "../template.ts";

const NETWORK_INTERFACE: ResourceHandler = {
  replacedBy: ["SubnetId", "PrivateIpAddress", "InterfaceType"],
  async create(properties, context) {
    const { NetworkInterface } = await context.call(ec2.CreateNetworkInterfaceCommand, {
      ...given({
        Description: text(properties.Description),
        PrivateIpAddress: text(properties.PrivateIpAddress),
        Groups: properties.GroupSet as string[] | undefined,
      }),
      SubnetId: text(properties.SubnetId),
      TagSpecifications: tagSpecification("network-interface", properties, context),
    });
    const id = NetworkInterface?.NetworkInterfaceId ?? "";
    if (properties.SourceDestCheck !== undefined) {
      await context.call(ec2.ModifyNetworkInterfaceAttributeCommand, {
        NetworkInterfaceId: id,
        SourceDestCheck: { Value: bool(properties.SourceDestCheck) },
      });
    }
    return {
      id,
      attributes: {
        Id: id,
        PrimaryPrivateIpAddress: NetworkInterface?.PrivateIpAddress ?? "",
        VpcId: NetworkInterface?.VpcId ?? "",
      },
    };
  },
  async update(made, properties, context) {
    await context.call(ec2.ModifyNetworkInterfaceAttributeCommand, {
      NetworkInterfaceId: made.id,
      Groups: properties.GroupSet as unknown as string[],
    });
    return made;
  },
  delete: ({ id }, _, context) =>
    whenFree(() => context.call(ec2.DeleteNetworkInterfaceCommand, { NetworkInterfaceId: id })),
};

const VOLUME: ResourceHandler = {
  replacedBy: ["AvailabilityZone", "Encrypted", "KmsKeyId", "SnapshotId"],
  async create(properties, context) {
    const { VolumeId = "" } = await context.call(ec2.CreateVolumeCommand, {
      ...given({
        Size: number(properties.Size),
        VolumeType: text(properties.VolumeType) as ec2.VolumeType | undefined,
        Encrypted: bool(properties.Encrypted),
        Iops: number(properties.Iops),
        Throughput: number(properties.Throughput),
        KmsKeyId: text(properties.KmsKeyId),
        SnapshotId: text(properties.SnapshotId),
      }),
      AvailabilityZone: text(properties.AvailabilityZone),
      TagSpecifications: tagSpecification("volume", properties, context),
    });
    return { id: VolumeId, attributes: { VolumeId } };
  },
  async update(made, properties, context) {
    await context.call(ec2.ModifyVolumeCommand, {
      VolumeId: made.id,
      ...given({ Size: number(properties.Size), Iops: number(properties.Iops) }),
    });
    return made;
  },
  delete: ({ id }, _, context) =>
    whenFree(() => context.call(ec2.DeleteVolumeCommand, { VolumeId: id })),
  async snapshot({ id }, context) {
    await context.call(ec2.CreateSnapshotCommand, { VolumeId: id });
  },
};

const LAUNCH_TEMPLATE: ResourceHandler = {
  replacedBy: ["LaunchTemplateName"],
  async create(properties, context) {
    const { LaunchTemplate } = await context.call(ec2.CreateLaunchTemplateCommand, {
      LaunchTemplateName: text(properties.LaunchTemplateName) ?? madeUpName(context, 128),
      LaunchTemplateData: dataOf(properties),
      TagSpecifications: (properties.TagSpecifications as unknown as ec2.TagSpecification[]) ?? [],
    });
    return launchTemplate(LaunchTemplate);
  },
  async update(made, properties, context) {
    const { LaunchTemplateVersion } = await context.call(ec2.CreateLaunchTemplateVersionCommand, {
      LaunchTemplateId: made.id,
      LaunchTemplateData: dataOf(properties),
    });
    const LatestVersionNumber = String(LaunchTemplateVersion?.VersionNumber ?? 1);
    return { ...made, attributes: { ...made.attributes, LatestVersionNumber } };
  },
  delete: ({ id }, _, context) =>
    unlessGone(() => context.call(ec2.DeleteLaunchTemplateCommand, { LaunchTemplateId: id })),
};

function launchTemplate(made: ec2.LaunchTemplate | undefined) {
  const LaunchTemplateId = made?.LaunchTemplateId ?? "";
  const version = String(made?.LatestVersionNumber ?? 1);
  return {
    id: LaunchTemplateId,
    attributes: { LaunchTemplateId, LatestVersionNumber: version, DefaultVersionNumber: version },
  };
}

/** The template writes numbers and booleans as it likes; the API is strict. */
function dataOf({ LaunchTemplateData }: JsonObject): ec2.RequestLaunchTemplateData {
  return LaunchTemplateData as ec2.RequestLaunchTemplateData;
}

const AUTO_SCALING_GROUP: ResourceHandler = {
  replacedBy: ["AutoScalingGroupName"],
  async create(properties, context) {
    const AutoScalingGroupName = text(properties.AutoScalingGroupName) ?? madeUpName(context, 128);
    await context.call(scaling.CreateAutoScalingGroupCommand, {
      ...groupOf(properties),
      AutoScalingGroupName,
      MinSize: number(properties.MinSize),
      MaxSize: number(properties.MaxSize),
      Tags: groupTags(AutoScalingGroupName, properties, context),
    });
    return { id: AutoScalingGroupName };
  },
  // Sizes that the template leaves as they are stay what somebody made them meanwhile.
  async update(made, properties, context, former) {
    const { MinSize, MaxSize, DesiredCapacity, ...others } = properties;
    const changed = <T extends Json | undefined>(name: string, value: T): T | undefined =>
      isDeepStrictEqual(former[name], value) ? undefined : value;
    await context.call(scaling.UpdateAutoScalingGroupCommand, {
      ...groupOf(others),
      AutoScalingGroupName: made.id,
      ...given({
        MinSize: number(changed("MinSize", MinSize)),
        MaxSize: number(changed("MaxSize", MaxSize)),
        DesiredCapacity: number(changed("DesiredCapacity", DesiredCapacity)),
      }),
    });
    return made;
  },
  async delete({ id }, _, context) {
    await unlessGone(() =>
      context.call(scaling.DeleteAutoScalingGroupCommand, {
        AutoScalingGroupName: id,
        ForceDelete: true,
      }),
    );
    await untilGone(id, context);
  },
};

function groupOf(properties: JsonObject) {
  const subnets = properties.VPCZoneIdentifier as readonly string[] | undefined;
  const { LaunchTemplate } = properties as { LaunchTemplate?: scaling.LaunchTemplateSpecification };
  return given({
    AvailabilityZones: properties.AvailabilityZones as string[] | undefined,
    VPCZoneIdentifier: subnets?.join(","),
    LaunchTemplate,
    DesiredCapacity: number(properties.DesiredCapacity),
    HealthCheckGracePeriod: number(properties.HealthCheckGracePeriod),
    HealthCheckType: text(properties.HealthCheckType),
    TargetGroupARNs: properties.TargetGroupARNs as string[] | undefined,
  });
}

function groupTags(name: string, properties: JsonObject, context: ResourceContext): scaling.Tag[] {
  const own = (properties.Tags ?? []) as unknown as scaling.Tag[];
  const stays = new Set(own.filter((tag) => tag.PropagateAtLaunch !== true).map(({ Key }) => Key));
  return tagsOf(properties, context).map(({ Key, Value }) => ({
    Key,
    Value,
    PropagateAtLaunch: !stays.has(Key),
    ResourceId: name,
    ResourceType: "auto-scaling-group",
  }));
}

async function untilGone(id: string, context: ResourceContext): Promise<void> {
  await whenFree(async () => {
    const { AutoScalingGroups = [] } = await context.call(
      scaling.DescribeAutoScalingGroupsCommand,
      { AutoScalingGroupNames: [id] },
    );
    if (AutoScalingGroups.length === 0) return;
    const error = new Error(`the group ${id} still has machines`);
    error.name = "ResourceInUse";
    throw error;
  });
}

const LIFECYCLE_HOOK: ResourceHandler = {
  replacedBy: ["AutoScalingGroupName", "LifecycleHookName"],
  async create(properties, context) {
    const LifecycleHookName = text(properties.LifecycleHookName) ?? madeUpName(context, 255);
    await context.call(scaling.PutLifecycleHookCommand, hookOf(properties, LifecycleHookName));
    return { id: LifecycleHookName };
  },
  async update(made, properties, context) {
    await context.call(scaling.PutLifecycleHookCommand, hookOf(properties, made.id));
    return made;
  },
  delete: ({ id }, properties, context) =>
    unlessGone(() =>
      context.call(scaling.DeleteLifecycleHookCommand, {
        LifecycleHookName: id,
        AutoScalingGroupName: text(properties.AutoScalingGroupName),
      }),
    ),
};

function hookOf(properties: JsonObject, LifecycleHookName: string) {
  return {
    LifecycleHookName,
    AutoScalingGroupName: text(properties.AutoScalingGroupName),
    ...given({
      LifecycleTransition: text(properties.LifecycleTransition),
      DefaultResult: text(properties.DefaultResult),
      HeartbeatTimeout: number(properties.HeartbeatTimeout),
    }),
  };
}

export const MACHINES: Readonly<Record<string, ResourceHandler>> = {
  "AWS::EC2::NetworkInterface": NETWORK_INTERFACE,
  "AWS::EC2::Volume": VOLUME,
  "AWS::EC2::LaunchTemplate": LAUNCH_TEMPLATE,
  "AWS::AutoScaling::AutoScalingGroup": AUTO_SCALING_GROUP,
  "AWS::AutoScaling::LifecycleHook": LIFECYCLE_HOOK,
};
