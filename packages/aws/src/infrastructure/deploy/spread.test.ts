import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
} from "@aws-sdk/client-ec2";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CLUSTERS, clusterText, manyQueues } from "../synth/testing/requests.ts";
import { requestFor, startTrial, type Trial, watching } from "./testing/trial.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
  await trial.region.call(CreateBucketCommand, {
    Bucket: "our-own-bucket",
    CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
  });
});
afterAll(() => trial[Symbol.asyncDispose]());

/** The file with subnets and security groups that are there instead of those that it names. */
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
  return moved;
}

const FILES = CLUSTERS.map((name) => [name, clusterText(name)] as const);

it.each([...FILES, ["many queues", manyQueues(60)] as const])("%s", async (file, text) => {
  const name = file.replace(" ", "-");
  const request = requestFor(name, await atHome(text));
  const { infrastructure } = trial.cloud;
  try {
  const record = await infrastructure.apply(request, watching());
  expect(record.status).toBe("CREATE_COMPLETE");
  } catch (error) { console.log(file, (error as Error).message); throw error }
  await infrastructure.destroy(name, { ...watching(), retainAccounting: false });
}, 20000);
