import { expect, it } from "vitest";
import { expandFileName } from "./parse-filename.ts";
import { JOB_LIST_COLUMNS, jobInList, jobListFormat } from "./parse-joblist.ts";
import { memoryIn, rowCutter, secondsOf } from "./parse-values.ts";

const MARK = "~0f1e~";

/** A row as squeue 24.11 prints it. */
const NEW = [
  ...["6", "2_2", "2", "2", "ada", "users", "burst", "normal", "COMPLETED", "None"],
  ...["burst-dy-light-1", "1", "1", "cpu=1,mem=1.50G,node=1,billing=1", "1", "1"],
  ...["2026-11-21T18:39:49", "2026-11-21T18:39:52", "2026-11-21T18:39:52"],
  ...["2026-11-21T18:39:55", "1-00:05:00", "1", "afterok:3(unfulfilled)", "3:0", "2"],
  ...["/home/ada", "/home/ada/slurm-%A_%a.out", "(null)", "a|b\n~x"],
];
/** The same as 22.05 tells it. */
const OLD = NEW.with(23, "768").with(26, "/home/ada/slurm-6.out").with(27, "/home/ada/slurm-6.out");

function cut(rows: readonly (readonly string[])[], size = Number.POSITIVE_INFINITY) {
  const text = rows.map((row) => `${row.map((value) => value + MARK).join("")}\n`).join("");
  const cutter = rowCutter(MARK, JOB_LIST_COLUMNS);
  const found = [];
  for (let at = 0; at < text.length; at += size) found.push(...cutter(text.slice(at, at + size)));
  return found;
}

it("asks squeue for as many values as it reads", () => {
  expect(jobListFormat(MARK).split(",")).toHaveLength(JOB_LIST_COLUMNS);
  expect(NEW).toHaveLength(JOB_LIST_COLUMNS);
});

it("cuts rows whatever the values hold and wherever the pieces end", () => {
  for (const size of [1, 3, 7, 1000]) expect(cut([NEW, OLD, NEW], size)).toEqual([NEW, OLD, NEW]);
});

it("reads a task of an array", () => {
  const job = jobInList(NEW);
  expect(job).toMatchObject({
    id: 6,
    label: "2_2",
    arrayJobId: 2,
    arrayTaskId: "2",
    name: "a|b\n~x",
    memoryMib: 1536,
    timeLimitSeconds: 86_700,
    endTime: new Date("2026-11-21T18:39:55Z"),
    dependency: "afterok:3(unfulfilled)",
    exitCode: "3:0",
    restarts: 2,
    standardOutput: "/home/ada/slurm-2_2.out",
    standardError: "/home/ada/slurm-2_2.out",
  });
});

it("reads the same of both releases", () => {
  expect(jobInList(OLD)).toEqual(jobInList(NEW));
});

it("has no output file for what is not a batch job", () => {
  const job = jobInList(NEW.with(14, "0"));
  expect([job.standardOutput, job.standardError]).toEqual(["", ""]);
});

it.each([
  ["a-%j-%5j-%x-%A-%u-%%.out", "a-8-00008-wrap-8-ada-%.out"],
  ["%a-%N.out", "%a-%N.out"],
  ["back\\%j", "back%j"],
  ["%999999j", "0000000008"],
])("expands %s to %s", (pattern, path) => {
  const of = { jobId: 8, arrayJobId: undefined, arrayTaskId: undefined, user: "ada", name: "wrap" };
  expect(expandFileName(pattern, of)).toBe(path);
});

it.each([
  ["1-02:03:04", 93_784],
  ["02:03:04", 7384],
  ["5:00", 300],
  ["00:00.019", 0.019],
  ["UNLIMITED", undefined],
  ["", undefined],
])("takes %j for %j seconds", (text, seconds) => expect(secondsOf(text)).toBe(seconds));

it.each([
  ["cpu=1,mem=486M,node=1", 486],
  ["mem=2T", 2 << 20],
  ["mem=2097152", 2],
  ["cpu=1,gres/gpumem=3G", undefined],
])("finds in %j %j MiB", (text, mib) => expect(memoryIn(text)).toBe(mib));
