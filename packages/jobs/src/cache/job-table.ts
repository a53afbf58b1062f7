import { NumberColumn, TextColumn } from "./columns.ts";
import type { CachedJob } from "./contract.ts";

/** A job without its cluster: what one row holds. */
export type JobRecord = Omit<CachedJob, "cluster" | "label" | "isLive">;

/** Milliseconds of 1970 in the table, as NaN where there is none. */
const NUMBERS = [
  ...(["id", "arrayJobId", "nodeCount", "cpus", "memoryMib", "timeLimitSeconds"] as const),
  ...(["priority", "restarts", "cpuSecondsUsed", "maxMemoryMib"] as const),
] as const;
const TIMES = ["submitTime", "eligibleTime", "startTime", "endTime"] as const;
const TEXTS = [
  ...(["arrayTaskId", "name", "user", "account", "partition", "qos", "state", "reason"] as const),
  ...(["nodes", "tres", "dependency", "workingDirectory", "exitCode"] as const),
  ...(["standardOutput", "standardError", "tag"] as const),
] as const;

type NumberName = (typeof NUMBERS)[number];
type TimeName = (typeof TIMES)[number];
type TextName = (typeof TEXTS)[number];

/** Changes without anything having happened. */
const RESTLESS: ReadonlySet<string> = new Set(["priority", "startTime"]);

/**
 * Rows of jobs in columns: 100,000 take tens of megabytes, and a look at all of them milliseconds.
 * A row's number is given again after the row was removed.
 */
export class JobTable {
  readonly numbers = columns<NumberName | TimeName, NumberColumn>(
    [...NUMBERS, ...TIMES],
    () => new NumberColumn(),
  );
  readonly texts = columns<TextName, TextColumn>(TEXTS, () => new TextColumn());
  /** 1 of rows that slurmctld knows now. */
  readonly live = new NumberColumn();
  readonly #isBatch = new NumberColumn();
  readonly #free: number[] = [];
  #end = 0;

  /** One past the last row that was ever used. */
  get end(): number {
    return this.#end;
  }

  get size(): number {
    return this.#end - this.#free.length;
  }

  has(row: number): boolean {
    return !Number.isNaN(this.numbers.id.get(row));
  }

  add(job: JobRecord): number {
    const row = this.#free.pop() ?? this.#end++;
    this.set(row, job);
    return row;
  }

  /** @returns whether something changed that anybody would like to be told. */
  set(row: number, job: JobRecord): boolean {
    let isChanged = false;
    const note = (name: string, changed: boolean) => {
      if (changed && !(RESTLESS.has(name) && job.state === "PENDING")) isChanged = true;
    };
    for (const name of NUMBERS) note(name, this.numbers[name].set(row, job[name] ?? Number.NaN));
    for (const name of TIMES) {
      note(name, this.numbers[name].set(row, job[name]?.getTime() ?? Number.NaN));
    }
    for (const name of TEXTS) note(name, this.texts[name].set(row, job[name] ?? ""));
    note("isBatch", this.#isBatch.set(row, job.isBatch ? 1 : 0));
    return isChanged;
  }

  get(row: number): JobRecord {
    const number = (name: NumberName) => defined(this.numbers[name].get(row));
    const time = (name: TimeName) => dateOf(this.numbers[name].get(row));
    const text = (name: TextName) => this.texts[name].get(row);
    return {
      id: this.numbers.id.get(row),
      arrayJobId: number("arrayJobId"),
      arrayTaskId: text("arrayTaskId") || undefined,
      name: text("name"),
      user: text("user"),
      account: text("account"),
      partition: text("partition"),
      qos: text("qos"),
      state: text("state"),
      reason: text("reason"),
      nodes: text("nodes"),
      nodeCount: number("nodeCount") ?? 0,
      cpus: number("cpus") ?? 0,
      memoryMib: number("memoryMib"),
      tres: text("tres"),
      timeLimitSeconds: number("timeLimitSeconds"),
      priority: number("priority"),
      dependency: text("dependency"),
      submitTime: time("submitTime"),
      eligibleTime: time("eligibleTime"),
      startTime: time("startTime"),
      endTime: time("endTime"),
      workingDirectory: text("workingDirectory"),
      standardOutput: text("standardOutput"),
      standardError: text("standardError"),
      exitCode: text("exitCode"),
      restarts: number("restarts") ?? 0,
      isBatch: this.#isBatch.get(row) === 1,
      tag: text("tag") || undefined,
      cpuSecondsUsed: number("cpuSecondsUsed"),
      maxMemoryMib: number("maxMemoryMib"),
    };
  }

  remove(row: number): void {
    this.numbers.id.set(row, Number.NaN);
    this.#free.push(row);
  }

  /** As everybody is shown it. */
  view(cluster: string, row: number): CachedJob {
    return {
      cluster,
      label: this.label(row),
      isLive: this.live.get(row) === 1,
      ...this.get(row),
    };
  }

  /** `12`, `12_3` or `12_[4-9]`. */
  label(row: number): string {
    const array = this.numbers.arrayJobId.get(row);
    const task = this.texts.arrayTaskId.get(row);
    if (Number.isNaN(array) || task === "") return String(this.numbers.id.get(row));
    return `${array}_${task}`;
  }
}

function columns<Name extends string, Column>(
  names: readonly Name[],
  make: () => Column,
): Readonly<Record<Name, Column>> {
  return Object.fromEntries(names.map((name) => [name, make()])) as Record<Name, Column>;
}

function defined(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

function dateOf(value: number): Date | undefined {
  return Number.isNaN(value) ? undefined : new Date(value);
}
