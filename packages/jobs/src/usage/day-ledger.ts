import type { HistoryJob } from "@sluice/gateway";
import { memoryIn } from "@sluice/slurm";
import { stateOf } from "../cache/records.ts";
import { type Day, dayOf, secondsByDay } from "./days.ts";
import { add, addWait, type Measures, nothing, type Tally } from "./measures.ts";
import { gpusIn, type JobPrice } from "./prices.ts";

/** What a row is about, beside its day. */
export interface UsageKey {
  readonly day: Day;
  readonly user: string;
  readonly account: string;
  readonly partition: string;
  readonly application: string;
}

export interface UsageRow extends UsageKey, Measures {}

/** A run of a job, over or not: what it holds, since when, and what it cost. */
export interface UsageRun
  extends Pick<HistoryJob, "user" | "account" | "partition" | "cpus" | "tres" | "nodeCount"> {
  readonly application: string;
  readonly price: JobPrice;
  readonly eligibleTime: Date | undefined;
  readonly startTime: Date | undefined;
  /** Now, for one that still runs. */
  readonly endTime: Date;
  readonly cpuSecondsUsed: number | undefined;
  readonly maxMemoryMib: number | undefined;
}

interface LastRun {
  readonly key: UsageKey;
  readonly state: string;
}

/**
 * Adds up the runs that ended on one day, given oldest end first. The last run of a job says how the
 * job ended; those before it were requeued.
 */
export class DayLedger {
  readonly #rows = new Map<string, UsageKey & Tally>();
  readonly #last = new Map<number, LastRun>();

  take(id: number, state: string, run: UsageRun): void {
    this.use(run);
    const before = this.#last.get(id);
    if (before !== undefined) this.#row(before.key).requeues += 1;
    this.#last.set(id, { key: keyOf(run, dayOf(run.endTime)), state: stateOf(state) });
  }

  /** What a run held, without saying that it is over. */
  use(run: UsageRun): void {
    const { startTime, endTime, eligibleTime } = run;
    if (startTime === undefined || endTime < startTime) return;
    for (const [day, seconds] of secondsByDay(startTime, endTime)) {
      add(
        this.#row(keyOf(run, day)),
        heldFor(run, seconds, endTime.getTime() - startTime.getTime()),
      );
    }
    const waited = (startTime.getTime() - (eligibleTime ?? startTime).getTime()) / 1000;
    addWait(this.#row(keyOf(run, dayOf(startTime))), Math.max(0, waited));
  }

  rows(): readonly UsageRow[] {
    for (const { key, state } of this.#last.values()) countEnd(this.#row(key), state);
    this.#last.clear();
    return [...this.#rows.values()];
  }

  #row(key: UsageKey): UsageKey & Tally {
    const { day, user, account, partition, application } = key;
    const text = [day, user, account, partition, application].join("\0");
    const known = this.#rows.get(text);
    if (known !== undefined) return known;
    const row = { ...key, ...nothing() };
    this.#rows.set(text, row);
    return row;
  }
}

function keyOf({ user, account, partition, application }: UsageRun, day: Day): UsageKey {
  return { day, user, account, partition, application };
}

/** @param milliseconds that the whole run took. */
function heldFor(run: UsageRun, seconds: number, milliseconds: number): Partial<Measures> {
  const { cpus, tres, nodeCount, price, cpuSecondsUsed, maxMemoryMib } = run;
  const memory = (memoryIn(tres) ?? 0) / 1024;
  const part = (seconds * 1000) / milliseconds;
  return {
    cpu_seconds: cpus * seconds,
    gpu_seconds: gpusIn(tres) * seconds,
    node_seconds: nodeCount * seconds,
    memory_gib_seconds: memory * seconds,
    cost: (price.usdPerHour / 3600) * seconds,
    unpriced_node_seconds: price.unpriced * seconds,
    ...(cpuSecondsUsed === undefined
      ? {}
      : { used_cpu_seconds: cpuSecondsUsed * part, measured_cpu_seconds: cpus * seconds }),
    ...(maxMemoryMib === undefined || memory === 0
      ? {}
      : {
          used_memory_gib_seconds: (maxMemoryMib / 1024) * seconds,
          measured_memory_gib_seconds: memory * seconds,
        }),
  };
}

const ENDS: Readonly<Record<string, keyof Tally>> = {
  COMPLETED: "completed",
  CANCELLED: "cancelled",
  TIMEOUT: "timed_out",
  DEADLINE: "timed_out",
  OUT_OF_MEMORY: "out_of_memory",
  NODE_FAIL: "node_failed",
  BOOT_FAIL: "node_failed",
};

function countEnd(row: Tally, state: string): void {
  if (state === "REQUEUED") {
    row.requeues += 1;
    return;
  }
  row.jobs += 1;
  row[ENDS[state] ?? "failed"] += 1;
}
