import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAwsCloud } from "./cloud.ts";
import { explained } from "./credentials.ts";
import { requestFor, startTrial, type Trial } from "./infrastructure/deploy/testing/trial.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
});
afterAll(() => trial[Symbol.asyncDispose]());

const cloudWith = (credentials: object, endpoint = trial.region.endpoint) =>
  createAwsCloud({
    region: "eu-central-1",
    endpoint,
    credentials: credentials as { accessKeyId: string; secretAccessKey: string },
    maxAttempts: 1,
  });

describe("credentials", () => {
  it("that nobody knows are refused in a sentence", async () => {
    const cloud = await cloudWith({ accessKeyId: "AKIDNOBODY", secretAccessKey: "none" });
    await expect(cloud.infrastructure.list()).rejects.toMatchObject({
      code: "AWS_NO_CREDENTIALS",
      message: expect.stringContaining("AWS does not accept the credentials"),
      hint: expect.stringContaining("AWS_PROFILE"),
    });
  });

  it("that can't be found are missed", async () => {
    const error = Object.assign(new Error("Could not load credentials from any providers"), {
      name: "CredentialsProviderError",
    });
    const none = async (): Promise<never> => {
      throw error;
    };
    const cloud = await cloudWith(none);
    await expect(cloud.infrastructure.plan(requestFor("demo"))).rejects.toMatchObject({
      code: "AWS_NO_CREDENTIALS",
      message: "there are no AWS credentials",
    });
  });

  it.each([
    ["ExpiredToken", "The security token included in the request is expired"],
    ["ExpiredTokenException", "The security token included in the request is expired"],
    ["TokenProviderError", "Token is expired. To refresh this SSO session run aws sso login"],
  ])("that have expired (%s) are to be renewed", (name, message) => {
    const error = Object.assign(new Error(message), { name });
    expect(explained(error, "ec2:RunInstances")).toMatchObject({
      code: "AWS_EXPIRED_CREDENTIALS",
      hint: expect.stringContaining("aws sso login"),
    });
  });

  it("that do not suffice are named with the action that is missing", () => {
    const message =
      "User: arn:aws:iam::123456789012:user/eve is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/head because no identity-based policy allows it";
    const error = Object.assign(new Error(message), { name: "AccessDenied" });
    expect(explained(error, "ec2:RunInstances")).toMatchObject({
      code: "AWS_NOT_ALLOWED",
      message: "the AWS credentials may not iam:PassRole on arn:aws:iam::123456789012:role/head",
    });
    const other = Object.assign(new Error("no"), { name: "UnauthorizedOperation" });
    expect(explained(other, "ec2:RunInstances")?.message).toBe(
      "the AWS credentials may not ec2:RunInstances",
    );
  });
});

describe("the way to AWS", () => {
  it("that is cut is said so", async () => {
    const cloud = await cloudWith(trial.region.credentials, "http://127.0.0.1:1");
    await expect(cloud.infrastructure.list()).rejects.toMatchObject({ code: "AWS_UNREACHABLE" });
  });

  it("needs the region of the file", async () => {
    const request = requestFor("demo");
    const config = { ...request.config, Region: "us-east-1" };
    await expect(trial.cloud.infrastructure.plan({ ...request, config })).rejects.toMatchObject({
      code: "AWS_WRONG_REGION",
    });
  });
});

it("what AWS refuses otherwise keeps its words", async () => {
  trial.region.faults.fail.set("cloudformation:DescribeStacks", {
    code: "InternalFailure",
    message: "something is on fire",
    times: 10,
  });
  await expect(trial.cloud.infrastructure.list()).rejects.toMatchObject({
    code: "AWS_REFUSED",
    message: "AWS says InternalFailure: something is on fire",
  });
  trial.region.faults.fail.clear();
});
