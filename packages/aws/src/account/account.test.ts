import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import type { Answer, FactKind } from "@sluice/model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AccessKey } from "../testing/region/credentials.ts";
import { IdleHypervisor } from "../testing/region/idle-hypervisor.ts";
import type { Statement } from "../testing/region/policy.ts";
import { Region } from "../testing/region/region.ts";
import { fillSampleAccount, SAMPLE_SECRETS } from "../testing/sample-account.ts";
import { createAwsAccount } from "./account.ts";

const never = new AbortController().signal;

let region: Region;
beforeAll(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  await fillSampleAccount(region);
});
afterAll(async () => {
  await region.close();
  expect(region.defects).toEqual([]);
});

const account = (credentials: AccessKey = region.credentials) =>
  createAwsAccount({ region: "eu-central-1", endpoint: region.endpoint, credentials });

async function ask(kind: FactKind, id: string): Promise<Answer | undefined> {
  const [answer] = await account().answer([{ kind, id }], never);
  return answer;
}

const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:munge";
const PARAMETER = "arn:aws:ssm:eu-central-1:123456789012:parameter/ldap";
const GROUP = "arn:aws:resource-groups:eu-central-1:123456789012:group/reserved";

/** Keys of a user who may do anything but what the statement says. */
async function userWith(denial: Omit<Statement, "Resource">): Promise<AccessKey> {
  const allow = { Effect: "Allow", Action: "*", Resource: "*" };
  const UserName = "guarded";
  await region.call(CreateUserCommand, { UserName });
  await region.call(PutUserPolicyCommand, {
    UserName,
    PolicyName: "rights",
    PolicyDocument: JSON.stringify({ Statement: [allow, { ...denial, Resource: "*" }] }),
  });
  const { AccessKey: key } = await region.call(CreateAccessKeyCommand, { UserName });
  return { accessKeyId: key?.AccessKeyId ?? "", secretAccessKey: key?.SecretAccessKey ?? "" };
}

describe("an AWS account", () => {
  it.each<[FactKind, string, object, string]>([
    [
      "subnet",
      "subnet-01234567",
      { vpcId: "vpc-1", zone: "eu-central-1a", freeAddresses: 250, assignsPublicIp: true },
      "subnet-99999999",
    ],
    [
      "securityGroup",
      "sg-01234567",
      {
        vpcId: "vpc-1",
        inbound: [
          { protocol: "tcp", fromPort: 22, toPort: 22, cidrs: ["0.0.0.0/0"], securityGroups: [] },
        ],
        outbound: [
          {
            protocol: "-1",
            fromPort: undefined,
            toPort: undefined,
            cidrs: [],
            securityGroups: ["sg-01234567"],
          },
        ],
      },
      "sg-99999999",
    ],
    ["vpc", "vpc-1", { dnsSupport: true, dnsHostnames: false }, "vpc-2"],
    ["keyPair", "ada", {}, "nobody"],
    [
      "image",
      "ami-01234567",
      {
        architecture: "arm64",
        state: "available",
        rootVolumeGiB: 35,
        tags: { made: "by-hand" },
      },
      "ami-99999999",
    ],
    [
      "instanceType",
      "c5.large",
      { zones: ["eu-central-1a", "eu-central-1b"], memoryMiB: 4096 },
      "c5.huge",
    ],
    ["elasticIp", "eipalloc-1", { associated: true }, "eipalloc-2"],
    ["placementGroup", "mpi", { strategy: "cluster", state: "available" }, "none"],
    ["placementGroup", "pg-0123", { strategy: "cluster", state: "available" }, "pg-9999"],
    [
      "capacityReservation",
      "cr-1",
      { instanceType: "c5.large", zone: "eu-central-1a", total: 4, isBlock: false },
      "cr-2",
    ],
    ["capacityReservationGroup", GROUP, { reservationIds: ["cr-1"] }, `${GROUP}s`],
    ["volume", "vol-1", { zone: "eu-central-1a", sizeGiB: 100, state: "in-use" }, "vol-2"],
    ["snapshot", "snap-1", { sizeGiB: 40, state: "completed" }, "snap-2"],
    ["hostedZone", "Z1", { name: "hpc.local.", private: true, vpcIds: ["vpc-1"] }, "Z2"],
    [
      "efs",
      "fs-0123456789abcdef0",
      {
        mountTargets: [
          { zone: "eu-central-1a", subnetId: "subnet-01234567", securityGroups: ["sg-01234567"] },
        ],
      },
      "fs-9",
    ],
    ["efsAccessPoint", "fsap-1", { fileSystemId: "fs-0123456789abcdef0" }, "fsap-2"],
    [
      "fsx",
      "fs-0aaaaaaaaaaaaaaaa",
      {
        kind: "LUSTRE",
        vpcId: "vpc-1",
        zones: ["eu-central-1a"],
        securityGroups: ["sg-01234567"],
      },
      "fs-0bbbbbbbbbbbbbbbb",
    ],
    ["fsx", "fc-1", { kind: "FILE_CACHE", vpcId: "vpc-1" }, "fc-2"],
    ["fsxVolume", "fsvol-1", { kind: "OPENZFS", fileSystemId: "fs-0ccccccccccccccc1" }, "fsvol-2"],
    ["fsxBackup", "backup-1", { state: "AVAILABLE" }, "backup-2"],
    ["bucket", "data", { region: "eu-west-1", versioned: true }, "nothing"],
    ["object", "s3://data/setup.sh", { size: 120 }, "s3://data/none.sh"],
    [
      "role",
      "arn:aws:iam::123456789012:role/path/node",
      { trustsEc2: true },
      "arn:aws:iam::123456789012:role/none",
    ],
    [
      "instanceProfile",
      "arn:aws:iam::123456789012:instance-profile/node",
      { roles: ["arn:aws:iam::123456789012:role/path/node"] },
      "arn:aws:iam::123456789012:instance-profile/none",
    ],
    [
      "policy",
      "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
      {},
      "arn:aws:iam::aws:policy/None",
    ],
    ["kmsKey", "alias/disk", { enabled: false }, "alias/none"],
    ["secret", SECRET, { bytes: 32 }, `${SECRET}s`],
    ["secret", PARAMETER, { bytes: undefined }, `${PARAMETER}s`],
  ])("tells of a %s that it has, %s, and of one that it has not", async (kind, id, facts, none) => {
    expect(await ask(kind, id)).toMatchObject({ is: "found", facts });
    expect(await ask(kind, none)).toEqual({ is: "absent" });
  });

  it("answers many questions in their order, each kind with one call", async () => {
    region.calls.length = 0;
    const answers = await account().answer(
      [
        { kind: "subnet", id: "subnet-01234567" },
        { kind: "keyPair", id: "ada" },
        { kind: "subnet", id: "subnet-99999999" },
        { kind: "subnet", id: "subnet-89abcdef" },
      ],
      never,
    );
    expect(answers.map(({ is }) => is)).toEqual(["found", "found", "absent", "found"]);
    expect(region.calls.map(({ operation }) => operation).sort()).toEqual([
      "DescribeKeyPairs",
      "DescribeSubnets",
    ]);
  });

  it("tries a launch without making it", async () => {
    const launch = {
      instanceType: "c5.large",
      subnetId: "subnet-01234567",
      imageId: "ami-89abcdef",
      securityGroups: [],
    };
    const { imageId: _, ...official } = launch;
    const tried = await account().answer(
      [
        { kind: "launch", id: "headNode", launch },
        { kind: "launch", id: "q/r/s", launch: { ...launch, instanceType: "c6g.large" } },
        { kind: "launch", id: "q/r/t", launch: official },
      ],
      never,
    );
    expect(tried).toMatchObject([
      { is: "found", facts: { allowed: true } },
      { is: "found", facts: { allowed: false, code: "InvalidParameterValue" } },
      { is: "unknown", why: expect.stringMatching(/CustomAmi/) },
    ]);
  });

  it("says what it may not look at, and answers the rest", async () => {
    const answers = await account(
      await userWith({ Effect: "Deny", Action: ["iam:*", "kms:*", "elasticfilesystem:*"] }),
    ).answer(
      [
        { kind: "role", id: "arn:aws:iam::123456789012:role/path/node" },
        { kind: "kmsKey", id: "alias/disk" },
        { kind: "efs", id: "fs-0123456789abcdef0" },
        { kind: "keyPair", id: "ada" },
      ],
      never,
    );
    expect(answers).toEqual([
      { is: "unknown", why: "the credentials may not look at the account's roles" },
      { is: "unknown", why: "the credentials may not look at the account's KMS keys" },
      { is: "unknown", why: "the credentials may not look at the account's EFS file systems" },
      { is: "found", facts: {} },
    ]);
  });

  it("says who asks, and why nobody can", async () => {
    expect(await account().identity(never)).toBe("arn:aws:iam::123456789012:user/admin");
    const nobody = createAwsAccount({
      region: "eu-central-1",
      endpoint: region.endpoint,
      credentials: async () => {
        throw Object.assign(new Error("no"), { name: "CredentialsProviderError" });
      },
    });
    await expect(nobody.identity(never)).rejects.toMatchObject({
      code: "ACCOUNT_UNAVAILABLE",
      message: expect.stringMatching(/no valid credentials/),
    });
  });

  it("never tells what is in a secret", async () => {
    const answer = await ask("secret", SECRET);
    expect(JSON.stringify(answer)).not.toContain(SAMPLE_SECRETS.munge);
  });

  it("lists what the wizard offers", async () => {
    const { list } = account();
    expect(await list("region", never)).toContainEqual({ name: "eu-central-1" });
    expect(await list("keyPair", never)).toEqual([{ name: "ada" }]);
    expect(await list("vpc", never)).toEqual([{ id: "vpc-1", name: "hpc", cidr: "10.0.0.0/16" }]);
    expect((await list("subnet", never)).map(({ id, public: open }) => [id, open])).toEqual([
      ["subnet-01234567", true],
      ["subnet-89abcdef", false],
    ]);
    expect(await list("instanceType", never)).toContainEqual({ name: "c5.large" });
  });
});
