import { expect, it } from "vitest";
import { parseImageBuildFile } from "../cluster-file/parse-image-build.ts";

function judged(text: string): readonly string[] {
  const parsed = parseImageBuildFile(text, { fileName: "image.yaml" });
  const findings = parsed.ok ? parsed.warnings : parsed.findings;
  return findings.map(({ level, path, message }) => `${level} ${path}: ${message}`);
}

const AWS = "Build: { InstanceType: c7i.large, ParentImage: PARENT }\n";
const LOCAL = "Provider: local\nBuild: { ParentImage: PARENT }\n";

it.each([
  "debian13",
  "rocky9",
  "ami-0123456789abcdef0",
  "ssm:/aws/service/debian/release/13/latest/amd64",
  '"arn:aws:imagebuilder:eu-central-1:aws:image/ubuntu-server-24-lts-x86/x.x.x"',
])("an image of aws may begin as %s", (parent) => {
  expect(judged(AWS.replace("PARENT", parent))).toEqual([]);
});

it.each(["debian13", "debian12", "lab-1"])("one of the local cloud may begin as %s", (parent) => {
  expect(judged(LOCAL.replace("PARENT", parent))).toEqual([]);
});

it("does not begin as what its cloud has not", () => {
  expect(judged(AWS.replace("PARENT", "lab-1"))).toEqual([
    expect.stringContaining('Build.ParentImage: "lab-1" is neither an operating system nor'),
  ]);
  for (const parent of ["ami-0123456789abcdef0", "ubuntu2404", "ssm:/x"]) {
    expect(judged(LOCAL.replace("PARENT", parent))).toEqual([
      expect.stringContaining("is not an image of the local cloud"),
    ]);
  }
});

it("is of its parent's system, and shared by what is JSON", () => {
  expect(judged(`Image: { Os: debian12 }\n${AWS.replace("PARENT", "debian13")}`)).toEqual([
    expect.stringMatching(/^ERROR Image\.Os: "debian12" is another system/),
  ]);
  const shared = (text: string) =>
    judged(
      `${AWS.replace("PARENT", "debian13")}DevSettings: { DistributionConfiguration: { LaunchPermission: '${text}' } }\n`,
    );
  expect(shared('{"UserIds": ["123456789012"]}')).toEqual([]);
  for (const text of ["[1]", "userIds: 1", "null"]) {
    expect(shared(text)).toEqual([expect.stringContaining("this is no JSON object")]);
  }
});

it("needs a machine type on aws, and says what does nothing on the local cloud", () => {
  expect(judged("Build: { ParentImage: debian13 }\n")).toEqual([
    expect.stringMatching(/^ERROR Build\.InstanceType: InstanceType is missing/),
  ]);
  const file = `Provider: local
Region: eu-central-1
Image: { Name: lab, RootVolume: { Size: 20 } }
Build: { InstanceType: c7i.large, ParentImage: debian13, SubnetId: subnet-01234567, SecurityGroupIds: [sg-01234567] }
`;
  expect(judged(file).map((line) => line.split(":")[0])).toEqual([
    "WARNING Region",
    "WARNING Image.Name",
    "WARNING Image.RootVolume",
    "WARNING Build.InstanceType",
    "WARNING Build.SubnetId",
    "WARNING Build.SecurityGroupIds",
  ]);
});

it("takes scripts from where the machine that builds can read them", () => {
  const components = (provider: string, ...values: readonly string[]) =>
    judged(
      `Provider: ${provider}\nBuild:\n  InstanceType: c7i.large\n  ParentImage: debian13\n  Components:\n${values
        .map((value) => `    - { Type: script, Value: "${value}" }\n`)
        .join("")}`,
    ).filter((line) => line.includes("Components"));
  const values = ["https://h/x.sh", "s3://b/x.sh", "file:///root/x.sh", "/root/x.sh"] as const;
  expect(components("aws", ...values).map((line) => /\[(\d)\]/.exec(line)?.[1])).toEqual([
    "2",
    "3",
  ]);
  expect(components("local", ...values).map((line) => /\[(\d)\]/.exec(line)?.[1])).toEqual([
    "1",
    "3",
  ]);
});
