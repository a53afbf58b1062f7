import type { UsageMeasures } from "@sluice/database";

/** What was used, and how it went; the words of the table. */
export type Measures = UsageMeasures;

/** Seconds: a wait is of the first bound that it is not longer than, or of the last, endless one. */
export const WAIT_BOUNDS = [10, 30, 60, 120, 300, 600, 1800, 3600, 10_800, 43_200, 86_400] as const;

export const WAITS = [
  ...(["wait_0", "wait_1", "wait_2", "wait_3", "wait_4", "wait_5"] as const),
  ...(["wait_6", "wait_7", "wait_8", "wait_9", "wait_10", "wait_11"] as const),
] as const;

export const MEASURES = [
  ...(["jobs", "completed", "failed", "cancelled", "timed_out", "out_of_memory"] as const),
  ...(["node_failed", "requeues", "cpu_seconds", "gpu_seconds", "node_seconds"] as const),
  ...(["memory_gib_seconds", "used_cpu_seconds", "measured_cpu_seconds"] as const),
  ...(["used_memory_gib_seconds", "measured_memory_gib_seconds", "cost"] as const),
  ...(["unpriced_node_seconds", "started", "waited_seconds", ...WAITS] as const),
] as const satisfies readonly (keyof Measures)[];

export type Tally = { -readonly [key in keyof Measures]: Measures[key] };

export function nothing(): Tally {
  return Object.fromEntries(MEASURES.map((name) => [name, 0])) as unknown as Tally;
}

/** Adds to the first. */
export function add(to: Tally, more: Partial<Measures>): void {
  for (const name of MEASURES) {
    const value = more[name];
    if (value !== undefined) to[name] += value;
  }
}

export function addWait(to: Tally, seconds: number): void {
  const bound = WAIT_BOUNDS.findIndex((most) => seconds <= most);
  const bucket = WAITS[bound === -1 ? WAIT_BOUNDS.length : bound] ?? "wait_11";
  to.started += 1;
  to.waited_seconds += seconds;
  to[bucket] += 1;
}

/**
 * The wait, in seconds, that this part of all runs did not exceed; between two bounds as if the waits
 * there were spread evenly. Undefined when nothing began.
 *
 * @param part 0.5 for the median.
 */
export function waitOf(measures: Measures, part: number): number | undefined {
  const wanted = measures.started * part;
  let below = 0;
  for (const [index, name] of WAITS.entries()) {
    const here = measures[name];
    if (here > 0 && below + here >= wanted) {
      const from = WAIT_BOUNDS[index - 1] ?? 0;
      const to = WAIT_BOUNDS[index] ?? 2 * from;
      return Math.round(from + ((to - from) * (wanted - below)) / here);
    }
    below += here;
  }
  return undefined;
}
