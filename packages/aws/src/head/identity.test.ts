import { setTimeout as sleep } from "node:timers/promises";
import type { HeadCloud, Machine } from "@sluice/cloud";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { proofOf } from "../machines/testing/proof.ts";
import { OTHER, queueFile, World } from "../machines/testing/world.ts";

// The machine that tests run on may be busy.
vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });

let world: World;
let head: HeadCloud;
let machine: Machine;
beforeEach(async () => {
  world = await World.open();
  await world.makeCluster();
  head = await world.head(queueFile("ComputeResources: [{Name: c, InstanceType: c5.large}]"));
  const [first] = await head.machines.launch([request("1")], { atomic: false });
  if (first?.ok !== true) throw new Error("no machine");
  machine = first.machine;
});
afterEach(() => world[Symbol.asyncDispose]());

function request(token: string) {
  return {
    token,
    node: `q-dy-c-${token}`,
    pool: { queue: "q", computeResource: "c" },
    offering: { instanceType: "c5.large", zone: "eu-central-1a", market: "on-demand" as const },
    userData: "",
    tags: {},
  };
}

const from = (more: { address?: string; port?: number } = {}) => ({
  address: machine.address ?? "",
  port: 700,
  ...more,
});

test("a machine is let in from its own address, by its root", async () => {
  const proof = proofOf(world, machine.id);
  expect(await head.identity.verify(proof, from())).toMatchObject({ node: "q-dy-c-1" });
  expect(await head.identity.verify(proof, from({ port: 1024 }))).toBeUndefined();
  expect(await head.identity.verify(proof, from({ port: 0 }))).toBeUndefined();
  expect(await head.identity.verify(proof, from({ address: "10.0.0.77" }))).toBeUndefined();
});

test("STS is asked once for a proof that comes again", async () => {
  const proof = proofOf(world, machine.id);
  await Promise.all(Array.from({ length: 5 }, () => head.identity.verify(proof, from())));
  expect(world.region.count("sts:GetCallerIdentity")).toBe(1);
});

test("a proof for another cluster, or for another machine's address, is none", async () => {
  const foreign = proofOf(world, machine.id, OTHER);
  expect(await head.identity.verify(foreign, from())).toBeUndefined();
  const second = await head.machines.launch([request("2")], { atomic: false });
  const other = second[0]?.ok === true ? second[0].machine.id : "";
  expect(await head.identity.verify(proofOf(world, other), from())).toBeUndefined();
});

test("a signature that does not fit is refused by STS, and so by us", async () => {
  const proof = JSON.parse(proofOf(world, machine.id));
  proof.headers["x-amz-date"] = "20260101T000000Z";
  expect(await head.identity.verify(JSON.stringify(proof), from())).toBeUndefined();
  expect(world.region.count("sts:GetCallerIdentity")).toBe(0);
});

test("a person's keys are no machine", async () => {
  const keys = world.region.keys.issue(
    { account: world.region.account, arn: "arn:aws:sts::123456789012:assumed-role/admin/i-0" },
    60,
  );
  const proof = proofOf(world, "i-0", undefined, keys);
  expect(await head.identity.verify(proof, from())).toBeUndefined();
});

test("an STS that hangs is waited for five seconds at most", async () => {
  const proof = proofOf(world, machine.id);
  world.region.faults.latency = 8_000;
  const asked = head.identity.verify(proof, from()).then(
    () => "answered",
    () => "given up",
  );
  expect(await Promise.race([asked, sleep(7_000, "waits")])).toBe("given up");
}, 10_000);
