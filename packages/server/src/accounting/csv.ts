import type { Use, UseGroup, UseRow } from "@sluice/api";

type Cell = string | number | undefined;

const COLUMNS: readonly (readonly [string, (row: UseRow) => Cell])[] = [
  ["jobs", ({ jobs }) => jobs],
  ["running", ({ running }) => running],
  ["completed", ({ ends }) => ends.completed],
  ["failed", ({ ends }) => ends.failed],
  ["cancelled", ({ ends }) => ends.cancelled],
  ["timed_out", ({ ends }) => ends.timedOut],
  ["out_of_memory", ({ ends }) => ends.outOfMemory],
  ["node_failed", ({ ends }) => ends.nodeFailed],
  ["requeues", ({ requeues }) => requeues],
  ["cpu_seconds", ({ cpuSeconds }) => cpuSeconds],
  ["gpu_seconds", ({ gpuSeconds }) => gpuSeconds],
  ["node_seconds", ({ nodeSeconds }) => nodeSeconds],
  ["memory_gib_seconds", ({ memoryGibSeconds }) => memoryGibSeconds],
  ["cpu_efficiency", ({ cpuEfficiency }) => cpuEfficiency],
  ["memory_efficiency", ({ memoryEfficiency }) => memoryEfficiency],
  ["cost_usd", ({ cost }) => cost],
  ["unpriced_node_seconds", ({ unpricedNodeSeconds }) => unpricedNodeSeconds],
  ["started", ({ started }) => started],
  ["waited_seconds", ({ waitedSeconds }) => waitedSeconds],
  ["median_wait_seconds", ({ medianWaitSeconds }) => medianWaitSeconds],
  ["p90_wait_seconds", ({ p90WaitSeconds }) => p90WaitSeconds],
];

/** RFC 4180, one line a row; without groups one line of the totals. */
export function csvOfUse({ rows, totals }: Use, by: readonly UseGroup[]): string {
  const groups = [...new Set(by)];
  const all: readonly UseRow[] = groups.length === 0 ? [totals] : rows;
  const header = [...groups, ...COLUMNS.map(([name]) => name)];
  const lines = all.map((row) => [
    ...groups.map((group) => cellOf(row[group])),
    ...COLUMNS.map(([, value]) => cellOf(value(row))),
  ]);
  return [header, ...lines].map((line) => `${line.join(",")}\r\n`).join("");
}

/** What a spreadsheet would take for a formula is made plain text by an apostrophe before it. */
export function cellOf(value: Cell): string {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
