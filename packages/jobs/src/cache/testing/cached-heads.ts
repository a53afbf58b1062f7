import type { HistoryJob, QueueJob } from "@sluice/gateway";
import { SluiceError } from "@sluice/model";
import { FakeClock } from "@sluice/slurm/testing";
import type { JobChange, JobSearch, JobSource } from "../contract.ts";
import { createJobCache } from "../job-cache.ts";

export const DAY = 24 * 3_600_000;
export const START = new Date("2030-01-31T00:00:00Z");
export const ago = (milliseconds: number) => new Date(START.getTime() - milliseconds);

/** A head whose answers are what the test put there. */
export class Head implements JobSource {
  readonly name: string;
  jobs: readonly QueueJob[] = [];
  ended: readonly HistoryJob[] = [];
  isAway = false;
  /** With it, an answer is given again to whoever takes one that is so old. */
  clock: FakeClock | undefined;
  #heardAt = Number.NEGATIVE_INFINITY;
  #heard: readonly QueueJob[] = [];
  readonly asked: { queue: number; ranges: { since: Date; until: Date }[] } = {
    queue: 0,
    ranges: [],
  };

  constructor(name = "demo") {
    this.name = name;
  }

  async gateway(): Promise<Awaited<ReturnType<JobSource["gateway"]>>> {
    return {
      queue: async ({ maxAgeMilliseconds = 0 } = {}) => {
        const age = (this.clock?.now().getTime() ?? 0) - this.#heardAt;
        if (this.clock !== undefined && age <= maxAgeMilliseconds) return this.#heard;
        this.asked.queue++;
        this.#answer();
        this.#heardAt = this.clock?.now().getTime() ?? 0;
        this.#heard = this.jobs;
        return this.jobs;
      },
      history: (range) => this.#history(range),
    };
  }

  async *#history(range: { since: Date; until: Date }): AsyncGenerator<HistoryJob> {
    this.asked.ranges.push(range);
    this.#answer();
    for (const job of this.ended) {
      const end = job.endTime?.getTime() ?? 0;
      if (end >= range.since.getTime() && end < range.until.getTime()) yield job;
    }
  }

  #answer(): void {
    if (this.isAway) throw new SluiceError("SLURM_UNREACHABLE", "system", "slurmctld is away");
  }
}

export function cacheOf(
  heads: readonly Head[],
  options: { days?: number; clock?: FakeClock } = {},
) {
  const clock = options.clock ?? new FakeClock(START);
  const changes: JobChange[] = [];
  const cache = createJobCache({
    clusters: { list: async () => heads },
    clock,
    publish: (change) => changes.push(change),
    ...(options.days === undefined ? {} : { days: options.days }),
  });
  const search = (more: Partial<JobSearch> = {}) =>
    cache.search({ clusters: new Map(heads.map(({ name }) => [name, "all"])), limit: 50, ...more });
  return {
    ...{ cache, clock, changes, search },
    [Symbol.asyncDispose]: () => cache[Symbol.asyncDispose](),
  };
}
