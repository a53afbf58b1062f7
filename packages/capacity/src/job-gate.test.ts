import { createFakeSlurm, FakeClock, type FakeSlurm } from "@sluice/slurm/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { JobVerdict } from "./contract.ts";
import { JobGate } from "./job-gate.ts";

const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };
const never = new AbortController().signal;

let clock: FakeClock;
let slurm: FakeSlurm;
let gate: JobGate;
let launchable: Map<number, number>;
beforeEach(() => {
  clock = new FakeClock();
  slurm = createFakeSlurm({
    clock,
    partitions: [{ name: "q1", nodes: "n[1-4]" }],
    onPrologSlurmctld: () => new Promise(() => {}),
  });
  launchable = new Map();
  const launchableAt = (jobId: number) => launchable.get(jobId) ?? 0;
  gate = new JobGate({ slurm: slurm.control, clock, log, launchableAt });
});
afterEach(async () => {
  await gate.close();
  slurm[Symbol.dispose]();
});

const reads = () => slurm.calls.filter((call) => call.method === "nodes").length;

function wait(jobId: number, nodes: readonly string[], signal = never) {
  const box: { verdict?: JobVerdict | string } = {};
  void gate.await({ jobId, nodes }, signal).then(
    (verdict) => {
      box.verdict = verdict;
    },
    (error) => {
      box.verdict = error.code;
    },
  );
  return box;
}

async function warm(names: readonly string[]): Promise<void> {
  await slurm.control.updateNodes(names, { state: "POWER_UP" });
  await clock.advance(1000);
  for (const name of names) slurm.register(name);
}

test("a job on warm nodes is answered after one read", async () => {
  await warm(["n1", "n2"]);
  slurm.submit({ nodes: 2 });
  slurm.calls.length = 0;
  const box = wait(1, ["n1", "n2"]);
  await clock.advance(0);
  expect(box.verdict).toEqual({ start: true });
  expect(reads()).toBe(1);
});

test("jobs that wait share one poller, and each starts when its own nodes are in", async () => {
  slurm.submit({ nodes: 2 });
  slurm.submit({ nodes: 2 });
  await clock.advance(1000);
  slurm.calls.length = 0;
  const first = wait(1, ["n1", "n2"]);
  const second = wait(2, ["n3", "n4"]);
  await clock.advance(1000);
  expect(reads()).toBeLessThanOrEqual(16);
  slurm.register("n1");
  slurm.register("n2");
  await clock.advance(75);
  expect(first.verdict).toEqual({ start: true });
  expect(second.verdict).toBeUndefined();
});

test("while nothing happens it looks less often, and closely again after a hint", async () => {
  slurm.submit({ nodes: 1 });
  const box = wait(1, ["n1"]);
  await clock.advance(10_000);
  slurm.calls.length = 0;
  await clock.advance(10_000);
  expect(reads()).toBeLessThanOrEqual(21);
  gate.hint();
  slurm.register("n1");
  await clock.advance(75);
  expect(box.verdict).toEqual({ start: true });
});

test("a job that is cancelled, or whose node goes down, is not started", async () => {
  slurm.submit({ nodes: 1 });
  slurm.submit({ nodes: 1 });
  const cancelled = wait(1, ["n1"]);
  const failed = wait(2, ["n2"]);
  await clock.advance(1000);
  slurm.cancel(1);
  await slurm.control.updateNodes(["n2"], { state: "DOWN", reason: "sluice: vanished" });
  await clock.advance(1000);
  expect(cancelled.verdict).toEqual({ start: false, reason: "the job is CANCELLED" });
  expect(failed.verdict).toEqual({
    start: false,
    reason: "node n2 is down: sluice: vanished",
  });
});

test("everyone who asks for a job gets its answer", async () => {
  slurm.submit({ nodes: 1 });
  await clock.advance(1000);
  const [first, again] = [wait(1, ["n1"]), wait(1, ["n1"])];
  await clock.advance(100);
  slurm.register("n1");
  await clock.advance(100);
  expect([first.verdict, again.verdict]).toEqual([{ start: true }, { start: true }]);
});

test("a caller that leaves takes only itself away", async () => {
  slurm.submit({ nodes: 1 });
  await clock.advance(1000);
  const abort = new AbortController();
  const [gone, stays] = [wait(1, ["n1"], abort.signal), wait(1, ["n1"])];
  await clock.advance(100);
  abort.abort();
  slurm.register("n1");
  await clock.advance(100);
  expect(gone.verdict).toMatchObject({ start: false });
  expect(stays.verdict).toEqual({ start: true });
});

test("while slurmctld does not answer jobs wait; when the manager stops they are told to ask again", async () => {
  slurm.submit({ nodes: 1 });
  const box = wait(1, ["n1"]);
  slurm.failNextCalls(1000);
  await clock.advance(20_000);
  expect(box.verdict).toBeUndefined();
  await gate.close();
  await clock.advance(0);
  expect(box.verdict).toBe("CAPACITY_STOPPED");
});

test("while it is held no job starts, and what can't start is told so", async () => {
  await warm(["n1", "n2"]);
  slurm.submit({ nodes: 1 });
  slurm.submit({ nodes: 1 });
  const waits = wait(1, ["n1"]);
  gate.hold();
  const fails = wait(2, ["n2"]);
  await slurm.control.updateNodes(["n2"], { state: "DOWN", reason: "sluice: vanished" });
  await clock.advance(60_000);
  expect(waits.verdict).toBeUndefined();
  expect(fails.verdict).toMatchObject({ start: false });
  gate.release();
  await clock.advance(75);
  expect(waits.verdict).toEqual({ start: true });
});

test("a job that may not be launched yet waits on nodes that are ready", async () => {
  await warm(["n1"]);
  slurm.submit({ nodes: 1 });
  launchable.set(1, clock.now().getTime() + 800);
  const box = wait(1, ["n1"]);
  await clock.advance(790);
  expect(box.verdict).toBeUndefined();
  await clock.advance(90);
  expect(box.verdict).toEqual({ start: true });
});
