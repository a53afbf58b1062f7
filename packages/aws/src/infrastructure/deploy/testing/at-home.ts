import {
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
} from "@aws-sdk/client-ec2";
import type { Region } from "../../../testing/region/region.ts";

/** The file with what is there instead of the network, subnets, groups and snapshots that it names. */
export async function atHome(region: Region, text: string): Promise<string> {
  const { Vpc } = await region.call(CreateVpcCommand, { CidrBlock: "10.9.0.0/16" });
  const VpcId = Vpc?.VpcId ?? "";
  let moved = text.replaceAll(/vpc-[0-9a-f]+/g, VpcId);
  for (const [at, id] of [...new Set(text.match(/subnet-[0-9a-f]+/g))].entries()) {
    const { Subnet } = await region.call(CreateSubnetCommand, {
      VpcId,
      CidrBlock: `10.9.${at}.0/24`,
      AvailabilityZone: region.zones[at % 3],
    });
    moved = moved.replaceAll(id, Subnet?.SubnetId ?? "");
  }
  for (const id of new Set(text.match(/sg-[0-9a-f]+/g))) {
    const group = { GroupName: id.slice(3), Description: "given", VpcId };
    const { GroupId = "" } = await region.call(CreateSecurityGroupCommand, group);
    moved = moved.replaceAll(id, GroupId);
  }
  for (const id of new Set(text.match(/snap-[0-9a-f]+/g))) {
    const volume = { Size: 1, AvailabilityZone: region.zones[0] };
    const { VolumeId } = await region.call(CreateVolumeCommand, volume);
    const { SnapshotId = "" } = await region.call(CreateSnapshotCommand, { VolumeId });
    moved = moved.replaceAll(id, SnapshotId);
  }
  return moved;
}
