import {
  CreateChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from "@aws-sdk/client-cloudformation";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import type { ManagedSiteSecret, SiteIdentity } from "@sluice/boot";
import type { Clock } from "@sluice/model";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { World } from "../machines/testing/world.ts";
import { OBJECTS, siteFactsPath } from "../names.ts";
import { createAwsSiteMachine } from "./site-machine.ts";

vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });

const NAME = "site-eu-central-1a";
const PATH = siteFactsPath("lab", "0a1b2c3d");
const PREFIX = OBJECTS.sitePrefix("lab", "0a1b2c3d");

/** As a template would have the secrets made: letters and digits of base64. */
const TEXT: Readonly<Record<ManagedSiteSecret, string>> = {
  munge: Buffer.from("m".repeat(48)).toString("base64"),
  jwt: "jwt key\n",
  siteKey: "site key",
  slurmPassword: "slurm-password",
  serverPassword: "server-password",
  database: JSON.stringify({ username: "admin", password: "of the master" }),
};

const IDENTITY: SiteIdentity = {
  ...{ site: "lab", provider: "aws", name: NAME, address: "10.0.0.5", number: 1, peers: [] },
  databaseAddress: "database.example",
  database: { host: "database.example", port: 3306, user: "admin" },
  slurmdbd: [{ name: NAME, address: "10.0.0.5" }],
  publicUrl: "https://lab.example",
  trustedProxies: ["10.0.0.0/20"],
  hasServer: true,
};

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  expect(world.region.defects).toEqual([]);
  await world[Symbol.asyncDispose]();
});

async function put(name: string, part: object): Promise<void> {
  const Name = `${PATH}/${name}`;
  const Value = JSON.stringify(part);
  await world.region.call(PutParameterCommand, { Name, Value, Type: "String" });
}

/** What the site's stack says of its machine. */
async function makeSite(more: object = {}): Promise<void> {
  const secrets: Record<string, string> = {};
  for (const [name, SecretString] of Object.entries(TEXT)) {
    const input = { Name: `sluice/site-lab/${name}`, SecretString };
    secrets[name] = (await world.region.call(CreateSecretCommand, input)).ARN ?? "";
  }
  const { name, address, number, hasServer, ...common } = IDENTITY;
  await put("site/identity", { identity: common, bucket: { name: "bucket", prefix: PREFIX } });
  await put("site/secrets", { secrets, ...more });
  await put(`machines/${NAME}/identity`, {
    identity: { name, address, number, hasServer },
    stack: { resource: "MachineA" },
  });
  await put("machines/site-eu-central-1b/identity", { identity: { name: "another" } });
}

/** A clock that tests need not wait for. */
function hurriedClock(): Clock {
  let now = new Date("2026-01-01T00:00:00Z").getTime();
  return {
    now: () => new Date(now),
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
  };
}

function open(clock = hurriedClock()) {
  const { endpoint, credentials, name } = world.region;
  return createAwsSiteMachine({
    name: NAME,
    cloud: { region: name, factsPath: PATH },
    client: { endpoint, credentials },
    instanceId: async () => "i-00000000000000001",
    clock,
  });
}

it("knows who it is, and its secrets as files have them", async () => {
  await makeSite();
  await using machine = await open();
  expect(machine.identity).toEqual({ ...IDENTITY, region: world.region.name });
  const names = Object.keys(TEXT) as ManagedSiteSecret[];
  const read = await Promise.all(
    names.map(async (name) => [name, Buffer.from(await machine.secret(name)).toString()]),
  );
  expect(Object.fromEntries(read)).toEqual({
    ...TEXT,
    munge: "m".repeat(48),
    database: "of the master",
  });
});

it("gets the servers' own file from the bucket", async () => {
  const serverFileKey = `${PREFIX}/server.yaml`;
  await makeSite({ serverFileKey });
  const object = { Bucket: "bucket", Key: serverFileKey, Body: "Shell: {Enabled: false}\n" };
  await world.region.call(PutObjectCommand, object);
  await using machine = await open();
  expect(machine.identity.serverFile).toBe("Shell: {Enabled: false}\n");
});

it("waits for rights that are not known everywhere yet, and not for ever", async () => {
  await makeSite();
  const refusal = { code: "AccessDeniedException", message: "no" };
  world.region.faults.fail.set("ssm:GetParametersByPath", { ...refusal, times: 3 });
  await using machine = await open();
  expect(machine.identity.name).toBe(NAME);
  world.region.faults.fail.set("ssm:GetParametersByPath", { ...refusal, times: 1000 });
  await expect(open()).rejects.toMatchObject({ code: "AWS_FACTS_MISSING" });
});

it("says how it is to people, and to the stack that waits", async () => {
  const TemplateBody = JSON.stringify({
    Resources: {
      MachineA: {
        Type: "AWS::CloudFormation::WaitCondition",
        CreationPolicy: { ResourceSignal: { Count: 1, Timeout: "PT5M" } },
      },
    },
  });
  const { region } = world;
  const StackName = "sluice-site-lab";
  const change = { StackName, ChangeSetName: "one", ChangeSetType: "CREATE" as const };
  const { Id, StackId = "" } = await region.call(CreateChangeSetCommand, {
    ...change,
    TemplateBody,
  });
  await region.call(ExecuteChangeSetCommand, { ChangeSetName: Id });
  await makeSite({ stack: { id: StackId } });
  await using machine = await open();
  await machine.signal.report("progress", "starting the server");
  await machine.signal.report("ready", "it is ready");
  await vi.waitFor(async () => {
    const { Stacks = [] } = await region.call(DescribeStacksCommand, { StackName });
    expect(Stacks[0]?.StackStatus).toBe("CREATE_COMPLETE");
  });
  const { StackEvents = [] } = await region.call(DescribeStackEventsCommand, { StackName });
  expect(JSON.stringify(StackEvents)).toContain("i-00000000000000001");
  const Key = OBJECTS.report(OBJECTS.siteMachine(PREFIX, NAME));
  const { Body } = await region.call(GetObjectCommand, { Bucket: "bucket", Key });
  expect(JSON.parse((await Body?.transformToString()) ?? "")).toMatchObject({
    status: "ready",
    message: "it is ready",
  });
});
