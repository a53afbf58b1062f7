import type { Clock } from "@sluice/model";
import type { AccountedRun, JournalSlurm } from "./contract.ts";

export interface AccountingOptions {
  readonly slurm: Pick<JournalSlurm, "runs">;
  readonly clock: Clock;
}

/** One question to accounting, which holds nobody up: it may be long until that answers. */
export class AccountingQuestion {
  /** Undefined until there is an answer, and when there will be none. */
  runs: readonly AccountedRun[] | undefined;
  isOver = false;
  readonly #end: Promise<void>;
  readonly #clock: Clock;

  constructor({ slurm, clock }: AccountingOptions, jobIds: readonly number[]) {
    this.#clock = clock;
    this.#end = slurm
      .runs(jobIds)
      .then(
        (runs) => {
          this.runs = runs;
        },
        () => {},
      )
      .finally(() => {
        this.isOver = true;
      });
  }

  /** Returns when it is over, and that many milliseconds later at the latest. */
  async within(milliseconds: number): Promise<void> {
    const over = new AbortController();
    const end = this.#end.then(() => over.abort());
    await Promise.race([end, this.#clock.sleep(milliseconds, over.signal)]);
  }
}
