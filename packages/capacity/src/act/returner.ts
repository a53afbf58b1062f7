import { messageOf } from "@sluice/model";
import type { NodeManagerDeps } from "../contract.ts";

const FIRST_MILLISECONDS = 100;
const LAST_MILLISECONDS = 2000;
/**
 * So long a job that is eligible and pending is brought to the scheduler's notice. It may have
 * looked before the job's nodes were back in the pool, and looks again of itself once a minute.
 */
const NOTICE_MILLISECONDS = 30_000;
/** Each time its age begins anew, with the priority that comes of it: so ever more rarely. */
const NOTICE_FIRST_MILLISECONDS = 1000;
const FORGET_REVOKED_MILLISECONDS = 5000;
/** Who went back longer ago than this is like any other. */
const REMEMBER_MILLISECONDS = 3600_000;
/** A job that is not pending by then has gone another way. */
const GIVE_UP_MILLISECONDS = 5 * 60_000;

/**
 * Makes jobs that were given back eligible as soon as they are pending: Slurm itself would let them
 * wait for `cred_expire`, two minutes by default. The jobs are in the store until that is done and
 * they are on nodes again, or had half a minute to get there.
 */
export class Returner {
  readonly #deps: Pick<NodeManagerDeps, "slurm" | "store" | "clock" | "log">;
  /** By job: when it was last made eligible, and how long it is left alone from then. */
  readonly #madeEligible = new Map<number, { readonly at: number; readonly pause: number }>();
  /** Jobs that wait in Slurm, and until when, milliseconds since the epoch. */
  readonly #held = new Map<number, number>();
  readonly #eligibleSince = new Map<number, number>();
  readonly #returns = new Map<number, { count: number; last: number }>();
  #run: Promise<void> | undefined;
  #again = false;

  constructor(deps: Pick<NodeManagerDeps, "slurm" | "store" | "clock" | "log">) {
    this.#deps = deps;
  }

  add(jobIds: readonly number[], signal: AbortSignal): void {
    const at = this.#deps.clock.now();
    this.#deps.store.addReturnedJobs(jobIds.map((jobId) => ({ jobId, at })));
    this.start(signal);
  }

  /** Jobs that can't have their machines; with `notBefore` they are not to be placed earlier. */
  giveBack(
    jobs: readonly { readonly jobId: number; readonly notBefore?: Date }[],
    signal: AbortSignal,
  ): void {
    const now = this.#deps.clock.now();
    for (const { jobId } of jobs) {
      const count = (this.#returns.get(jobId)?.count ?? 0) + 1;
      this.#returns.set(jobId, { count, last: now.getTime() });
    }
    const records = jobs.map(({ jobId, notBefore }) => ({ jobId, at: notBefore ?? now }));
    this.#deps.store.addReturnedJobs(records);
    this.start(signal);
  }

  /** How often each job was given back of late. Not kept when the process ends. */
  returns(): ReadonlyMap<number, number> {
    const since = this.#deps.clock.now().getTime() - REMEMBER_MILLISECONDS;
    for (const [jobId, { last }] of this.#returns) {
      if (last < since) this.#returns.delete(jobId);
    }
    return new Map([...this.#returns].map(([jobId, { count }]) => [jobId, count]));
  }

  /**
   * When a job that went back may be launched, milliseconds since the epoch. Its nodes were told to
   * end it, and refuse every launch of it that was made in the same second or before: on a node that
   * it comes back to it would be FAILED (`Job credential revoked`).
   */
  launchableAt(jobId: number): number {
    const now = this.#deps.clock.now().getTime();
    for (const [id, since] of this.#eligibleSince) {
      if (now - since > FORGET_REVOKED_MILLISECONDS) this.#eligibleSince.delete(id);
    }
    const since = this.#eligibleSince.get(jobId);
    return since === undefined ? now : (Math.floor(since / 1000) + 1) * 1000;
  }

  /** Works on what the store holds, until nothing is left. */
  start(signal: AbortSignal): void {
    this.#again = true;
    this.#run ??= this.#work(signal).finally(() => {
      this.#run = undefined;
    });
  }

  async settled(): Promise<void> {
    await this.#run;
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { clock, store, log } = this.#deps;
    let pause = FIRST_MILLISECONDS;
    while (!signal.aborted) {
      if (this.#again) pause = FIRST_MILLISECONDS;
      this.#again = false;
      for (const { jobId, at } of store.returnedJobs()) {
        try {
          if (!(await this.#isDone(jobId, at, signal))) continue;
          store.dropReturnedJobs([jobId]);
          this.#held.delete(jobId);
          this.#madeEligible.delete(jobId);
        } catch (error) {
          if (signal.aborted) return;
          log.debug({ job: jobId, error: messageOf(error) }, "job is not eligible yet");
        }
      }
      if (store.returnedJobs().length === 0) return;
      await clock.sleep(pause, signal);
      pause = Math.min(pause * 1.5, LAST_MILLISECONDS);
    }
  }

  /**
   * A job that is not to be placed yet waits in Slurm itself, which would make it eligible sooner
   * and give it the same nodes again, while smaller jobs wait behind it.
   */
  async #isGoneWhileHeld(jobId: number, at: Date, signal: AbortSignal): Promise<boolean> {
    if (this.#held.get(jobId) === at.getTime()) return false;
    const { slurm, clock } = this.#deps;
    const job = await slurm.job(jobId, { signal });
    switch (job?.state) {
      case "PENDING":
        if ((job.eligibleTime ?? clock.now()) < at) {
          await slurm.makeEligible(jobId, { at, signal });
        }
        this.#held.set(jobId, at.getTime());
        return false;
      case "CONFIGURING":
      case "RUNNING":
      case "COMPLETING":
      case "REQUEUED":
        return false;
      default:
        return true;
    }
  }

  async #isDone(jobId: number, at: Date, signal: AbortSignal): Promise<boolean> {
    const { slurm, clock } = this.#deps;
    const age = clock.now().getTime() - at.getTime();
    if (age < 0) return this.#isGoneWhileHeld(jobId, at, signal);
    this.#held.delete(jobId);
    const job = await slurm.job(jobId, { signal });
    const seen = this.#madeEligible.get(jobId);
    const isSeen = seen !== undefined;
    switch (job?.state) {
      case "PENDING":
        // A later start that somebody asked for since is theirs to have.
        if (isSeen && (job.eligibleTime ?? at) > clock.now()) return true;
        if (isSeen && clock.now().getTime() - seen.at < seen.pause) return false;
        // It may be on nodes again before the answer is here.
        this.#eligibleSince.set(jobId, clock.now().getTime());
        await slurm.makeEligible(jobId, { signal });
        this.#madeEligible.set(jobId, {
          at: clock.now().getTime(),
          pause: isSeen ? seen.pause * 2 : NOTICE_FIRST_MILLISECONDS,
        });
        return age > NOTICE_MILLISECONDS;
      case "CONFIGURING":
      case "RUNNING":
        // On nodes again; before it was pending it may still be on its way back.
        return isSeen || age > GIVE_UP_MILLISECONDS;
      case "COMPLETING":
      case "REQUEUED":
        return age > GIVE_UP_MILLISECONDS;
      default:
        return true;
    }
  }
}
