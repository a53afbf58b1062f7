import { describe, expect, it } from "vitest";
import { nestedKeys, withLeaving } from "./leaving.ts";

const template = (...ids: readonly string[]): string =>
  JSON.stringify({
    Parameters: Object.fromEntries(ids.map((id) => [`P${id}`, { Type: "String" }])),
    Resources: Object.fromEntries(ids.map((id) => [id, { Type: "AWS::IAM::Role" }])),
  });

const resources = (text: string): readonly string[] =>
  Object.keys((JSON.parse(text) as { Resources: object }).Resources);

describe("what a new template has not", () => {
  it("stays for one more update, with what it needs", () => {
    const first = withLeaving(template("A", "B"), template("A", "C"), true);
    expect(resources(first)).toEqual(["A", "C", "B", "Leaving1"]);
    expect(JSON.parse(first)).toHaveProperty("Parameters.PB");
    const second = withLeaving(first, template("A", "C"), true);
    expect(second).toBe(template("A", "C"));
  });

  it("stays until a file is in force that has it no more", () => {
    const first = withLeaving(template("A", "B"), template("A"), true);
    const second = withLeaving(first, template("C"), false);
    expect(resources(second)).toEqual(["C", "A", "B", "Leaving2"]);
    expect(resources(withLeaving(second, template("C"), true))).toEqual(["C"]);
  });

  it("is as before when it comes back meanwhile", () => {
    const first = withLeaving(template("A", "B"), template("A"), true);
    expect(withLeaving(first, template("A", "B"), true)).toBe(template("A", "B"));
  });

  it("is counted on, so that each time there is a change to deploy", () => {
    const first = withLeaving(template("A", "B"), template("A"), true);
    const second = withLeaving(first, template("C"), true);
    expect(resources(second)).toEqual(["C", "A", "Leaving2"]);
  });

  it("goes at once when no node uses it", () => {
    const alarm = JSON.stringify({ Resources: { Alarm: { Type: "AWS::CloudWatch::Alarm" } } });
    expect(withLeaving(alarm, template("A"), true)).toBe(template("A"));
  });

  it("brings along what it refers to", () => {
    const deployed = JSON.stringify({
      Resources: {
        Key: { Type: "AWS::KMS::Key" },
        Disk: { Type: "AWS::EC2::Volume", Properties: { KmsKeyId: { Ref: "Key" } } },
      },
    });
    expect(resources(withLeaving(deployed, template("A"), true))).toEqual([
      "A",
      "Disk",
      "Key",
      "Leaving1",
    ]);
  });

  it("is nothing when nothing goes", () => {
    expect(withLeaving(template("A"), template("A", "B"), true)).toBe(template("A", "B"));
  });
});

it("nested templates are found by their keys", () => {
  const text = JSON.stringify({
    Resources: {
      Roles: {
        Type: "AWS::CloudFormation::Stack",
        Properties: {
          TemplateURL: { "Fn::Join": ["", ["https://b.s3/", "clusters/c-1/templates/ab12.json"]] },
        },
      },
      Others: {
        Type: "AWS::CloudFormation::Stack",
        Properties: { TemplateURL: "https://e.org/x" },
      },
      Role: { Type: "AWS::IAM::Role" },
    },
  });
  expect([...nestedKeys(text, "clusters/c-1")]).toEqual([
    ["Roles", "clusters/c-1/templates/ab12.json"],
  ]);
});
