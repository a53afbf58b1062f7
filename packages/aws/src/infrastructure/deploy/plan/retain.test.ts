import { describe, expect, it } from "vitest";
import { retaining } from "./retain.ts";

const TEMPLATE = JSON.stringify({
  Resources: {
    Vpc: { Type: "AWS::EC2::VPC" },
    Subnet: { Type: "AWS::EC2::Subnet", Properties: { VpcId: { Ref: "Vpc" } } },
    Ports: { Type: "AWS::EC2::SecurityGroup", Properties: { VpcId: { Ref: "Vpc" } } },
    HeadState: {
      Type: "AWS::EC2::Volume",
      Properties: { AvailabilityZone: { "Fn::GetAtt": ["Subnet", "AvailabilityZone"] } },
    },
    VolumeData: { Type: "AWS::EC2::Volume" },
    Lustre: {
      Type: "AWS::FSx::FileSystem",
      Properties: { SubnetIds: [{ Ref: "Subnet" }], SecurityGroupIds: [{ Ref: "Ports" }] },
    },
    Role: { Type: "AWS::IAM::Role" },
  },
});

const DATABASE = JSON.stringify({
  Resources: {
    ...(JSON.parse(TEMPLATE) as { Resources: object }).Resources,
    Database: { Type: "AWS::RDS::DBCluster", DeletionPolicy: "Delete" },
    DatabaseMachine: { Type: "AWS::RDS::DBInstance" },
  },
});

function policies(text: string): Record<string, string> {
  const { Resources } = JSON.parse(text) as {
    Resources: Record<string, { DeletionPolicy?: string }>;
  };
  return Object.fromEntries(
    Object.entries(Resources).flatMap(([id, { DeletionPolicy }]) =>
      DeletionPolicy === undefined ? [] : [[id, DeletionPolicy]],
    ),
  );
}

describe("what stays of a stack", () => {
  it("is the head's state, for the accounting in it", () => {
    const kept = retaining(TEMPLATE, { accounting: true, storage: false });
    expect(kept?.ids).toEqual(["HeadState"]);
    expect(policies(kept?.text ?? "")).toEqual({ HeadState: "Retain" });
  });

  it("is a snapshot of the database where there is one", () => {
    const kept = retaining(DATABASE, { accounting: true, storage: false });
    expect(kept?.ids).toEqual(["Database", "DatabaseMachine"]);
    expect(policies(kept?.text ?? "")).toEqual({
      Database: "Snapshot",
      DatabaseMachine: "Delete",
    });
  });

  it("is all storage, and the network that FSx lives in", () => {
    const kept = retaining(TEMPLATE, { accounting: true, storage: true });
    expect(kept?.ids).toEqual(["HeadState", "VolumeData", "Lustre"]);
    expect(Object.keys(policies(kept?.text ?? "")).toSorted()).toEqual([
      "HeadState",
      "Lustre",
      "Ports",
      "Subnet",
      "VolumeData",
      "Vpc",
    ]);
  });

  it("is nothing that was not asked for", () => {
    expect(retaining(TEMPLATE, { accounting: false, storage: false })).toBeUndefined();
  });

  it("comes with a change that CloudFormation takes for one", () => {
    const kept = retaining(TEMPLATE, { accounting: true, storage: false });
    const { Resources } = JSON.parse(kept?.text ?? "") as { Resources: object };
    expect(Object.values(Resources)).toContainEqual({
      Type: "AWS::CloudFormation::WaitConditionHandle",
    });
  });
});
