import {
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  ImportKeyPairCommand,
} from "@aws-sdk/client-ec2";
import { CreatePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, it } from "vitest";
import { clusterText, manyQueues } from "../synth/testing/requests.ts";
import { requestFor, startTrial, type Trial, watching } from "./testing/trial.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
  const { region } = trial;
  const PublicKeyMaterial = new TextEncoder().encode("ssh-ed25519 AAAA");
  await region.call(ImportKeyPairCommand, { KeyName: "operators", PublicKeyMaterial });
  await region.call(CreatePolicyCommand, {
    PolicyName: "people",
    PolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
    }),
  });
});
afterAll(() => trial[Symbol.asyncDispose]());

/** The file with what is there instead of the subnets, groups and snapshots that it names. */
async function atHome(text: string): Promise<string> {
  const { region } = trial;
  const { Vpc } = await region.call(CreateVpcCommand, { CidrBlock: "10.9.0.0/16" });
  const VpcId = Vpc?.VpcId;
  let moved = text;
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

it.each([
  ["accounting-made", clusterText("accounting-made")],
  ["login-pools", clusterText("login-pools")],
  ["machines-of-all-kinds", clusterText("machines-of-all-kinds")],
  ["network-endpoints", clusterText("network-endpoints")],
  ["network-given", clusterText("network-given")],
  ["storage-disks", clusterText("storage-disks")],
  ["storage-efs", clusterText("storage-efs")],
  ["storage-lustre-persistent", clusterText("storage-lustre-persistent")],
  ["many-queues", manyQueues(40)],
])("a cluster with %s is made and taken away", async (name, text) => {
  const { infrastructure } = trial.cloud;
  const record = await infrastructure.apply(requestFor(name, await atHome(text)), watching());
  expect(record.status).toBe("CREATE_COMPLETE");
  await infrastructure.destroy(name, { ...watching(), retainAccounting: false });
  expect(await infrastructure.list()).toEqual([]);
  expect(trial.heads.running).toEqual([]);
  expect(trial.region.defects).toEqual([]);
});

it("a head that can't be launched ends the creation at once", async () => {
  const text = await atHome(clusterText("network-given").replace("operators", "nobody"));
  await expect(
    trial.cloud.infrastructure.apply(requestFor("keyless", text), watching()),
  ).rejects.toMatchObject({
    code: "STACK_FAILED",
    message: expect.stringContaining("the key pair 'nobody' does not exist"),
  });
  expect(await trial.cloud.infrastructure.list()).toEqual([]);
});
