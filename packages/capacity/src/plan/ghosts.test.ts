import type { JobRun, SlurmJob } from "@sluice/slurm";
import { expect, test } from "vitest";
import { ghostsOf } from "./ghosts.ts";

const at = (second: number) => new Date(Date.UTC(2030, 0, 1, 0, 0, second));
const STARTED = at(30);

const job = (fields: Partial<SlurmJob> = {}): SlurmJob => ({
  id: 1,
  label: "1",
  name: "wrap",
  user: "ada",
  account: "",
  partition: "q1",
  state: "RUNNING",
  reason: "None",
  nodes: "n1",
  nodeCount: 1,
  isBatch: true,
  canRequeue: true,
  submitTime: at(1),
  eligibleTime: at(1),
  startTime: at(10),
  ...fields,
});
const run = (fields: Partial<JobRun> = {}): JobRun => ({
  jobId: 1,
  state: "COMPLETED",
  start: at(10),
  end: at(29),
  ...fields,
});
const ids = (jobs: SlurmJob[], runs: JobRun[]) =>
  ghostsOf(jobs, runs, STARTED).map(({ jobId }) => jobId);

test("a job that ended before slurmctld was started and that it has as running is one", () => {
  expect(ghostsOf([job()], [run()], STARTED)).toEqual([
    {
      jobId: 1,
      canRequeue: true,
      reason: "it ended (COMPLETED) while slurmctld could not write it down; Slurm runs it again",
    },
  ]);
  const [other] = ghostsOf([job({ canRequeue: false })], [run({ state: "FAILED" })], STARTED);
  expect(other).toMatchObject({ canRequeue: false });
  expect(other?.reason).toContain("it ended (FAILED)");
});

test.each<[string, Partial<SlurmJob>, readonly JobRun[]]>([
  ["runs, as accounting says too", {}, [run({ state: "RUNNING", end: undefined })]],
  ["accounting has not heard of", {}, []],
  ["ends since slurmctld was started", {}, [run({ end: at(31) })]],
  ["runs for the second time, and accounting has the first", {}, [run({ start: at(2) })]],
  ["started since slurmctld was", { startTime: at(31) }, [run({ start: at(31) })]],
  ["is configuring", { state: "CONFIGURING" }, [run()]],
  ["is completing", { state: "COMPLETING" }, [run()]],
  ["waits", { state: "PENDING" }, [run()]],
])("a job that %s is none", (_, fields, runs) => {
  expect(ids([job(fields)], [...runs])).toEqual([]);
});

test("an end in the second in which slurmctld was started counts, and starts need not agree to the second", () => {
  expect(ids([job()], [run({ start: at(11), end: STARTED })])).toEqual([1]);
});
