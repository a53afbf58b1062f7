import { describe, expect, it } from "vitest";
import { FACTS } from "../machines/testing/facts.ts";
import { queueFile } from "../machines/testing/world.ts";
import { factsInForce, remembered } from "./facts-in-force.ts";

const RESOURCES = "ComputeResources: [{Name: c, InstanceType: c5.large}]";
const state = { volumeId: "vol-state", mountPoint: "/var/lib/sluice" };
const data = { volumeId: "vol-data", name: "data", mountPoint: "/data" };

const withStorage = (place: string) =>
  queueFile(
    `${RESOURCES}, Iam: {S3Access: [{BucketName: results}]}`,
    `SharedStorage: [{Name: data, MountDir: ${place}, StorageType: Ebs}]`,
  );

describe("what the stack says no more", () => {
  const before = {
    ...FACTS,
    disks: [state, data],
    roles: { ...FACTS.roles, queueProfiles: { q: "profile-of-q" } },
    images: { "ubuntu2404/arm64": "ami-of-before" },
    database: { host: "db", port: 3306, user: "slurm", name: "c" },
  };
  const { database: _, ...said } = { ...before, ...FACTS, disks: [state], images: {} };
  const all = remembered(said, before);

  it("holds for the file that still asks for it", () => {
    expect(factsInForce(withStorage("/data"), all)).toMatchObject({
      disks: [state, data],
      roles: { queueProfiles: { q: "profile-of-q" } },
      images: { "ubuntu2404/arm64": "ami-of-before" },
    });
  });

  it("is nothing to the file that does not", () => {
    const facts = factsInForce(queueFile(RESOURCES), all);
    expect(facts.disks).toEqual([state]);
    expect(facts.roles.queueProfiles).toEqual({});
    expect(facts.database).toBeUndefined();
  });

  it("gives way to what it says now", () => {
    const other = { ...data, volumeId: "vol-other" };
    const now = remembered({ ...said, disks: [other, state] }, all);
    expect(now.disks).toEqual([other, state]);
  });
});

it("a disk is where the file in force has it, wherever the stack has it by now", () => {
  const moved = { ...FACTS, disks: [state, { ...data, mountPoint: "/new" }] };
  expect(factsInForce(withStorage("/data"), moved).disks).toEqual([state, data]);
});

it("what a file asks for that is not in force is not there yet", () => {
  const facts = factsInForce(queueFile(RESOURCES), { ...FACTS, disks: [state, data] });
  expect(facts.disks).toEqual([state]);
});
