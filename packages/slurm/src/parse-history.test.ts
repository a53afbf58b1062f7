import { expect, it } from "vitest";
import type { HistoryJob } from "./job-lists.ts";
import { HISTORY_COLUMNS, HistoryReader, historyFormat } from "./parse-history.ts";

const TAG = "sluice=11111111-2222-3333-4444-555555555555";
const JOB = [
  ...["6", "2_2", "ada", "users", "burst", "normal", "CANCELLED by 1000", "0:15"],
  ...["burst-dy-light-1", "1", "4", "4", "billing=4,cpu=4,mem=8G,node=1", "cpu=4,mem=8G"],
  ...["300", "2026-11-21T18:39:49", "2026-11-21T18:39:50", "2026-11-21T18:39:55"],
  ...["01:40.500", "", "/home/ada", "2026-11-21T18:39:48", "na|me\nx", TAG],
];
const step = (id: string, memory: string): readonly string[] =>
  JOB.with(0, `6.${id}`).with(1, `2_2.${id}`).with(19, `cpu=00:00:01,mem=${memory},pages=0`);
/** Called off before it began. */
const NEVER = JOB.with(0, "7")
  .with(1, "7")
  .with(8, "None assigned")
  .with(10, "0")
  .with(12, "")
  .with(14, "UNLIMITED")
  .with(16, "Unknown")
  .with(23, "");

function read(rows: readonly (readonly string[])[]): readonly HistoryJob[] {
  const reader = new HistoryReader();
  return [...rows.map((row) => reader.take(row)), reader.end()].filter((job) => job !== undefined);
}

it("asks each release for where it keeps the tag", () => {
  expect(historyFormat("24.11").split(",")).toHaveLength(HISTORY_COLUMNS);
  expect(historyFormat("24.11")).toMatch(/,Extra$/);
  expect(historyFormat("22.05")).toMatch(/,Comment$/);
});

it("makes one job of its rows, with the most that a step took", () => {
  const [job, ...more] = read([JOB, step("batch", "900K"), step("extern", "0"), step("0", "3G")]);
  expect(more).toEqual([]);
  expect(job).toEqual({
    id: 6,
    label: "2_2",
    arrayJobId: 2,
    arrayTaskId: "2",
    name: "na|me\nx",
    user: "ada",
    account: "users",
    partition: "burst",
    qos: "normal",
    state: "CANCELLED",
    exitCode: "0:15",
    nodes: "burst-dy-light-1",
    nodeCount: 1,
    cpus: 4,
    tres: "billing=4,cpu=4,mem=8G,node=1",
    timeLimitSeconds: 18_000,
    submitTime: new Date("2026-11-21T18:39:49Z"),
    eligibleTime: new Date("2026-11-21T18:39:48Z"),
    startTime: new Date("2026-11-21T18:39:50Z"),
    endTime: new Date("2026-11-21T18:39:55Z"),
    workingDirectory: "/home/ada",
    tag: TAG,
    cpuSecondsUsed: 100.5,
    maxMemoryMib: 3072,
  });
});

it("tells jobs apart, and knows nothing of the use of one without steps", () => {
  const [first, second] = read([JOB, step("batch", "1M"), NEVER]);
  expect(first?.maxMemoryMib).toBe(1);
  expect(second).toMatchObject({
    id: 7,
    nodes: "",
    cpus: 4,
    tres: "cpu=4,mem=8G",
    timeLimitSeconds: undefined,
    startTime: undefined,
    tag: undefined,
    cpuSecondsUsed: undefined,
    maxMemoryMib: undefined,
  });
});

it("takes nothing for a job that has no number", () => {
  expect(read([])).toEqual([]);
  expect(read([JOB.with(0, "JobIDRaw")])).toEqual([]);
});
