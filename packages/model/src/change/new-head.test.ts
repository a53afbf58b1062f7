import { describe, expect, it } from "vitest";
import type { ClusterConfig } from "../cluster-file/config.ts";
import { parseClusterFile } from "../cluster-file/parse.ts";
import { planChange } from "./plan-change.ts";

function config(os: string, type: string, zones = "a, b"): ClusterConfig {
  const text = `Provider: local
Image: {Os: ${os}}
HeadNode: {InstanceType: ${type}, Zone: a, Standby: {}}
Local: {Zones: [${zones}]}
Scheduling:
  SlurmQueues: [{Name: q, ComputeResources: [{Name: r, InstanceType: local.small}]}]
`;
  const result = parseClusterFile(text, { fileName: "f.yaml" });
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.config;
}

const BEFORE = config("debian13", "local.head");
const AFTER = config("debian14", "local.large");

describe("what a head machine settles", () => {
  it("is refused to an update, which says what does it", () => {
    const { changes } = planChange(BEFORE, AFTER, { fleet: "running" });
    expect(changes.map(({ path, effect }) => [path, effect])).toEqual([
      ["Image.Os", "refused"],
      ["HeadNode.InstanceType", "refused"],
      ["HeadNode.Standby.InstanceType", "refused"],
    ]);
    const [os, type] = changes.map(({ suggestion = "" }) => suggestion);
    expect(os).toMatch(/sluice upgrade$/);
    expect(type).toMatch(/sluice replace-head$/);
  });

  it("is none of an update's business where the machine was made with it", () => {
    const { changes } = planChange(BEFORE, AFTER, { fleet: "running", madeWith: AFTER });
    expect(changes.map(({ effect }) => effect)).toEqual(["live", "live", "live"]);
  });

  it("is refused still where the machine was made with something else", () => {
    const madeWith = config("debian14", "local.medium");
    const { changes } = planChange(BEFORE, AFTER, { fleet: "running", madeWith });
    expect(changes.map(({ effect }) => effect)).toEqual(["live", "refused", "refused"]);
  });

  it("is only what such a machine can settle", () => {
    const other = config("debian13", "local.head", "a, b, c");
    const { effect } = planChange(BEFORE, other, { fleet: "running", madeWith: other });
    expect(effect).toBe("refused");
  });
});
