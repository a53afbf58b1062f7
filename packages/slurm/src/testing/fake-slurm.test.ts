import { describe, expect, test } from "vitest";
import type { ResumeRequest } from "../resume-file.ts";
import { FakeClock } from "./fake-clock.ts";
import type { SubmitOptions } from "./fake-job.ts";
import type { FakeSlurmOptions } from "./fake-options.ts";
import { createFakeSlurm, type FakeSlurm } from "./fake-slurm.ts";

function make(options: Partial<FakeSlurmOptions> = {}): { clock: FakeClock; slurm: FakeSlurm } {
  const clock = new FakeClock();
  const slurm = createFakeSlurm({
    clock,
    partitions: [{ name: "cpu", nodes: "cpu-st-a-1,cpu-dy-a-[1-3]" }],
    staticNodes: "cpu-st-a-1",
    suspendTime: 20,
    suspendTimeout: 10,
    resumeTimeout: 30,
    ...options,
  });
  return { clock, slurm };
}

/** A prolog whose answers the test gives. */
function prologs() {
  const waiting = new Map<number, (ok: boolean) => void>();
  return {
    onPrologSlurmctld: (job: { id: number }) =>
      new Promise<boolean>((resolve) => waiting.set(job.id, resolve)),
    answer: (id: number, ok: boolean) => waiting.get(id)?.(ok),
  };
}

async function up(slurm: FakeSlurm, clock: FakeClock, name: string): Promise<void> {
  await slurm.control.updateNodes([name], { state: "POWER_UP" });
  await clock.advance(1000);
  slurm.register(name);
}

describe("the path of a cold job", () => {
  test("resume request, registration, prolog, run, idle, suspend, powered down", async () => {
    const requests: ResumeRequest[] = [];
    const suspended: string[] = [];
    const prolog = prologs();
    const { clock, slurm } = make({
      onResume: (request) => requests.push(request),
      onSuspend: (nodes) => suspended.push(...nodes),
      onPrologSlurmctld: prolog.onPrologSlurmctld,
    });
    const id = slurm.submit({ nodes: 2, runSeconds: 5 });
    expect(slurm.job(id)).toMatchObject({ state: "CONFIGURING", nodes: "cpu-st-a-1,cpu-dy-a-1" });
    await clock.advance(1000);
    expect(requests).toMatchObject([
      {
        all_nodes_resume: "cpu-st-a-1,cpu-dy-a-1",
        jobs: [{ job_id: id, nodes_resume: "cpu-st-a-1,cpu-dy-a-1", partition: "cpu" }],
      },
    ]);
    expect(slurm.node("cpu-dy-a-1").state).toBe("ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP");
    slurm.register("cpu-st-a-1");
    slurm.register("cpu-dy-a-1", { address: "10.0.0.2" });
    expect(slurm.job(id).state).toBe("CONFIGURING");
    prolog.answer(id, true);
    await clock.advance(0);
    expect(slurm.job(id).state).toBe("RUNNING");
    await clock.advance(5000);
    expect(slurm.job(id).state).toBe("COMPLETED");
    expect(slurm.node("cpu-dy-a-1")).toMatchObject({ state: "IDLE+CLOUD", address: "10.0.0.2" });
    await clock.advance(21_000);
    expect(suspended).toEqual(["cpu-dy-a-1"]);
    expect(slurm.node("cpu-dy-a-1").state).toBe("IDLE+CLOUD+POWERING_DOWN");
    await clock.advance(11_000);
    expect(slurm.node("cpu-dy-a-1").state).toBe("IDLE+CLOUD+POWERED_DOWN");
    expect(slurm.node("cpu-st-a-1").state).toBe("IDLE+CLOUD");
  });

  test("without a prolog a cold job waits for the 30-second check", async () => {
    const { clock, slurm } = make();
    const id = slurm.submit();
    await clock.advance(1000);
    slurm.register("cpu-st-a-1");
    await clock.advance(20_000);
    expect(slurm.job(id).state).toBe("CONFIGURING");
    await clock.advance(9000);
    expect(slurm.job(id).state).toBe("RUNNING");
  });
});

describe("a job that is given back", () => {
  test("is eligible after cred_expire, or when asked, and its nodes keep booting", async () => {
    const prolog = prologs();
    const { clock, slurm } = make({ onPrologSlurmctld: prolog.onPrologSlurmctld });
    const id = slurm.submit();
    await clock.advance(1000);
    prolog.answer(id, false);
    await clock.advance(0);
    expect(slurm.job(id)).toMatchObject({ state: "PENDING", reason: "BeginTime", nodes: "" });
    expect(slurm.node("cpu-st-a-1").state).toBe("IDLE+CLOUD+NOT_RESPONDING+POWERING_UP");
    await clock.advance(25_000);
    expect(slurm.job(id).state).toBe("PENDING");
    await slurm.control.makeEligible(id);
    expect(slurm.job(id).state).toBe("CONFIGURING");
    prolog.answer(id, false);
    await clock.advance(32_000);
    expect(slurm.job(id).state).toBe("CONFIGURING");
  });

  test("dies when it cannot be requeued", async () => {
    const { clock, slurm } = make({ onPrologSlurmctld: async () => false });
    const ids = [slurm.submit({ requeue: false }), slurm.submit({ isBatch: false })];
    await clock.advance(0);
    expect(ids.map((id) => slurm.job(id).state)).toEqual(["CANCELLED", "CANCELLED"]);
  });

  test("by requeue instead of its prolog, cleans up until its nodes are in", async () => {
    const prolog = prologs();
    const { clock, slurm } = make({ onPrologSlurmctld: prolog.onPrologSlurmctld });
    const id = slurm.submit();
    await clock.advance(1000);
    await slurm.control.requeue(id);
    await slurm.control.makeEligible(id);
    expect(slurm.job(id)).toMatchObject({ state: "PENDING", reason: "Cleaning" });
    prolog.answer(id, false);
    await clock.advance(5000);
    expect(slurm.job(id)).toMatchObject({ state: "PENDING", reason: "Cleaning" });
    slurm.register("cpu-st-a-1");
    expect(slurm.job(id).state).toBe("CONFIGURING");
  });
});

describe("nodes", () => {
  test("one that never registers is DOWN after ResumeTimeout until RESUME", async () => {
    const failed: string[] = [];
    const { clock, slurm } = make({
      onResumeFail: (nodes) => failed.push(...nodes),
      onPrologSlurmctld: () => new Promise<boolean>(() => {}),
    });
    const id = slurm.submit();
    await clock.advance(33_000);
    expect(failed).toEqual(["cpu-st-a-1"]);
    expect(slurm.node("cpu-st-a-1")).toMatchObject({
      state: "DOWN+CLOUD+POWERED_DOWN",
      reason: "ResumeTimeout reached",
      reasonUser: "slurm",
    });
    expect(slurm.job(id).state).toBe("PENDING");
    await slurm.control.updateNodes(["cpu-st-a-1"], { state: "RESUME" });
    expect(slurm.node("cpu-st-a-1").state).toBe("IDLE+CLOUD+POWERED_DOWN");
  });

  test("a lost one is DOWN after SlurmdTimeout and its job is requeued", async () => {
    const { clock, slurm } = make({ slurmdTimeout: 60, onPrologSlurmctld: async () => true });
    await up(slurm, clock, "cpu-st-a-1");
    const id = slurm.submit();
    await clock.advance(0);
    expect(slurm.job(id).state).toBe("RUNNING");
    slurm.loseNode("cpu-st-a-1");
    await clock.advance(61_000);
    expect(slurm.node("cpu-st-a-1")).toMatchObject({ base: "DOWN", reason: "Not responding" });
    expect(slurm.job(id)).toMatchObject({ state: "PENDING", reason: "BeginTime" });
  });

  test("another boot under the same name is unexpected, unless the node was power cycled", async () => {
    const { clock, slurm } = make();
    await up(slurm, clock, "cpu-st-a-1");
    await clock.advance(5000);
    slurm.register("cpu-st-a-1");
    expect(slurm.node("cpu-st-a-1").reason).toBe("Node unexpectedly rebooted");
    await slurm.control.updateNodes(["cpu-st-a-1"], { state: "POWER_DOWN" });
    await clock.advance(13_000);
    await up(slurm, clock, "cpu-st-a-1");
    expect(slurm.node("cpu-st-a-1")).toMatchObject({ state: "IDLE+CLOUD", reason: undefined });
  });

  test("registering is ignored while powered down, and from a boot before the request", async () => {
    const { clock, slurm } = make();
    expect(slurm.register("cpu-dy-a-1")).toBe(false);
    const before = clock.now();
    await slurm.control.updateNodes(["cpu-dy-a-1"], { state: "POWER_UP" });
    await clock.advance(2000);
    expect(slurm.register("cpu-dy-a-1", { bootTime: before })).toBe(false);
    expect(slurm.register("cpu-dy-a-1")).toBe(true);
  });

  test("a drained one is not suspended for being idle", async () => {
    const { clock, slurm } = make();
    await up(slurm, clock, "cpu-dy-a-1");
    await slurm.control.updateNodes(["cpu-dy-a-1"], { state: "DRAIN", reason: "disk" });
    await clock.advance(120_000);
    expect(slurm.node("cpu-dy-a-1").state).toBe("IDLE+CLOUD+DRAIN");
  });

  test("a drained one keeps its job, gets no other, and is powered down when asked", async () => {
    const { clock, slurm } = make({ onPrologSlurmctld: async () => true });
    await up(slurm, clock, "cpu-st-a-1");
    const id = slurm.submit();
    await clock.advance(0);
    await slurm.control.updateNodes(["cpu-st-a-1"], { state: "DRAIN", reason: "disk" });
    expect(slurm.node("cpu-st-a-1").state).toBe("ALLOCATED+CLOUD+DRAIN");
    expect(slurm.job(id).state).toBe("RUNNING");
    expect(slurm.job(slurm.submit()).nodes).toBe("cpu-dy-a-1");
    slurm.finish(id);
    await slurm.control.updateNodes(["cpu-st-a-1"], { state: "POWER_DOWN" });
    expect(slurm.node("cpu-st-a-1").state).toBe("IDLE+CLOUD+DRAIN+POWER_DOWN");
    await clock.advance(1000);
    expect(slurm.node("cpu-st-a-1")).toMatchObject({
      state: "IDLE+CLOUD+POWERING_DOWN",
      reason: "disk",
    });
    await clock.advance(11_000);
    expect(slurm.node("cpu-st-a-1").state).toBe("IDLE+CLOUD+POWERED_DOWN");
  });

  test("POWER_DOWN waits for the job's end, and lets no other in", async () => {
    const { clock, slurm } = make({ onPrologSlurmctld: async () => true });
    await up(slurm, clock, "cpu-st-a-1");
    const id = slurm.submit({ runSeconds: 30 });
    await clock.advance(0);
    await slurm.control.updateNodes(["cpu-st-a-1"], { state: "POWER_DOWN" });
    await clock.advance(29_000);
    expect(slurm.node("cpu-st-a-1").state).toBe("ALLOCATED+CLOUD+POWER_DOWN");
    expect(slurm.job(slurm.submit()).nodes).toBe("cpu-dy-a-1");
    await clock.advance(1000);
    expect(slurm.job(id).state).toBe("COMPLETED");
    expect(slurm.node("cpu-st-a-1").state).toBe("IDLE+CLOUD+POWERING_DOWN");
  });

  test("a partition's own SuspendTime counts, and the longest of several", async () => {
    const { clock, slurm } = make({
      partitions: [
        { name: "short", nodes: "n-[1-2]", suspendTime: 10 },
        { name: "long", nodes: "n-2", suspendTime: 60 },
        { name: "never", nodes: "n-3", suspendTime: "never" },
        { name: "plain", nodes: "n-[3-4]" },
      ],
      staticNodes: "",
    });
    const names = ["n-1", "n-2", "n-3", "n-4"];
    await slurm.control.updateNodes(names, { state: "POWER_UP" });
    await clock.advance(1000);
    for (const name of names) slurm.register(name);
    const upAfter = async (seconds: number) => {
      await clock.advance(seconds * 1000);
      return names.filter((name) => slurm.node(name).state === "IDLE+CLOUD");
    };
    expect(await upAfter(12)).toEqual(["n-2", "n-3", "n-4"]);
    expect(await upAfter(10)).toEqual(["n-2", "n-3"]);
    expect(await upAfter(3600)).toEqual(["n-3"]);
  });

  test("POWER_DOWN_FORCE calls off a launch, POWER_DOWN waits for it", async () => {
    const { clock, slurm } = make();
    const both = ["cpu-dy-a-1", "cpu-dy-a-2"];
    await slurm.control.updateNodes(both, { state: "POWER_UP" });
    await clock.advance(1000);
    await slurm.control.updateNodes(["cpu-dy-a-1"], { state: "POWER_DOWN" });
    await slurm.control.updateNodes(["cpu-dy-a-2"], { state: "POWER_DOWN_FORCE" });
    await clock.advance(1000);
    expect(slurm.node("cpu-dy-a-1").flags).toContain("POWERING_UP");
    expect(slurm.node("cpu-dy-a-2").state).toBe("IDLE+CLOUD+POWERING_DOWN");
    slurm.register("cpu-dy-a-1");
    await clock.advance(1000);
    expect(slurm.node("cpu-dy-a-1").state).toBe("IDLE+CLOUD+POWERING_DOWN");
  });

  test("an inactive partition starts nothing", async () => {
    const { clock, slurm } = make();
    await slurm.control.updatePartition("cpu", "INACTIVE");
    const id = slurm.submit();
    expect(slurm.job(id)).toMatchObject({ state: "PENDING", reason: "PartitionInactive" });
    await slurm.control.updatePartition("cpu", "UP");
    expect(slurm.job(id).state).toBe("CONFIGURING");
    await clock.advance(0);
  });
});

describe("a running job", () => {
  async function running(options: SubmitOptions, nodes: readonly string[] = ["cpu-st-a-1"]) {
    const made = make({ onPrologSlurmctld: async () => true, slurmdTimeout: 60 });
    for (const name of nodes) await up(made.slurm, made.clock, name);
    const id = made.slurm.submit({ nodes: nodes.length, ...options });
    await made.clock.advance(0);
    expect(made.slurm.job(id).state).toBe("RUNNING");
    return { ...made, id };
  }

  test("that is requeued completes first, and asking for it to be eligible is too early", async () => {
    const { clock, slurm, id } = await running({});
    await slurm.control.requeue(id);
    await slurm.control.makeEligible(id);
    expect(slurm.job(id)).toMatchObject({ state: "COMPLETING", nodes: "cpu-st-a-1" });
    expect(slurm.node("cpu-st-a-1").state).toBe("IDLE+CLOUD+COMPLETING");
    await clock.advance(100);
    expect(slurm.job(id)).toMatchObject({ state: "PENDING", reason: "BeginTime", nodes: "" });
    expect(slurm.job(id).eligibleTime?.getTime()).toBeGreaterThan(clock.now().getTime() + 30_000);
    await clock.advance(1000);
    await slurm.control.makeEligible(id);
    await clock.advance(0);
    expect(slurm.job(id).state).toBe("RUNNING");
  });

  test("that starts where it was ended in the same second is FAILED", async () => {
    const { clock, slurm, id } = await running({});
    await slurm.control.requeue(id);
    await clock.advance(100);
    await slurm.control.makeEligible(id);
    await clock.advance(0);
    expect(slurm.job(id).state).toBe("FAILED");
  });

  test("that is requeued completes until a silent node of it is DOWN", async () => {
    const { clock, slurm, id } = await running({}, ["cpu-st-a-1", "cpu-dy-a-1"]);
    slurm.loseNode("cpu-dy-a-1");
    await slurm.control.requeue(id);
    await clock.advance(55_000);
    expect(slurm.job(id).state).toBe("COMPLETING");
    expect(slurm.node("cpu-st-a-1").flags).toContain("COMPLETING");
    await clock.advance(6000);
    expect(slurm.job(id).state).toBe("PENDING");
    expect(slurm.node("cpu-st-a-1").state).toBe("IDLE+CLOUD");
  });

  test("ends itself after the signal that it asked for", async () => {
    const signal = { signal: "USR1", seconds: 60, batchOnly: true };
    const { clock, slurm, id } = await running({ signal, checkpointSeconds: 20 });
    expect(await slurm.control.jobSignal(id)).toEqual(signal);
    await slurm.control.signalJob(id, signal);
    expect(slurm.signals).toEqual([
      { jobId: id, signal: "USR1", batchOnly: true, at: clock.now() },
    ]);
    await clock.advance(19_000);
    expect(slurm.job(id).state).toBe("RUNNING");
    await clock.advance(2000);
    expect(slurm.job(id).state).toBe("COMPLETED");
  });

  test("goes on after it when it handles it so", async () => {
    const signal = { signal: "USR1", seconds: 60, batchOnly: false };
    const { clock, slurm, id } = await running({ signal });
    await slurm.control.signalJob(id, signal);
    await clock.advance(60_000);
    expect(slurm.job(id).state).toBe("RUNNING");
  });

  test("fails at a signal that it did not ask for", async () => {
    const { slurm, id } = await running({});
    expect(await slurm.control.jobSignal(id)).toBeUndefined();
    await slurm.control.signalJob(id, { signal: "USR1", batchOnly: true });
    expect(slurm.job(id).state).toBe("FAILED");
  });
});

test("a signal to a job that does not run has no effect", async () => {
  const { slurm } = make({ onPrologSlurmctld: () => new Promise<boolean>(() => {}) });
  const id = slurm.submit();
  await slurm.control.signalJob(id, { signal: "USR1", batchOnly: true });
  await slurm.control.signalJob(99, { signal: "USR1", batchOnly: true });
  expect(slurm.job(id).state).toBe("CONFIGURING");
  expect(slurm.signals).toEqual([]);
});

test("an active reservation has its nodes to itself", async () => {
  const { clock, slurm } = make({ resumeTimeout: 600 });
  const minutes = (n: number) => new Date(clock.now().getTime() + n * 60_000);
  const r1 = { name: "r1", nodes: "cpu-st-a-1,cpu-dy-a-1", flags: new Set<string>() };
  const r2 = { name: "r2", nodes: "cpu-dy-a-2", flags: new Set(["MAINT"]) };
  slurm.setReservations([
    { ...r1, start: minutes(1), end: minutes(3) },
    { ...r2, start: minutes(0), end: minutes(1) },
  ]);
  expect(slurm.node("cpu-dy-a-2").state).toBe("IDLE+CLOUD+MAINTENANCE+POWERED_DOWN+RESERVED");
  const inside = slurm.submit({ reservation: "r1" });
  expect(slurm.job(inside).state).toBe("PENDING");
  await clock.advance(61_000);
  expect(slurm.job(inside).nodes).toBe("cpu-st-a-1");
  expect(slurm.node("cpu-dy-a-1").flags).toContain("RESERVED");
  expect((await slurm.control.reservations()).map((one) => one.name)).toEqual(["r1"]);
  const others = [slurm.submit(), slurm.submit(), slurm.submit()];
  expect(others.map((id) => slurm.job(id).nodes)).toEqual(["cpu-dy-a-2", "cpu-dy-a-3", ""]);
  await clock.advance(120_000);
  expect(others.map((id) => slurm.job(id).nodes).at(-1)).toBe("cpu-dy-a-1");
  expect(await slurm.control.reservations()).toEqual([]);
});

test("calls fail when told to, and are written down", async () => {
  const { slurm } = make();
  slurm.failNextCalls(1);
  await expect(slurm.control.nodes()).rejects.toMatchObject({ code: "SLURM_UNREACHABLE" });
  expect(await slurm.control.nodes({ names: ["cpu-dy-a-2", "nope"] })).toHaveLength(1);
  await expect(slurm.control.updateNodes(["nope"], { state: "UNDRAIN" })).rejects.toMatchObject({
    code: "SLURM_REFUSED",
  });
  expect(slurm.calls.map((call) => call.method)).toEqual(["nodes", "nodes", "updateNodes"]);
});

test("disposing ends the background work", async () => {
  const { clock, slurm } = make();
  expect(clock.sleeping).toBe(1);
  slurm[Symbol.dispose]();
  await clock.advance(0);
  expect(clock.sleeping).toBe(0);
});
