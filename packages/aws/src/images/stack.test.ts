import { renderImageScript } from "@sluice/boot";
import { parseImageBuildFile } from "@sluice/model";
import { expect, it } from "vitest";
import { guestProgram } from "../guest/program.ts";
import { checked } from "../infrastructure/synth/testing/checked-synthesis.ts";
import { strayProperties, type Template } from "../infrastructure/synth/testing/spec-walker.ts";
import { FETCH_COMMAND, imageComponents } from "./documents.ts";
import type { ParentImage } from "./parent.ts";
import { imageTemplate } from "./stack.ts";

const LEAST = "Build: { InstanceType: c7i.large, ParentImage: debian13 }\n";
const MOST = `Image:
  Name: lab
  Os: ubuntu2404
  Tags: [{ Key: team, Value: red }]
  RootVolume: { Size: 40, Encrypted: true, KmsKeyId: 01234567-89ab-cdef-0123-456789abcdef }
Build:
  InstanceType: c7i.large
  ParentImage: ami-0123456789abcdef0
  UpdateOsPackages: { Enabled: true }
  Components:
    - { Type: script, Value: s3://scripts/one.sh }
    - { Type: arn, Value: "arn:aws:imagebuilder:eu-central-1:aws:component/x/1.0.0" }
    - { Type: script, Value: https://host/two.sh }
  Iam:
    AdditionalIamPolicies: [{ Policy: arn:aws:iam::123456789012:policy/more }]
    PermissionsBoundary: arn:aws:iam::123456789012:policy/boundary
  Tags: [{ Key: team, Value: red }]
  SecurityGroupIds: [sg-0123456789abcdef0]
  SubnetId: subnet-0123456789abcdef0
DevSettings:
  DistributionConfiguration:
    Regions: eu-west-1, eu-central-1
    LaunchPermission: '{"userIds": ["210987654321"]}'
`;

function synthesised(text: string, parent: Partial<ParentImage> = {}) {
  const parsed = parseImageBuildFile(text, { fileName: "image.yaml" });
  if (!parsed.ok) throw new Error(parsed.findings.map(({ message }) => message).join("\n"));
  const { config } = parsed;
  const from: ParentImage = {
    image: "ami-0123456789abcdef0",
    os: "debian13",
    arch: "x86_64",
    root: { device: "/dev/xvda", sizeGiB: 8 },
    slurmVersion: undefined,
    ...parent,
  };
  const script = renderImageScript({
    id: "lab",
    os: from.os,
    sluiceVersion: "0.1.0",
    builtAt: "2026-01-05T08:00:00.000Z",
    config,
    fetchUrlCommand: FETCH_COMMAND,
  });
  const facts = { region: "eu-central-1", bucket: "b", prefix: "", cluster: "" };
  const fetch = guestProgram({ ...facts, stack: "", resource: "" });
  const { made, validator, nag } = checked((makeApp) =>
    imageTemplate(
      {
        id: "lab",
        build: "0123abcd",
        region: "eu-central-1",
        config,
        parent: from,
        components: imageComponents({ config, script, fetch }),
        tags: { "sluice:image-id": "lab" },
      },
      makeApp,
    ),
  );
  return { template: JSON.parse(made) as Template, validator, nag };
}

const byType = ({ Resources }: Template, type: string) =>
  Object.values(Resources)
    .filter(({ Type }) => Type === `AWS::${type}`)
    .map(({ Properties }) => Properties);

/** Both are AWS's own, and what Image Builder and its agent are documented to need. */
const EXPECTED = ["AwsSolutions-IAM4"];

/** Once for all tests, because compiling the checkers' rules takes seconds. */
const STACKS = { least: synthesised(LEAST), most: synthesised(MOST, { os: "ubuntu2404" }) };

it.each(["least", "most"] as const)(
  "the %s that a file says is a template that AWS's own checkers take",
  (name) => {
    const { template, validator, nag } = STACKS[name];
    expect(strayProperties(template)).toEqual([]);
    expect(validator).toEqual([]);
    expect(nag.filter(({ rule }) => !EXPECTED.some((one) => rule.startsWith(one)))).toEqual([]);
  },
);

it("runs the script in the order of the file, and tries the image at the end", () => {
  const { template } = STACKS.most;
  const [recipe] = byType(template, "ImageBuilder::ImageRecipe");
  expect(recipe?.Components).toEqual([
    { ComponentArn: { Ref: "Component1" } },
    { ComponentArn: "arn:aws:imagebuilder:eu-central-1:aws:component/x/1.0.0" },
    { ComponentArn: { Ref: "Component3" } },
  ]);
  const documents = byType(template, "ImageBuilder::Component").map((one) => String(one?.Data));
  expect(Math.max(...documents.map(({ length }) => length))).toBeLessThan(16_000);
  const commands = documents.map((text) =>
    (
      JSON.parse(text) as {
        phases: { name: string; steps: { inputs: { commands: string[] } }[] }[];
      }
    ).phases.map(({ name, steps }) => [name, steps[0]?.inputs.commands.at(-1)]),
  );
  const run = "sh /var/tmp/sluice-image/build.sh";
  expect(commands).toEqual([
    [["build", `${run} system update packages script-1`]],
    [
      ["build", `${run} script-3 services marker clean`],
      ["validate", "munged --version"],
      ["test", "munged --version"],
    ],
  ]);
});

it("gives the machine that builds no more than it needs, and the image what the file says", () => {
  const { template } = STACKS.most;
  const [role] = byType(template, "IAM::Role");
  expect(role).toMatchObject({
    Path: "/sluice/images/",
    PermissionsBoundary: "arn:aws:iam::123456789012:policy/boundary",
    Policies: [
      {
        PolicyDocument: {
          Statement: [
            {
              Action: ["s3:GetObject"],
              Resource: [
                { "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, ":s3:::scripts/one.sh"]] },
              ],
            },
          ],
        },
      },
    ],
  });
  const [infrastructure] = byType(template, "ImageBuilder::InfrastructureConfiguration");
  expect(infrastructure).toMatchObject({
    InstanceMetadataOptions: { HttpTokens: "required" },
    TerminateInstanceOnFailure: true,
    SubnetId: "subnet-0123456789abcdef0",
  });
  const [distribution] = byType(template, "ImageBuilder::DistributionConfiguration");
  expect(distribution?.Distributions).toMatchObject([
    {
      Region: "eu-central-1",
      AmiDistributionConfiguration: {
        AmiTags: { "sluice:image-id": "lab" },
        LaunchPermissionConfiguration: { UserIds: ["210987654321"] },
      },
    },
    { Region: "eu-west-1" },
  ]);
  const [recipe] = byType(template, "ImageBuilder::ImageRecipe");
  expect(recipe?.BlockDeviceMappings).toMatchObject([
    { DeviceName: "/dev/xvda", Ebs: { VolumeSize: 40, Encrypted: true } },
  ]);
});
