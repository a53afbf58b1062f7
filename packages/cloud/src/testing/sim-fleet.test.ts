import { describe, expect, test } from "vitest";
import { kindOf, simGround } from "./sim-ground.ts";
import { drawMs, seededRandom } from "./sim-random.ts";

describe("lists lag and leave out", () => {
  test("a change is listed later than it happens", async () => {
    const { cloud, launch, requests, seconds, sim, states } = simGround({ bootMs: 2000 });
    sim.faults.listDelayMs = 1000;
    sim.faults.listStaleMs = 5000;
    await launch(requests(1));
    expect(await states()).toEqual({});
    await seconds(3);
    expect(sim.all().map((one) => one.state)).toEqual(["running"]);
    expect(await states()).toEqual({ t1: "pending" });
    await seconds(4);
    expect(await states()).toEqual({ t1: "running" });
    await cloud.machines.terminate(sim.all().map((one) => one.id));
    expect(sim.all()).toEqual([]);
    await seconds(4.9);
    expect(await states()).toEqual({ t1: "running" });
    await seconds(0.1);
    expect(await states()).toEqual({ t1: "gone" });
  });

  test("a list may be empty, or leave some out, or never show one", async () => {
    const { launch, requests, sim, states } = simGround();
    await launch(requests(3));
    sim.faults.nextEmptyLists = 1;
    expect(await states()).toEqual({});
    sim.faults.listOmits = (machine) => machine.token === "t2";
    sim.faults.neverListed = (machine) => machine.token === "t3";
    expect(Object.keys(await states())).toEqual(["t1"]);
    sim.faults.listOmits = () => false;
    expect(Object.keys(await states())).toEqual(["t1", "t2"]);
    expect(sim.all()).toHaveLength(3);
  });

  test("what is gone is listed for ten minutes, or not at all, and its id is NotFound", async () => {
    const { cloud, launch, requests, seconds, sim, states } = simGround();
    await launch(requests(1));
    const [id = ""] = sim.all().map((one) => one.id);
    sim.kill(id);
    await seconds(600);
    expect(await states()).toEqual({ t1: "gone" });
    await seconds(1);
    expect(await states()).toEqual({});
    expect(await kindOf(cloud.consoles.read(id))).toBe("NotFound");

    const forgetful = simGround({ tombstoneMs: false });
    await forgetful.launch(forgetful.requests(1));
    forgetful.sim.kill("sim-1");
    expect(await forgetful.states()).toEqual({});
  });
});

describe("machines that lie", () => {
  test("stay pending, die while they boot, or come up under another name", async () => {
    const running: string[] = [];
    const { launch, requests, seconds, sim, states } = simGround({
      bootMs: 10_000,
      onRunning: (machine) => running.push(machine.node),
    });
    sim.faults.staysPending = (request) => request.token === "t1";
    sim.faults.diesBeforeBoot = (request) => request.token === "t2";
    sim.faults.comesUpAs = (machine) => (machine.token === "t3" ? "q1-dy-a-99" : undefined);
    await launch(requests(4));
    await seconds(5);
    expect(await states()).toMatchObject({ t1: "pending", t2: "gone", t3: "pending" });
    await seconds(60);
    expect(await states()).toMatchObject({ t1: "pending", t3: "running", t4: "running" });
    expect(running).toEqual(["q1-dy-a-99", "q1-dy-a-4"]);
  });

  test("a call may hang until it is given up, before or after its effect", async () => {
    const { cloud, requests, sim } = simGround();
    const launched = async (when: "before" | "after") => {
      sim.faults.nextHangs.push({ operation: "launch", when });
      const abort = new AbortController();
      const { signal } = abort;
      const call = cloud.machines.launch(requests(1), { atomic: false, signal });
      await cloud.machines.list();
      abort.abort(new Error("given up"));
      await expect(call).rejects.toThrow("given up");
      return sim.all().length;
    };
    expect(await launched("before")).toBe(0);
    expect(await launched("after")).toBe(1);
  });
});

describe("time", () => {
  test("durations are spread as told, and the same for the same seed", () => {
    const random = seededRandom(3);
    const draws = Array.from({ length: 4000 }, () => drawMs({ median: 100, p99: 300 }, random));
    draws.sort((one, other) => one - other);
    expect(draws[2000]).toBeGreaterThan(90);
    expect(draws[2000]).toBeLessThan(110);
    expect(draws[3960]).toBeGreaterThan(270);
    expect(draws[3960]).toBeLessThan(330);
    const again = seededRandom(3);
    const first = Array.from({ length: 4000 }, () => drawMs({ median: 100, p99: 300 }, again));
    expect(first.sort((one, other) => one - other)).toEqual(draws);
  });

  test("a call takes its time, and has no effect when it is given up before", async () => {
    const { cloud, requests, seconds, sim } = simGround({ latency: { launch: 3000 } });
    const abort = new AbortController();
    const { signal } = abort;
    const given = kindOf(cloud.machines.launch(requests(1), { atomic: false, signal }));
    await seconds(2);
    abort.abort();
    expect(await given).toContain("AbortError");
    const kept = cloud.machines.launch(requests(1), { atomic: false });
    await seconds(2.9);
    expect(sim.all()).toEqual([]);
    await seconds(0.1);
    expect((await kept).map((outcome) => outcome.ok)).toEqual([true]);
  });
});

describe("standby", () => {
  test("off and on again: other times, no bill while off, and its place is free", async () => {
    const told: string[] = [];
    const { cloud, launch, requests, seconds, sim } = simGround({
      capacity: { "small/sim-a/on-demand": 1 },
      bootMs: 60_000,
      parkMs: 10_000,
      startMs: 5_000,
      onRunning: (machine) => told.push(`${machine.id} up`),
      onStopped: (machine) => told.push(`${machine.id} off`),
    });
    const state = () => sim.all().find((one) => one.id === "sim-1")?.state;
    const started = async () => (await cloud.standby?.start(["sim-1"]))?.[0];
    await launch(requests(1));
    await seconds(60);
    expect(await cloud.standby?.stop(["sim-1"])).toEqual([{ ok: true }]);
    expect([state(), sim.costPerHour()]).toEqual(["running", 0]);
    expect(await started()).toMatchObject({ ok: false, error: { kind: "NotReady" } });
    await seconds(10);
    expect(state()).toBe("stopped");

    expect(await launch(requests(1))).toMatchObject({ accepted: 1 });
    expect(await started()).toMatchObject({ error: { kind: "InsufficientCapacity" } });
    sim.kill("sim-2");
    expect(await started()).toEqual({ ok: true });
    expect(state()).toBe("pending");
    await seconds(5);
    expect(state()).toBe("running");
    expect(told).toEqual(["sim-1 up", "sim-1 off", "sim-1 up"]);
    expect(sim.billedSeconds()).toBe(60 + 5);
  });

  test("a machine that goes while it is switched off is gone, once", async () => {
    const gone: string[] = [];
    const { cloud, launch, requests, seconds, sim } = simGround({
      capacity: { "small/sim-a/on-demand": 1 },
      parkMs: 10_000,
      onGone: (machine) => gone.push(machine.id),
    });
    await launch(requests(1));
    await seconds(1);
    await cloud.standby?.stop(["sim-1"]);
    await cloud.machines.terminate(["sim-1"]);
    await seconds(60);
    expect([gone, sim.all()]).toEqual([["sim-1"], []]);
    expect(await launch(requests(2))).toMatchObject({ accepted: 1 });
  });

  test("not every cloud has it", () => {
    expect(simGround({ standby: false }).cloud.standby).toBeUndefined();
  });
});

describe("the bill", () => {
  test("counts from acceptance to the end that was asked for, also of what is long gone", async () => {
    const { cloud, launch, requests, seconds, sim } = simGround({ bootMs: 5000, stopMs: 5000 });
    await launch(requests(2));
    await seconds(1800);
    expect(sim.costPerHour()).toBe(2);
    await cloud.machines.terminate(["sim-1"]);
    expect(sim.costPerHour()).toBe(1);
    await seconds(1800);
    expect(await cloud.machines.list()).toHaveLength(1);
    expect(sim.billedSeconds()).toBe(1800 + 3600);
    expect(sim.cost()).toBeCloseTo(1.5);
  });
});

test("a console says what its machine did, and keeps the end of what is long", async () => {
  const { cloud, launch, requests, seconds, sim } = simGround({ bootMs: 1000 });
  await launch(requests(1));
  expect(await cloud.consoles.read("sim-1")).toMatch(/switched on\n$/);
  await seconds(1);
  for (let n = 0; n < 1000; n++) sim.say("sim-1", `${n} ${"é".repeat(50)}`);
  const said = await cloud.consoles.read("sim-1");
  expect(Buffer.byteLength(said)).toBeLessThanOrEqual(64 * 1024);
  expect(said).toMatch(/999 é{50}\n$/);
});
