import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { headPlaces, localZones, queueZones } from "../cluster-file/zones.ts";
import type { SiteConfig } from "./config.ts";
import { type MemberOptions, memberConfig, type SiteFacts } from "./member.ts";
import { isSiteFile, parseSiteFile } from "./parse.ts";

const read = (name: string) =>
  readFileSync(new URL(`../../../../examples/${name}.yaml`, import.meta.url), "utf8");

function site(text: string): SiteConfig {
  const result = parseSiteFile(text, { fileName: "site.yaml" });
  if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join("\n"));
  return result.config;
}

const LAB = site(`Provider: local
Zones: [a, b]
Clusters: [{Name: left, File: left.yaml}]
Users: [{Name: ada}, {Name: ben, Uid: 3000}]
SharedStorage: [{Name: data, MountDir: data, StorageType: Local}]
Backup: {Every: 6h, Keep: 3}
Tags: [{Key: team, Value: lab}, {Key: cost, Value: '1'}]
`);

const QUEUE =
  "Scheduling: {SlurmQueues: [{Name: q, ComputeResources: [{Name: a, InstanceType: light.small}]}]}\n";

function member(text: string, options: Partial<MemberOptions> = {}, of = LAB) {
  const result = memberConfig(of, text, { fileName: "left.yaml", ...options });
  if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join("\n"));
  return result;
}

/** What is said of a member's text in which `»` stands where the finding points. */
function said(text: string, of = LAB): { findings: readonly string[]; place: string } {
  const before = text.slice(0, text.indexOf("»")).split("\n");
  const result = memberConfig(of, text.replace("»", ""), { fileName: "left.yaml" });
  const findings = result.ok ? result.warnings : result.findings;
  return {
    findings: findings.map(({ id, line, column }) => `${id} ${line}:${column}`),
    place: `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`,
  };
}

describe("the example of a site", () => {
  const config = site(read("site/site"));

  it("is told from the other kinds of files", () => {
    const files = ["site/site", "site/left", "demo", "aws"];
    expect(files.map((name) => isSiteFile(read(name)))).toEqual([true, false, false, false]);
  });

  it("has defaults from its zones", () => {
    expect(config).toMatchObject({
      Servers: { Count: 2, InstanceType: "local.head" },
      Database: { Replica: true },
      Failover: { ResubmitPending: true, After: { seconds: 120 } },
      Backup: { Every: { seconds: 21_600 }, Keep: 20 },
      Users: [
        { Name: "ada", Uid: 2001 },
        { Name: "ben", Uid: 2002 },
      ],
    });
  });

  it("has clusters of two heads in either zone, without a warning", () => {
    const [left, right] = ["site/left", "site/right"].map((name) => member(read(name), {}, config));
    expect([left?.warnings, right?.warnings]).toEqual([[], []]);
    expect([left, right].map((one) => one && headPlaces(one.config))).toEqual([
      [
        { slot: 1, zone: "a", instanceType: "local.head" },
        { slot: 2, zone: "b", instanceType: "local.head" },
      ],
      [
        { slot: 1, zone: "b", instanceType: "local.head" },
        { slot: 2, zone: "a", instanceType: "local.head" },
      ],
    ]);
    expect(left && ["cpu", "tight", "none"].map((queue) => queueZones(left.config, queue))).toEqual(
      [["a", "b"], ["a"], []],
    );
  });
});

describe("the file of a cluster in a site", () => {
  it("has what the site gives, after its own", () => {
    const own =
      "SharedStorage: [{Name: own, MountDir: /own, StorageType: Local}]\nTags: [{Key: cost, Value: '2'}]\n";
    const { config, isComplete } = member(`${QUEUE}${own}`);
    expect(config).toMatchObject({
      Provider: "local",
      Users: [
        { Name: "ada", Uid: 2001 },
        { Name: "ben", Uid: 3000 },
      ],
      SharedStorage: [{ MountDir: "/own" }, { MountDir: "/data" }],
      Tags: [
        { Key: "cost", Value: "2" },
        { Key: "team", Value: "lab" },
      ],
      Backup: { Every: { seconds: 21_600 }, Keep: 3 },
      Scheduling: {
        SlurmSettings: { ExternalSlurmdbd: { Host: "site-a", BackupHost: "site-b", Port: 6819 } },
      },
    });
    expect(localZones(config)).toEqual(["a", "b"]);
    expect(isComplete).toBe(false);
  });

  it("has its part of the network and the place of accounting when these are known", () => {
    const facts = { network: "10.77.4.0/22", accounting: { Host: "database" } };
    const { config, isComplete } = member(QUEUE, { facts });
    expect(config.Local?.Network).toBe("10.77.4.0/22");
    expect(config.Scheduling.SlurmSettings.ExternalSlurmdbd).toEqual({
      Host: "database",
      Port: 6819,
    });
    expect(isComplete).toBe(true);
  });

  it("asks one slurmdbd where the site has one machine", () => {
    const alone = "Provider: local\nZones: [a]\nClusters: [{Name: left, File: left.yaml}]\n";
    const { config } = member(QUEUE, {}, site(alone));
    expect(config.Scheduling.SlurmSettings.ExternalSlurmdbd).toEqual({
      Host: "site-a",
      Port: 6819,
    });
  });

  it("may be in some of the site's zones, and have backups of its own", () => {
    const { config } = member(`${QUEUE}Local: {Zones: [b]}\nBackup: {Keep: 1}\n`);
    expect(localZones(config)).toEqual(["b"]);
    expect(config.Backup).toMatchObject({ Keep: 1, Every: { seconds: 86_400 } });
  });

  it.each([
    ["MemberValidator", `»Provider: aws\n${QUEUE}`.replace("»Provider: ", "Provider: »")],
    ["MemberValidator", `${QUEUE}»Users: [{Name: eve}]\n`],
    ["MemberValidator", `${QUEUE}Local: {»Network: 10.0.0.0/20}\n`],
    ["ZoneValidator", `${QUEUE}Local: {Zones: [a, »c]}\n`],
    [
      "MemberValidator",
      `${QUEUE}SharedStorage: [{Name: »data, MountDir: /x, StorageType: Local}]\n`,
    ],
    [
      "MemberValidator",
      `${QUEUE}SharedStorage: [{Name: x, MountDir: »/data, StorageType: Local}]\n`,
    ],
    [
      "OverlappingMountDirValidator",
      `${QUEUE}SharedStorage: [{Name: x, MountDir: »/data/x, StorageType: Local}]\n`,
    ],
    ["MemberValidator", `${QUEUE.slice(0, -2)}, SlurmSettings: {»ExternalSlurmdbd: {Host: x}}}\n`],
    ["StandbyValidator", `${QUEUE}HeadNode: {Standby: {Zone: »a}}\n`],
    ["ConfigSchemaValidator", `${QUEUE}»Usrs: []\n`],
  ])("is told what it can't say: %s", (id, text) => {
    const { findings, place } = said(text);
    expect(findings).toContain(`${id} ${place}`);
  });

  it("is told of folders of the site that hide its own", () => {
    const inside = site(
      "Provider: local\nZones: [a]\nClusters: [{Name: l, File: l}]\nSharedStorage: [{Name: in, MountDir: /x/in, StorageType: Local}]\n",
    );
    const text = `${QUEUE}SharedStorage: »[{Name: x, MountDir: /x, StorageType: Local}]\n`;
    const { findings, place } = said(text, inside);
    expect(findings).toEqual([`OverlappingMountDirValidator ${place}`]);
  });
});

describe("the file of a cluster in a site on AWS", () => {
  const CLOUD = `Region: eu-central-1
Zones: [eu-central-1a, eu-central-1b]
Clusters: [{Name: left, File: left.yaml}]
`;
  const SUBNETS = ["subnet-01234567", "subnet-89abcdef"] as const;
  const VPC = `Vpc: {Id: vpc-01234567, Subnets: [{Zone: eu-central-1b, SubnetId: ${SUBNETS[1]}}, {Zone: eu-central-1a, SubnetId: ${SUBNETS[0]}}]}\n`;
  const TEXT =
    "Image: {Os: alinux2023}\nHeadNode: {InstanceType: t3.medium, SharedStorageType: Efs, Standby: {}}\nScheduling: {SlurmQueues: [{Name: q, ComputeResources: [{Name: a, InstanceType: c5.large}]}]}\n";
  const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:munge";

  const FACTS: SiteFacts = {
    mungeKeySecretArn: SECRET,
    jwtKeySecretArn: `${SECRET}-jwt`,
    accounting: { Host: "10.0.0.4", BackupHost: "10.0.16.4" },
    fileSystems: { "/home": "fs-01234567", "/shared": "fs-89abcdef" },
    securityGroups: { heads: "sg-01234567", machines: "sg-89abcdef" },
  };

  it("has the subnets of the zones in their order, and the site's accounting", () => {
    const { config, isComplete } = member(TEXT, { facts: FACTS }, site(`${CLOUD}${VPC}`));
    expect(config).toMatchObject({
      Region: "eu-central-1",
      HeadNode: { Networking: { SubnetId: SUBNETS[0] }, Standby: { SubnetId: SUBNETS[1] } },
      Scheduling: {
        SlurmQueues: [{ Networking: { SubnetIds: SUBNETS } }],
        SlurmSettings: {
          MungeKeySecretArn: SECRET,
          JwtKeySecretArn: `${SECRET}-jwt`,
          ExternalSlurmdbd: { Host: "10.0.0.4", BackupHost: "10.0.16.4" },
        },
      },
    });
    expect(config.Vpc).toBeUndefined();
    expect(isComplete).toBe(true);
  });

  it("is good for checking before the network is made, and for more afterwards", () => {
    const made = site(CLOUD);
    const before = member(TEXT, {}, made);
    expect(before.isComplete).toBe(false);
    expect(before.warnings.filter(({ level }) => level === "WARNING")).toEqual([]);
    const subnets = Object.fromEntries(
      made.Zones.map((zone, index) => [zone, SUBNETS[index] ?? ""]),
    );
    const after = member(TEXT, { facts: { ...FACTS, subnets } }, made);
    expect(after.isComplete).toBe(true);
    expect(after.config.HeadNode.Networking?.SubnetId).toBe(SUBNETS[0]);
  });

  it("is let in by what the site has, beside groups of its own", () => {
    const own = TEXT.replace("Name: q,", "Name: q, Networking: {SecurityGroups: [sg-11111111]},");
    const groups = [TEXT, own].map((text) => {
      const { config } = member(text, { facts: FACTS }, site(`${CLOUD}${VPC}`));
      const [queue] = config.Scheduling.SlurmQueues;
      return [config.HeadNode.Networking, queue?.Networking];
    });
    const head = { AdditionalSecurityGroups: ["sg-01234567", "sg-89abcdef"] };
    expect(groups).toMatchObject([
      [head, { AdditionalSecurityGroups: ["sg-89abcdef"] }],
      [head, { SecurityGroups: ["sg-11111111", "sg-89abcdef"] }],
    ]);
  });

  it("mounts what the site has made: homes, and of Lustre that of its head's zone", () => {
    const shared = `SharedStorage:
  - {Name: results, MountDir: /results, StorageType: Efs, EfsSettings: {ThroughputMode: bursting, EncryptionInTransit: true}}
  - {Name: fast, MountDir: /fast, StorageType: FsxLustre, FsxLustreSettings: {StorageCapacity: 1200}}
`;
    const made = site(`${CLOUD}${shared}`);
    const [a = "", b = ""] = made.Zones;
    const facts: SiteFacts = {
      ...FACTS,
      subnets: { [a]: SUBNETS[0], [b]: SUBNETS[1] },
      fileSystems: {
        ...FACTS.fileSystems,
        "/results": "fs-11111111",
        "/fast": { [a]: "fs-0aaaaaaaaaaaaaaaa", [b]: "fs-0bbbbbbbbbbbbbbbb" },
      },
    };
    const inB = TEXT.replace("Standby: {}", `Networking: {SubnetId: ${SUBNETS[1]}}`);
    const lustre = [TEXT, inB].map((text) => {
      const { config } = member(text, { facts }, made);
      expect(config.SharedStorage).toMatchObject([
        {
          Name: "results",
          EfsSettings: { FileSystemId: "fs-11111111", EncryptionInTransit: true },
        },
        { Name: "fast", MountDir: "/fast", StorageType: "FsxLustre" },
        { Name: "site-home", MountDir: "/home", EfsSettings: { FileSystemId: "fs-01234567" } },
        { Name: "site-shared", MountDir: "/shared", StorageType: "Efs" },
      ]);
      return config.SharedStorage[1]?.FsxLustreSettings?.FileSystemId;
    });
    expect(lustre).toEqual(["fs-0aaaaaaaaaaaaaaaa", "fs-0bbbbbbbbbbbbbbbb"]);
  });

  it("is told that the network is the site's", () => {
    const { findings, place } = said(`${TEXT}»Vpc: {Cidr: 10.1.0.0/16}\n`, site(CLOUD));
    expect(findings).toContain(`MemberValidator ${place}`);
  });
});
