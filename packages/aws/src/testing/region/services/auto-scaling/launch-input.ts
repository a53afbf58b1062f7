import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { RunInstancesCommandInput } from "@aws-sdk/client-ec2";
import type { Region } from "../../region.ts";
import { inSubnet } from "../ec2/launch-request.ts";
import { templateOf, versionOf } from "../ec2/launch-templates.ts";

/** What is asked of EC2 for one machine of a group. */
export function launchInput(
  region: Region,
  row: AutoScalingGroup,
  zone: string,
): RunInstancesCommandInput {
  const { state } = region.ec2;
  const mixed = row.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  const { LaunchTemplateId, LaunchTemplateName, Version } = row.LaunchTemplate ?? mixed ?? {};
  const LaunchTemplate = {
    ...(LaunchTemplateId === undefined ? { LaunchTemplateName } : { LaunchTemplateId }),
    Version,
  };
  const { data } = versionOf(state, templateOf(state, LaunchTemplate), Version);
  const networks = data.NetworkInterfaces as RunInstancesCommandInput["NetworkInterfaces"];
  const subnets = (row.VPCZoneIdentifier ?? "").split(",");
  const subnet = subnets.find((id) => state.subnets.find(id)?.AvailabilityZone === zone);
  const tags = (row.Tags ?? []).filter(({ PropagateAtLaunch }) => PropagateAtLaunch === true);
  const Tags = tags.map(({ Key, Value }) => ({ Key, Value }));
  return {
    MinCount: 1,
    MaxCount: 1,
    LaunchTemplate,
    ...(subnet === undefined
      ? {
          Placement: {
            ...data.Placement,
            AvailabilityZone: zone,
          } as RunInstancesCommandInput["Placement"],
        }
      : inSubnet(networks, subnet)),
    ...(Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: "instance", Tags }] }),
  };
}
