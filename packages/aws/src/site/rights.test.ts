import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { Cloud } from "@sluice/cloud";
import { memberConfig } from "@sluice/model";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { administratorPolicy } from "../iam-policy.ts";
import {
  requestFor,
  startTrial,
  type Trial,
  watching,
} from "../infrastructure/deploy/testing/trial.ts";
import { secretName, TAGS } from "../names.ts";
import { sitePolicy } from "../site-policy.ts";
import { siteConfigOf, siteText } from "./testing/requests.ts";

/** Characters of a managed policy, by IAM's quotas. */
const MOST_CHARACTERS = 6144;

const PLAIN = siteText("plain");
const MEMBER = `Image: {Os: debian13}
HeadNode: {InstanceType: m7i.large}
Scheduling:
  SlurmQueues: [{Name: q, ComputeResources: [{Name: c, InstanceType: c7i.xlarge, MaxCount: 4}]}]
`;

/** A site is made in two seconds on an idle machine. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let trial: Trial;
let administrator: Cloud;
beforeAll(async () => {
  trial = await startTrial();
  administrator = await asUser("ada", [
    administratorPolicy(trial.region),
    sitePolicy(trial.region),
  ]);
});
afterAll(() => trial[Symbol.asyncDispose]());

async function asUser(UserName: string, policies: readonly object[]): Promise<Cloud> {
  const { region } = trial;
  await region.call(CreateUserCommand, { UserName });
  for (const [at, policy] of policies.entries()) {
    const PolicyDocument = JSON.stringify(policy);
    await region.call(PutUserPolicyCommand, {
      UserName,
      PolicyName: `sluice-${at}`,
      PolicyDocument,
    });
  }
  const { AccessKey } = await region.call(CreateAccessKeyCommand, { UserName });
  return trial.cloudAs({
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  });
}

function sitesOf({ sites }: Cloud): NonNullable<Cloud["sites"]> {
  if (sites === undefined) throw new Error("this cloud has no sites");
  return sites;
}

describe("the two policies of who makes sites", () => {
  it("suffice to make, change, look at and delete one", async () => {
    const sites = sitesOf(administrator);
    const request = { name: "mine", text: PLAIN, clusters: {} };
    await sites.plan(request);
    expect((await sites.apply(request, watching())).status).toBe("CREATE_COMPLETE");
    const changed = { ...request, text: `${PLAIN}Failover: {After: 5m}\n` };
    expect((await sites.apply(changed, watching())).status).toBe("UPDATE_COMPLETE");
    expect(await sites.list()).toHaveLength(1);
    await sites.events("mine");
    await sites.secrets?.("mine");
    await sites.keepSecret?.("mine", "backup.key", "x");
    await sites.destroy("mine", { ...watching(), retainStorage: true });
    expect(await sites.list()).toEqual([]);
  });

  it("fit managed policies, and the second is needed", async () => {
    expect(JSON.stringify(sitePolicy(trial.region)).length).toBeLessThan(MOST_CHARACTERS);
    const poor = await asUser("eve", [administratorPolicy(trial.region)]);
    const request = { name: "poor", text: PLAIN, clusters: {} };
    await expect(sitesOf(poor).apply(request, watching())).rejects.toMatchObject({
      message: expect.stringContaining("iam:UploadServerCertificate"),
    });
  });
});

describe("a machine of a site", () => {
  let machine: Cloud;
  let keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  beforeAll(async () => {
    const { region, cloud } = trial;
    const request = { name: "campus", text: PLAIN, clusters: { left: MEMBER } };
    const { facts, machines } = await sitesOf(cloud).apply(request, watching());
    const member = memberConfig(siteConfigOf(PLAIN), MEMBER, { fileName: "left.yaml", facts });
    if (!member.ok) throw new Error(member.findings.map(({ message }) => message).join("\n"));
    const { config, text: configText } = member;
    const left = { name: "left", config, configText, site: "campus" };
    await cloud.infrastructure.apply(left, watching());
    await cloud.infrastructure.apply(requestFor("other"), watching());
    const { StackResources = [] } = await region.call(
      (await import("@aws-sdk/client-cloudformation")).DescribeStackResourcesCommand,
      { StackName: "sluice-site-campus", LogicalResourceId: "MachineRole" },
    );
    const role = StackResources[0]?.PhysicalResourceId ?? "";
    keys = region.keys.issue(region.machineCaller(role, machines[0]?.id ?? ""), 3600);
    machine = await trial.cloudAs(keys, "campus");
  });

  it("sees its site and its site's clusters", async () => {
    expect(await sitesOf(machine).describe("campus")).toMatchObject({
      status: "CREATE_COMPLETE",
      machines: [{ isReady: true }, { isReady: true }],
    });
    const { infrastructure } = machine;
    expect(await infrastructure.list()).toMatchObject([
      { name: "left", status: "CREATE_COMPLETE" },
    ]);
    expect(await infrastructure.describe("left")).toMatchObject({ status: "CREATE_COMPLETE" });
    expect(await infrastructure.files("left")).toHaveLength(1);
    expect(await infrastructure.machines("left")).toHaveLength(1);
    expect((await infrastructure.events("left")).length).toBeGreaterThan(3);
    const { head } = (await infrastructure.describe("left")) ?? {};
    await machine.consoleOutput("left", head?.id ?? "", 10);
    await machine.logs?.list("left");
  });

  it("comes in by the gateways of these, and of no others", async () => {
    // The simulated head shows no certificate: there is no way in, and no refusal either.
    expect(await machine.gateway?.("left")).toBeUndefined();
    await expect(machine.gateway?.("other")).rejects.toMatchObject({ code: "AWS_NOT_ALLOWED" });
  });

  it("reads no other secret, of its clusters neither", async () => {
    const { region } = trial;
    const { id = "" } = (await trial.cloud.infrastructure.describe("left")) ?? {};
    const client = new SecretsManagerClient({
      ...{ region: region.name, endpoint: region.endpoint, credentials: keys },
    });
    const Tags = [{ Key: TAGS.cluster, Value: "left" }];
    const Name = secretName("left", id, "database");
    await region.call(CreateSecretCommand, { Name, SecretString: "x", Tags });
    await expect(client.send(new GetSecretValueCommand({ SecretId: Name }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    await expect(sitesOf(machine).keepSecret?.("campus", "backup.key", "x")).rejects.toMatchObject({
      code: "AWS_NOT_ALLOWED",
    });
  });

  it("switches clusters of its site off and on, and no others", async () => {
    const { infrastructure } = machine;
    expect(await infrastructure.fence?.("left")).toBe("off");
    expect(await infrastructure.describe("left")).toMatchObject({ status: "STOPPED" });
    const registers = infrastructure.registers?.("left");
    expect(await registers?.read("revoked")).toBeUndefined();
    expect(await registers?.write("revoked", "x", undefined)).toBeDefined();
    await infrastructure.startHead("left", watching());
    await expect(infrastructure.fence?.("other")).rejects.toMatchObject({
      code: "AWS_NOT_ALLOWED",
    });
    await expect(infrastructure.stopHead("other", watching())).rejects.toMatchObject({
      code: "AWS_NOT_ALLOWED",
    });
  });

  it("changes and ends no cluster and no site", async () => {
    const { infrastructure } = machine;
    const refused = { code: "AWS_NOT_ALLOWED" };
    await expect(
      infrastructure.update({ ...requestFor("left"), replaces: 1 }, watching()),
    ).rejects.toMatchObject(refused);
    await expect(
      infrastructure.destroy("left", { ...watching(), retainAccounting: false }),
    ).rejects.toMatchObject(refused);
    await expect(
      sitesOf(machine).destroy("campus", { ...watching(), retainStorage: false }),
    ).rejects.toMatchObject({ code: "SITE_HAS_CLUSTERS" });
    expect(trial.region.defects).toEqual([]);
  });
});
