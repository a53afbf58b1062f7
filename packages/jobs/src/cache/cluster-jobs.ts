import { setImmediate } from "node:timers/promises";
import type { HistoryJob, QueueJob } from "@sluice/gateway";
import { NumberColumn } from "./columns.ts";
import type { CachedJob, JobChange } from "./contract.ts";
import { type JobRecord, JobTable } from "./job-table.ts";
import { isFinishedState, recordOfHistory, recordOfQueue, stateOf, UNKNOWN } from "./records.ts";

/** So many rows are a few milliseconds of work. */
export const SLICE = 1000;

/** How long accounting may take to tell of a job that slurmctld forgot. */
const PATIENCE_MS = 15 * 60_000;
/** After that, a job that accounting never tells of stays as slurmctld told it. */
const CONFIRM_MS = 24 * 3_600_000;

type OneChange = Exclude<JobChange, { readonly kind: "many" }>;

/**
 * The jobs of one cluster, as two sources tell them that lag behind each other.
 *
 * What is one job: the same number with the same submit time; or, when it was requeued, the same
 * number, user and name with a later one, and then the latest counts, as sacct has it. Else the
 * number was given again, after slurmctld lost its state, and both stay.
 *
 * Which source counts: of the same submit time accounting's word on its end; slurmctld's before.
 * A job that slurmctld no longer has and that had not ended is UNKNOWN until accounting tells.
 */
export class ClusterJobs {
  readonly #cluster: string;
  #table = new JobTable();
  #newest = new Map<number, number>();
  /** Of rows with the same number, the row before. */
  #older = new NumberColumn();
  #live = new Set<number>();
  /** 1 of rows whose end accounting told. */
  #confirmed = new NumberColumn();
  /** Rows that ended, or went, at a time (ms) and of which accounting has not told. */
  #unconfirmed = new Map<number, number>();
  #removed = 0;

  constructor(cluster: string) {
    this.#cluster = cluster;
  }

  get table(): JobTable {
    return this.#table;
  }

  /** When the first of those ended of whom accounting has not told; undefined: none. */
  get oldestUnconfirmed(): number | undefined {
    let oldest: number | undefined;
    for (const time of this.#unconfirmed.values()) {
      if (oldest === undefined || time < oldest) oldest = time;
    }
    return oldest;
  }

  view(row: number): CachedJob {
    return this.#table.view(this.#cluster, row);
  }

  /** Takes all that slurmctld knows. Not to be called again, nor the others, before it resolved. */
  async takeQueue(jobs: readonly QueueJob[], now: Date): Promise<readonly OneChange[]> {
    const changes = new Map<number, OneChange["kind"]>();
    const seen = new Set<number>();
    for (const [index, job] of jobs.entries()) {
      if (index % SLICE === SLICE - 1) await setImmediate();
      const record = recordOfQueue(job);
      const { row, kind } = this.#put(record, "queue");
      const finished = isFinishedState(this.#table.texts.state.get(row));
      if (finished && this.#confirmed.get(row) !== 1) {
        this.#unconfirmed.set(row, record.endTime?.getTime() ?? now.getTime());
      } else {
        this.#unconfirmed.delete(row);
      }
      seen.add(row);
      if (kind !== undefined) changes.set(row, kind);
    }
    for (const row of seen) this.#table.live.set(row, 1);
    for (const row of this.#live) {
      if (seen.has(row) || !this.#table.has(row)) continue;
      this.#table.live.set(row, 0);
      const isOver = isFinishedState(this.#table.texts.state.get(row));
      if (!isOver) {
        this.#table.texts.state.set(row, UNKNOWN);
        this.#unconfirmed.set(row, now.getTime());
      }
      changes.set(row, "changed");
    }
    this.#live = seen;
    return [...changes].map(([row, kind]) => this.#change(row, kind));
  }

  /** Takes some of what accounting has; what has not ended is passed over. */
  takeHistory(jobs: readonly HistoryJob[]): readonly OneChange[] {
    return jobs.flatMap((job) => {
      if (job.endTime === undefined || !isFinishedState(stateOf(job.state))) return [];
      const at = this.#find(job.id, job);
      const before = at === undefined ? undefined : this.#table.get(at);
      const known =
        before?.submitTime?.getTime() === job.submitTime?.getTime() ? before : undefined;
      const { row, kind, isLatest } = this.#put(recordOfHistory(job, known), "history");
      if (!isLatest) return [];
      this.#confirmed.set(row, 1);
      this.#unconfirmed.delete(row);
      return kind === undefined ? [] : [this.#change(row, kind)];
    });
  }

  /**
   * Forgets what slurmctld forgot and accounting, asked from `askedAt` on, did not tell of in a
   * quarter of an hour; and does not wait for ever for accounting to tell of what ended.
   */
  giveUp(askedAt: Date): readonly OneChange[] {
    const changes: OneChange[] = [];
    for (const [row, since] of this.#unconfirmed) {
      const waited = askedAt.getTime() - since;
      if (this.#table.texts.state.get(row) === UNKNOWN) {
        if (waited >= PATIENCE_MS) changes.push(this.#remove(row));
      } else if (waited >= CONFIRM_MS) {
        this.#unconfirmed.delete(row);
      }
    }
    return changes;
  }

  /**
   * Forgets what ended before `since`, and the oldest ends beyond `most` jobs. Gives memory back
   * when much is gone. Not to be called together with the others.
   */
  async prune(since: Date, most: number): Promise<void> {
    const ended: (readonly [row: number, end: number])[] = [];
    for (let row = 0; row < this.#table.end; row++) {
      if (!this.#table.has(row) || this.#live.has(row)) continue;
      const end = this.#endOf(row);
      if (end < since.getTime()) this.#remove(row);
      else ended.push([row, end]);
    }
    const tooMany = this.#table.size - most;
    if (tooMany > 0) {
      const oldest = ended.toSorted(([, a], [, b]) => a - b).slice(0, tooMany);
      for (const [row] of oldest) this.#remove(row);
    }
    if (this.#removed > this.#table.size / 4 + SLICE) await this.#rebuild();
  }

  #endOf(row: number): number {
    const { endTime, submitTime } = this.#table.numbers;
    const end = endTime.get(row);
    return this.#unconfirmed.get(row) ?? (Number.isNaN(end) ? submitTime.get(row) : end);
  }

  #put(
    record: JobRecord,
    source: "queue" | "history",
  ): { row: number; kind: OneChange["kind"] | undefined; isLatest: boolean } {
    const found = this.#find(record.id, record);
    if (found === undefined) {
      const row = this.#table.add(record);
      this.#table.live.set(row, 0);
      this.#confirmed.set(row, 0);
      this.#older.set(row, this.#newest.get(record.id) ?? Number.NaN);
      this.#newest.set(record.id, row);
      return { row, kind: "created", isLatest: true };
    }
    const before = this.#table.numbers.submitTime.get(found);
    const submitted = record.submitTime?.getTime() ?? Number.NaN;
    if (submitted < before) return { row: found, kind: undefined, isLatest: false };
    const isSettled = !(submitted > before) && this.#confirmed.get(found) === 1;
    if (isSettled && source === "queue") return { row: found, kind: undefined, isLatest: true };
    if (submitted > before) this.#confirmed.set(found, 0);
    const isChanged = this.#table.set(found, record);
    return { row: found, kind: isChanged ? "changed" : undefined, isLatest: true };
  }

  #find(
    id: number,
    job: { readonly submitTime: Date | undefined; readonly user: string; readonly name: string },
  ): number | undefined {
    const { numbers, texts } = this.#table;
    let row = this.#newest.get(id);
    while (row !== undefined) {
      if (numbers.submitTime.get(row) === job.submitTime?.getTime()) return row;
      if (texts.user.get(row) === job.user && texts.name.get(row) === job.name) return row;
      row = this.#before(row);
    }
    return undefined;
  }

  #before(row: number): number | undefined {
    const older = this.#older.get(row);
    return Number.isNaN(older) ? undefined : older;
  }

  #change(row: number, kind: OneChange["kind"]): OneChange {
    return { kind, cluster: this.#cluster, job: this.view(row) };
  }

  #remove(row: number): OneChange {
    const change = this.#change(row, "deleted");
    const { id } = change.job;
    const before = this.#before(row);
    let newer = this.#newest.get(id);
    if (newer === row) {
      if (before === undefined) this.#newest.delete(id);
      else this.#newest.set(id, before);
    }
    while (newer !== undefined && newer !== row) {
      if (this.#before(newer) === row) this.#older.set(newer, before ?? Number.NaN);
      newer = this.#before(newer);
    }
    this.#table.remove(row);
    this.#live.delete(row);
    this.#unconfirmed.delete(row);
    this.#removed++;
    return change;
  }

  /** The same in new columns: texts that no row has any more are kept until then. */
  async #rebuild(): Promise<void> {
    const from = { table: this.#table, confirmed: this.#confirmed, older: this.#older };
    const table = new JobTable();
    const confirmed = new NumberColumn();
    const older = new NumberColumn();
    const moved = new Map<number, number>();
    for (let row = 0; row < from.table.end; row++) {
      if (row % SLICE === SLICE - 1) await setImmediate();
      if (!from.table.has(row)) continue;
      const to = table.add(from.table.get(row));
      moved.set(row, to);
      table.live.set(to, from.table.live.get(row));
      confirmed.set(to, from.confirmed.get(row));
    }
    const place = (row: number) => moved.get(row) ?? Number.NaN;
    for (const [row, to] of moved) older.set(to, place(from.older.get(row)));
    this.#newest = new Map([...this.#newest].map(([id, row]) => [id, place(row)]));
    this.#live = new Set([...this.#live].map(place));
    this.#unconfirmed = new Map(
      [...this.#unconfirmed].map(([row, time]) => [place(row), time] as const),
    );
    this.#table = table;
    this.#confirmed = confirmed;
    this.#older = older;
    this.#removed = 0;
  }
}
