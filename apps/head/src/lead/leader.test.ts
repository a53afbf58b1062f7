import { describe, expect, it } from "vitest";
import { isNewer } from "./release.ts";
import { type FakeHead, World } from "./testing/world.ts";

async function two(): Promise<{ world: World; a: FakeHead; b: FakeHead }> {
  const world = new World();
  const a = world.head("m-a");
  const b = world.head("m-b");
  a.start();
  await world.time.pass(100);
  b.start();
  await world.time.pass(20_000);
  expect([a.leader.state.role, b.leader.state.role]).toEqual(["leading", "standing-by"]);
  expect(a.leader.state.other).toBe("m-b");
  return { world, a, b };
}

it("leads from a new volume on, and tells of the one that stands by", async () => {
  const { a, b, world } = await two();
  expect(a.services.runs).toBe(true);
  expect(b.services.runs).toBe(false);
  expect(world.addressAt).toBe("m-a");
  expect(a.reports).toEqual(["ready"]);
  // Its machine may have led, with a process before this one.
  expect(b.reports).toEqual(["standing-by"]);
  expect(world.fenced).toEqual([]);
  expect(a.told[0]).toMatch(/^m-a took over, because it is the first: slurmctld was there after/);
  expect(a.told[1]).toBe("m-b stands by, and could take over");
});

it("takes over at once from a machine that is gone, with its times", async () => {
  const { b, world } = await two();
  world.powerOff("m-a");
  await world.time.pass(4000);
  expect(b.leader.state).toMatchObject({
    role: "leading",
    term: 2,
    tookOver: { former: "m-a", because: "that machine is gone" },
  });
  expect(b.leader.state.tookOver?.total).toBeLessThan(2.5);
  expect(Object.keys(b.leader.state.tookOver?.steps ?? {}).sort()).toEqual([
    ...["address", "fence", "rest", "slurmctld", "volume"],
  ]);
  expect(world.fenced).toEqual(["m-a"]);
  expect(world.addressAt).toBe("m-b");
  expect(world.doubles).toEqual([]);
});

it.each(["off", "unsure", "silent"] as const)(
  "takes over from one that stands still, whose fencing is %s, and never runs beside it",
  async (fences) => {
    const { a, b, world } = await two();
    world.fences = fences;
    a.clock.freeze();
    await world.time.pass(20_000);
    expect(b.leader.state.role).toBe("leading");
    expect(b.leader.state.tookOver?.because).toBe("nothing was heard of it");
    if (fences === "off") return;
    a.clock.thaw();
    await world.time.pass(1000);
    expect(a.services.runs).toBe(false);
    expect(world.addressAt).toBe("m-b");
    await world.time.pass(10_000);
    expect(a.leader.state.role).toBe("standing-by");
    expect(a.reports.at(-1)).toBe("standing-by");
    expect(b.leader.state.other).toBe("m-a");
  },
);

it("kills all it runs, and drops the address, when it is cut off", async () => {
  const { a, b, world } = await two();
  world.fences = "unsure";
  a.way.loses = "requests";
  await world.time.pass(5500);
  expect(a.services.calls).toContain("kill");
  expect(a.services.runs).toBe(false);
  expect(world.addressAt).toBeUndefined();
  await world.time.pass(15_000);
  expect(b.leader.state.role).toBe("leading");
  expect(a.leader.state.role).toBe("standing-by");
  expect(world.doubles).toEqual([]);
  expect(a.reports).toEqual(["ready"]);
  a.way.loses = "nothing";
  await world.time.pass(15_000);
  expect(a.reports).toEqual(["ready", "standing-by"]);
});

it("is powered off when something can't be killed", async () => {
  const { a, b, world } = await two();
  a.services.cantBeKilled = true;
  a.way.loses = "requests";
  await world.time.pass(20_000);
  expect(a.services.calls.at(-1)).toBe("power off");
  expect(b.leader.state.role).toBe("leading");
});

it("gives the lead to the one that stands by, gently, and stands by itself", async () => {
  const { a, b, world } = await two();
  const resigned = a.leader.resign();
  await world.time.pass(10_000);
  expect(await resigned).toBe("m-b");
  expect(a.services.calls).toEqual(["allow", "stop", "kill"]);
  expect(b.leader.state).toMatchObject({ role: "leading", tookOver: { former: null } });
  expect(world.fenced).toEqual([]);
  expect(world.doubles).toEqual([]);
  expect(a.leader.state.role).toBe("standing-by");
  await world.time.pass(10_000);
  expect(b.leader.state.other).toBe("m-a");
});

it("does not resign without another one, or where it does not lead", async () => {
  const { a, b, world } = await two();
  await expect(b.leader.resign()).rejects.toMatchObject({ code: "HEAD_STANDS_BY" });
  world.powerOff("m-b");
  await world.time.pass(20_000);
  expect(a.told.at(-1)).toBe("m-b stands by no more: no other head could take over");
  const refused = expect(a.leader.resign()).rejects.toMatchObject({ code: "HEAD_NO_STANDBY" });
  await world.time.pass(15_000);
  await refused;
  expect(a.services.runs).toBe(true);
});

it("waits for the other one to be heard of when it just began to lead", async () => {
  const { a, b, world } = await two();
  const first = a.leader.resign();
  while (b.leader.state.role !== "leading") await world.time.pass(100);
  expect(await first).toBe("m-b");
  const back = b.leader.resign();
  await world.time.pass(15_000);
  expect(await back).toBe("m-a");
  expect(a.leader.state.role).toBe("leading");
});

it("lets the other one try when its set-up fails, and pauses longer each time", async () => {
  const world = new World();
  const a = world.head("m-a");
  a.fails = 3;
  a.start();
  await world.time.pass(3000);
  expect(a.reports).toEqual(["failed", "standing-by"]);
  await world.time.pass(60_000);
  expect(a.leader.state).toMatchObject({ role: "leading", term: 4 });
  expect(world.time.now).toBeGreaterThan(5000 + 10_000 + 20_000);

  world.powerOff("m-a");
  const b = world.head("m-b");
  const c = world.head("m-c");
  b.fails = 1;
  b.start();
  await world.time.pass(500);
  c.start();
  await world.time.pass(12_000);
  expect(c.leader.state.role).toBe("leading");
  expect(b.leader.state.role).toBe("standing-by");
});

it("leads without accounting, and tries again", async () => {
  const world = new World();
  const a = world.head("m-a");
  a.failsLate = 1;
  a.start();
  await world.time.pass(10_000);
  expect(a.leader.state).toMatchObject({ role: "leading", tookOver: { total: null } });
  expect(a.reports).toEqual(["ready"]);
  expect(a.told[0]).toBe("jobs run, but mariadb did not start");
  expect(a.told[1]).toMatch(/not all is there yet \(term 1\)$/);
  await world.time.pass(40_000);
  expect(a.leader.state).toMatchObject({ role: "leading", term: 1 });
  expect(a.leader.state.tookOver?.total).toBeGreaterThan(0);
});

it("goes on where the leading process before it was, without a word of it", async () => {
  const { a, b, world } = await two();
  const told = a.told.length;
  // The process is killed, the machine and its services are not.
  const again = world.head("m-a");
  again.services.allowed = true;
  again.services.runs = true;
  a.die();
  world.heads.splice(world.heads.indexOf(a), 1);
  again.start();
  await world.time.pass(10_000);
  expect(again.leader.state.role).toBe("leading");
  expect(again.leader.state.tookOver?.because).toBe("its leading process was started again");
  expect(again.told.filter((message) => message.includes("took over"))).toEqual([]);
  expect(a.told).toHaveLength(told);
  expect(b.leader.state.role).toBe("standing-by");
  expect(world.fenced).toEqual([]);
});

it("starts again what somebody stopped while it leads", async () => {
  const { a, world } = await two();
  a.services.end();
  await world.time.pass(5000);
  expect(a.services.runs).toBe(true);
  expect(a.leader.state).toMatchObject({ role: "leading", term: 1 });
});

it("stops gently, and lets go, when systemd stops it", async () => {
  const { a, b, world } = await two();
  a.askToStop();
  await world.time.pass(3300);
  await a.running;
  expect(a.services.calls).toEqual(["allow", "stop", "kill"]);
  await world.time.pass(3500);
  expect(b.leader.state.role).toBe("leading");
  expect(world.doubles).toEqual([]);
});

it("fences also whom the one before it could not", async () => {
  const { a, b, world } = await two();
  world.fences = "silent";
  a.clock.freeze();
  await world.time.pass(9000);
  expect(b.leader.state.role).toBe("taking-over");
  b.die();
  world.off.add("m-b");
  world.fences = "off";
  const c = world.head("m-c");
  c.start();
  await world.time.pass(10_000);
  expect(c.leader.state.role).toBe("leading");
  expect(world.fenced).toContain("m-a");
  expect(world.off).toContain("m-a");
  expect(world.fenced.at(-1)).toBe("m-b");
});

describe("releases of Slurm", () => {
  it("never come back to an older one, whoever dies", async () => {
    const { a, b, world } = await two();
    b.die();
    world.off.add("m-b");
    const newer = world.head("m-c");
    newer.release = "26.05";
    newer.start();
    await world.time.pass(20_000);
    expect(await asked(world, a.leader.resign())).toBe("m-c");
    await world.time.pass(10_000);
    expect(newer.leader.state.role).toBe("leading");
    world.powerOff("m-c");
    await world.time.pass(60_000);
    expect(a.leader.state.role).toBe("standing-by");
    expect(a.services.runs).toBe(false);
    expect(a.logged.filter((line) => line.includes("has Slurm 24.11 and can't lead"))).toHaveLength(
      1,
    );
    const again = world.head("m-d");
    again.release = "26.05";
    again.start();
    await world.time.pass(20_000);
    expect(again.leader.state.role).toBe("leading");
    expect(world.doubles).toEqual([]);
  });

  it.each([
    ["26.05", "24.11", true],
    ["24.11", "24.11", false],
    ["24.05", "24.11", false],
    ["24.11", "24.05", true],
  ])("%s is newer than %s: %s", (one, other, expected) => {
    expect(isNewer(one, other)).toBe(expected);
  });
});

it("does not give the lead to a machine that is gone, although it was heard of lately", async () => {
  const { a, world } = await two();
  world.powerOff("m-b");
  await expect(a.leader.resign()).rejects.toMatchObject({ code: "HEAD_NO_STANDBY" });
  expect(a.leader.state.role).toBe("leading");
});

/** Resolves while time passes. */
async function asked<T>(world: World, answer: Promise<T>): Promise<T> {
  await world.time.pass(10_000);
  return answer;
}
