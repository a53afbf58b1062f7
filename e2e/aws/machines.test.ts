import type { Instance } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { until } from "../harness.ts";
import { startRegion, type TestRegion } from "./region.ts";

let region: TestRegion;
let subnet: string;
let image: string;

beforeAll(async () => {
  region = await startRegion(inject("run"));
  ({ subnet, image } = await prepare(region));
});
afterAll(() => region[Symbol.asyncDispose]());

async function prepare(of: TestRegion): Promise<{ subnet: string; image: string }> {
  const { Vpc } = await of.call<{ Vpc: { VpcId: string } }>("ec2", "CreateVpc", {
    CidrBlock: "10.0.0.0/16",
  });
  const { Subnet } = await of.call<{ Subnet: { SubnetId: string } }>("ec2", "CreateSubnet", {
    VpcId: Vpc.VpcId,
    CidrBlock: "10.0.1.0/24",
    AvailabilityZone: "eu-central-1a",
  });
  const { Images } = await of.call<{ Images: { ImageId: string }[] }>("ec2", "DescribeImages", {
    Filters: [
      { Name: "name", Values: ["debian-13-*"] },
      { Name: "architecture", Values: ["x86_64"] },
    ],
  });
  return { subnet: Subnet.SubnetId, image: Images[0]?.ImageId ?? "" };
}

/** A machine that has run its user data. */
async function booted(userData: string, address?: string): Promise<string> {
  const id = await launched(userData, address);
  await until(
    `${id} to boot`,
    async () =>
      (
        await region.exec(
          id,
          "test -e /var/lib/cloud/instance/boot-finished || test -e /run/cloud-init/result.json",
        )
      ).exitCode === 0,
    30,
    () => region.console(id),
  );
  return id;
}

async function launched(userData: string, address?: string): Promise<string> {
  const { Instances } = await region.call<{ Instances: Instance[] }>("ec2", "RunInstances", {
    ImageId: image,
    InstanceType: "c5.large",
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnet,
    PrivateIpAddress: address,
    UserData: Buffer.from(userData).toString("base64"),
    MetadataOptions: { HttpTokens: "required" },
    InstanceInitiatedShutdownBehavior: "terminate",
  });
  return Instances[0]?.InstanceId ?? "";
}

async function stateOf(id: string): Promise<string> {
  const { Reservations } = await region.call<{ Reservations: { Instances: Instance[] }[] }>(
    "ec2",
    "DescribeInstances",
    { InstanceIds: [id] },
  );
  return Reservations[0]?.Instances[0]?.State?.Name ?? "";
}

async function terminated(...ids: string[]): Promise<void> {
  await region.call("ec2", "TerminateInstances", { InstanceIds: ids });
  for (const id of ids) {
    await until(`${id} to go`, async () => (await stateOf(id)) === "terminated", 20);
  }
}

/** A script on a machine that must work: what it prints. */
async function on(id: string, script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await region.exec(id, script);
  if (exitCode !== 0) throw new Error(`${script}\nexit ${exitCode}\n${stdout}${stderr}`);
  return stdout.trim();
}

/** What was said on the console, however early the machine went. */
function said(id: string, words: string): Promise<true> {
  return until(`${id} to say ${words}`, async () => (await region.console(id)).includes(words), 30);
}

const WHO_AM_I = `
base=http://169.254.169.254/latest
token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $base/api/token)
echo "I am $(curl -sf -H "X-aws-ec2-metadata-token: $token" $base/meta-data/instance-id)"
echo "without a token: $(curl -s -o /dev/null -w '%{http_code}' $base/meta-data/instance-id)"
`;

test("machines boot by cloud-init's source for EC2 and run their user data", async () => {
  const script = await launched(`#!/bin/sh\n${WHO_AM_I}`);
  const config = `#cloud-config\n${JSON.stringify({
    write_files: [{ path: "/root/who", content: WHO_AM_I }],
    runcmd: [["sh", "/root/who"]],
  })}`;
  const configured = await launched(config);
  for (const id of [script, configured]) {
    await said(id, `I am ${id}`);
    await said(id, "without a token: 401");
    expect(await on(id, "cloud-id")).toBe("aws");
    const { Reservations } = await region.call<{ Reservations: { Instances: Instance[] }[] }>(
      "ec2",
      "DescribeInstances",
      { InstanceIds: [id] },
    );
    const address = Reservations[0]?.Instances[0]?.PrivateIpAddress ?? "";
    expect(await on(id, "hostname")).toBe(`ip-${address.replaceAll(".", "-")}`);
    expect(await on(id, "systemctl is-system-running --wait || systemctl --failed")).toBe(
      "running",
    );
  }
  await terminated(script, configured);
  expect(await region.console(script)).toContain(`I am ${script}`);
});

test("a machine that powers itself off is gone", async () => {
  const id = await launched("#!/bin/sh\necho enough\npoweroff\n");
  await until(`${id} to go`, async () => (await stateOf(id)) === "terminated", 30);
  expect(await region.console(id)).toContain("enough");
  expect((await region.state()).machines.map(({ instanceId }) => instanceId)).not.toContain(id);
});

test("a stopped machine starts again with its disk", async () => {
  const id = await booted("#!/bin/sh\necho 1 >> /root/first\n");
  await region.call("ec2", "StopInstances", { InstanceIds: [id] });
  await until(`${id} to stop`, async () => (await stateOf(id)) === "stopped", 20);
  await region.call("ec2", "StartInstances", { InstanceIds: [id] });
  await until(`${id} to start`, async () => (await stateOf(id)) === "running", 20);
  expect(await on(id, "cat /root/first")).toBe("1");
  await terminated(id);
});

test("commands run as root, and not for longer than they may", async () => {
  const id = await booted("#!/bin/sh\ntrue\n");
  const outcome = await region.exec(id, 'id -u; echo "$AWS_ENDPOINT_URL" >&2; exit 3');
  expect(outcome).toEqual({ exitCode: 3, stdout: "0\n", stderr: `${region.endpoint}\n` });
  expect((await region.exec(id, "sleep 30", 1)).exitCode).toBe(124);
  await terminated(id);
  await expect(region.exec(id, "true")).rejects.toThrow(`${id} is not running`);
});

test("a volume keeps its data from machine to machine", async () => {
  const { VolumeId: volume } = await region.call<{ VolumeId: string }>("ec2", "CreateVolume", {
    AvailabilityZone: "eu-central-1a",
    Size: 2,
    VolumeType: "gp3",
  });
  const attach = async (id: string): Promise<void> => {
    await region.call("ec2", "AttachVolume", {
      VolumeId: volume,
      InstanceId: id,
      Device: "/dev/sdf",
    });
    await until(
      "its device",
      async () => (await region.exec(id, "test -b /dev/nvme1n1")).exitCode === 0,
      10,
    );
  };
  const byId = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.replace("-", "")}`;

  const first = await booted("#!/bin/sh\ntrue\n");
  await attach(first);
  await on(first, `mkfs.ext4 -q ${byId} && mount ${byId} /mnt && echo kept > /mnt/file`);
  // It is pulled out of a machine that has it mounted.
  await terminated(first);

  const second = await booted("#!/bin/sh\ntrue\n");
  expect((await region.exec(second, "test -e /dev/nvme1n1")).exitCode).toBe(1);
  await attach(second);
  expect(await on(second, "mount /dev/nvme1n1 /mnt && cat /mnt/file")).toBe("kept");
  await on(second, "umount /mnt");
  await region.call("ec2", "DetachVolume", { VolumeId: volume });
  await until(
    "the device to go",
    async () => (await region.exec(second, `test -e ${byId}`)).exitCode === 1,
    10,
  );
  await region.call("ec2", "DeleteVolume", { VolumeId: volume });
  await terminated(second);
});

test("folders are mounted by NFS from who exports them, by whom they are exported to", async () => {
  const head = await booted("#!/bin/sh\nmkdir -p /home/ada /srv/data\n", "10.0.1.100");
  const node = await booted("#!/bin/sh\ntrue\n", "10.0.1.101");
  const stranger = await booted("#!/bin/sh\ntrue\n", "10.0.1.102");
  await on(
    head,
    `mkdir -p /etc/exports.d
     echo '/home 10.0.1.101(rw,no_root_squash)' > /etc/exports.d/test.exports
     echo '"/srv/data" 10.0.1.0/24(ro)' >> /etc/exports.d/test.exports
     systemctl restart nfs-server`,
  );
  await on(node, "mount -t nfs4 -o hard,timeo=600 10.0.1.100:/home /home; echo 1 > /home/ada/x");
  expect(await on(head, "cat /home/ada/x; echo 2 > /home/ada/x")).toBe("1");
  expect(await on(node, "cat /home/ada/x")).toBe("2");

  await on(stranger, "mkdir /data && mount -t nfs4 10.0.1.100:/srv/data /data");
  expect((await region.exec(stranger, "touch /data/x")).stderr).toContain("Read-only file system");
  const refused = await region.exec(stranger, "mount -t nfs4 10.0.1.100:/home /home");
  expect(refused.exitCode).toBe(32);
  expect(refused.stderr).toContain("access denied by server");
  const unexported = await region.exec(node, "mount -t nfs4 10.0.1.100:/etc /mnt");
  expect(unexported.stderr).toContain("access denied by server");

  const efs = "fs-0123abcd.efs.eu-central-1.amazonaws.com:/";
  await on(node, `mount -t nfs4 -o nfsvers=4.1 ${efs} /mnt && echo shared > /mnt/file`);
  expect(await on(stranger, "mount -t efs -o tls fs-0123abcd:/ /mnt && cat /mnt/file")).toBe(
    "shared",
  );
  await terminated(head, node, stranger);
});

test("a region that is killed takes everything with it", async () => {
  const run = inject("run");
  await using other = await startRegion(run);
  const at = await prepare(other);
  const { Instances } = await other.call<{ Instances: Instance[] }>("ec2", "RunInstances", {
    ImageId: at.image,
    InstanceType: "c5.large",
    MinCount: 1,
    MaxCount: 1,
    SubnetId: at.subnet,
    BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { VolumeSize: 1 } }],
  });
  const id = Instances[0]?.InstanceId ?? "";
  const mount = "mkfs.ext4 -q /dev/nvme1n1 && mount /dev/nvme1n1 /mnt";
  await until("its volume", async () => (await other.exec(id, mount)).exitCode === 0, 30);
  other.kill();
  const isLasting = (one: string): boolean => !/^(folder|control group) /.test(one);
  await until(
    "all to end",
    async () => other.left().filter(isLasting).length === 0,
    20,
    async () => other.left().join("\n"),
  );
});

test("the region saw no error of its own", async () => {
  expect((await region.state()).defects).toEqual([]);
});
