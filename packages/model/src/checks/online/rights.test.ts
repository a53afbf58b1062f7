import { describe, expect, it } from "vitest";
import type { AccountFacts } from "../../account/contract.ts";
import { ask, found, type OnlineCase } from "../../testing/account.ts";
import { aws } from "../cases/texts.ts";

const entry = (type: string, settings: string): string =>
  `SharedStorage: [{Name: a, MountDir: /data, StorageType: ${type}, ${type}Settings: {${settings}}}]`;
const one = (type: string, settings: string): string => aws({ more: entry(type, settings) });
const HERE: Readonly<Record<string, AccountFacts["subnet"]>> = {
  "subnet-01234567": {
    vpcId: "vpc-1",
    zone: "eu-central-1a",
    cidr: "10.0.0.0/20",
    freeAddresses: 1000,
    assignsPublicIp: false,
  },
};
const ROLE = "arn:aws:iam::123456789012:role/r";
const PROFILE = "arn:aws:iam::123456789012:instance-profile/p";
const POLICY = "arn:aws:iam::aws:policy/p";
const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:s";
const SCRIPT = aws({ head: "CustomActions: {OnNodeStart: {Script: 's3://b/a.sh'}}" });
const WEB = aws({ slurm: "CustomSlurmSettingsIncludeFile: 'https://host/a.conf'" });
const IMPORT = one(
  "FsxLustre",
  "StorageCapacity: 1200, ImportPath: s3://bucket/a, AutoImportPolicy: NEW",
);
const BUCKET = aws({ more: "CustomS3Bucket: bucket" });
const image = (keys: string, more = ""): string =>
  `Region: eu-central-1\nBuild: {InstanceType: c5.large, ParentImage: ami-01234567${keys}}\n${more}`;
const PARENT: AccountFacts["image"] = {
  architecture: "x86_64",
  state: "available",
  rootVolumeGiB: 45,
  tags: {},
};

const CASES: readonly OnlineCase[] = [
  found(
    "RoleValidator",
    "of something else",
    aws({ head: `Iam: {InstanceRole: '${ROLE}'}` }),
    { role: { [ROLE]: { trustsEc2: false } } },
    /does not trust EC2/,
  ),
  found(
    "RoleValidator",
    "of functions, absent",
    aws({ more: `Iam: {Roles: {LambdaFunctionsRole: '${ROLE}'}}` }),
    { role: { [ROLE]: null } },
    /no role/,
  ),
  found(
    "InstanceProfileValidator",
    "empty",
    aws({ queue: `Iam: {InstanceProfile: '${PROFILE}'}` }),
    { instanceProfile: { [PROFILE]: { roles: [] } } },
    /no role/,
  ),
  found(
    "InstanceProfileValidator",
    "absent",
    aws({ queue: `Iam: {InstanceProfile: '${PROFILE}'}` }),
    { instanceProfile: { [PROFILE]: null } },
    /no instance profile/,
  ),
  found(
    "IamPolicyValidator",
    "absent",
    aws({ more: `Iam: {PermissionsBoundary: '${POLICY}'}` }),
    { policy: { [POLICY]: null } },
    /no policy/,
  ),
  found(
    "AdditionalIamPolicyValidator",
    "absent",
    aws({ head: `Iam: {AdditionalIamPolicies: [{Policy: '${POLICY}'}]}` }),
    { policy: { [POLICY]: null } },
    /AdditionalIamPolicies\[0\]\.Policy: there is no policy/,
  ),
  found(
    "KmsKeyValidator",
    "disabled",
    one("Ebs", "KmsKeyId: alias/a"),
    { kmsKey: { "alias/a": { enabled: false } } },
    /disabled/,
  ),
  found(
    "KmsKeyValidator",
    "absent",
    one("Ebs", "KmsKeyId: alias/a"),
    { kmsKey: { "alias/a": null } },
    /no key/,
  ),
  found("UrlValidator", "there", SCRIPT, { object: { "s3://b/a.sh": { size: 10 } } }),
  found(
    "UrlValidator",
    "absent",
    SCRIPT,
    { object: { "s3://b/a.sh": null } },
    /^WARNING .*no such object/,
  ),
  found(
    "UrlValidator",
    "refused",
    WEB,
    { url: { "https://host/a.conf": { status: 403 } } },
    /^ERROR .*403/,
  ),
  found("S3BucketUriValidator", "absent", IMPORT, { bucket: { bucket: null } }, /no bucket/),
  found(
    "FsxAutoImportValidator",
    "elsewhere",
    IMPORT,
    { bucket: { bucket: { region: "us-east-1", versioned: true } } },
    /us-east-1/,
  ),
  found(
    "FsxAutoImportValidator",
    "elsewhere than the head node's zone",
    IMPORT.replace("Region: eu-central-1\n", ""),
    { subnet: HERE, bucket: { bucket: { region: "us-east-1", versioned: true } } },
    /in eu-central-1/,
  ),
  found("S3BucketValidator", "absent", BUCKET, { bucket: { bucket: null } }, /no bucket/),
  found(
    "S3BucketValidator",
    "without versions",
    BUCKET,
    { bucket: { bucket: { region: "eu-central-1", versioned: false } } },
    /no versions/,
  ),
  found(
    "S3BucketRegionValidator",
    "elsewhere",
    BUCKET,
    { bucket: { bucket: { region: "us-east-1", versioned: true } } },
    /us-east-1/,
  ),
  found(
    "PasswordSecretArnValidator",
    "of the database, absent",
    aws({ slurm: `Database: {Uri: 'db:3306', UserName: u, PasswordSecretArn: '${SECRET}'}` }),
    { secret: { [SECRET]: null } },
    /Database\.PasswordSecretArn: there is no secret/,
  ),
  ...(
    [
      ["no base64", undefined, /not base64/],
      ["too short", 16, /16 bytes/],
      ["too long", 2000, /2000 bytes/],
    ] as const
  ).map(([name, bytes, says]) =>
    found(
      "MungeKeySecretSizeAndBase64Validator",
      name,
      aws({ slurm: `MungeKeySecretArn: '${SECRET}'` }),
      { secret: { [SECRET]: { bytes } } },
      says,
    ),
  ),
  found(
    "AMIVolumeSizeValidator",
    "too small",
    image("", "Image: {RootVolume: {Size: 40}}\n"),
    { image: { "ami-01234567": PARENT } },
    /^ERROR Image\.RootVolume\.Size: .*45 GiB/,
  ),
  found(
    "AMIVolumeSizeValidator",
    "absent",
    image(""),
    { image: { "ami-01234567": null } },
    /no image/,
  ),
  found(
    "S3BucketRegionValidator",
    "of an image build",
    image("", "CustomS3Bucket: bucket\n"),
    { bucket: { bucket: { region: "us-east-1", versioned: true } } },
    /us-east-1/,
  ),
  found(
    "RoleValidator",
    "of an image build",
    image(`, Iam: {InstanceRole: '${ROLE}'}`),
    { role: { [ROLE]: null } },
    /Build\.Iam\.InstanceRole: there is no role/,
  ),
  found(
    "UrlValidator",
    "of an image build",
    image(", Components: [{Type: script, Value: 's3://b/a.sh'}]"),
    { object: { "s3://b/a.sh": null } },
    /^WARNING Build/,
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
