import { randomBytes } from "node:crypto";
import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
} from "@aws-sdk/client-secrets-manager";
import type { Cloud, Sites } from "@sluice/cloud";
import { memberConfig } from "@sluice/model";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { atHome } from "../../infrastructure/deploy/testing/at-home.ts";
import { startTrial, type Trial, watching } from "../../infrastructure/deploy/testing/trial.ts";
import { OBJECTS, siteSecretName, siteStackName, TAGS } from "../../names.ts";
import { siteConfigOf, siteText } from "../testing/requests.ts";

/** A site is made in two seconds on an idle machine. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let trial: Trial;
let cloud: Cloud;
let sites: Sites;
beforeAll(async () => {
  trial = await startTrial();
  ({ cloud } = trial);
  if (cloud.sites === undefined) throw new Error("this cloud has no sites");
  ({ sites } = cloud);
});
afterAll(() => trial[Symbol.asyncDispose]());
afterEach(() => {
  trial.heads.says = { status: "ready", message: "ready" };
  trial.region.faults.failResources.clear();
});

const PLAIN = siteText("plain");
const MEMBER = `Image: {Os: debian13}
HeadNode: {InstanceType: m7i.large, SharedStorageType: Efs, Standby: {}}
Scheduling:
  SlurmQueues: [{Name: q, ComputeResources: [{Name: c, InstanceType: c7i.xlarge, MaxCount: 4}]}]
`;
const siteOf = (name: string, text = PLAIN) => ({
  ...{ name, text, clusters: { left: MEMBER, right: MEMBER } },
});
const gone = { retainStorage: false };

const secretOf = async (site: string, unique: string, name: string) =>
  (await trial.region.call(GetSecretValueCommand, { SecretId: siteSecretName(site, unique, name) }))
    .SecretString;

/** Keys below a prefix and names of secrets that are there. */
async function left(site: string): Promise<readonly string[]> {
  const { region } = trial;
  const { SecretList = [] } = await region.call(ListSecretsCommand, {});
  const bucket = { Bucket: `sluice-${region.account}-${region.name}`, Prefix: `sites/${site}-` };
  // There is no bucket before the first site.
  const { Contents = [] } = await region
    .call(ListObjectsV2Command, bucket)
    .catch(() => ({}) as ListObjectsV2CommandOutput);
  return [
    ...SecretList.flatMap(({ Name = "" }) => (Name.includes(`site-${site}-`) ? Name : [])),
    ...Contents.flatMap(({ Key }) => Key ?? []),
  ];
}

describe("a site", () => {
  it("is made, shown, and removed without a trace", async () => {
    const told = watching();
    const made = await sites.apply(siteOf("campus"), told);
    expect(made).toMatchObject({
      name: "campus",
      provider: "aws",
      status: "CREATE_COMPLETE",
      text: PLAIN,
      clusters: { left: MEMBER },
      zones: [
        { name: "eu-central-1a", state: "up" },
        { name: "eu-central-1b", state: "up" },
      ],
      url: expect.stringMatching(/^https:\/\/.*\.elb\.eu-central-1\.amazonaws\.com$/),
      facts: {
        accounting: { Host: made.machines[0]?.address, BackupHost: made.machines[1]?.address },
        fileSystems: { "/home": expect.stringMatching(/^fs-/), "/shared": expect.anything() },
      },
    });
    expect(made.machines).toMatchObject([
      { node: "site-a", role: "site", isReady: true, offering: { zone: "eu-central-1a" } },
      { node: "site-b", role: "site", isReady: true, offering: { zone: "eu-central-1b" } },
    ]);
    expect(told.lines()).toContain("site done campus is ready");
    expect(await sites.list()).toEqual([made]);
    expect(await cloud.infrastructure.list()).toEqual([]);
    const events = (await sites.events("campus")).map(
      ({ resource, message }) => `${resource} ${message}`,
    );
    expect(events).toEqual(expect.arrayContaining(["machines site-a: the head is ready"]));

    const { kept } = await sites.destroy("campus", { ...watching(), ...gone });
    expect(kept).toEqual([expect.stringMatching(/^Logs LogGroup \/sluice\/site-campus-/)]);
    expect(await sites.describe("campus")).toBeUndefined();
    expect(await left("campus")).toEqual([]);
    expect(trial.heads.running).toEqual([]);
    expect(trial.region.defects).toEqual([]);
  });

  it("has secrets of its own, and those that it is given in their place", async () => {
    const munge = randomBytes(64).toString("base64");
    const siteKey = Buffer.from("the key of another site").toString("base64");
    const secrets = { "munge.key": munge, "site.key": siteKey, "authority.crt": "" };
    const { id } = await sites.apply({ ...siteOf("again"), secrets }, watching());
    expect(await secretOf("again", id, "munge.key")).toBe(munge);
    expect(await secretOf("again", id, "site.key")).toBe("the key of another site");
    expect(await secretOf("again", id, "database-slurm")).toMatch(/^[A-Za-z0-9]{40}$/);
    const all = await sites.secrets?.("again");
    expect(all).toMatchObject({ "munge.key": munge, "site.key": siteKey });
    expect(Object.keys(all ?? {})).not.toContain("balancer.key");
    expect(await sites.keepSecret?.("again", "backup.key", "mine")).toBe("mine");
    expect(await sites.keepSecret?.("again", "backup.key", "another")).toBe("mine");
    await expect(sites.keepSecret?.("again", "other", "x")).rejects.toMatchObject({
      code: "SITE_SECRET_UNKNOWN",
    });
    await sites.destroy("again", { ...watching(), ...gone });
    expect(await left("again")).toEqual([]);
  });

  it("gives its clusters what they need, and is not removed while there are some", async () => {
    const { facts } = await sites.apply(siteOf("host"), watching());
    const member = memberConfig(siteConfigOf(PLAIN), MEMBER, { fileName: "left.yaml", facts });
    if (!member.ok) throw new Error(member.findings.map(({ message }) => message).join("\n"));
    expect(member.isComplete).toBe(true);
    const { config, text: configText } = member;
    const cluster = await cloud.infrastructure.apply(
      { name: "left", config, configText, site: "host" },
      watching(),
    );
    expect(cluster).toMatchObject({ status: "CREATE_COMPLETE", heads: [{}, {}] });
    await expect(sites.destroy("host", { ...watching(), ...gone })).rejects.toMatchObject({
      code: "SITE_HAS_CLUSTERS",
      message: "left belong to site host",
    });
    await cloud.infrastructure.destroy("left", { ...watching(), retainAccounting: false });
    await sites.destroy("host", { ...watching(), ...gone });
    expect(trial.region.defects).toEqual([]);
  });

  it("is made in a network that is there", async () => {
    const text = await atHome(trial.region, siteText("given"));
    const { ARN = "" } = await trial.region.call(CreateSecretCommand, {
      Name: "sluice/given-database",
      SecretString: "a password",
    });
    const given = text.replace(/arn:aws:secretsmanager:\S+/, ARN);
    const request = { ...siteOf("there", given), serverText: "Portal: {Title: Chemistry}\n" };
    const { steps } = await sites.plan(request);
    expect(steps).toContain("with the database at db.example.com:3307");
    const made = await sites.apply(request, watching());
    expect(made.machines).toMatchObject([{ node: "site-a", isReady: true }]);
    expect(made.facts.accounting).toEqual({ Host: made.machines[0]?.address });
    const keys = await left("there");
    expect(keys).toContainEqual(
      expect.stringMatching(`^${OBJECTS.sitePrefix("there", made.id)}/server-[0-9a-f]+.yaml$`),
    );
    const wrong = given.replace("Zones: [eu-central-1a", "Zones: [eu-central-1c");
    const swapped = wrong.replace("Zone: eu-central-1a", "Zone: eu-central-1c");
    await expect(sites.plan(siteOf("elsewhere", swapped))).rejects.toMatchObject({
      code: "SITE_NETWORK_OTHER",
      message: expect.stringContaining("is in eu-central-1a, and not in eu-central-1c"),
    });
    await sites.destroy("there", { ...watching(), ...gone });
  });
});

describe("a site that can't be made", () => {
  it.each([
    ["Campus", PLAIN, "SITE_NAME_INVALID"],
    ["campus", PLAIN.replace(", eu-central-1b", ""), "SITE_ONE_ZONE"],
    ["campus", PLAIN.replaceAll("eu-central-1", "us-east-1"), "AWS_WRONG_REGION"],
  ])("as %s is refused before anything is there", async (name, text, code) => {
    await expect(sites.plan(siteOf(name, text))).rejects.toMatchObject({ code });
    await expect(sites.apply(siteOf(name, text), watching())).rejects.toMatchObject({ code });
    expect(await left(name.toLowerCase())).toEqual([]);
  });

  it("leaves nothing, and says what CloudFormation said", async () => {
    trial.region.faults.failResources.set("Database", "no capacity");
    const told = watching();
    await expect(sites.apply(siteOf("broken"), told)).rejects.toMatchObject({
      code: "STACK_FAILED",
      message:
        "the stack of site broken could not be made: AWS::RDS::DBCluster Database: no capacity",
    });
    expect(told.lines()).toContain("site info what was made is taken down again");
    expect(await sites.describe("broken")).toBeUndefined();
    expect(await left("broken")).toEqual([]);
  });

  it("says what its machine said", async () => {
    trial.heads.says = { status: "failed", message: "slurmdbd does not start" };
    await expect(sites.apply(siteOf("mute"), watching())).rejects.toMatchObject({
      code: "SITE_MACHINE_FAILED",
      message: expect.stringMatching(
        /^the machine site-[ab] of site mute could not be set up: slurmdbd does not start$/,
      ),
    });
    expect(await left("mute")).toEqual([]);
  });

  it("does not wait for machines that there are none of", async () => {
    const none = `${PLAIN}Servers: {InstanceType: x9.large}\n`;
    await expect(sites.apply(siteOf("none", none), watching())).rejects.toMatchObject({
      code: "STACK_FAILED",
      message: expect.stringMatching(/^a machine of site none can't be launched: .*x9\.large/),
    });
    expect(await left("none")).toEqual([]);
  });

  it("is taken down when it is called off", async () => {
    trial.heads.says = { status: "progress", message: "waiting for the site's database" };
    const told = watching();
    const applied = sites.apply(siteOf("slow"), {
      ...told,
      onProgress: (progress) => {
        told.onProgress(progress);
        if (/waiting for the site's database/.test(progress.message)) told.abort.abort();
      },
    });
    await expect(applied).rejects.toThrow(/abort/i);
    expect(await sites.describe("slow")).toBeUndefined();
    expect(await left("slow")).toEqual([]);
    expect(trial.heads.running.map(({ instanceId }) => instanceId)).toEqual([]);
  });
});

describe("a site that is there", () => {
  it("is changed in place: machines that are told something else are made anew", async () => {
    const first = await sites.apply(siteOf("campus"), watching());
    const ids = first.machines.map(({ id }) => id);
    const same = await sites.apply(siteOf("campus"), watching());
    expect(same.machines.map(({ id }) => id)).toEqual(ids);

    const told = watching();
    const other = `${PLAIN}Servers: {Count: 3}\nTags: [{Key: owner, Value: physics}]\n`;
    const grown = await sites.apply(siteOf("campus", other), told);
    expect(grown).toMatchObject({ id: first.id, status: "UPDATE_COMPLETE", text: other });
    expect(grown.machines.map(({ node }) => node)).toEqual(["site-a", "site-b", "site-c"]);
    expect(grown.machines.map(({ id }) => id)).toEqual([...ids, expect.anything()]);

    const later = `${other}Failover: {After: 5m}\n`;
    const renewed = watching();
    const made = await sites.apply(siteOf("campus", later), renewed);
    expect(made.machines.every(({ id, isReady }) => isReady && !ids.includes(id))).toBe(true);
    expect(made.machines.map(({ address }) => address)).toEqual(
      grown.machines.map(({ address }) => address),
    );
    expect(renewed.lines().filter((line) => / (is made anew|is ready)$/.test(line))).toEqual(
      ["site-a", "site-b", "site-c"].flatMap((name) => [
        `machines started ${name} is made anew`,
        `machines done ${name} is ready`,
      ]),
    );

    const shrunk = await sites.apply(
      siteOf("campus", `${PLAIN}Failover: {After: 5m}\n`),
      watching(),
    );
    expect(shrunk.machines.map(({ node }) => node)).toEqual(["site-a", "site-b"]);
  });

  it("stays as it was when a change fails", async () => {
    const before = await sites.describe("campus");
    trial.region.faults.failResources.set("MachineDInterface", "no addresses are left");
    const wider = `${PLAIN}Failover: {After: 5m}\nServers: {Count: 4}\n`;
    await expect(sites.apply(siteOf("campus", wider), watching())).rejects.toMatchObject({
      code: "UPDATE_FAILED",
      message: expect.stringContaining("no addresses are left"),
    });
    expect(await sites.describe("campus")).toMatchObject({
      status: "UPDATE_FAILED",
      text: before?.text,
      machines: before?.machines,
    });
  });

  it("goes on where renewing its machines was cut short", async () => {
    const text = `${PLAIN}Failover: {After: 10m}\n`;
    trial.heads.says = { status: "failed", message: "the database is away" };
    await expect(sites.apply(siteOf("campus", text), watching())).rejects.toMatchObject({
      code: "SITE_MACHINE_FAILED",
    });
    const [first, second] = (await sites.describe("campus"))?.machines ?? [];
    expect([first?.isReady, second?.isReady]).toEqual([false, true]);
    trial.heads.says = { status: "ready", message: "ready" };
    const made = await sites.apply(siteOf("campus", text), watching());
    expect(made.machines.map(({ isReady }) => isReady)).toEqual([true, true]);
    const ids = made.machines.map(({ id }) => id);
    expect(ids.filter((id) => id === first?.id || id === second?.id)).toEqual([]);
  });

  it("keeps its zones, its network and its name", async () => {
    const moved = PLAIN.replace("eu-central-1b", "eu-central-1c");
    await expect(sites.apply(siteOf("campus", moved), watching())).rejects.toMatchObject({
      code: "SITE_CONFLICT",
    });
    expect(await sites.describe("campus")).toMatchObject({ name: "campus" });
    const stack = siteStackName("campus");
    expect(stack).toBe("sluice-site-campus");
    expect(TAGS.site).toBe("sluice:site-name");
  });

  it("leaves its file systems and a snapshot of its database where that is asked", async () => {
    const { facts } = (await sites.describe("campus")) ?? {};
    const { kept } = await sites.destroy("campus", { ...watching(), retainStorage: true });
    const systems = Object.values(facts?.fileSystems ?? {});
    expect(kept).toEqual(expect.arrayContaining(systems.map((id) => `EFS FileSystem ${id}`)));
    expect(kept).toEqual(
      expect.arrayContaining([expect.stringMatching(/^a snapshot of RDS DBCluster /)]),
    );
    expect(await sites.describe("campus")).toBeUndefined();
    expect(await left("campus")).toEqual([]);
  });
});
