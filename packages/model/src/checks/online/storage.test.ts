import { describe, expect, it } from "vitest";
import type { AccountFacts } from "../../account/contract.ts";
import { checkClusterFile } from "../../cluster-file/parse.ts";
import { ask, found, type OnlineCase } from "../../testing/account.ts";
import { aws, storage } from "../cases/texts.ts";

const SUBNET: AccountFacts["subnet"] = {
  vpcId: "vpc-1",
  zone: "eu-central-1a",
  cidr: "10.0.0.0/20",
  freeAddresses: 1000,
  assignsPublicIp: false,
};
const HERE = { "subnet-01234567": SUBNET };
const TWO_ZONES = {
  ...HERE,
  "subnet-89abcdef": { ...SUBNET, zone: "eu-central-1b", cidr: "10.0.16.0/20" },
};
const open = (cidrs: readonly string[], port?: number): AccountFacts["securityGroup"] => {
  const rule = {
    protocol: port === undefined ? "-1" : "tcp",
    fromPort: port,
    toPort: port,
    cidrs,
    securityGroups: [],
  };
  return { vpcId: "vpc-1", inbound: [rule], outbound: [rule] };
};
const inTwoZones = (more: string): string =>
  aws({ subnets: "subnet-01234567, subnet-89abcdef", more });
const entry = (type: string, settings: string): string =>
  `SharedStorage: [{Name: a, MountDir: /data, StorageType: ${type}, ${type}Settings: {${settings}}}]`;
const one = (type: string, settings: string): string => aws({ more: entry(type, settings) });

const EFS = one("Efs", "FileSystemId: fs-01234567");
const target = (zone: string) => ({ zone, subnetId: "subnet-9", securityGroups: ["sg-1"] });
const LUSTRE = one("FsxLustre", "FileSystemId: fs-0123456789abcdef0");
const lustre = (facts: Partial<AccountFacts["fsx"]> = {}): AccountFacts["fsx"] => ({
  kind: "LUSTRE",
  vpcId: "vpc-1",
  securityGroups: ["sg-1"],
  zones: ["eu-central-1a"],
  ...facts,
});
const ONTAP = one("FsxOntap", "VolumeId: fsvol-0123456789abcdef0");
const VOLUME = one("Ebs", "VolumeId: vol-01234567");
const SNAPSHOT = one("Ebs", "SnapshotId: snap-01234567, Size: 50");
const CASES: readonly OnlineCase[] = [
  found("EfsIdValidator", "in every zone, and open", EFS, {
    subnet: HERE,
    efs: { "fs-01234567": { zoneName: undefined, mountTargets: [target("eu-central-1a")] } },
    securityGroup: { "sg-1": open(["10.0.0.0/21", "10.0.8.0/21"], 2049) },
  }),
  found(
    "EfsIdValidator",
    "absent",
    EFS,
    { subnet: HERE, efs: { "fs-01234567": null } },
    /no file system/,
  ),
  found(
    "EfsIdValidator",
    "closed to the subnet",
    EFS,
    {
      subnet: HERE,
      efs: { "fs-01234567": { zoneName: undefined, mountTargets: [target("eu-central-1a")] } },
      securityGroup: { "sg-1": open(["10.1.0.0/16"]) },
    },
    /^ERROR SharedStorage\[0\]\.EfsSettings\.FileSystemId: .* close tcp 2049/,
  ),
  found(
    "EfsIdValidator",
    "of one zone, for two",
    inTwoZones(entry("Efs", "FileSystemId: fs-01234567")),
    { subnet: TWO_ZONES, efs: { "fs-01234567": { zoneName: "eu-central-1a", mountTargets: [] } } },
    /eu-central-1a only/,
  ),
  found(
    "EfsIdValidator",
    "no mount target in a zone",
    inTwoZones(entry("Efs", "FileSystemId: fs-01234567")),
    {
      subnet: TWO_ZONES,
      efs: { "fs-01234567": { zoneName: undefined, mountTargets: [target("eu-central-1a")] } },
      securityGroup: { "sg-1": open(["0.0.0.0/0"]) },
    },
    /no mount target in eu-central-1b/,
  ),
  found(
    "EfsAccessPointOptionsValidator",
    "of another file system",
    one(
      "Efs",
      "FileSystemId: fs-01234567, AccessPointId: fsap-0123456789abcdef0, EncryptionInTransit: true",
    ),
    { efsAccessPoint: { "fsap-0123456789abcdef0": { fileSystemId: "fs-1" } } },
    /of fs-1/,
  ),
  found("ExistingFsxNetworkingValidator", "open by a prefix list", LUSTRE, {
    subnet: HERE,
    fsx: { "fs-0123456789abcdef0": lustre() },
    securityGroup: { "sg-1": open(["pl-01234567"], 988) },
  }),
  found(
    "ExistingFsxNetworkingValidator",
    "open to the groups of the nodes",
    aws({
      more: entry("FsxLustre", "FileSystemId: fs-0123456789abcdef0"),
      head: "Ssh: {KeyName: k}",
      queues:
        "{Name: r, Networking: {SubnetIds: [subnet-01234567], AdditionalSecurityGroups: [sg-01234567]}, ComputeResources: [{Name: a, InstanceType: c5.large}]}",
    }),
    {
      subnet: HERE,
      fsx: { "fs-0123456789abcdef0": lustre() },
      securityGroup: {
        "sg-1": {
          vpcId: "vpc-1",
          inbound: [
            {
              protocol: "tcp",
              fromPort: 988,
              toPort: 988,
              cidrs: [],
              securityGroups: ["sg-01234567"],
            },
          ],
          outbound: open(["0.0.0.0/0"]).outbound,
        },
      },
    },
    // The head node and the first queue are not in that group.
    /tcp 988/,
  ),
  found(
    "ExistingFsxNetworkingValidator",
    "absent",
    LUSTRE,
    { subnet: HERE, fsx: { "fs-0123456789abcdef0": null } },
    /no file system/,
  ),
  found(
    "ExistingFsxNetworkingValidator",
    "in another network",
    LUSTRE,
    { subnet: HERE, fsx: { "fs-0123456789abcdef0": lustre({ vpcId: "vpc-2" }) } },
    /in the network vpc-2/,
  ),
  found(
    "ExistingFsxNetworkingValidator",
    "a volume whose file system is closed",
    ONTAP,
    {
      subnet: HERE,
      fsxVolume: { "fsvol-0123456789abcdef0": { kind: "ONTAP", fileSystemId: "fs-1" } },
      fsx: { "fs-1": lustre({ kind: "ONTAP" }) },
      securityGroup: { "sg-1": open(["10.0.0.0/16"], 2049) },
    },
    /VolumeId: .*tcp 111, udp 111, tcp 635/,
  ),
  found(
    "ExistingFsxNetworkingValidator",
    "a volume that is absent",
    ONTAP,
    { subnet: HERE, fsxVolume: { "fsvol-0123456789abcdef0": null } },
    /no volume/,
  ),
  found(
    "UnmanagedFsxMultiAzValidator",
    "a queue in another zone",
    inTwoZones(entry("FsxLustre", "FileSystemId: fs-0123456789abcdef0")),
    { subnet: TWO_ZONES, fsx: { "fs-0123456789abcdef0": lustre() } },
    /^INFO .*queue q use it from another zone/,
  ),
  found(
    "FsxBackupIdValidator",
    "absent",
    one("FsxLustre", "BackupId: backup-01234567"),
    { fsxBackup: { "backup-01234567": null } },
    /no backup/,
  ),
  found(
    "EbsVolumeSizeSnapshotValidator",
    "too large and not complete",
    SNAPSHOT,
    { snapshot: { "snap-01234567": { sizeGiB: 100, state: "pending" } } },
    /^WARNING .*pending/,
    /^ERROR SharedStorage\[0\]\.EbsSettings\.Size: .*100 GiB/,
  ),
  found(
    "EbsVolumeSizeSnapshotValidator",
    "smaller than the disk",
    SNAPSHOT,
    { snapshot: { "snap-01234567": { sizeGiB: 10, state: "completed" } } },
    /^WARNING .*stays so small/,
  ),
  found(
    "EbsVolumeSizeSnapshotValidator",
    "absent",
    SNAPSHOT,
    { snapshot: { "snap-01234567": null } },
    /no snapshot/,
  ),
  found(
    "SharedEbsVolumeIdValidator",
    "in use",
    VOLUME,
    { volume: { "vol-01234567": { zone: "eu-central-1a", sizeGiB: 10, state: "in-use" } } },
    /in-use/,
  ),
  found(
    "SharedEbsVolumeIdValidator",
    "absent",
    VOLUME,
    { volume: { "vol-01234567": null } },
    /no volume/,
  ),
  found(
    "MultiAzEbsVolumeValidator",
    "in another zone",
    VOLUME,
    {
      subnet: HERE,
      volume: { "vol-01234567": { zone: "eu-central-1b", sizeGiB: 10, state: "available" } },
    },
    /^ERROR .*eu-central-1b and the head node in eu-central-1a/,
  ),
  found(
    "MultiAzEbsVolumeValidator",
    "queues in another zone",
    inTwoZones(entry("Ebs", "Size: 40")),
    { subnet: TWO_ZONES },
    /^INFO SharedStorage: queue q/,
  ),
  found(
    "MultiAzRootVolumeValidator",
    "queues in another zone",
    inTwoZones("SharedStorage: [{Name: a, MountDir: /data, StorageType: Efs}]"),
    { subnet: TWO_ZONES },
    /^INFO HeadNode.Networking.SubnetId: queue q/,
  ),
];

describe("a check that asks an account", () => {
  it.each(CASES)("$id: $name", async ({ id, file, things, says }) => {
    const { said } = await ask(file, things, id);
    expect(said).toHaveLength(says.length);
    for (const [index, pattern] of says.entries()) expect(said[index]).toMatch(pattern);
  });

  const asked = [...new Map(CASES.map((one) => [one.id, one])).values()];
  it.each(asked)("$id: says nothing of what the account does not tell, but that", async (one) => {
    const { said, notRun } = await ask(one.file, {}, one.id);
    expect(said).toEqual([]);
    expect(notRun).toContain("access denied");
  });
});

describe("a file that names nothing of the account", () => {
  it("asks nothing", async () => {
    const asked: string[] = [];
    await checkClusterFile(
      storage("{Name: a, MountDir: /data, StorageType: Efs}").replace(/^/, "Provider: azure\n"),
      { fileName: "f" },
      {
        answer: async (questions) => {
          asked.push(...questions.map(({ kind }) => kind));
          return questions.map(() => ({ is: "unknown", why: "" }));
        },
      },
      new AbortController().signal,
    );
    expect(asked).toEqual([]);
  });
});
