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
    const first = withLeaving(template("A", "B"), template("A", "C"), "newest");
    expect(resources(first)).toEqual(["A", "C", "B", "Leaving1"]);
    expect(JSON.parse(first)).toHaveProperty("Parameters.PB");
    const second = withLeaving(first, template("A", "C"), "newest");
    expect(second).toBe(template("A", "C"));
  });

  it("stays as long as a file may be in force that has it", () => {
    const first = withLeaving(template("A", "B"), template("A", "C"), "newest");
    // What C is of was never in force, or is not yet for certain.
    const back = withLeaving(first, template("D"), "former");
    expect(resources(back)).toEqual(["D", "B", "Leaving2"]);
    const unknown = withLeaving(first, template("D"), "both");
    expect(resources(unknown)).toEqual(["D", "A", "C", "B", "Leaving2"]);
    expect(resources(withLeaving(unknown, template("D"), "newest"))).toEqual(["D"]);
  });

  it("is as before when it comes back meanwhile", () => {
    const first = withLeaving(template("A", "B"), template("A"), "newest");
    expect(withLeaving(first, template("A", "B"), "newest")).toBe(template("A", "B"));
  });

  it("is counted on, so that each time there is a change to deploy", () => {
    const first = withLeaving(template("A", "B"), template("A"), "newest");
    const second = withLeaving(first, template("C"), "newest");
    expect(resources(second)).toEqual(["C", "A", "Leaving2"]);
  });

  it("goes at once when no node uses it", () => {
    const alarm = JSON.stringify({ Resources: { Alarm: { Type: "AWS::CloudWatch::Alarm" } } });
    expect(withLeaving(alarm, template("A"), "newest")).toBe(template("A"));
  });

  it("brings along what it refers to", () => {
    const deployed = JSON.stringify({
      Resources: {
        Key: { Type: "AWS::KMS::Key" },
        Disk: { Type: "AWS::EC2::Volume", Properties: { KmsKeyId: { Ref: "Key" } } },
      },
    });
    expect(resources(withLeaving(deployed, template("A"), "newest"))).toEqual([
      "A",
      "Disk",
      "Key",
      "Leaving1",
    ]);
  });

  it("is nothing when nothing goes", () => {
    expect(withLeaving(template("A"), template("A", "B"), "newest")).toBe(template("A", "B"));
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
