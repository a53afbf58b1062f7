import { rename, writeFile } from "node:fs/promises";
import type { Log } from "@sluice/capacity";
import { messageOf } from "@sluice/model";

/**
 * Keeps the highest number of a job that was let start in a file, for the next start of slurmctld,
 * which after a crash would give numbers away again whose jobs it had not saved.
 */
export class HighestJob {
  readonly #path: string;
  readonly #log: Log;
  #highest = 0;
  #written = 0;
  #writing: Promise<void> | undefined;

  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  saw(jobId: number): void {
    if (jobId <= this.#highest) return;
    this.#highest = jobId;
    this.#writing ??= this.#write();
  }

  /** Until what was seen is in the file. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** One after the other: what came meanwhile is the next one's. */
  async #write(): Promise<void> {
    try {
      while (this.#written < this.#highest) {
        const now = this.#highest;
        await writeFile(`${this.#path}.new`, `${now}\n`);
        await rename(`${this.#path}.new`, this.#path);
        this.#written = now;
      }
    } catch (error) {
      this.#log.warn({ error: messageOf(error) }, "the highest job can't be written down");
    } finally {
      this.#writing = undefined;
    }
  }
}
