import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
} from "@aws-sdk/client-ec2";
import type { Region } from "./region.ts";
import { PUBLIC_IMAGES } from "./services/ec2/index.ts";

/** A network to launch machines in. */
export interface Ground {
  readonly vpcId: string;
  /** One in each zone, in the order of the zones: 10.0.0.0/20, 10.0.16.0/20 … */
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  /** Debian 13, x86_64. */
  readonly imageId: string;
}

/** Lays out a network, for tests that launch machines without a stack. */
export async function layGround(region: Region): Promise<Ground> {
  const { Vpc } = await region.call(CreateVpcCommand, { CidrBlock: "10.0.0.0/16" });
  const vpcId = Vpc?.VpcId ?? "";
  const subnetIds: string[] = [];
  for (const [at, AvailabilityZone] of region.zones.entries()) {
    const CidrBlock = `10.0.${at * 16}.0/20`;
    const made = await region.call(CreateSubnetCommand, {
      VpcId: vpcId,
      CidrBlock,
      AvailabilityZone,
    });
    subnetIds.push(made.Subnet?.SubnetId ?? "");
  }
  const { GroupId: securityGroupId = "" } = await region.call(CreateSecurityGroupCommand, {
    GroupName: "machines",
    Description: "machines of tests",
    VpcId: vpcId,
  });
  return { vpcId, subnetIds, securityGroupId, imageId: imageOf("debian13", "x86_64") };
}

/** The image that everybody can launch, of an operating system as cluster files name it. */
export function imageOf(os: string, arch: "x86_64" | "arm64"): string {
  const image = PUBLIC_IMAGES.find((one) => one.os === os && one.arch === arch);
  if (image === undefined) throw new Error(`there is no image of ${os} on ${arch}`);
  return image.imageId;
}
