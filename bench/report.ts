import { summary } from "./statistics.ts";

/** One row of the report. `goal` is what is aimed at; nothing fails for missing it. */
export interface Row {
  readonly what: string;
  readonly unit: "ms" | "s" | "%" | "KB" | "MB" | "×" | "/s" | "/min";
  readonly value: number;
  readonly goal?: number;
  readonly runs: number;
  readonly min: number;
  readonly max: number;
}

export const rows: Row[] = [];

/** How often the quick ones are repeated. */
export const RUNS = Number(process.env.SLUICE_BENCH_RUNS ?? 10);

/** Adds a row, prints it, and gives its value: the median of `values`. */
export function add(
  what: string,
  unit: Row["unit"],
  values: readonly number[],
  goal?: number,
): number {
  const { median, ...rest } = summary(values);
  const row: Row = { what, unit, value: median, ...(goal === undefined ? {} : { goal }), ...rest };
  rows.push(row);
  process.stderr.write(`${line(row)}\n`);
  return median;
}

export function heading(): string {
  return `${"".padEnd(WIDTH)} ${"median".padStart(8)}     ${"range".padStart(14)} ${"runs".padStart(4)} ${"goal".padStart(7)}\n`;
}

export async function repeat(times: number, work: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < times; i++) values.push(await work());
  return values;
}

const WIDTH = 66;

function line({ what, unit, value, goal, runs, min, max }: Row): string {
  const isFine = unit === "s" || unit === "%" || unit === "×" || (unit === "ms" && value < 10);
  const number = (n: number): string => n.toFixed(isFine ? 2 : 0);
  const spread = runs > 1 ? `${number(min)}–${number(max)}` : "";
  const aim = goal === undefined ? "" : `${unit === "/s" ? "≥" : "≤"} ${goal}`;
  return `${what.padEnd(WIDTH)} ${number(value).padStart(8)} ${unit.padEnd(4)} ${spread.padStart(14)} ${String(runs).padStart(4)} ${aim.padStart(7)}`;
}
