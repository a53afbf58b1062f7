import { describe, expect, test } from "vitest";
import type { Interruption, Pool } from "../contract.ts";
import { simGround, simOffering, simPool } from "./sim-ground.ts";

const onDemand = "small/sim-a/on-demand";

describe("capacity", () => {
  test("follows its schedule, and what is there stays", async () => {
    const { clock, launch, requests, seconds, sim } = simGround();
    const at = (later: number) => new Date(clock.now().getTime() + later * 1000);
    sim.capacity.set(onDemand, [
      { from: at(0), count: 3 },
      { from: at(60), count: 1 },
      { from: at(120), count: 5 },
    ]);
    expect(await launch(requests(4))).toEqual({ accepted: 3, kinds: ["InsufficientCapacity"] });
    await seconds(60);
    expect(await launch(requests(1))).toEqual({ accepted: 0, kinds: ["InsufficientCapacity"] });
    expect(sim.all()).toHaveLength(3);
    await seconds(60);
    expect(await launch(requests(3))).toEqual({ accepted: 2, kinds: ["InsufficientCapacity"] });
  });

  test("is each market's own", async () => {
    const { launch, requests } = simGround({ capacity: { [onDemand]: 0 } });
    const spot = { offering: simOffering("small", "spot") };
    expect(await launch([...requests(1), ...requests(1, spot)])).toMatchObject({ accepted: 1 });
  });

  test("a machine that goes leaves its place", async () => {
    const { cloud, launch, requests, seconds, sim } = simGround({
      capacity: { [onDemand]: 1 },
      stopMs: 5000,
    });
    await launch(requests(1));
    await cloud.machines.terminate(sim.all().map((one) => one.id));
    expect(await launch(requests(1))).toMatchObject({ accepted: 0 });
    await seconds(5);
    expect(await launch(requests(1))).toMatchObject({ accepted: 1 });
  });

  test("the menu shows prices, and what is sold out unless the cloud does not know", async () => {
    const soldOut = { capacity: { [onDemand]: 0 }, prices: { "large/sim-a/spot": 0.1 } };
    const rows = await simGround(soldOut).cloud.catalogue.offerings(simPool);
    expect(rows.map((row) => [row.instanceType, row.market, row.price])).toEqual([
      ["small", "on-demand", 1],
      ["large", "on-demand", 2],
      ["small", "spot", 0.35],
      ["large", "spot", 0.1],
    ]);
    expect(rows.map((row) => row.unavailable?.reason)).toEqual([
      "sold out",
      undefined,
      undefined,
      undefined,
    ]);
    const unknowing = simGround({ ...soldOut, menuShowsSoldOut: false });
    const [first] = await unknowing.cloud.catalogue.offerings(simPool);
    expect(first?.unavailable).toBeUndefined();
    expect(await unknowing.launch(unknowing.requests(1))).toMatchObject({ accepted: 0 });
  });
});

describe("quotas", () => {
  const ofSpot = {
    quotaOf: ({ market }: { market: string }) => (market === "spot" ? "Spot" : undefined),
    quotas: { Spot: 2 },
  };
  const small = { offering: simOffering("small", "spot") };
  const large = { offering: simOffering("large", "spot") };

  test("count over all offerings that name them", async () => {
    const { cloud, launch, requests, sim } = simGround(ofSpot);
    const mixed = [...requests(1, small), ...requests(2, large), ...requests(1)];
    expect(await launch(mixed)).toEqual({ accepted: 3, kinds: ["QuotaExceeded"] });
    const rows = await cloud.catalogue.offerings(simPool);
    expect(rows.map((row) => row.quota)).toEqual([undefined, undefined, "Spot", "Spot"]);
    sim.quotas.set("Spot", 3);
    expect(await launch(requests(1, large))).toMatchObject({ accepted: 1 });
  });
});

describe("what is reserved", () => {
  const reserved: Pool = {
    ...simPool,
    markets: ["reserved", "on-demand"],
    reservation: { id: "cr-1" },
  };
  const one = { offering: simOffering("small", "reserved") };

  test("a reservation has its own machines, of its own type", async () => {
    const { cloud, launch, requests } = simGround({
      reservations: { "cr-1": { instanceType: "small", zone: "sim-a", count: 2 } },
    });
    const rows = await cloud.catalogue.offerings(reserved);
    expect(rows.map((row) => `${row.instanceType} ${row.market}`)).toEqual([
      "small reserved",
      "small on-demand",
      "large on-demand",
    ]);
    expect(await launch(requests(3, one))).toEqual({
      accepted: 2,
      kinds: ["InsufficientCapacity"],
    });
    const other = { offering: simOffering("large", "reserved") };
    expect(await launch(requests(1, other))).toEqual({ accepted: 0, kinds: ["LaunchRejected"] });
    expect(await launch(requests(3))).toMatchObject({ accepted: 3 });
  });

  test("a block begins and ends: notice half an hour before, and then its machines go", async () => {
    const block: Pool = { ...simPool, markets: ["block"], reservation: { id: "cb-1" } };
    const ground = simGround();
    const { clock, cloud, launch, requests, seconds, sim } = ground;
    const at = (hours: number) => new Date(clock.now().getTime() + hours * 3_600_000);
    const window = { from: at(1), until: at(3) };
    sim.reservations.set("cb-1", { instanceType: "small", zone: "sim-a", count: 4, window });
    const [row] = await cloud.catalogue.offerings(block);
    expect(row?.window).toEqual(window);
    const inBlock = { offering: simOffering("small", "block") };
    expect(await launch(requests(1, inBlock))).toEqual({
      accepted: 0,
      kinds: ["InsufficientCapacity"],
    });

    await seconds(3600);
    expect(await launch(requests(2, inBlock))).toMatchObject({ accepted: 2 });
    await seconds(1.5 * 3600 - 1);
    expect(await heard(ground)).toEqual([]);
    await seconds(1);
    expect(await heard(ground)).toMatchObject([
      { kind: "maintenance", deadline: window.until },
      { kind: "maintenance", deadline: window.until },
    ]);
    await seconds(1800);
    expect(sim.all()).toEqual([]);
    expect(await launch(requests(1, inBlock))).toMatchObject({ accepted: 0 });
  });
});

describe("interruptions", () => {
  const spot = simOffering("small", "spot");

  test("a reclaim gives notice to some, and takes them when the time is over", async () => {
    const ground = simGround();
    const { cloud, launch, requests, seconds, sim } = ground;
    await launch([...requests(5, { offering: spot }), ...requests(2)]);
    const ids = sim.reclaim(spot, 2);
    expect(ids).toHaveLength(2);
    const notices = await heard(ground);
    expect(notices.map((one) => one.machineId).sort()).toEqual([...ids].sort());
    await seconds(119);
    expect(sim.all()).toHaveLength(7);
    await seconds(1);
    expect(sim.all().filter((one) => one.offering.market === "spot")).toHaveLength(3);
    expect(await heard(ground)).toEqual([]);
    const gone = (await cloud.machines.list()).filter((one) => one.state === "gone");
    expect(gone.map((one) => one.id).sort()).toEqual([...ids].sort());
  });

  test("the same seed takes the same machines, another may not", async () => {
    const taken = async (seed: number) => {
      const { launch, requests, sim } = simGround({ seed });
      await launch(requests(50, { offering: spot }));
      return sim.reclaim(spot, 5, { noticeSeconds: 0 });
    };
    expect(await taken(7)).toEqual(await taken(7));
    expect(await taken(8)).not.toEqual(await taken(7));
  });

  test("a notice that is withdrawn, or only told, takes nothing", async () => {
    const ground = simGround();
    const { clock, launch, requests, seconds, sim } = ground;
    await launch(requests(2));
    const [first = "", second = ""] = sim.all().map((one) => one.id);
    sim.take(first, "maintenance", 60);
    sim.interrupt({ machineId: second, kind: "maintenance", deadline: clock.now() });
    expect(await heard(ground)).toHaveLength(2);
    sim.withdraw(first);
    await seconds(120);
    expect(sim.all()).toHaveLength(2);
    expect((await heard(ground)).map((one) => one.machineId)).toEqual([second]);
  });
});

/** What somebody is told who begins to listen now. */
async function heard({ cloud }: ReturnType<typeof simGround>): Promise<readonly Interruption[]> {
  const abort = new AbortController();
  const stream = cloud.machines.interruptions(abort.signal)[Symbol.asyncIterator]();
  const notices: Interruption[] = [];
  const reading = (async () => {
    for (let next = await stream.next(); !next.done; next = await stream.next()) {
      notices.push(next.value);
    }
  })();
  await new Promise(setImmediate);
  abort.abort();
  await reading;
  return notices;
}
