import {
  CreateTagsCommand,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { HeadCloud, Interruption, LaunchRequest, Machine } from "@sluice/cloud";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ClusterFacts } from "../facts.ts";
import { TAGS } from "../names.ts";
import { OTHER, queueFile, UNIQUE, World } from "./testing/world.ts";

const FILE = queueFile(
  "ComputeResources: [{Name: c, InstanceType: c5.large}, {Name: d, InstanceType: m5.large}]",
);

// The machine that tests run on may be busy.
vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });

let world: World;
let facts: ClusterFacts;
let head: HeadCloud;
beforeEach(async () => {
  world = await World.open();
  facts = await world.makeCluster();
  head = await world.head(FILE);
});
afterEach(async () => {
  expect(world.region.defects).toEqual([]);
  await world[Symbol.asyncDispose]();
});

const WAIT = { timeout: 10_000 };

let serial = 0;

function request(more: Partial<LaunchRequest> = {}): LaunchRequest {
  serial += 1;
  return {
    token: `token-${serial}`,
    node: `q-dy-c-${serial}`,
    pool: { queue: "q", computeResource: "c" },
    offering: { instanceType: "c5.large", zone: "eu-central-1a", market: "on-demand" },
    userData: "",
    tags: {},
    ...more,
  };
}

const SPOT = { instanceType: "c5.large", zone: "eu-central-1a", market: "spot" } as const;

async function launched(count: number, more: Partial<LaunchRequest> = {}): Promise<Machine[]> {
  const asked = Array.from({ length: count }, () => request(more));
  const outcomes = await head.machines.launch(asked, { atomic: false });
  const machines = outcomes.map((one) => {
    if (!one.ok) throw one.error;
    return one.machine;
  });
  for (const { id } of machines) {
    await expect.poll(() => world.region.ec2.instance(id)?.state, WAIT).toBe("running");
  }
  await head.machines.list();
  return machines;
}

describe("terminating", () => {
  test("machines that are for logging in, or another cluster's, is not done", async () => {
    const others = [
      { [TAGS.clusterId]: UNIQUE, [TAGS.cluster]: "c", [TAGS.role]: "login" },
      { [TAGS.clusterId]: OTHER, [TAGS.cluster]: "c", [TAGS.role]: "compute" },
    ];
    const ids: string[] = [];
    for (const tags of others) {
      const { Instances = [] } = await world.region.call(RunInstancesCommand, {
        MinCount: 1,
        MaxCount: 1,
        ImageId: world.ground.imageId,
        InstanceType: "c5.large",
        SubnetId: world.ground.subnetIds[0],
        TagSpecifications: [
          {
            ResourceType: "instance",
            Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
          },
        ],
      });
      ids.push(Instances[0]?.InstanceId ?? "");
    }
    const outcomes = await head.machines.terminate(ids);
    expect(outcomes.map((one) => one.ok || one.error.kind)).toEqual(["NotFound", "NotFound"]);
    expect(world.region.count("ec2:TerminateInstances")).toBe(0);
  });

  test("an id that EC2 forgot does not hold up the others", async () => {
    const [first, second, third] = await launched(3);
    const ids = [first, second, third].map((one) => one?.id ?? "");
    const code = "InvalidInstanceID.NotFound";
    const message = `The instance ID '${second?.id}' does not exist`;
    world.region.faults.fail.set("ec2:TerminateInstances", { code, message, times: 1 });
    const outcomes = await head.machines.terminate(ids);
    // It was there seconds ago: that EC2 does not know it proves nothing.
    expect(outcomes.map((one) => one.ok || one.error.kind)).toEqual([true, "Transient", true]);
  });

  test("a machine that is protected does not hold up the others", async () => {
    const [first, ...others] = await launched(4);
    const InstanceId = first?.id ?? "";
    const isProtected = { Value: true };
    await world.region.call(ModifyInstanceAttributeCommand, {
      InstanceId,
      DisableApiTermination: isProtected,
    });
    const ids = [InstanceId, ...others.map(({ id }) => id)];
    const outcomes = await head.machines.terminate(ids);
    expect(outcomes.map((one) => one.ok || one.error.kind)).toEqual([
      "LaunchRejected",
      true,
      true,
      true,
    ]);
  });

  test("a machine that is gone is listed as gone, and remembered when EC2 lists it no more", async () => {
    const [machine] = await launched(1);
    const id = machine?.id ?? "";
    await head.machines.terminate([id]);
    const state = async () => (await head.machines.list()).find((one) => one.id === id)?.state;
    await vi.waitFor(async () => expect(await state()).toBe("gone"), WAIT);
    world.region.ec2.state.instances.delete(id);
    expect(await state()).toBe("gone");
  });
});

describe("the list", () => {
  test("has machines that nobody here asked for, without a node", async () => {
    const [machine] = await launched(1);
    await head[Symbol.asyncDispose]();
    const other = await world.head(FILE, { folder: `${world.folder}/lost` });
    expect(await other.machines.list()).toMatchObject([
      { id: machine?.id, node: "", token: `unknown-${machine?.id}`, pool: { queue: "q" } },
    ]);
  });

  test("has no login machines, which may prove who they are all the same", async () => {
    const [machine] = await launched(1);
    const Tags = [{ Key: TAGS.role, Value: "login" }];
    await world.region.call(CreateTagsCommand, { Resources: [machine?.id ?? ""], Tags });
    expect(await head.machines.list()).toEqual([]);
  });

  test("is asked for once by all who ask while it is read", async () => {
    await launched(1);
    const before = world.region.count("ec2:DescribeInstances");
    await Promise.all(Array.from({ length: 10 }, () => head.machines.list()));
    expect(world.region.count("ec2:DescribeInstances")).toBe(before + 1);
  });

  test("of many machines is read seldom, unless something is heard of one", async () => {
    const many = await head.machines.launch(
      Array.from({ length: 300 }, () => request()),
      { atomic: false },
    );
    await head.machines.list();
    const before = world.region.count("ec2:DescribeInstances");
    for (let times = 0; times < 5; times++) expect(await head.machines.list()).toHaveLength(300);
    expect(world.region.count("ec2:DescribeInstances")).toBe(before);
    const abort = new AbortController();
    const [first] = many;
    const id = first?.ok === true ? first.machine.id : "";
    const isListed = async () =>
      (await head.machines.list()).some((one) => one.id === id && one.state !== "gone");
    await expect.poll(() => world.region.ec2.instance(id)?.state, WAIT).toBe("running");
    world.hypervisor.kill(id);
    for await (const _ of head.machines.changes(abort.signal)) {
      if (!(await isListed())) abort.abort();
    }
    expect(await isListed()).toBe(false);
  });

  test("an abort is heard while EC2 is slow", async () => {
    world.region.faults.latency = 2000;
    const abort = new AbortController();
    const listing = head.machines.list({ signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(listing).rejects.toThrow("enough");
    world.region.faults.latency = 0;
  });
});

describe("switching off and on", () => {
  test("a spot machine can't be", async () => {
    const [spot] = await launched(1, { offering: SPOT });
    const [outcome] = (await head.standby?.stop([spot?.id ?? ""])) ?? [];
    expect(outcome).toMatchObject({ ok: false, error: { kind: "LaunchRejected" } });
    expect(world.region.count("ec2:StopInstances")).toBe(0);
  });

  test("what one type lacks keeps no machine of another off", async () => {
    const pool = { queue: "q", computeResource: "d" };
    const offering = {
      instanceType: "m5.large",
      zone: "eu-central-1a",
      market: "on-demand",
    } as const;
    const ids = [...(await launched(2)), ...(await launched(1, { pool, offering }))].map(
      ({ id }) => id,
    );
    await head.standby?.stop(ids);
    const isOff = async () =>
      (await head.machines.list()).every(({ state }) => state === "stopped");
    await vi.waitFor(async () => expect(await isOff()).toBe(true), WAIT);
    world.region.faults.capacity.set("c5.large/eu-central-1a", 1);
    const outcomes = (await head.standby?.start(ids)) ?? [];
    expect(outcomes.map((one) => one.ok || one.error.kind)).toEqual([
      true,
      "InsufficientCapacity",
      true,
    ]);
  });
});

describe("notices", () => {
  async function heard(count: number, from = head): Promise<readonly Interruption[]> {
    const abort = new AbortController();
    const notices: Interruption[] = [];
    for await (const notice of from.machines.interruptions(abort.signal)) {
      notices.push(notice);
      if (notices.length === count) abort.abort();
    }
    return notices;
  }

  test("outlive the head that heard them", async () => {
    const [machine] = await launched(1, { offering: SPOT });
    await world.region.ec2.interrupt(machine?.id ?? "", 600);
    const [notice] = await heard(1);
    expect(notice).toMatchObject({ machineId: machine?.id, kind: "spot" });
    await head[Symbol.asyncDispose]();
    const next = await world.head(FILE);
    expect(await heard(1, next)).toEqual([notice]);
  });

  test("come from machines, too, and only once if they say the same", async () => {
    const [machine] = await launched(1);
    const machineId = machine?.id ?? "";
    const hearing = heard(2);
    const deadline = new Date(Date.now() + 60_000);
    head.notices?.tell({ machineId, kind: "spot", deadline });
    head.notices?.tell({ machineId, kind: "spot", deadline });
    head.notices?.tell({ machineId, kind: "maintenance", deadline: undefined });
    expect((await hearing).map(({ kind }) => kind)).toEqual(["spot", "maintenance"]);
  });

  test("of what EC2 had scheduled before anybody listened are told", async () => {
    const [machine] = await launched(1);
    const id = machine?.id ?? "";
    await world.region.ec2.scheduleMaintenance(id, { inSeconds: 3600, code: "system-reboot" });
    const [notice] = await heard(1);
    expect(notice).toMatchObject({ machineId: id, kind: "maintenance" });
    expect(notice?.deadline?.getTime()).toBeGreaterThan(Date.now() + 3_000_000);
  });

  test("of others, and what is no notice, are taken from the queue and passed over", async () => {
    const [machine] = await launched(1, { offering: SPOT });
    const detail = { "instance-id": "i-0123456789abcdef0" };
    for (const type of [
      "EC2 Spot Instance Interruption Warning",
      "EC2 Instance Rebalance Recommendation",
    ]) {
      await world.region.call(SendMessageCommand, {
        QueueUrl: facts.noticesQueue,
        MessageBody: JSON.stringify({ "detail-type": type, detail }),
      });
    }
    await world.region.call(SendMessageCommand, {
      QueueUrl: facts.noticesQueue,
      MessageBody: "garbage",
    });
    await world.region.ec2.recommendRebalance(machine?.id ?? "");
    await world.region.ec2.interrupt(machine?.id ?? "", 600);
    expect((await heard(1)).map(({ machineId }) => machineId)).toEqual([machine?.id]);
    expect(world.log.join()).toContain("is likely to be taken soon");
  });

  test("are heard while what EC2 has planned can't be read", async () => {
    const fault = { code: "UnauthorizedOperation", message: "no", times: 1000 };
    world.region.faults.fail.set("ec2:DescribeInstanceStatus", fault);
    const [machine] = await launched(1, { offering: SPOT });
    const hearing = heard(1);
    await world.region.ec2.interrupt(machine?.id ?? "", 600);
    expect(await hearing).toMatchObject([{ machineId: machine?.id, kind: "spot" }]);
    expect(world.log.join()).toContain("planned can't be read");
  });

  test("are asked for again when the queue can't be read", async () => {
    const fault = { code: "AccessDenied", message: "no", times: 1 };
    world.region.faults.fail.set("sqs:ReceiveMessage", fault);
    const [machine] = await launched(1, { offering: SPOT });
    const hearing = heard(1);
    await world.region.ec2.interrupt(machine?.id ?? "", 600);
    expect(await hearing).toMatchObject([{ machineId: machine?.id }]);
    expect(world.log.join()).toContain("notices can't be read");
  });
});

test("a placement group is made once for each zone, and is there before the machines", async () => {
  const placed = await world.head(
    queueFile(
      "Networking: {PlacementGroup: {Enabled: true}}, ComputeResources: [{Name: c, InstanceType: c5.large}]",
    ),
    { folder: `${world.folder}/placed` },
  );
  for (let times = 0; times < 2; times++) {
    const outcomes = await placed.machines.launch([request(), request()], { atomic: true });
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
  }
  expect(world.region.count("ec2:CreatePlacementGroup")).toBe(1);
  const elsewhere = {
    instanceType: "c5.large",
    zone: "eu-central-1b",
    market: "on-demand",
  } as const;
  const there = await placed.machines.launch([request({ offering: elsewhere })], { atomic: true });
  expect(there).toMatchObject([{ ok: true, machine: { offering: elsewhere } }]);
  const [machine] = await placed.machines.list();
  expect(world.region.ec2.instance(machine?.id ?? "")?.row.Placement?.GroupName).toBe(
    `sluice-c-${UNIQUE}-q-c-eu-central-1a`,
  );
});

test("a subnet that is full is a lack of that zone", async () => {
  const code = "InsufficientFreeAddressesInSubnet";
  world.region.faults.fail.set("ec2:RunInstances", { code, message: "no", times: 1 });
  const [outcome] = await head.machines.launch([request()], { atomic: false });
  expect(outcome).toMatchObject({
    ok: false,
    error: { kind: "InsufficientCapacity", hint: "give the queue a larger subnet, or one more" },
  });
});
