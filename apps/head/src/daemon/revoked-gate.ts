import type { RevokedJobs } from "@sluice/cloud";
import { type Clock, type FleetEvent, messageOf } from "@sluice/model";
import { SUBMISSION_TAG } from "@sluice/slurm";

export interface RevokedGateParts {
  readonly revoked: Pick<RevokedJobs, "read">;
  /** What Slurm tells of a job, in its own words; empty when it knows none. Rejects when it is away. */
  readonly describe: (jobId: number, signal: AbortSignal) => Promise<string>;
  readonly cancel: (jobId: number) => Promise<void>;
  readonly clock: Clock;
  readonly tell: (event: Omit<FleetEvent, "time">) => void;
  readonly log: { warn(about: object, message: string): void };
}

/** Milliseconds that the cloud has for an answer. */
const PATIENCE = 5000;
/** Milliseconds between two attempts. */
const PAUSE = 500;
const EVERY_TAG = new RegExp(SUBMISSION_TAG, "g");

/**
 * Holds back jobs that another cluster has, since this one counted as lost: it cancels them when they
 * are about to start. What may not start is read again for each that does, as it may have been written
 * since.
 */
export class RevokedGate {
  readonly #parts: RevokedGateParts;
  /** As read last; undefined: never, in the life of this process. */
  #known: ReadonlySet<string> | undefined;
  #reading: Promise<ReadonlySet<string>> | undefined;
  #next: Promise<ReadonlySet<string>> | undefined;

  constructor(parts: RevokedGateParts) {
    this.#parts = parts;
  }

  /**
   * Waits until that is known. A head that has read once goes by what it read last while the cloud is
   * away; one that has not starts no job: it may be that of a cluster that was lost.
   *
   * @returns false: it was cancelled, or `signal` fired.
   */
  async mayStart(jobId: number, signal: AbortSignal): Promise<boolean> {
    const revoked = await this.#revoked(signal);
    if (revoked === undefined) return false;
    if (revoked.size === 0) return true;
    const { describe, cancel, tell } = this.#parts;
    return (
      (await this.#insist(signal, "a job can't be looked at before it starts", async () => {
        const tags = (await describe(jobId, signal)).match(EVERY_TAG) ?? [];
        const found = tags.find((tag) => revoked.has(tag));
        if (found === undefined) return true;
        await cancel(jobId);
        const message = `job ${jobId} was handed in to another cluster while this one was lost: it is cancelled here`;
        tell({ kind: "job-revoked", job: String(jobId), message });
        return false;
      })) ?? false
    );
  }

  async #revoked(signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
    return this.#insist(signal, "it is not known which jobs must not start", async () => {
      try {
        return await this.#fresh();
      } catch (error) {
        if (this.#known === undefined) throw error;
        return this.#known;
      }
    });
  }

  /** Of a look that began after the call; those who wait for the next one share it. */
  #fresh(): Promise<ReadonlySet<string>> {
    if (this.#reading === undefined) {
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined;
      });
      return this.#reading;
    }
    this.#next ??= this.#reading
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#fresh();
      });
    return this.#next;
  }

  async #read(): Promise<ReadonlySet<string>> {
    this.#known = await this.#parts.revoked.read({ signal: AbortSignal.timeout(PATIENCE) });
    return this.#known;
  }

  /** Tries until it works; undefined when `signal` fired. */
  async #insist<T>(
    signal: AbortSignal,
    hindrance: string,
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    const { clock, log } = this.#parts;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      try {
        return await work();
      } catch (error) {
        if (isFirst && !signal.aborted) log.warn({ error: messageOf(error) }, hindrance);
      }
      await clock.sleep(PAUSE, signal);
    }
    return undefined;
  }
}
