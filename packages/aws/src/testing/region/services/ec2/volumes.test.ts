import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../eventually.ts";
import { type Ground, layGround } from "../../ground.ts";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import { Region } from "../../region.ts";

let hypervisor: IdleHypervisor;
let region: Region;
let ground: Ground;
let ec2: EC2Client;

beforeEach(async () => {
  hypervisor = new IdleHypervisor();
  region = await Region.start({ hypervisor });
  ground = await layGround(region);
  const { name, endpoint, credentials } = region;
  ec2 = new EC2Client({ region: name, endpoint, credentials, maxAttempts: 1 });
});

afterEach(async () => {
  ec2.destroy();
  await region.close();
  expect(region.defects).toEqual([]);
});

async function machine(zone = 0): Promise<string> {
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({
      ImageId: ground.imageId,
      InstanceType: "c5.large",
      MinCount: 1,
      MaxCount: 1,
      SubnetId: ground.subnetIds[zone],
    }),
  );
  const id = Instances[0]?.InstanceId ?? "";
  await eventually(() => expect(region.ec2.instance(id)?.state).toBe("running"));
  return id;
}

async function volume(): Promise<string> {
  const input = { AvailabilityZone: "eu-central-1a", Size: 40, VolumeType: "gp3" as const };
  const { VolumeId = "" } = await ec2.send(new CreateVolumeCommand(input));
  return VolumeId;
}

async function stateOf(VolumeId: string) {
  const { Volumes } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }));
  return [Volumes?.[0]?.State, Volumes?.[0]?.Attachments?.[0]?.State];
}

test("a volume goes from machine to machine, one at a time", async () => {
  const VolumeId = await volume();
  const first = await machine();
  const second = await machine();
  const attach = (InstanceId: string) =>
    ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: "/dev/sdf" }));
  expect(await attach(first)).toMatchObject({ State: "attaching" });
  await eventually(async () => expect(await stateOf(VolumeId)).toEqual(["in-use", "attached"]));
  expect(hypervisor.volumesOf(first)).toEqual([VolumeId]);
  await expect(attach(second)).rejects.toMatchObject({ name: "VolumeInUse" });
  await expect(ec2.send(new DeleteVolumeCommand({ VolumeId }))).rejects.toMatchObject({
    name: "VolumeInUse",
  });
  await ec2.send(new DetachVolumeCommand({ VolumeId }));
  await eventually(async () => expect(await stateOf(VolumeId)).toEqual(["available", undefined]));
  await attach(second);
  await eventually(() => expect(hypervisor.volumesOf(second)).toEqual([VolumeId]));
});

test("a machine's end leaves the volumes that were attached to it, not its own", async () => {
  const VolumeId = await volume();
  const InstanceId = await machine();
  await ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: "/dev/sdf" }));
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
  await eventually(() => expect(region.ec2.instance(InstanceId)?.state).toBe("terminated"));
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({}));
  expect(Volumes.map((one) => [one.VolumeId, one.State])).toEqual([[VolumeId, "available"]]);
  await ec2.send(new DeleteVolumeCommand({ VolumeId }));
  await expect(stateOf(VolumeId)).rejects.toMatchObject({ name: "InvalidVolume.NotFound" });
});

test("a volume stays in its zone", async () => {
  const VolumeId = await volume();
  const InstanceId = await machine(1);
  await expect(
    ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: "/dev/sdf" })),
  ).rejects.toMatchObject({ name: "InvalidVolume.ZoneMismatch" });
});
