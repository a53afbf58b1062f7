import type { HistoryJob, QueueJob } from "@sluice/gateway";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClusterJobs } from "./cluster-jobs.ts";
import { historyJob, queueJob, SimulatedSlurm } from "./testing/simulated-slurm.ts";

const at = (minute: number) => new Date(Date.UTC(2030, 0, 1, 0, minute));

function shown(jobs: ClusterJobs): Record<string, string> {
  const rows = Array.from({ length: jobs.table.end }, (_, row) => row);
  return Object.fromEntries(
    rows
      .filter((row) => jobs.table.has(row))
      .map((row) => jobs.view(row))
      .map((job) => [
        `${job.label}/${job.id} ${job.name} ${job.submitTime?.toISOString()}`,
        `${job.state}${job.cpuSecondsUsed === undefined ? "" : ` ${job.cpuSecondsUsed}`}`,
      ]),
  );
}

function statesOf(jobs: ClusterJobs): readonly string[] {
  return Object.values(shown(jobs));
}

describe("two sources", () => {
  test("accounting's word on the end counts, and a look that was under way does not undo it", async () => {
    const jobs = new ClusterJobs("c");
    const running = queueJob({ id: 1, state: "RUNNING", submitTime: at(0) });
    await jobs.takeQueue([running], at(1));
    jobs.takeHistory([historyJob({ id: 1, submitTime: at(0), endTime: at(2) })]);
    await jobs.takeQueue([running], at(2));
    expect(statesOf(jobs)).toEqual(["COMPLETED 60"]);
  });

  test("what slurmctld forgot before it ended is unknown until accounting tells", async () => {
    const jobs = new ClusterJobs("c");
    await jobs.takeQueue([queueJob({ id: 1, state: "RUNNING", submitTime: at(0) })], at(1));
    const changes = await jobs.takeQueue([], at(2));
    expect(changes).toMatchObject([{ kind: "changed", job: { state: "UNKNOWN", isLive: false } }]);
    jobs.takeHistory([historyJob({ id: 1, submitTime: at(0), endTime: at(2) })]);
    expect(statesOf(jobs)).toEqual(["COMPLETED 60"]);
  });

  test("what neither has is forgotten after a quarter of an hour", async () => {
    const jobs = new ClusterJobs("c");
    await jobs.takeQueue([queueJob({ id: 1, state: "PENDING", submitTime: at(0) })], at(1));
    await jobs.takeQueue([], at(2));
    expect(jobs.giveUp(at(16))).toEqual([]);
    expect(jobs.giveUp(at(17))).toMatchObject([{ kind: "deleted", job: { id: 1 } }]);
    expect(statesOf(jobs)).toEqual([]);
  });

  test("a requeued job is one job, whichever end is told last", async () => {
    const jobs = new ClusterJobs("c");
    const lost = historyJob({ id: 1, submitTime: at(0), endTime: at(2), state: "NODE_FAIL" });
    jobs.takeHistory([lost]);
    await jobs.takeQueue([queueJob({ id: 1, state: "PENDING", submitTime: at(2) })], at(3));
    jobs.takeHistory([lost]);
    expect(statesOf(jobs)).toEqual(["PENDING"]);
  });

  test("a number that is given again to another job is two jobs", async () => {
    const jobs = new ClusterJobs("c");
    jobs.takeHistory([historyJob({ id: 1, name: "old", submitTime: at(0), endTime: at(2) })]);
    await jobs.takeQueue([queueJob({ id: 1, name: "new", submitTime: at(9) })], at(10));
    expect(statesOf(jobs)).toEqual(["COMPLETED 60", "PENDING"]);
  });

  test("tells what changed, and not that priorities did", async () => {
    const jobs = new ClusterJobs("c");
    const one = queueJob({ id: 1, submitTime: at(0), priority: 1 });
    expect(await jobs.takeQueue([one], at(1))).toMatchObject([{ kind: "created" }]);
    expect(await jobs.takeQueue([{ ...one, priority: 2 }], at(2))).toEqual([]);
    expect(await jobs.takeQueue([{ ...one, state: "RUNNING" }], at(3))).toMatchObject([
      { kind: "changed", job: { state: "RUNNING", cluster: "c", label: "1" } },
    ]);
  });

  test("who cancelled is not part of the state, and what did not end is no history", () => {
    const jobs = new ClusterJobs("c");
    jobs.takeHistory([
      historyJob({ id: 1, submitTime: at(0), endTime: at(1), state: "CANCELLED by 1000" }),
      historyJob({ id: 2, submitTime: at(0), endTime: undefined, state: "RUNNING" }),
      historyJob({ id: 3, submitTime: at(0), endTime: at(1), state: "REQUEUED" }),
    ]);
    expect(statesOf(jobs)).toEqual(["CANCELLED 60"]);
  });
});

describe("pruning", () => {
  test("takes what ended before a time, then the oldest ends, and never what lives", async () => {
    const jobs = new ClusterJobs("c");
    const ended = Array.from({ length: 10 }, (_, index) =>
      historyJob({ id: index + 1, name: `n${index}`, submitTime: at(0), endTime: at(index) }),
    );
    jobs.takeHistory(ended);
    await jobs.takeQueue([queueJob({ id: 99, submitTime: at(0), state: "RUNNING" })], at(20));
    await jobs.prune(at(3), 4);
    expect(Object.keys(shown(jobs)).map((key) => key.split(" ")[0])).toEqual([
      ...["8/8", "9/9", "10/10"],
      "99/99",
    ]);
  });

  test("keeps every job through a rebuilding of the columns", async () => {
    const jobs = new ClusterJobs("c");
    const ended: HistoryJob[] = Array.from({ length: 6000 }, (_, index) =>
      historyJob({ id: index + 1, name: `n${index}`, submitTime: at(0), endTime: at(index % 60) }),
    );
    jobs.takeHistory(ended);
    const live: QueueJob[] = [queueJob({ id: 7000, submitTime: at(0), state: "RUNNING" })];
    await jobs.takeQueue(live, at(61));
    const before = jobs.table;
    await jobs.prune(at(30), 100_000);
    expect(jobs.table).not.toBe(before);
    expect(jobs.table.size).toBe(3001);
    expect(jobs.takeHistory(ended.filter(({ endTime }) => endTime === at(59)))).toEqual([]);
    expect(await jobs.takeQueue(live, at(62))).toEqual([]);
    expect(await jobs.takeQueue([], at(63))).toMatchObject([{ job: { id: 7000 } }]);
  });
});

test("after any order of looks it is what Slurm has", async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant("submit" as const) },
    { weight: 2, arbitrary: fc.constant("submitArray" as const) },
    { weight: 6, arbitrary: fc.constant("start" as const) },
    { weight: 5, arbitrary: fc.constant("end" as const) },
    { weight: 2, arbitrary: fc.constant("requeue" as const) },
    { weight: 2, arbitrary: fc.constant("forget" as const) },
    { weight: 3, arbitrary: fc.constant("account" as const) },
    { weight: 5, arbitrary: fc.constant("lookAtQueue" as const) },
    { weight: 4, arbitrary: fc.constant("lookAtHistory" as const) },
    { weight: 1, arbitrary: fc.constant("prune" as const) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, fc.nat()), { maxLength: 80, size: "max" }),
      async (steps) => {
        const slurm = new SimulatedSlurm();
        const jobs = new ClusterJobs("c");
        // A look at the queue that is late: taken then, told later.
        let late: readonly QueueJob[] | undefined;
        for (const [what, choice] of steps) {
          slurm.tick();
          if (what === "lookAtQueue") {
            await jobs.takeQueue(slurm.queue(), slurm.now);
            late = undefined;
          } else if (what === "lookAtHistory") {
            late ??= slurm.queue();
            jobs.takeHistory(slurm.history(choice % 3 === 0));
          } else if (what === "prune") {
            await jobs.prune(new Date(0), 1_000_000);
          } else {
            slurm[what](choice);
          }
          if (late !== undefined && choice % 5 === 0) {
            await jobs.takeQueue(late, slurm.now);
            late = undefined;
          }
        }
        slurm.account();
        await jobs.takeQueue(slurm.queue(), slurm.now);
        jobs.takeHistory(slurm.history(false));
        jobs.giveUp(new Date(slurm.now.getTime() + 3_600_000));
        expect(shown(jobs)).toEqual(slurm.truth());
      },
    ),
    { numRuns: 300 },
  );
});
