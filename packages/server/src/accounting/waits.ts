import type { QueueWaits } from "@sluice/api";
import type { JobCache, JobWait } from "@sluice/jobs";
import type { Clock } from "@sluice/model";

const DAY_MS = 86_400_000;
/** What was counted is shown so long to whoever asks next. */
const FRESH_MS = 30_000;

/** How long jobs waited in each queue of a cluster lately: counted once for all who look. */
export class Waits {
  readonly #jobs: Pick<JobCache, "waits">;
  readonly #clock: Pick<Clock, "now">;
  readonly #counted = new Map<
    string,
    { readonly at: number; readonly waits: readonly QueueWaits[] }
  >();

  constructor(jobs: Pick<JobCache, "waits">, clock: Pick<Clock, "now">) {
    this.#jobs = jobs;
    this.#clock = clock;
  }

  of(cluster: string): readonly QueueWaits[] {
    const now = this.#clock.now().getTime();
    const known = this.#counted.get(cluster);
    if (known !== undefined && now - known.at < FRESH_MS) return known.waits;
    const week = this.#jobs.waits(cluster, new Date(now - 7 * DAY_MS));
    const waits = [...Map.groupBy(week, ({ partition }) => partition)]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([partition, some]) => {
        const day = some.filter(({ startTime }) => startTime.getTime() >= now - DAY_MS);
        return { cluster, partition, ...named("lastDay", day), ...named("lastWeek", some) };
      });
    this.#counted.set(cluster, { at: now, waits });
    return waits;
  }
}

function named<Name extends string>(name: Name, waits: readonly JobWait[]) {
  if (waits.length === 0) return {};
  const seconds = Float64Array.from(waits, (wait) => wait.seconds).sort();
  const at = (part: number) => Math.round(seconds[Math.ceil(seconds.length * part) - 1] ?? 0);
  const summary = { started: waits.length, medianSeconds: at(0.5), p90Seconds: at(0.9) };
  return { [name]: summary } as Record<Name, typeof summary>;
}
