import { describe, expect, it } from "vitest";
import type { ClusterConfig } from "../cluster-file/config.ts";
import { parseClusterFile } from "../cluster-file/parse.ts";
import { planChange } from "./plan-change.ts";

const file = (more = "", settings = ""): ClusterConfig => {
  const text = `Region: eu-central-1
Image: {Os: debian13}
HeadNode: {InstanceType: t3.small}
${more}
Scheduling:
  SlurmSettings: {${settings}}
  SlurmQueues: [{Name: q, ComputeResources: [{Name: a, InstanceType: c5.large}]}]
`;
  const result = parseClusterFile(text, { fileName: "f.yaml" });
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.config;
};

const planned = (before: ClusterConfig, after: ClusterConfig) =>
  planChange(before, after, { fleet: "running" }).changes.map(({ path, effect }) => [path, effect]);

describe("what Sluice makes for a cluster", () => {
  it("is the same network whether or not its defaults are written", () => {
    expect(planned(file(), file("Vpc: {Cidr: 10.0.0.0/16, NatGateways: one}"))).toEqual([]);
    expect(planned(file(), file("Vpc: {NatGateways: zone}"))).toEqual([
      ["Vpc.NatGateways", "refused"],
    ]);
  });

  it("is a database or none for good, whose size may change at any time", () => {
    const managed = (keys: string) => file("", `Database: {Managed: {${keys}}}`);
    const path = "Scheduling.SlurmSettings.Database.Managed";
    expect(planned(file(), managed(""))).toEqual([[path, "refused"]]);
    expect(planned(managed(""), file())).toEqual([[path, "refused"]]);
    expect(planned(managed(""), managed("MaxCapacity: 8"))).toEqual([
      [`${path}.MaxCapacity`, "live"],
    ]);
  });
});
