import type { Log } from "@sluice/capacity";
import { type Clock, messageOf } from "@sluice/model";
import { tagIn } from "@sluice/slurm";
import type { JobRecord, JournalSlurm, KeptSubmission } from "./contract.ts";
import { numberOf } from "./describe.ts";
import { JobFolders } from "./folders.ts";
import type { Tell } from "./news.ts";
import { restore } from "./restore.ts";
import type { JournalStore, SubmissionKey } from "./store.ts";

export interface JournalOptions {
  readonly slurm: JournalSlurm;
  readonly store: JournalStore;
  /** StateSaveLocation */
  readonly stateSave: string;
  /** Whether slurmctld runs, as far as can be seen without asking it. */
  readonly isUp: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

interface Kept {
  readonly key: SubmissionKey;
  saves: number;
}

/** Between two rounds: what came in meanwhile is one write to the disk. */
const ROUND_MILLISECONDS = 10;
/** The same, after a round with as many jobs as `BUSY_JOBS`. */
const BUSY_ROUND_MILLISECONDS = 40;
const BUSY_JOBS = 3;
const IDLE_MILLISECONDS = 1000;
/** How soon its end is seen, while there is something to hand in again. */
const WATCH_MILLISECONDS = 50;
const AT_ONCE = 6;
/** slurmctld refuses a submission within it; then there is no job of that number. */
const UNKNOWN_ASKS = 20;
const AGAIN_MILLISECONDS = 100;
/** Each look whether accounting answers by now is a process, on a head that is just starting. */
const RESTORE_AGAIN_MILLISECONDS = 300;
/** Older folders were there when the daemon before this one died. */
const LOOK_BACK_MILLISECONDS = 60_000;
/**
 * A state that slurmctld put in place may have been packed before the job came; the next one was not.
 */
const SAVES = 2;

/**
 * Submissions that slurmctld acknowledged and has not saved yet: it does so up to six seconds late.
 *
 *   folder of a job appears → asked about → kept, on the disk → two saves later → dropped
 *                                             └─ slurmctld started → unknown → handed in again
 *
 * Jobs with a tag of Sluice's are kept by the server that put it there, and not here.
 */
export class SubmissionJournal implements Disposable {
  readonly #options: JournalOptions;
  readonly #folders: JobFolders;
  /** When to ask about a job next, in milliseconds, and how often it was asked. */
  readonly #noticed = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  /** What is in the store, with the saves that were seen since. */
  #kept: readonly Kept[] = [];
  #keptIds: ReadonlySet<number> | undefined;
  #version: string | undefined;
  #mustRestore = true;
  #wasUp = true;
  #wake: (() => void) | undefined;
  #tell: Tell = () => {};
  #isBusy = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#folders = new JobFolders(options.stateSave, (jobId) => {
      this.#noticed.set(jobId, 0);
      this.#wake?.();
    });
  }

  /** What there is to know is asked for before slurmctld is back: then numbers go to whoever asks. */
  #watchController(): void {
    const isUp = this.#options.isUp();
    if (!isUp && this.#wasUp) this.#mustRestore = true;
    this.#wasUp = isUp;
  }

  /** slurmctld was started, and may have forgotten jobs. */
  controllerStarted(): void {
    this.#mustRestore = true;
    this.#wake?.();
  }

  /** A job is about to start: on the disk when it returns. */
  starts(jobId: number): void {
    this.#keptIds ??= new Set(this.#kept.map(({ key }) => key.jobId));
    if (this.#noticed.has(jobId) || this.#keptIds.has(jobId)) this.#options.store.start(jobId);
  }

  #keep(kept: readonly Kept[]): void {
    this.#kept = kept;
    this.#keptIds = undefined;
  }

  /**
   * Until the signal fires.
   *
   * @param tell hears of each job that was handed in again, or is lost.
   */
  async run(signal: AbortSignal, tell: Tell): Promise<void> {
    this.#tell = tell;
    const { log } = this.#options;
    let lastSaid = "";
    let isBegun = false;
    while (!signal.aborted) {
      try {
        if (!isBegun) {
          await this.begin();
          isBegun = true;
        }
        await this.round();
        lastSaid = "";
      } catch (error) {
        // Said once for as long as it lasts.
        const said = messageOf(error);
        if (said !== lastSaid) log.warn({ error: said }, "submissions can't be kept for now");
        lastSaid = said;
      }
      await this.#rest(signal, lastSaid !== "");
    }
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#folders[Symbol.dispose]();
  }

  /** Looks from now on, and at what came in just before. */
  begin(): Promise<void> {
    const { clock } = this.#options;
    return this.#folders.begin(new Date(clock.now().getTime() - LOOK_BACK_MILLISECONDS));
  }

  /** Once, after `begin`; throws while slurmctld does not answer. */
  async round(): Promise<void> {
    this.#watchController();
    if (this.#mustRestore) {
      this.#mustRestore = false;
      try {
        const files = (jobId: number) => this.#folders.files(jobId);
        await restore({ ...this.#options, files, tell: this.#tell });
      } catch (error) {
        this.#mustRestore = true;
        throw error;
      } finally {
        this.#keep(this.#options.store.keys().map((key) => ({ key, saves: 0 })));
      }
    }
    await this.#keepNoticed();
    await this.#dropSaved();
  }

  async #rest(signal: AbortSignal, hasFailed: boolean): Promise<void> {
    const { clock } = this.#options;
    const again = this.#noticed.size > 0 || this.#mustRestore;
    if (again && hasFailed) {
      const pause = this.#mustRestore ? RESTORE_AGAIN_MILLISECONDS : AGAIN_MILLISECONDS;
      return clock.sleep(pause, signal);
    }
    if (!again) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      const pause = this.#kept.length > 0 ? WATCH_MILLISECONDS : IDLE_MILLISECONDS;
      await clock.sleep(pause, AbortSignal.any([signal, woken.signal]));
      this.#wake = undefined;
    }
    await clock.sleep(this.#isBusy ? BUSY_ROUND_MILLISECONDS : ROUND_MILLISECONDS, signal);
  }

  async #keepNoticed(): Promise<void> {
    const { store } = this.#options;
    const now = this.#options.clock.now().getTime();
    const due = [...this.#noticed].filter(([, at]) => at <= now).map(([jobId]) => jobId);
    this.#isBusy = due.length >= BUSY_JOBS;
    if (due.length === 0) return;
    const found: KeptSubmission[] = [];
    const settled: number[] = [];
    const queue = [...due];
    const worker = async (): Promise<void> => {
      for (let jobId = queue.shift(); jobId !== undefined; jobId = queue.shift()) {
        const submission = await this.#look(jobId);
        if (submission === "later") continue;
        settled.push(jobId);
        if (submission !== undefined) found.push(submission);
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    } finally {
      // What was found stays found, whatever became of the others.
      if (found.length > 0) store.keep(found);
      this.#keep([...this.#kept, ...found.map((key) => ({ key: keyOf(key), saves: 0 }))]);
      for (const jobId of settled) this.#forget(jobId);
    }
  }

  #forget(jobId: number): void {
    this.#noticed.delete(jobId);
    this.#asks.delete(jobId);
  }

  /** Undefined for what is not ours to keep. */
  async #look(jobId: number): Promise<KeptSubmission | undefined | "later"> {
    const { slurm, clock } = this.#options;
    // It went: that is told of too.
    if (!this.#folders.has(jobId)) return undefined;
    const records = await slurm.job(jobId);
    const record = records.find((one) => one.job_id === jobId) ?? records[0];
    const files = record === undefined ? undefined : await this.#folders.files(jobId);
    if (record === undefined || files === undefined) {
      // The folder comes first; slurmctld has the job when it is let at its own list of jobs.
      const asks = (this.#asks.get(jobId) ?? 0) + 1;
      this.#asks.set(jobId, asks);
      if (asks >= UNKNOWN_ASKS) return undefined;
      this.#noticed.set(jobId, clock.now().getTime() + (asks < 3 ? 0 : AGAIN_MILLISECONDS));
      return "later";
    }
    return keepable(record)
      ? {
          ...files,
          jobId,
          submitTime: submitTimeOf(record),
          record: await this.#whole(jobId, record),
          askedAs: undefined,
        }
      : undefined;
  }

  /** With what slurmctld tells of an array only in another way. */
  async #whole(jobId: number, record: JobRecord): Promise<JobRecord> {
    if ((record.array_task_string ?? "") === "") return record;
    return { ...record, sluice_streams: await this.#options.slurm.streams(jobId) };
  }

  async #dropSaved(): Promise<void> {
    const { store } = this.#options;
    const version = await this.#folders.version();
    if (version === undefined || version === this.#version) return;
    const isFirst = this.#version === undefined;
    this.#version = version;
    if (isFirst) return;
    for (const one of this.#kept) one.saves++;
    const saved = this.#kept.filter(({ saves }) => saves >= SAVES);
    store.drop(saved.map(({ key }) => key));
    this.#keep(this.#kept.filter(({ saves }) => saves < SAVES));
    if (this.#kept.length === 0) store.forgetStarts();
  }
}

function keyOf({ jobId, submitTime }: SubmissionKey): SubmissionKey {
  return { jobId, submitTime };
}

function submitTimeOf(record: JobRecord): number {
  return numberOf(record.submit_time) ?? 0;
}

/** A server keeps what has its tag, and scrontab its table. */
function keepable(record: JobRecord): boolean {
  const tagged = [record.extra, record.comment].some(
    (text) => tagIn(typeof text === "string" ? text : undefined) !== undefined,
  );
  const isTimed = typeof record.cron === "string" && record.cron !== "";
  return !tagged && !isTimed;
}
