import { TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import type { HeadCloud, LaunchRequest } from "@sluice/cloud";
import type { ClusterConfig } from "@sluice/model";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TAGS } from "../names.ts";
import { CutConnection } from "./testing/cut.ts";
import { queueFile, World } from "./testing/world.ts";

const TYPES = ["c5.large", "c5a.large", "m5.large"] as const;
const ONE = queueFile("ComputeResources: [{Name: c, InstanceType: c5.large, MaxCount: 2000}]");
const SEVERAL = queueFile(`CapacityType: SPOT, AllocationStrategy: price-capacity-optimized,
      ComputeResources: [{Name: c, MaxCount: 2000, Instances: [${TYPES.map((type) => `{InstanceType: ${type}}`).join()}]}]`);

// The machine that tests run on may be busy.
vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.makeCluster();
});
afterEach(async () => {
  expect(world.region.defects).toEqual([]);
  await world[Symbol.asyncDispose]();
});

function requests(count: number, more: Partial<LaunchRequest> = {}): LaunchRequest[] {
  return Array.from({ length: count }, (_, index) => ({
    token: `token-${index + 1}`,
    node: `q-dy-c-${index + 1}`,
    pool: { queue: "q", computeResource: "c" },
    offering: { instanceType: "c5.large", zone: "eu-central-1a", market: "on-demand" },
    userData: "#!/bin/sh\ntrue\n",
    tags: { team: "a" },
    ...more,
  }));
}

/** Spot machines of which the cloud may choose the type and the zone. */
function choices(count: number): LaunchRequest[] {
  const all = TYPES.flatMap((instanceType) =>
    world.region.zones.map((zone) => ({ instanceType, zone, market: "spot" as const })),
  );
  const [offering, ...alternatives] = all;
  return requests(count, offering === undefined ? {} : { offering, alternatives });
}

/** What runs, whoever asked for it. */
function running() {
  return world.region.ec2.instances
    .values()
    .filter(({ state }) => state !== "terminated" && state !== "shutting-down");
}

async function nodesListed(head: HeadCloud): Promise<Record<string, string>> {
  const machines = await head.machines.list();
  return Object.fromEntries(
    machines.filter(({ state }) => state !== "gone").map(({ token, node }) => [token, node]),
  );
}

function expected(asked: readonly LaunchRequest[]): Record<string, string> {
  return Object.fromEntries(asked.map(({ token, node }) => [token, node]));
}

describe.each([
  ["RunInstances", ONE, () => requests(5)],
  ["CreateFleet", SEVERAL, () => choices(5)],
] as const)("a head that dies around %s", (action, config: ClusterConfig, ask) => {
  const others =
    action === "CreateFleet" ? ["DescribeImages", "CreateLaunchTemplate"] : ["DescribeImages"];
  const points = [action, ...others].flatMap((call) =>
    (["before", "after"] as const).map((when) => ({ call, when })),
  );

  test.each(points)("$when $call: asks again and gets the same machines", async (point) => {
    for (const atomic of [false, true]) {
      const connection = new CutConnection();
      const { endpoint, credentials } = world.region;
      const dying = await world.head(config, {
        client: { endpoint, credentials, requestHandler: connection, maxAttempts: 1 },
      });
      const asked = ask().map((one) => ({ ...one, token: `${one.token}-${atomic}` }));
      connection.cut = { action: point.call, when: point.when };
      const outcomes = await dying.machines.launch(asked, { atomic });
      expect(outcomes.map((one) => one.ok || one.error.kind)).toEqual(asked.map(() => "Transient"));
      await dying[Symbol.asyncDispose]();

      const head = await world.head(config);
      const again = await head.machines.launch(asked, { atomic });
      expect(again.map((one) => one.ok && one.machine.token)).toEqual(
        asked.map(({ token }) => token),
      );
      expect(await nodesListed(head)).toEqual(expected(asked));
      expect(running()).toHaveLength(asked.length);
      await head.machines.terminate(running().map(({ id }) => id));
      await vi.waitFor(async () => expect(await nodesListed(head)).toEqual({}), {
        timeout: 10_000,
      });
    }
  });

  test("before the answer: the next one finds each machine with its node", async () => {
    const connection = new CutConnection();
    const { endpoint, credentials } = world.region;
    const dying = await world.head(config, {
      client: { endpoint, credentials, requestHandler: connection, maxAttempts: 1 },
    });
    const asked = ask();
    connection.cut = { action, when: "after" };
    await dying.machines.launch(asked, { atomic: false });
    await dying[Symbol.asyncDispose]();

    const next = await world.head(config);
    const found = await next.machines.list();
    expect(await nodesListed(next)).toEqual(expected(asked));
    await next[Symbol.asyncDispose]();
    const third = await world.head(config);
    const again = await third.machines.launch(asked.slice(2, 4), { atomic: false });
    const idOf = (token: string) => found.find((one) => one.token === token)?.id;
    expect(again.map((one) => one.ok && one.machine.id)).toEqual(
      asked.slice(2, 4).map(({ token }) => idOf(token)),
    );
    expect(running()).toHaveLength(asked.length);
  });

  test("before the answer: whoever asks for a part of it has all asked once", async () => {
    const connection = new CutConnection();
    const { endpoint, credentials } = world.region;
    const dying = await world.head(config, {
      client: { endpoint, credentials, requestHandler: connection, maxAttempts: 1 },
    });
    const asked = ask();
    connection.cut = { action, when: "before" };
    await dying.machines.launch(asked, { atomic: false });
    await dying[Symbol.asyncDispose]();

    const head = await world.head(config);
    const each = await Promise.all(
      asked.map((one) => head.machines.launch([one], { atomic: false })),
    );
    expect(each.flat().map((one) => one.ok && one.machine.token)).toEqual(
      asked.map(({ token }) => token),
    );
    expect(world.region.count(`ec2:${action}`)).toBe(1);
    expect(running()).toHaveLength(asked.length);
  });

  test("and a list that lags behind changes nothing", async () => {
    world.region.faults.lag = 60_000;
    const head = await world.head(config);
    const asked = ask();
    const outcomes = await head.machines.launch(asked, { atomic: false });
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(await nodesListed(head)).toEqual(expected(asked));
    await head[Symbol.asyncDispose]();

    const next = await world.head(config);
    const again = await next.machines.launch(asked, { atomic: false });
    expect(again).toMatchObject(
      outcomes.map((one) => ({ ok: true, machine: { id: one.ok && one.machine.id } })),
    );
    const ids = outcomes.flatMap((one) => (one.ok ? [one.machine.id] : []));
    const kinds = (await next.machines.terminate(ids)).map((one) => one.ok || one.error.kind);
    // Neither of the two says that a machine is gone which is only not shown yet.
    expect(kinds).not.toContain("NotFound");
  });
});

describe("1,000 machines", () => {
  test("of one type take two calls, and their list one", async () => {
    const head = await world.head(ONE);
    const asked = requests(1000);
    const outcomes = await head.machines.launch(asked, { atomic: false });
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1000);
    expect(await nodesListed(head)).toEqual(expected(asked));
    expect(world.region.count("ec2:RunInstances")).toBe(2);
    expect(world.region.count("ec2:DescribeInstances")).toBe(1);
    expect(world.region.count("ec2:CreateTags")).toBe(0);
    const ids = outcomes.flatMap((one) => (one.ok ? [one.machine.id] : []));
    await head.machines.terminate(ids);
    expect(world.region.count("ec2:TerminateInstances")).toBe(1);
  }, 30_000);

  test("that are all or nothing are one call", async () => {
    const head = await world.head(ONE);
    world.region.faults.capacity.set("c5.large/eu-central-1a", 999);
    const outcomes = await head.machines.launch(requests(1000), { atomic: true });
    expect(new Set(outcomes.map((one) => one.ok || one.error.kind))).toEqual(
      new Set(["InsufficientCapacity"]),
    );
    expect(world.region.count("ec2:RunInstances")).toBe(1);
    expect(running()).toEqual([]);
  }, 30_000);
});

describe("a fleet", () => {
  test("gives what the cloud has, and says what became of each", async () => {
    for (const zone of world.region.zones) {
      for (const type of TYPES) world.region.faults.capacity.set(`${type}/${zone}/spot`, 0);
    }
    world.region.faults.capacity.set("m5.large/eu-central-1b/spot", 3);
    const head = await world.head(SEVERAL);
    const outcomes = await head.machines.launch(choices(5), { atomic: false });
    const given = outcomes.flatMap((one) => (one.ok ? [one.machine] : []));
    expect(given.map(({ offering }) => offering)).toEqual(
      Array.from({ length: 3 }, () => ({
        instanceType: "m5.large",
        zone: "eu-central-1b",
        market: "spot",
      })),
    );
    const [refused] = outcomes.filter((one) => !one.ok);
    expect(refused).toMatchObject({ ok: false, error: { kind: "InsufficientCapacity" } });
    expect(refused && !refused.ok && refused.refused?.length).toBe(9);
    const listed = await head.machines.list();
    expect(listed.map(({ offering }) => offering)).toEqual(given.map(({ offering }) => offering));
  });

  test("that is all or nothing stays in one zone", async () => {
    for (const zone of world.region.zones) {
      for (const type of TYPES) world.region.faults.capacity.set(`${type}/${zone}/spot`, 2);
    }
    const head = await world.head(SEVERAL);
    const six = await head.machines.launch(choices(6), { atomic: true });
    const zones = six.map((one) => (one.ok ? one.machine.offering.zone : one.error.message));
    expect(new Set(zones).size).toBe(1);
    const more = choices(7).map((one) => ({ ...one, token: `more-${one.token}` }));
    const seven = await head.machines.launch(more, { atomic: true });
    expect(seven.map((one) => one.ok || one.error.kind)).toEqual(
      more.map(() => "InsufficientCapacity"),
    );
    expect(running()).toHaveLength(6);
  });

  test("takes a launch template that is made once, and only when something in it changes", async () => {
    const head = await world.head(SEVERAL);
    const [first, second, third, fourth] = choices(4);
    for (const one of [first, second]) {
      if (one !== undefined) await head.machines.launch([one], { atomic: false });
    }
    expect(world.region.count("ec2:CreateLaunchTemplate")).toBe(1);
    if (third !== undefined) {
      await head.machines.launch([{ ...third, userData: "#!/bin/sh\nfalse\n" }], { atomic: false });
    }
    expect(world.region.count("ec2:CreateLaunchTemplate")).toBe(2);
    await head[Symbol.asyncDispose]();
    const next = await world.head(SEVERAL);
    const [again] =
      fourth === undefined ? [] : await next.machines.launch([fourth], { atomic: false });
    expect(again).toMatchObject({ ok: true });
    expect([...world.region.ec2.state.templates.values()]).toHaveLength(2);
  });
});

test("what EC2 throttles is said at once, and may be asked otherwise", async () => {
  const head = await world.head(ONE);
  world.region.faults.throttle.set("ec2:RunInstances", 1);
  const asked = requests(6);
  const first = await head.machines.launch(asked, { atomic: false });
  expect(first.map((one) => one.ok || one.error.kind)).toEqual(asked.map(() => "Throttled"));
  expect(world.region.count("ec2:RunInstances")).toBe(1);
  const second = await head.machines.launch(asked.slice(0, 2), { atomic: false });
  expect(second.every(({ ok }) => ok)).toBe(true);
  expect(running()).toHaveLength(2);
});

test("what EC2 throttles when it is asked again may have been granted, and stays asked for", async () => {
  const connection = new CutConnection();
  const { endpoint, credentials } = world.region;
  const head = await world.head(ONE, {
    client: { endpoint, credentials, requestHandler: connection, maxAttempts: 1 },
  });
  const asked = requests(3);
  connection.cut = { action: "RunInstances", when: "after" };
  await head.machines.launch(asked, { atomic: false });
  world.region.faults.throttle.set("ec2:RunInstances", 1);
  const second = await head.machines.launch(asked, { atomic: false });
  expect(second.map((one) => one.ok || one.error.kind)).toEqual(asked.map(() => "Throttled"));
  const third = await head.machines.launch(asked, { atomic: false });
  expect(third.every(({ ok }) => ok)).toBe(true);
  expect(await nodesListed(head)).toEqual(expected(asked));
  expect(running()).toHaveLength(asked.length);
});

test("machines whose answer was lost and of which one is gone since are the others", async () => {
  const connection = new CutConnection();
  const { endpoint, credentials } = world.region;
  const head = await world.head(ONE, {
    client: { endpoint, credentials, requestHandler: connection, maxAttempts: 1 },
  });
  const asked = requests(3);
  connection.cut = { action: "RunInstances", when: "after" };
  await head.machines.launch(asked, { atomic: false });
  const [lost] = running();
  if (lost === undefined) throw new Error("nothing runs");
  await world.region.call(TerminateInstancesCommand, { InstanceIds: [lost.id] });
  await vi.waitFor(() => expect(lost.state).toBe("terminated"));
  const again = await head.machines.launch(asked, { atomic: false });
  const kinds = again.map((one) => (one.ok ? "ok" : one.error.kind));
  expect(kinds.toSorted()).toEqual(["NotFound", "ok", "ok"]);
  expect(running()).toHaveLength(2);
  const fresh = requests(1, { token: "another" });
  expect(await head.machines.launch(fresh, { atomic: false })).toMatchObject([{ ok: true }]);
});

test("machines carry the cluster's tags, and so do their disks and interfaces", async () => {
  const head = await world.head(
    queueFile(
      "Tags: [{Key: cost, Value: queue}, {Key: who, Value: queue}], ComputeResources: [{Name: c, InstanceType: c5.large, Tags: [{Key: who, Value: resource}]}]",
      "Tags: [{Key: cost, Value: cluster}]",
    ),
  );
  await head.machines.launch(requests(1), { atomic: false });
  const tags = {
    [TAGS.cluster]: "c",
    [TAGS.clusterId]: "0a1b2c3d",
    [TAGS.role]: "compute",
    [TAGS.queue]: "q",
    [TAGS.computeResource]: "c",
    cost: "queue",
    who: "resource",
    team: "a",
  };
  const { volumes, interfaces, instances } = world.region.ec2.state;
  const [instance] = instances.values();
  const [volume] = volumes.values();
  const [card] = [...interfaces.values()].filter(({ Attachment }) => Attachment !== undefined);
  for (const shown of [instance?.Tags, volume?.Tags, card?.Tags ?? card?.TagSet]) {
    expect(Object.fromEntries((shown ?? []).map(({ Key, Value }) => [Key, Value]))).toMatchObject(
      tags,
    );
  }
});
