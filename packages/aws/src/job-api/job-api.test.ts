import type { JobApis } from "@sluice/cloud";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAwsCloud } from "../cloud.ts";
import { atHome } from "../infrastructure/deploy/testing/at-home.ts";
import { IdleHypervisor } from "../testing/region/idle-hypervisor.ts";
import { Region } from "../testing/region/region.ts";
import { jobApiConfig, LEAST } from "./testing/files.ts";

const FILE = `${LEAST}Uploads:
  - Prefix: ada/
    TokenSecretArn: arn:aws:secretsmanager:eu-central-1:123456789012:secret:ada-AbCdEf
`;

const said: string[] = [];
const options = {
  onProgress: ({ message }: { readonly message: string }) => said.push(message),
  signal: new AbortController().signal,
};
let region: Region;
let apis: JobApis;

beforeAll(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  const { jobApis } = await createAwsCloud({
    region: region.name,
    endpoint: region.endpoint,
    credentials: region.credentials,
    lookEvery: 20,
    jobFunction: async () => new TextEncoder().encode("export const handler = () => {};"),
  });
  if (jobApis === undefined) throw new Error("there are no job APIs");
  apis = jobApis;
});

afterAll(() => region.close());

it("is made, changed, described and deleted, and what people uploaded stays", async () => {
  const text = await atHome(region, FILE);
  const made = await apis.deploy({ cluster: "demo", config: jobApiConfig(text) }, options);
  expect(made).toMatchObject({ cluster: "demo", status: "CREATE_COMPLETE" });
  expect(made.endpoint).toMatch(/^https:\/\/\w+\.execute-api\.eu-central-1\.amazonaws\.com$/);
  expect(await apis.describe("demo")).toEqual(made);

  // The same again changes nothing.
  expect(await apis.deploy({ cluster: "demo", config: jobApiConfig(text) }, options)).toEqual(made);
  const changed = text.replace("{Type: IAM}", "{Type: IAM}\nThrottling: {RateLimit: 1}");
  expect(
    await apis.deploy({ cluster: "demo", config: jobApiConfig(changed) }, options),
  ).toMatchObject({
    status: "UPDATE_COMPLETE",
  });

  expect(await apis.destroy("demo", options)).toEqual({ kept: [`bucket ${made.uploadBucket}`] });
  expect(await apis.describe("demo")).toBeUndefined();
  expect(await apis.destroy("demo", options)).toEqual({ kept: [] });
});

it("that failed is removed, and made when what was wrong is mended", async () => {
  const text = await atHome(region, FILE);
  region.faults.failResources.set("Link", "the subnets have no room");
  await expect(
    apis.deploy({ cluster: "other", config: jobApiConfig(text) }, options),
  ).rejects.toMatchObject({ code: "STACK_FAILED", message: expect.stringContaining("no room") });
  region.faults.failResources.clear();
  expect(
    await apis.deploy({ cluster: "other", config: jobApiConfig(text) }, options),
  ).toMatchObject({
    status: "CREATE_COMPLETE",
  });
});

it("is described for nobody who has none", async () => {
  expect(await apis.describe("third")).toBeUndefined();
});
