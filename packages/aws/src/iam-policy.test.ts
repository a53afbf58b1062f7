import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import type { Cloud } from "@sluice/cloud";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { administratorPolicy } from "./iam-policy.ts";
import { atHome } from "./infrastructure/deploy/testing/at-home.ts";
import {
  BIGGER,
  requestFor,
  startTrial,
  type Trial,
  watching,
} from "./infrastructure/deploy/testing/trial.ts";
import { clusterText } from "./infrastructure/synth/testing/requests.ts";

/** Characters of a managed policy, by IAM's quotas. */
const MOST_CHARACTERS = 6144;

let trial: Trial;
let cloud: Cloud;
beforeAll(async () => {
  trial = await startTrial();
  cloud = await asUser("ada", administratorPolicy(trial.region));
});
afterAll(() => trial[Symbol.asyncDispose]());

async function asUser(UserName: string, policy: object): Promise<Cloud> {
  const { region } = trial;
  await region.call(CreateUserCommand, { UserName });
  await region.call(PutUserPolicyCommand, {
    UserName,
    PolicyName: "sluice",
    PolicyDocument: JSON.stringify(policy),
  });
  const { AccessKey } = await region.call(CreateAccessKeyCommand, { UserName });
  return trial.cloudAs({
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  });
}

describe("the least policy", () => {
  it("suffices to create, look at, update, stop, start and delete a cluster", async () => {
    const { infrastructure } = cloud;
    const made = await infrastructure.apply(requestFor("demo"), watching());
    expect(made.status).toBe("CREATE_COMPLETE");
    await infrastructure.plan(requestFor("other"));
    await infrastructure.events("demo");
    await infrastructure.cost?.("demo");
    expect(await infrastructure.list()).toHaveLength(1);
    await infrastructure.stopHead("demo", watching());
    await infrastructure.startHead("demo", watching());
    const { head } = (await infrastructure.describe("demo")) ?? {};
    await cloud.consoleOutput("demo", head?.id ?? "", 10);
    await cloud.logs?.list("demo");
    const update = { ...requestFor("demo", BIGGER), replaces: 1 };
    expect(await infrastructure.update(update, watching())).toMatchObject({ version: 2 });
    await infrastructure.destroy("demo", {
      ...watching(),
      retainAccounting: true,
      retainStorage: true,
    });
    expect(await infrastructure.list()).toEqual([]);
  });

  it.each([
    "accounting-made",
    "login-pools-network-made",
    "storage-efs",
    "storage-lustre-persistent",
  ])("suffices for a cluster with %s", async (file) => {
    const text = clusterText(file);
    const names = await atHome(trial.region, text);
    const made = await cloud.infrastructure.apply(requestFor(file, names), watching());
    expect(made.status).toBe("CREATE_COMPLETE");
    await cloud.infrastructure.destroy(file, { ...watching(), retainAccounting: false });
  });

  it("fits a managed policy, and allows no service all of its actions", () => {
    const policy = administratorPolicy({
      account: "123456789012",
      region: "ap-southeast-2",
      bucket: "a-bucket-with-a-rather-long-name",
    });
    expect(JSON.stringify(policy).length).toBeLessThanOrEqual(MOST_CHARACTERS);
    const actions = policy.Statement.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => /^[^:]*:?\*$/.test(action))).toEqual([]);
  });

  it("is pointed to when something is not allowed", async () => {
    const { Statement, Version } = administratorPolicy(trial.region);
    const poor = await asUser("eve", {
      Version,
      Statement: Statement.filter(({ Sid }) => Sid !== "Roles"),
    });
    await expect(poor.infrastructure.apply(requestFor("poor"), watching())).rejects.toMatchObject({
      message: expect.stringContaining("iam:CreateRole"),
    });
    const nobody = await asUser("nobody", {
      Version,
      Statement: Statement.filter(({ Sid }) => Sid === "Stacks"),
    });
    await expect(nobody.infrastructure.list()).rejects.toMatchObject({
      code: "AWS_NOT_ALLOWED",
      message: expect.stringContaining("cloudformation:DescribeStacks"),
      hint: expect.stringContaining("sluice iam-policy"),
    });
  });
});
