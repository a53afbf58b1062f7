import type { CheckCase } from "./case.ts";

const build = (keys: string, more = ""): string =>
  `Build: {InstanceType: c5.large, ParentImage: ami-01234567${keys}}\n${more}`;

/** Of the file of an image build. */
export const IMAGE_BUILD_CASES: readonly CheckCase[] = (
  [
    {
      id: "EbsVolumeTypeSizeValidator",
      level: "ERROR",
      name: "a disk that is too large",
      file: build("", "Image: {RootVolume: {Size: 70000}}\n"),
      path: "Image.RootVolume.Size",
      says: /1 to 65536/,
    },
    {
      id: "KmsKeyIdEncryptedValidator",
      level: "ERROR",
      name: "a key for a disk that is not encrypted",
      file: build("", "Image: {RootVolume: {KmsKeyId: alias/a}}\n"),
      path: "Image.RootVolume.KmsKeyId",
      says: /Encrypted is false/,
    },
    {
      id: "ComponentsValidator",
      level: "ERROR",
      name: "too many",
      file: build(
        `, Components: [${Array.from({ length: 16 }, (_, index) => `{Type: script, Value: 's3://b/${index}'}`).join(", ")}]`,
      ),
      path: "Build.Components",
      says: /16 components/,
    },
    {
      id: "UrlValidator",
      level: "ERROR",
      name: "a script that can't be fetched",
      file: build(", Components: [{Type: script, Value: a.sh}]"),
      path: "Build.Components[0].Value",
      says: /no address/,
    },
    {
      id: "ConfigSchemaValidator",
      level: "ERROR",
      name: "a component without its ARN",
      file: build(", Components: [{Type: arn, Value: amazon-cloudwatch-agent}]"),
      path: "Build.Components[0].Value",
      says: /not the ARN/,
    },
    {
      id: "SecurityGroupsAndSubnetValidator",
      level: "ERROR",
      name: "a subnet without groups",
      file: build(", SubnetId: subnet-01234567"),
      path: "Build.SubnetId",
      says: /no security group/,
    },
    {
      id: "ConfigSchemaValidator",
      level: "ERROR",
      name: "a role and a profile",
      file: build(
        ", Iam: {InstanceRole: 'arn:aws:iam::123456789012:role/r', InstanceProfile: 'arn:aws:iam::123456789012:instance-profile/p'}",
      ),
      path: "Build.Iam.InstanceProfile",
      says: /InstanceRole already/,
    },
    {
      id: "ConfigSchemaValidator",
      level: "ERROR",
      name: "a tag of ours",
      file: build("", "Image: {Tags: [{Key: 'parallelcluster:a', Value: b}]}\n"),
      path: "Image.Tags[0].Key",
      says: /reserved/,
    },
    {
      id: "TextValidator",
      level: "ERROR",
      name: "a line end",
      file: build(', Tags: [{Key: a, Value: "b\\nc"}]'),
      path: "Build.Tags[0].Value",
      says: /line end/,
    },
    {
      id: "NoEffectValidator",
      level: "WARNING",
      name: "an installer of Chef",
      file: build("", "DevSettings: {CincInstallerUrl: 'https://host/i.sh'}\n"),
      path: "DevSettings.CincInstallerUrl",
      says: /not by Chef/,
    },
  ] satisfies CheckCase[]
).map((one) => ({ ...one, kind: "image" }));
