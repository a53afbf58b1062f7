import { messageOf } from "@sluice/model";
import type { NodeManagerDeps } from "../contract.ts";

const FIRST_MILLISECONDS = 100;
const LAST_MILLISECONDS = 5000;
/** A job that is not pending by then has gone another way. */
const GIVE_UP_MILLISECONDS = 5 * 60_000;

/**
 * Makes jobs that were given back eligible as soon as they are pending: Slurm itself would let them
 * wait for `cred_expire`, two minutes by default. The jobs are in the store until that is done.
 */
export class Returner {
  readonly #deps: Pick<NodeManagerDeps, "slurm" | "store" | "clock" | "log">;
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
          if (await this.#isDone(jobId, at, signal)) store.dropReturnedJobs([jobId]);
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

  async #isDone(jobId: number, at: Date, signal: AbortSignal): Promise<boolean> {
    const { slurm, clock } = this.#deps;
    const job = await slurm.job(jobId, { signal });
    switch (job?.state) {
      case "PENDING":
        await slurm.makeEligible(jobId, { signal });
        return true;
      case "CONFIGURING":
      case "COMPLETING":
      case "RUNNING":
      case "REQUEUED":
        // Still on its way back, or back and on nodes again: time tells.
        return clock.now().getTime() - at.getTime() > GIVE_UP_MILLISECONDS;
      default:
        return true;
    }
  }
}
