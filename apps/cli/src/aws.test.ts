import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { IdleHypervisor, Region } from "@sluice/aws/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { main } from "./cli.ts";
import { knownClouds } from "./clouds.ts";
import { type Recording, recordingHost } from "./testing/recording-host.ts";

const FILE = `Region: eu-central-1
Image: {Os: debian13}
HeadNode: {InstanceType: m7i.large}
Scheduling:
  SlurmQueues: [{Name: q, ComputeResources: [{Name: c, InstanceType: c7i.xlarge}]}]
`;

let region: Region;
let host: Recording;
const before = { ...process.env };

beforeAll(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  Object.assign(process.env, {
    HOME: await mkdtemp(`${tmpdir()}/sluice-home-`),
    AWS_ENDPOINT_URL: region.endpoint,
    AWS_ACCESS_KEY_ID: region.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: region.credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_REGION: undefined,
  });
  delete process.env.AWS_REGION;
});
afterAll(async () => {
  for (const name of Object.keys(process.env)) {
    if (before[name] === undefined) delete process.env[name];
  }
  Object.assign(process.env, before);
  await region.close();
});
beforeEach(() => {
  host = recordingHost();
  host.env.SLUICE_PROVIDER = "aws";
  host.files.set("aws.yaml", FILE);
});

const sluice = async (...argv: readonly string[]) => {
  const code = await main(argv, host, knownClouds);
  return { code, out: host.out, error: () => JSON.parse(host.err.trim().split("\n").at(-1) ?? "") };
};

describe("the command line in an account", () => {
  it("finds nothing where nothing is, and says so", async () => {
    const listed = await sluice("list-clusters", "-r", region.name);
    expect(JSON.parse(listed.out)).toEqual({ clusters: [] });
    const described = await sluice("describe-cluster", "-n", "nope", "-r", region.name);
    expect(described.code).toBe(4);
  });

  it("needs a region where no file gives one", async () => {
    const { code, error } = await sluice("list-clusters");
    expect(code).toBe(2);
    expect(error()).toMatchObject({ code: "AWS_NO_REGION", hint: expect.stringContaining("-r") });
  });

  it("plans a cluster in the region of its file, and makes nothing", async () => {
    const planned = await sluice("create-cluster", "-n", "lab", "-c", "aws.yaml", "--dryrun");
    expect(planned.code, host.err).toBe(0);
    expect(JSON.parse(planned.out).plan.steps.join("\n")).toContain("lab");
    host = recordingHost();
    host.env.SLUICE_PROVIDER = "aws";
    expect(JSON.parse((await sluice("list-clusters", "-r", region.name)).out).clusters).toEqual([]);
  });

  it("writes templates and the administrator's policy without asking anybody", async () => {
    const { out, code } = await sluice("synth", "-c", "aws.yaml");
    expect(code, host.err).toBe(0);
    expect(Object.keys(JSON.parse(out).Resources).length).toBeGreaterThan(10);
    host = recordingHost();
    const policy = await sluice("iam-policy", "--account-id", region.account);
    expect(JSON.parse(policy.out).Statement.length).toBeGreaterThan(3);
  });
});
