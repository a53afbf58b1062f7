import type {
  BlockDeviceMapping,
  RequestLaunchTemplateData,
  RunInstancesCommandInput,
  Tag,
  TagSpecification,
} from "@aws-sdk/client-ec2";
import { templateOf, versionOf } from "./launch-templates.ts";
import type { Ec2State } from "./state.ts";
import { merged } from "./tags.ts";

/** What a launch asks for, all told: of the request and the launch template that it names. */
export type LaunchRequest = Omit<RunInstancesCommandInput, "LaunchTemplate" | "DryRun">;

/** What a request says goes before what the template says; tags and disks are put together. */
export function withTemplate(state: Ec2State, input: RunInstancesCommandInput): LaunchRequest {
  const { LaunchTemplate, DryRun: _, ...request } = input;
  if (LaunchTemplate === undefined) return request;
  const template = templateOf(state, LaunchTemplate);
  return overridden(versionOf(state, template, LaunchTemplate.Version).data, request);
}

export function overridden(data: RequestLaunchTemplateData, request: LaunchRequest): LaunchRequest {
  const given = Object.fromEntries(
    Object.entries(request).filter(([, value]) => value !== undefined),
  ) as Partial<LaunchRequest>;
  return {
    ...(data as Partial<LaunchRequest>),
    ...given,
    MinCount: request.MinCount,
    MaxCount: request.MaxCount,
    TagSpecifications: tagsOfBoth(data.TagSpecifications ?? [], request.TagSpecifications ?? []),
    BlockDeviceMappings: disksOfBoth(
      (data.BlockDeviceMappings ?? []) as BlockDeviceMapping[],
      request.BlockDeviceMappings ?? [],
    ),
  };
}

function tagsOfBoth(
  before: readonly TagSpecification[],
  after: readonly TagSpecification[],
): TagSpecification[] {
  const byType = new Map<string, Tag[]>();
  for (const { ResourceType = "", Tags = [] } of [...before, ...after]) {
    byType.set(ResourceType, merged(byType.get(ResourceType) ?? [], Tags));
  }
  return [...byType].map(([type, Tags]) => ({
    ResourceType: type as NonNullable<TagSpecification["ResourceType"]>,
    Tags,
  }));
}

export function disksOfBoth(
  before: readonly BlockDeviceMapping[],
  after: readonly BlockDeviceMapping[],
): BlockDeviceMapping[] {
  const byName = new Map(before.map((disk) => [disk.DeviceName, disk]));
  for (const disk of after) {
    const known = byName.get(disk.DeviceName);
    byName.set(disk.DeviceName, { ...known, ...disk, Ebs: { ...known?.Ebs, ...disk.Ebs } });
  }
  return [...byName.values()];
}

/** What a request says of a subnet: in the interfaces, when the template has any. */
export function inSubnet(
  networks: LaunchRequest["NetworkInterfaces"],
  SubnetId: string,
): Pick<LaunchRequest, "SubnetId" | "NetworkInterfaces"> {
  if (networks === undefined || networks.length === 0) return { SubnetId };
  return { NetworkInterfaces: networks.map((one) => ({ ...one, SubnetId })) };
}
