import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  AttachVolumeCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { HeadCloud, LaunchRequest, Market } from "@sluice/cloud";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { TAGS } from "../../names.ts";
import { imageOf } from "../../testing/region/ground.ts";
import { Deployed } from "./testing/deployed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-rights-"));
let deployed: Deployed;
let head: HeadCloud;
let ec2: EC2Client;

beforeAll(async () => {
  deployed = await Deployed.of("head-at-work");
  head = await deployed.head(folder);
  ec2 = new EC2Client(await deployed.asHead());
}, 60_000);
afterAll(async () => {
  ec2.destroy();
  await deployed[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe("by its role's rights, the head", { timeout: 30_000 }, () => {
  test("attaches the disks of the cluster", async () => {
    const disks = await head.disks?.attach();
    expect(disks?.map(({ mountPoint }) => mountPoint).sort()).toEqual(["/data", "/var/lib/sluice"]);
    expect(deployed.hypervisor.volumesOf(deployed.headId)).toContain(
      await deployed.idOf("HeadState"),
    );
  });

  test("reads its secrets and its cluster file, and reports", async () => {
    const names = ["munge", "jwt", "gateway"] as const;
    const keys = await Promise.all(names.map((name) => head.secrets?.read(name)));
    expect(keys.map((key) => key?.length)).toEqual([64, 64, 64]);
    expect(await head.files.wanted()).toMatchObject({ version: 1 });
    await head.signal.report("progress", "on its way");
    await head.logs?.append("head/test", [{ time: new Date(), text: "a line" }]);
  });

  test("launches, finds, reads and ends machines of one type", async () => {
    await worksWith(launches("tight", "c", ["c5.large"], "on-demand"));
  });

  test("launches, finds, reads and ends machines that a fleet chooses", async () => {
    await worksWith(launches("spot", "many", ["c5.large", "m5.large", "c5a.large"], "spot"));
  });

  test("hears that a spot machine is called back", async () => {
    const [request] = launches("spot", "many", ["c5.large", "m5.large"], "spot");
    const outcomes = await head.machines.launch(request === undefined ? [] : [request], {
      atomic: true,
    });
    const [machineId = ""] = outcomes.flatMap((one) => (one.ok ? [one.machine.id] : []));
    const enough = new AbortController();
    const notices = head.machines.interruptions(enough.signal)[Symbol.asyncIterator]();
    const next = notices.next();
    deployed.region.ec2.interrupt(machineId, 120);
    expect((await next).value).toMatchObject({ machineId, kind: "spot" });
    enough.abort();
    await head.machines.terminate([machineId]);
  });

  function launches(
    queue: string,
    computeResource: string,
    types: readonly string[],
    market: Market,
  ): readonly LaunchRequest[] {
    const [zone] = deployed.region.zones;
    const [offering, ...alternatives] = types.map((instanceType) => ({
      instanceType,
      zone,
      market,
    }));
    if (offering === undefined) return [];
    return [1, 2].map((index) => ({
      token: randomUUID(),
      node: `${queue}-dy-${computeResource}-${index}`,
      pool: { queue, computeResource },
      offering,
      alternatives,
      userData: "#!/bin/sh\ntrue\n",
      tags: {},
    }));
  }

  async function worksWith(asked: readonly LaunchRequest[]): Promise<void> {
    const [first] = asked;
    if (first === undefined) throw new Error("nothing is asked for");
    const { pool, offering, alternatives = [] } = first;
    const offerings = await head.catalogue.offerings({
      ...pool,
      instanceTypes: [offering, ...alternatives].map(({ instanceType }) => instanceType),
      markets: [offering.market],
      order: "price",
      placement: false,
    });
    expect(offerings.length).toBeGreaterThan(alternatives.length);
    const outcomes = await head.machines.launch(asked, { atomic: false });
    expect(outcomes).toEqual(asked.map(() => expect.objectContaining({ ok: true })));
    const ids = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.machine.id] : []));
    const listed = await head.machines.list();
    expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect(await head.consoles.read(ids[0] ?? "")).toContain(ids[0]);
    const ends = await head.machines.terminate(ids);
    expect(ends).toEqual(ids.map(() => ({ ok: true })));
  }
});

describe("by its role's rights, the head can't", { timeout: 30_000 }, () => {
  const refused = { name: "UnauthorizedOperation" };

  async function launch(more: object, tags: Readonly<Record<string, string>>) {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const { Instances = [] } = await ec2.send(
      new RunInstancesCommand({
        ImageId: imageOf("debian13", "x86_64"),
        InstanceType: "c5.large",
        MinCount: 1,
        MaxCount: 1,
        SubnetId: await deployed.idOf("PrivateSubnet1"),
        SecurityGroupIds: [await deployed.idOf("ComputePorts")],
        IamInstanceProfile: { Name: await deployed.idOf("ComputeProfile") },
        ...(Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: "instance", Tags }] }),
        ...more,
      }),
    );
    return Instances.flatMap(({ InstanceId }) => InstanceId ?? []);
  }

  const own = { [TAGS.clusterId]: "0a1b2c3d" };

  test("launch machines without the cluster's tag, or with another's", async () => {
    const InstanceIds = await launch({}, own);
    expect(InstanceIds).toHaveLength(1);
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    await expect(launch({}, {})).rejects.toMatchObject(refused);
    await expect(launch({}, { [TAGS.clusterId]: "ffffffff" })).rejects.toMatchObject(refused);
  });

  test("launch machines in another network", async () => {
    const { region } = deployed;
    const { Vpc } = await region.call(CreateVpcCommand, { CidrBlock: "10.7.0.0/16" });
    const VpcId = Vpc?.VpcId;
    const { Subnet } = await region.call(CreateSubnetCommand, { VpcId, CidrBlock: "10.7.0.0/24" });
    const { GroupId } = await region.call(CreateSecurityGroupCommand, {
      VpcId,
      GroupName: "other",
      Description: "other",
    });
    const more = { SubnetId: Subnet?.SubnetId, SecurityGroupIds: [GroupId] };
    await expect(launch(more, own)).rejects.toMatchObject(refused);
  });

  test("give machines its own role, or another's", async () => {
    const Name = await deployed.idOf("HeadProfile");
    await expect(launch({ IamInstanceProfile: { Name } }, own)).rejects.toMatchObject(refused);
  });

  test("end machines or take disks that are not the cluster's", async () => {
    const { region } = deployed;
    const { Instances = [] } = await region.call(RunInstancesCommand, {
      ImageId: imageOf("debian13", "x86_64"),
      InstanceType: "c5.large",
      MinCount: 1,
      MaxCount: 1,
      SubnetId: await deployed.idOf("PrivateSubnet1"),
    });
    const InstanceIds = Instances.flatMap(({ InstanceId }) => InstanceId ?? []);
    await expect(ec2.send(new TerminateInstancesCommand({ InstanceIds }))).rejects.toMatchObject(
      refused,
    );
    const { VolumeId } = await region.call(CreateVolumeCommand, {
      AvailabilityZone: region.zones[0],
      Size: 1,
    });
    const attach = { VolumeId, InstanceId: deployed.headId, Device: "/dev/sdp" };
    await expect(ec2.send(new AttachVolumeCommand(attach))).rejects.toMatchObject(refused);
    await region.call(TerminateInstancesCommand, { InstanceIds });
  });

  test("read other clusters' secrets and files", async () => {
    const options = await deployed.asHead();
    const secrets = new SecretsManagerClient(options);
    const s3 = new S3Client({ ...options, forcePathStyle: true });
    const { ARN } = await deployed.region.call(CreateSecretCommand, {
      Name: "sluice/other-ffffffff/munge",
      SecretString: "key",
      ClientRequestToken: "0123456789abcdef0123456789abcdef",
    });
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: ARN }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    const Key = "clusters/other-ffffffff/files/1.yaml";
    const Bucket = "sluice-123456789012-eu-central-1";
    await expect(s3.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
    secrets.destroy();
    s3.destroy();
  });
});

test("deleting the stack leaves nothing but the logs", async () => {
  await vi.waitFor(() => expect(deployed.hypervisor.running).toHaveLength(1));
  await deployed.region.call(DeleteStackCommand, { StackName: "sluice-demo" });
  await deployed.gone();
  expect(deployed.hypervisor.running).toEqual([]);
  const { logGroups = [] } = await deployed.region.call(DescribeLogGroupsCommand, {});
  expect(logGroups.map(({ logGroupName }) => logGroupName)).toEqual(["/sluice/demo-0a1b2c3d"]);
  // What the tests above made beside the stack has no tag of the cluster's.
  const Filters = [{ Name: `tag:${TAGS.clusterId}`, Values: ["0a1b2c3d"] }];
  const [{ Volumes }, { Vpcs }, { NetworkInterfaces }] = await Promise.all([
    deployed.region.call(DescribeVolumesCommand, { Filters }),
    deployed.region.call(DescribeVpcsCommand, { Filters }),
    deployed.region.call(DescribeNetworkInterfacesCommand, {}),
  ]);
  expect([Volumes, Vpcs, NetworkInterfaces]).toEqual([[], [], []]);
  expect(deployed.region.defects).toEqual([]);
}, 60_000);
