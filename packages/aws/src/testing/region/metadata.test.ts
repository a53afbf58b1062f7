import { verify } from "node:crypto";
import {
  ImportKeyPairCommand,
  ModifyInstanceMetadataOptionsCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Ground, layGround } from "./ground.ts";
import { IdleHypervisor } from "./idle-hypervisor.ts";
import { type Metadata, startMetadata } from "./metadata.ts";
import { Region } from "./region.ts";

let region: Region;
let ground: Ground;
const open: Metadata[] = [];

beforeEach(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  ground = await layGround(region);
});

afterEach(async () => {
  for (const metadata of open.splice(0)) await metadata.close();
  await region.close();
  expect(region.defects).toEqual([]);
});

async function launch(more: Partial<RunInstancesCommandInput> = {}): Promise<Machine> {
  const { Instances = [] } = await region.call(RunInstancesCommand, {
    ImageId: ground.imageId,
    InstanceType: "c5.large",
    MinCount: 1,
    MaxCount: 1,
    SubnetId: ground.subnetIds[0],
    SecurityGroupIds: [ground.securityGroupId],
    MetadataOptions: { HttpTokens: "required", InstanceMetadataTags: "enabled" },
    ...more,
  });
  const id = Instances[0]?.InstanceId ?? "";
  const metadata = await startMetadata(region, { host: "127.0.0.1", instanceId: id });
  open.push(metadata);
  return { id, metadata };
}

interface Machine {
  readonly id: string;
  readonly metadata: Metadata;
}

async function tokenOf({ metadata }: Machine, ttl = "60"): Promise<string> {
  const response = await fetch(`${metadata.url}/latest/api/token`, {
    method: "PUT",
    headers: { "X-aws-ec2-metadata-token-ttl-seconds": ttl },
  });
  return response.ok ? response.text() : String(response.status);
}

async function get(machine: Machine, path: string, token?: string): Promise<string> {
  const headers = { "X-aws-ec2-metadata-token": token ?? (await tokenOf(machine)) };
  const response = await fetch(`${machine.metadata.url}/${path}`, { headers });
  return response.ok ? response.text() : String(response.status);
}

/** Every value, as cloud-init goes through the tree. */
async function crawl(machine: Machine, folder = "latest/meta-data/"): Promise<Map<string, string>> {
  const token = await tokenOf(machine);
  const found = new Map<string, string>();
  for (const entry of (await get(machine, folder, token)).split("\n")) {
    if (entry.endsWith("/")) {
      for (const [path, value] of await crawl(machine, folder + entry)) found.set(path, value);
    } else {
      const name = entry.replace(/=.*/, "/openssh-key");
      found.set(folder + name, await get(machine, folder + name, token));
    }
  }
  return found;
}

describe("tokens", () => {
  test("are needed where the machine says so", async () => {
    const machine = await launch();
    const url = `${machine.metadata.url}/latest/meta-data/instance-id`;
    expect((await fetch(url)).status).toBe(401);
    expect(await get(machine, "latest/meta-data/instance-id", "made up")).toBe("401");
    expect(await get(machine, "latest/meta-data/instance-id")).toBe(machine.id);
    await region.call(ModifyInstanceMetadataOptionsCommand, {
      InstanceId: machine.id,
      HttpTokens: "optional",
    });
    expect(await (await fetch(url)).text()).toBe(machine.id);
  });

  test("are not another machine's", async () => {
    const [one, other] = [await launch(), await launch()];
    expect(await get(other, "latest/meta-data/instance-id", await tokenOf(one))).toBe("401");
  });

  test.each(["0", "21601", "x"])("do not hold %s seconds", async (ttl) => {
    expect(await tokenOf(await launch(), ttl)).toBe("400");
  });
});

describe("the tree", () => {
  test("tells what cloud-init asks for", async () => {
    await region.call(ImportKeyPairCommand, {
      KeyName: "ada",
      PublicKeyMaterial: Buffer.from("ssh-ed25519 AAAAC3 ada"),
    });
    const machine = await launch({
      KeyName: "ada",
      TagSpecifications: [
        { ResourceType: "instance", Tags: [{ Key: "sluice:role", Value: "compute" }] },
      ],
    });
    const tree = await crawl(machine);
    const row = region.ec2.instance(machine.id)?.row;
    const mac = row?.NetworkInterfaces?.[0]?.MacAddress;
    const nic = `latest/meta-data/network/interfaces/macs/${mac}`;
    const values = (...paths: readonly string[]) => paths.map((path) => tree.get(path));
    expect(
      values(
        "latest/meta-data/instance-id",
        "latest/meta-data/local-ipv4",
        "latest/meta-data/ami-id",
        "latest/meta-data/ami-launch-index",
        "latest/meta-data/instance-type",
        "latest/meta-data/placement/availability-zone",
        "latest/meta-data/placement/region",
        "latest/meta-data/mac",
        "latest/meta-data/public-keys/0/openssh-key",
        "latest/meta-data/tags/instance/sluice:role",
        `${nic}/device-number`,
        `${nic}/subnet-id`,
        `${nic}/subnet-ipv4-cidr-block`,
        `${nic}/vpc-id`,
      ),
    ).toEqual([
      machine.id,
      row?.PrivateIpAddress,
      ground.imageId,
      "0",
      "c5.large",
      "eu-central-1a",
      "eu-central-1",
      mac,
      "ssh-ed25519 AAAAC3 ada",
      "compute",
      "0",
      ground.subnetIds[0],
      "10.0.0.0/20",
      ground.vpcId,
    ]);
    expect(await get(machine, "")).toContain("2021-03-23");
    expect(await get(machine, "2009-04-04/meta-data/instance-id")).toBe(machine.id);
  });

  test("gives user data as it is, or none", async () => {
    const bytes = Buffer.from([0x1f, 0x8b, 0x00, 0xff]);
    const machine = await launch({ UserData: bytes.toString("base64") });
    const headers = { "X-aws-ec2-metadata-token": await tokenOf(machine) };
    const response = await fetch(`${machine.metadata.url}/latest/user-data`, { headers });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    expect(await get(await launch(), "latest/user-data")).toBe("404");
  });

  test("tells of what is about to happen", async () => {
    const machine = await launch({ InstanceMarketOptions: { MarketType: "spot" } });
    const path = "latest/meta-data/spot/instance-action";
    expect(await get(machine, path)).toBe("404");
    await region.ec2.interrupt(machine.id, 120);
    expect(JSON.parse(await get(machine, path))).toMatchObject({ action: "terminate" });
    const recommendation = "latest/meta-data/events/recommendations/rebalance";
    expect(await get(machine, recommendation)).toBe("404");
    await region.ec2.recommendRebalance(machine.id);
    expect(await get(machine, recommendation)).toContain("noticeTime");
    await region.ec2.scheduleMaintenance(machine.id, { inSeconds: 3600 });
    const events = await get(machine, "latest/meta-data/events/maintenance/scheduled");
    expect(JSON.parse(events)).toMatchObject([{ Code: "instance-retirement", State: "active" }]);
  });
});

test("the identity document is signed", async () => {
  const machine = await launch();
  const document = await get(machine, "latest/dynamic/instance-identity/document");
  const signature = await get(machine, "latest/dynamic/instance-identity/signature");
  expect(JSON.parse(document)).toMatchObject({ instanceId: machine.id, region: "eu-central-1" });
  const isGenuine = (text: string): boolean =>
    verify(
      "sha256",
      Buffer.from(text),
      machine.metadata.publicKey,
      Buffer.from(signature, "base64"),
    );
  expect(isGenuine(document)).toBe(true);
  expect(isGenuine(document.replace(machine.id, "i-other"))).toBe(false);
});

test("credentials are those of the machine's role", async () => {
  const InstanceProfileName = "node";
  const { InstanceProfile } = await region.call(CreateInstanceProfileCommand, {
    InstanceProfileName,
  });
  const machine = await launch({ IamInstanceProfile: { Name: InstanceProfileName } });
  const folder = "latest/meta-data/iam/security-credentials/";
  expect(await get(machine, folder)).toBe("404");
  await region.call(CreateRoleCommand, {
    RoleName: "node-role",
    AssumeRolePolicyDocument: '{"Statement":[]}',
  });
  await region.call(AddRoleToInstanceProfileCommand, {
    InstanceProfileName,
    RoleName: "node-role",
  });
  expect(JSON.parse(await get(machine, "latest/meta-data/iam/info"))).toMatchObject({
    InstanceProfileArn: InstanceProfile?.Arn,
  });
  expect(await get(machine, folder)).toBe("node-role");
  const key = JSON.parse(await get(machine, `${folder}node-role`)) as Record<string, string>;
  const sts = new STSClient({
    region: region.name,
    endpoint: region.endpoint,
    credentials: {
      accessKeyId: key.AccessKeyId ?? "",
      secretAccessKey: key.SecretAccessKey ?? "",
      sessionToken: key.Token ?? "",
    },
  });
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Arn: `arn:aws:sts::123456789012:assumed-role/node-role/${machine.id}`,
  });
});

test("machines are told by their addresses", async () => {
  const metadata = await startMetadata(region, { host: "127.0.0.1" });
  open.push(metadata);
  expect((await fetch(`${metadata.url}/latest/meta-data/instance-id`)).status).toBe(404);
  const { id } = await launch();
  const row = region.ec2.instance(id)?.row;
  const [nic] = row?.NetworkInterfaces ?? [];
  Object.assign(nic ?? {}, { PrivateIpAddress: "127.0.0.1" });
  expect(await get({ id, metadata }, "latest/meta-data/instance-id")).toBe(id);
});
