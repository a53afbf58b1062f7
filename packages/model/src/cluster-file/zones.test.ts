import { describe, expect, it } from "vitest";
import { planChange } from "../change/plan-change.ts";
import type { ClusterConfig } from "./config.ts";
import { parseClusterFile } from "./parse.ts";
import { headPlaces, localZones, queueZones } from "./zones.ts";

function parsed(text: string): ClusterConfig {
  const result = parseClusterFile(text, { fileName: "f.yaml" });
  if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join("\n"));
  expect(result.warnings).toEqual([]);
  return result.config;
}

/** A local cluster with queue `q`, with these parts. */
function local(text = "", queue = "", slurm = ""): ClusterConfig {
  return parsed(
    `Provider: local\nScheduling: {SlurmSettings: {${slurm}}, SlurmQueues: [{Name: q, ${queue} ComputeResources: [{Name: a, InstanceType: light.small, MaxCount: 2}]}]}\n${text}\n`,
  );
}

const AB = "Local: {Zones: [a, b]}";

describe("a cluster's zones", () => {
  it("are one where the file says nothing, with everything in it", () => {
    const config = local();
    expect(localZones(config)).toEqual(["local"]);
    expect(headPlaces(config)).toEqual([{ slot: 1, zone: "local", instanceType: "local.head" }]);
    expect(queueZones(config, "q")).toEqual(["local"]);
    expect(queueZones(config, "other")).toEqual([]);
  });

  it("are those of the file, in its order", () => {
    const config = local("Local: {Zones: [b, a]}", "Networking: {Zones: [a]},");
    expect(localZones(config)).toEqual(["b", "a"]);
    expect(headPlaces(config)[0]?.zone).toBe("b");
    expect(queueZones(config, "q")).toEqual(["a"]);
  });

  it("has a second head in the first zone that is not the head's, of the same type", () => {
    const places = (head: string) =>
      headPlaces(local(`${AB}\nHeadNode: {${head}}`)).map(
        ({ slot, zone, instanceType }) => `${slot} ${zone} ${instanceType}`,
      );
    expect(places("Standby: {}")).toEqual(["1 a local.head", "2 b local.head"]);
    expect(places("Zone: b, Standby: {}")).toEqual(["1 b local.head", "2 a local.head"]);
    expect(places("Zone: b, InstanceType: local.large, Standby: {Zone: a}")).toEqual([
      "1 b local.large",
      "2 a local.large",
    ]);
    expect(places("Standby: {InstanceType: local.large}")[1]).toBe("2 b local.large");
  });

  it("are no matter of the file on AWS, where subnets say it", () => {
    const config = parsed(
      "Region: eu-central-1\nImage: {Os: alinux2023}\nHeadNode: {InstanceType: t3.medium, SharedStorageType: Efs, Standby: {}}\nScheduling: {SlurmSettings: {Database: {Managed: {}}}, SlurmQueues: [{Name: q, ComputeResources: [{Name: a, InstanceType: c5.large}]}]}\n",
    );
    expect(localZones(config)).toEqual([]);
    expect(queueZones(config, "q")).toEqual([]);
    expect(headPlaces(config)).toEqual([
      { slot: 1, zone: "", instanceType: "t3.medium" },
      { slot: 2, zone: "", instanceType: "t3.medium" },
    ]);
  });
});

describe("a change of zones", () => {
  const effects = (before: ClusterConfig, after: ClusterConfig) =>
    planChange(before, after, { fleet: "running" }).changes.map(
      ({ path, effect }) => `${path}: ${effect}`,
    );

  it("is none where a default is written out", () => {
    const two = local(`${AB}\nHeadNode: {Standby: {}}`);
    const written = local(
      `${AB}\nHeadNode: {Zone: a, Standby: {Zone: b, InstanceType: local.head}}`,
    );
    expect(effects(two, written)).toEqual([]);
    expect(effects(local(), local("Local: {Zones: [local]}\nHeadNode: {Zone: local}"))).toEqual([]);
  });

  it("is refused for the cluster and its heads, and drains the nodes of a queue", () => {
    expect(effects(local(), local(AB))).toContain("Local.Zones: refused");
    expect(effects(local(AB), local(`${AB}\nHeadNode: {Zone: b}`))).toEqual([
      "HeadNode.Zone: refused",
    ]);
    expect(effects(local(AB), local(`${AB}\nHeadNode: {Standby: {}}`))).toEqual([
      "HeadNode.Standby: refused",
    ]);
    const drain = "QueueUpdateStrategy: DRAIN";
    expect(effects(local(AB, "", drain), local(AB, "Networking: {Zones: [b]},", drain))).toEqual([
      "Scheduling.SlurmQueues[q].Networking.Zones: drain",
    ]);
  });

  it("costs as much as the heads that there are", () => {
    const cost = (config: ClusterConfig) =>
      planChange(config, config, { fleet: "running" }).cost.before.least;
    expect(cost(local(`${AB}\nHeadNode: {Standby: {}}`))).toBeCloseTo(2 * cost(local(AB)));
  });
});

describe("backups", () => {
  const KEY = `age1${"q".repeat(58)}`;

  it("are none without their section, and have defaults in it", () => {
    expect(local().Backup).toBeUndefined();
    expect(local("Backup: {}").Backup).toEqual({ Every: { seconds: 86_400 }, Keep: 10 });
    const given = `Backup: {Every: 10m, Keep: 3, To: /shared/b, Recipients: [${KEY}]}`;
    expect(local(given).Backup).toEqual({
      Every: { seconds: 600 },
      Keep: 3,
      To: "/shared/b",
      Recipients: [KEY],
    });
  });

  it.each([
    "Every: 9m",
    "Every: 31d",
    "Keep: 0",
    "To: relative",
    "To: 's3://B'",
    "To: '/a b'",
    "Recipients: []",
    "Recipients: [age1short]",
    "Recipients: [ssh-ed25519]",
  ])("are refused with what is none: %s", (text) => {
    expect(() => local(`Backup: {${text}}`)).toThrow();
  });

  it("come and go while the cluster runs", () => {
    const plan = planChange(local(), local("Backup: {}"), { fleet: "running" });
    expect(plan.changes).toMatchObject([{ path: "Backup", effect: "live" }]);
  });
});
