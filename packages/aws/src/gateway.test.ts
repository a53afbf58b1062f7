import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { ListBucketsCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import type { Cloud } from "@sluice/cloud";
import { afterAll, beforeAll, expect, it } from "vitest";
import { administratorPolicy } from "./iam-policy.ts";
import {
  PLAIN,
  requestFor,
  startTrial,
  type Trial,
  watching,
} from "./infrastructure/deploy/testing/trial.ts";
import { clusterText } from "./infrastructure/synth/testing/requests.ts";

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

let trial: Trial;
let cloud: Cloud;
beforeAll(async () => {
  trial = await startTrial();
  const { region } = trial;
  const UserName = "server";
  const PolicyDocument = JSON.stringify(administratorPolicy(region));
  await region.call(CreateUserCommand, { UserName });
  await region.call(PutUserPolicyCommand, { UserName, PolicyName: "sluice", PolicyDocument });
  const { AccessKey } = await region.call(CreateAccessKeyCommand, { UserName });
  cloud = await trial.cloudAs({
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  });
  await cloud.infrastructure.apply(requestFor("demo"), watching());
}, 60_000);
afterAll(() => trial[Symbol.asyncDispose]());

/** As the head does when it is set up. */
async function publish(): Promise<void> {
  const { Buckets = [] } = await trial.region.call(ListBucketsCommand, {});
  for (const { Name: Bucket = "" } of Buckets) {
    const { Contents = [] } = await trial.region.call(ListObjectsV2Command, { Bucket });
    const indexes = Contents.filter(({ Key }) => Key?.endsWith("/files/index.json"));
    for (const { Key: index = "" } of indexes) {
      const Key = index.replace("files/index.json", "head/join.txt");
      await trial.region.call(PutObjectCommand, { Bucket, Key, Body: `10.0.0.9\n${CERTIFICATE}` });
    }
  }
}

it("is not there before the head has shown its certificate", async () => {
  expect(await cloud.gateway?.("demo")).toBeUndefined();
});

it("is the head's address, what it shows, and the keys that the stack made", async () => {
  await publish();
  const access = await cloud.gateway?.("demo");
  const [head] = (await cloud.infrastructure.machines("demo")).filter(
    ({ role }) => role === "head",
  );
  expect(access).toMatchObject({ host: head?.address, port: 8471, certificate: CERTIFICATE });
  expect(access?.key).toMatch(/^[A-Za-z0-9]{64}$/);
  expect(access?.jwtKey).toHaveLength(64);
  expect(Buffer.from(access?.jwtKey ?? []).toString()).not.toBe(access?.key);
});

it("has the key of tokens that the file names, which others have too", async () => {
  const secret = async (name: string, SecretString: string): Promise<string> => {
    const input = { Name: `sluice/site-lab/${name}`, SecretString };
    return (await trial.region.call(CreateSecretCommand, input)).ARN ?? "";
  };
  const [munge, jwt] = [await secret("munge", "a".repeat(64)), await secret("jwt", "of the site")];
  const settings = `SlurmSettings: {ExternalSlurmdbd: {Host: 10.0.0.4}, MungeKeySecretArn: "${munge}", JwtKeySecretArn: "${jwt}"}`;
  const text = PLAIN.replace("  SlurmQueues:", `  ${settings}\n  SlurmQueues:`);
  await cloud.infrastructure.apply(requestFor("member", text), watching());
  await publish();
  const access = await cloud.gateway?.("member");
  expect(Buffer.from(access?.jwtKey ?? []).toString()).toBe("of the site");
}, 60_000);

it("is of no cluster that is not there", async () => {
  await expect(cloud.gateway?.("other")).rejects.toMatchObject({ code: "CLUSTER_NOT_FOUND" });
});

it("is the address of whichever leads, where two do so in turn", async () => {
  await trial.cloud.infrastructure.apply(requestFor("two", clusterText("two-heads")), watching());
  await publish();
  expect(await cloud.gateway?.("two")).toMatchObject({ host: "10.0.0.9" });
}, 60_000);
