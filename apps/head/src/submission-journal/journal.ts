import type { Log } from "@sluice/capacity";
import { type Clock, messageOf } from "@sluice/model";
import { AccountingQuestion } from "./accounting.ts";
import type { JournalSlurm } from "./contract.ts";
import { JobFolders } from "./folders.ts";
import type { Tell } from "./news.ts";
import { type RestoreParts, restore } from "./restore.ts";
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
/** Jobs in one question, which slurmctld answers without letting anybody in who would change jobs. */
const AT_ONCE = 200;
/** slurmctld refuses a submission within it; then there is no job of that number. */
const UNKNOWN_ASKS = 8;
const AGAIN_MILLISECONDS = 100;
const RESTORE_AGAIN_MILLISECONDS = 300;
/** How long everything waits for accounting, while slurmctld starts; what needs not goes on then. */
const ACCOUNTING_MILLISECONDS = 1000;
const WAITING_AGAIN_MILLISECONDS = 1000;
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
 * All that came since the last round is one question to slurmctld, and its answer is kept as it is.
 * Jobs with a tag of Sluice's are the server's that put it there: they are not handed in from here.
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
  /** What accounting must be asked about before it is handed in, and what it was asked last. */
  #waiting: readonly SubmissionKey[] = [];
  #question: AccountingQuestion | undefined;
  #askedAt = 0;
  readonly #renumbered = new Map<number, number>();
  readonly #reading = { failures: 0 };

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

  /**
   * A job is about to start: on the disk when it returns. A task of an array has a number of its own,
   * and the folder of the array.
   */
  starts(jobId: number): void {
    this.#keptIds ??= new Set(this.#kept.map(({ key }) => key.jobId));
    const isTask = (): boolean => this.#kept.length > 0 && !this.#folders.has(jobId);
    if (this.#noticed.has(jobId) || this.#keptIds.has(jobId) || isTask()) {
      this.#options.store.start(jobId);
    }
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
    if (this.#mustRestore) await this.#restoreAll();
    else if (this.#waiting.length > 0) await this.#restoreWaiting();
    await this.#keepNoticed();
    await this.#dropSaved();
  }

  async #restoreAll(): Promise<void> {
    this.#mustRestore = false;
    this.#renumbered.clear();
    const question = this.#askAccounting();
    try {
      await question?.within(ACCOUNTING_MILLISECONDS);
      this.#waiting = await this.#restore(question?.runs, undefined);
    } catch (error) {
      this.#mustRestore = true;
      throw error;
    } finally {
      this.#keep(this.#options.store.keys().map((key) => ({ key, saves: 0 })));
    }
    const jobIds = this.#waiting.map(({ jobId }) => jobId);
    if (jobIds.length === 0) return;
    const hint = "they are handed in again when accounting answers";
    this.#options.log.warn({ jobIds, hint }, "jobs that may have run wait for accounting");
  }

  /** What has waited for accounting, when that has answered. */
  async #restoreWaiting(): Promise<void> {
    const now = this.#options.clock.now().getTime();
    const { isOver, runs } = this.#question ?? { isOver: true, runs: undefined };
    if (!isOver) return;
    if (runs === undefined) {
      if (this.#askedAt + WAITING_AGAIN_MILLISECONDS <= now) this.#askAccounting();
      return;
    }
    const saves = new Map(this.#kept.map((one) => [textOf(one.key), one.saves]));
    try {
      this.#waiting = await this.#restore(runs, this.#waiting);
    } finally {
      const keys = this.#options.store.keys();
      this.#keep(keys.map((key) => ({ key, saves: saves.get(textOf(key)) ?? 0 })));
    }
  }

  #restore(
    runs: RestoreParts["runs"],
    only: RestoreParts["only"],
  ): Promise<readonly SubmissionKey[]> {
    const files = (jobId: number) => this.#folders.files(jobId);
    return restore({
      ...this.#options,
      files,
      tell: this.#tell,
      runs,
      only,
      renumbered: this.#renumbered,
      reading: this.#reading,
    });
  }

  /** Undefined when there is nothing to ask about. */
  #askAccounting(): AccountingQuestion | undefined {
    const jobIds = [...new Set(this.#options.store.keys().map(({ jobId }) => jobId))];
    this.#question =
      jobIds.length === 0 ? undefined : new AccountingQuestion(this.#options, jobIds);
    this.#askedAt = this.#options.clock.now().getTime();
    return this.#question;
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
    const now = this.#options.clock.now().getTime();
    const due = [...this.#noticed].filter(([, at]) => at <= now).map(([jobId]) => jobId);
    this.#isBusy = due.length >= BUSY_JOBS;
    for (const jobId of due) if (!this.#folders.has(jobId)) this.#forget(jobId);
    const there = due.filter((jobId) => this.#noticed.has(jobId)).toSorted((a, b) => a - b);
    for (let from = 0; from < there.length; from += AT_ONCE) {
      await this.#keepThese(there.slice(from, from + AT_ONCE));
    }
  }

  async #keepThese(jobIds: readonly number[]): Promise<void> {
    const answer = await this.#options.slurm.tell(jobIds);
    // Nobody says which of them it does not know; of many that it threw away it knows none.
    if (answer.count > 0 && answer.count < jobIds.length) {
      const half = Math.ceil(jobIds.length / 2);
      await this.#keepThese(jobIds.slice(0, half));
      return this.#keepThese(jobIds.slice(half));
    }
    const known = answer.count === jobIds.length ? jobIds : [];
    // slurmctld had done with their files before it answered.
    const found = await Promise.all(
      known.map(async (jobId) => ({ jobId, files: await this.#folders.files(jobId) })),
    );
    const submissions = found.flatMap(({ jobId, files }) =>
      files === undefined ? [] : [{ jobId, ...files }],
    );
    if (submissions.length > 0) this.#options.store.keep(answer, submissions);
    this.#keep([...this.#kept, ...submissions.map((one) => ({ key: keyOf(one), saves: 0 }))]);
    const settled = new Set(submissions.map(({ jobId }) => jobId));
    for (const jobId of jobIds) {
      if (settled.has(jobId)) this.#forget(jobId);
      else this.#askLater(jobId);
    }
  }

  #forget(jobId: number): void {
    this.#noticed.delete(jobId);
    this.#asks.delete(jobId);
  }

  /** The folder comes first; slurmctld has the job when it is let at its own list of jobs. */
  #askLater(jobId: number): void {
    const asks = (this.#asks.get(jobId) ?? 0) + 1;
    // It went, which is told of too; or it was refused.
    if (asks >= UNKNOWN_ASKS || !this.#folders.has(jobId)) {
      this.#forget(jobId);
      return;
    }
    this.#asks.set(jobId, asks);
    const pause = asks < 3 ? 0 : AGAIN_MILLISECONDS;
    this.#noticed.set(jobId, this.#options.clock.now().getTime() + pause);
  }

  async #dropSaved(): Promise<void> {
    const { store } = this.#options;
    const version = await this.#folders.version();
    if (version === undefined || version === this.#version) return;
    const isFirst = this.#version === undefined;
    this.#version = version;
    if (isFirst) return;
    for (const one of this.#kept) one.saves++;
    const waiting = new Set(this.#waiting.map(textOf));
    const isSaved = ({ key, saves }: Kept) => saves >= SAVES && !waiting.has(textOf(key));
    store.drop(this.#kept.filter(isSaved).map(({ key }) => key));
    this.#keep(this.#kept.filter((one) => !isSaved(one)));
    if (this.#kept.length === 0) store.forgetStarts();
  }
}

function keyOf({ jobId, made }: SubmissionKey): SubmissionKey {
  return { jobId, made };
}

function textOf({ jobId, made }: SubmissionKey): string {
  return `${jobId} ${made}`;
}
