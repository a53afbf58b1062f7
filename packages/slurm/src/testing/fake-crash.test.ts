import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeClock } from "./fake-clock.ts";
import { createFakeSlurm, type FakeSlurm } from "./fake-slurm.ts";

let clock: FakeClock;
let slurm: FakeSlurm;
let starts: number;
beforeEach(() => {
  clock = new FakeClock();
  starts = 0;
  slurm = createFakeSlurm({
    clock,
    partitions: [{ name: "q", nodes: "n[1-2]" }],
    onPrologSlurmctld: async () => true,
    onStarted: () => {
      starts += 1;
    },
  });
});
afterEach(() => slurm[Symbol.dispose]());

/** A job that runs on a node whose state was written down. */
async function running(): Promise<number> {
  await slurm.control.updateNodes(["n1"], { state: "POWER_UP" });
  await clock.advance(1000);
  slurm.register("n1");
  await slurm.control.saveNodes("n1");
  const id = slurm.submit();
  await clock.advance(0);
  return id;
}

test("a crash brings back a job that ended since jobs were last written down", async () => {
  const id = await running();
  await clock.advance(20_000);
  slurm.finish(id);
  const { startTime } = slurm.job(id);
  slurm.crash();
  expect(starts).toBe(1);
  await clock.advance(60_000);
  expect(slurm.job(id)).toMatchObject({ state: "RUNNING", startTime });
  const [run] = await slurm.control.lastRuns([id]);
  expect(run?.state).toBe("COMPLETED");
  const startedAt = await slurm.control.startedAt();
  expect(run?.end?.getTime()).toBeLessThanOrEqual(startedAt?.getTime() ?? 0);
  await slurm.control.cancel(id);
  expect(await slurm.control.lastRuns([id])).toMatchObject([{ state: "CANCELLED" }]);
});

test("it forgets that nodes registered, unless their state was written down since", async () => {
  const id = await running();
  await slurm.control.updateNodes(["n2"], { state: "POWER_UP" });
  await clock.advance(20_000);
  slurm.register("n2");
  slurm.crash();
  expect(slurm.node("n1").state).toBe("ALLOCATED+CLOUD");
  expect(slurm.node("n2").state).toBe("IDLE+CLOUD+POWERED_DOWN");
  expect(slurm.job(id).state).toBe("RUNNING");
});

test("it launches a job twice that started since, which its node does not take", async () => {
  const id = await running();
  await clock.advance(1000);
  slurm.crash();
  await clock.advance(0);
  expect(slurm.job(id)).toMatchObject({ state: "PENDING", reason: "BeginTime" });
  expect(slurm.node("n1").reason).toBe("Duplicate jobid");
});
