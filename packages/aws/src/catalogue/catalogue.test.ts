import {
  CreateCapacityReservationCommand,
  type CreateCapacityReservationCommandInput,
} from "@aws-sdk/client-ec2";
import type { Pool } from "@sluice/cloud";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { queueFile, World } from "../machines/testing/world.ts";
import { quotaOf } from "./quotas.ts";

const FILE = queueFile("ComputeResources: [{Name: c, InstanceType: c5.large}]");

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

function pool(more: Partial<Pool> = {}): Pool {
  return {
    queue: "q",
    computeResource: "c",
    instanceTypes: ["c5.large"],
    markets: ["on-demand"],
    order: "price",
    placement: false,
    ...more,
  };
}

async function menu(more: Partial<Pool> = {}) {
  const { catalogue } = await world.head(FILE);
  return catalogue.offerings(pool(more));
}

test("each type is offered in each zone of its subnets, in each market", async () => {
  const rows = await menu({
    markets: ["on-demand", "spot"],
    instanceTypes: ["c5.large", "m5.large"],
  });
  expect(rows).toHaveLength(2 * 3 * 2);
  expect(rows[0]).toMatchObject({
    instanceType: "c5.large",
    zone: "eu-central-1a",
    market: "on-demand",
    price: 0.085,
    quota: "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
    machineType: { vcpus: 2, memoryMiB: 4096 },
  });
  const spot = rows.filter(({ market }) => market === "spot");
  expect(spot.every(({ price }) => price !== undefined && price < 0.1)).toBe(true);
  expect(spot[0]?.quota).toBe("All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests");
});

test("a zone that has no machines of a type has no row", async () => {
  world.region.ec2.state.notOffered.add("c5.large/eu-central-1b");
  expect((await menu()).map(({ zone }) => zone)).toEqual(["eu-central-1a", "eu-central-1c"]);
});

test("types that are never sold as spot have no row there", async () => {
  const rows = await menu({ instanceTypes: ["hpc6a.48xlarge"], markets: ["spot", "on-demand"] });
  expect(new Set(rows.map(({ market }) => market))).toEqual(new Set(["on-demand"]));
});

test("a type that there is not is left out, and the others stay", async () => {
  const rows = await menu({ instanceTypes: ["c5.huge", "c5.large"] });
  expect(new Set(rows.map(({ instanceType }) => instanceType))).toEqual(new Set(["c5.large"]));
});

test("what costs more than the file allows is on the menu, and marked", async () => {
  const rows = await menu({ markets: ["spot"], maxSpotPrice: 0.0001 });
  expect(rows).toHaveLength(3);
  expect(rows.every(({ unavailable }) => /above SpotPrice/.test(unavailable?.reason ?? ""))).toBe(
    true,
  );
});

test("prices and zones that can't be asked keep nobody from asking for machines", async () => {
  for (const call of ["DescribeSpotPriceHistory", "DescribeInstanceTypeOfferings"]) {
    const fault = { code: "UnauthorizedOperation", message: "no", times: 10 };
    world.region.faults.fail.set(`ec2:${call}`, fault);
  }
  const rows = await menu({ markets: ["spot"] });
  expect(rows.map(({ price }) => price)).toEqual([undefined, undefined, undefined]);
});

test("the account is asked once for what changes seldom", async () => {
  const { catalogue } = await world.head(FILE);
  for (let times = 0; times < 3; times++) await catalogue.offerings(pool({ markets: ["spot"] }));
  expect(world.region.count("ec2:DescribeSpotPriceHistory")).toBe(1);
  expect(world.region.count("ec2:DescribeInstanceTypeOfferings")).toBe(1);
  expect(world.region.count("ec2:DescribeSubnets")).toBe(1);
});

test("few calls tell of all that a file of many queues has", async () => {
  const types = ["c5.large", "c5.xlarge", "m5.large", "m5.xlarge", "r5.large"];
  const resources = types.map((type, at) => `{Name: c${at}, InstanceType: ${type}}`);
  const file = queueFile(`CapacityType: SPOT, ComputeResources: [${resources.join()}]`);
  const { catalogue } = await world.head(file);
  const menus = await Promise.all(
    types.map((type, at) =>
      catalogue.offerings(
        pool({ computeResource: `c${at}`, instanceTypes: [type], markets: ["spot"] }),
      ),
    ),
  );
  expect(menus.every((rows) => rows.length === 3 && rows[0]?.price !== undefined)).toBe(true);
  expect(world.region.count("ec2:DescribeSpotPriceHistory")).toBe(1);
  expect(world.region.count("ec2:DescribeInstanceTypeOfferings")).toBe(1);
  expect(world.region.count("ec2:DescribeSubnets")).toBe(1);
});

describe("a reservation", () => {
  async function reserve(more: Partial<CreateCapacityReservationCommandInput> = {}) {
    const made = await world.region.call(CreateCapacityReservationCommand, {
      InstanceType: "c5.large",
      InstancePlatform: "Linux/UNIX",
      AvailabilityZone: "eu-central-1b",
      InstanceCount: 2,
      ...more,
    });
    return made.CapacityReservation?.CapacityReservationId ?? "";
  }

  test("is offered where it is, and nowhere else", async () => {
    const id = await reserve();
    const rows = await menu({
      instanceTypes: ["m5.large", "c5.large"],
      markets: ["reserved", "on-demand"],
      reservation: { id },
    });
    const reserved = rows.filter(({ market }) => market === "reserved");
    expect(reserved).toMatchObject([{ instanceType: "c5.large", zone: "eu-central-1b" }]);
    expect(reserved[0]?.unavailable).toBeUndefined();
    expect(reserved[0]?.quota).toBeUndefined();
    expect(rows.filter(({ market }) => market === "on-demand")).toHaveLength(6);
  });

  test("that can't be looked at is offered wherever it may be", async () => {
    const rows = await menu({ markets: ["reserved"], reservation: { id: "cr-0123456789abcdef0" } });
    expect(rows).toHaveLength(3);
  });

  test("of a block of time has its window", async () => {
    const id = await reserve();
    const row = world.region.ec2.state.reservations.get(id);
    const from = new Date("2026-11-22T10:00:00Z");
    const until = new Date("2026-11-23T10:00:00Z");
    Object.assign(row ?? {}, { State: "scheduled", StartDate: from, EndDate: until });
    const rows = await menu({ markets: ["block"], reservation: { id } });
    expect(rows).toMatchObject([{ market: "block", window: { from, until } }]);
  });
});

test.each([
  ["c7g.large", "Standard (A, C, D, H, I, M, R, T, Z)", true],
  ["im4gn.large", "Standard (A, C, D, H, I, M, R, T, Z)", true],
  ["g5.xlarge", "G and VT", true],
  ["gr6.4xlarge", "G and VT", true],
  ["p4d.24xlarge", "P", false],
  ["inf2.xlarge", "Inf", true],
  ["trn1.2xlarge", "Trn", true],
  ["dl1.24xlarge", "DL", true],
  ["x2idn.16xlarge", "X", true],
  ["f1.2xlarge", "F", true],
  ["hpc7a.96xlarge", "HPC", false],
  ["u-6tb1.112xlarge", "High Memory", false],
])("%s counts against the limit of %s", (type, group, hasSpot) => {
  expect(quotaOf(type, "on-demand")).toBe(`Running On-Demand ${group} instances`);
  if (hasSpot) expect(quotaOf(type, "spot")).toBe(`All ${group} Spot Instance Requests`);
  expect(quotaOf(type, "reserved")).toBeUndefined();
});
