import { isAtLeast, type SlurmVersion } from "./conf/input.ts";
import type { HistoryJob } from "./job-lists.ts";
import { parseTime } from "./parse-show.ts";
import { memoryIn, secondsOf, textOf } from "./parse-values.ts";
import { tagIn } from "./submission-tag.ts";

const FIELDS = [
  ...["JobIDRaw", "JobID", "User", "Account", "Partition", "QOS", "State", "ExitCode"],
  ...["NodeList", "NNodes", "AllocCPUS", "ReqCPUS", "AllocTRES", "ReqTRES", "TimelimitRaw"],
  ...["Submit", "Start", "End", "TotalCPU", "TRESUsageInTot", "WorkDir", "Eligible", "JobName"],
] as const;

export const HISTORY_COLUMNS = FIELDS.length + 1;

/** States of jobs that are over, as sacct takes them. */
export const OVER_STATES =
  "BOOT_FAIL,CANCELLED,COMPLETED,DEADLINE,FAILED,NODE_FAIL,OUT_OF_MEMORY,PREEMPTED,REVOKED,TIMEOUT";

/** And of runs that were ended to begin again. */
export const RUN_STATES = `${OVER_STATES},REQUEUED`;

/** The value for `sacct --format`. What carries the tag is last. */
export function historyFormat(version: SlurmVersion): string {
  return [...FIELDS, isAtLeast(version, 23, 11) ? "Extra" : "Comment"].join(",");
}

type Row = Readonly<Record<(typeof FIELDS)[number] | "tagged", string>>;

/** Rows of a job and then of its steps, as sacct gives them, made into jobs. */
export class HistoryReader {
  #job: Row | undefined;
  #memoryMib: number | undefined;
  #hasSteps = false;

  /** @returns the job before, when another one begins. */
  take(values: readonly string[]): HistoryJob | undefined {
    const row = Object.fromEntries(
      [...FIELDS, "tagged"].map((field, i) => [field, values[i] ?? ""]),
    ) as Row;
    if (this.#job !== undefined && row.JobIDRaw.startsWith(`${this.#job.JobIDRaw}.`)) {
      this.#step(row);
      return undefined;
    }
    const before = this.end();
    this.#job = /^\d+$/.test(row.JobIDRaw) ? row : undefined;
    return before;
  }

  /** @returns the last job; undefined when there was none. */
  end(): HistoryJob | undefined {
    const job = this.#job === undefined ? undefined : this.#finished(this.#job);
    this.#job = undefined;
    this.#memoryMib = undefined;
    this.#hasSteps = false;
    return job;
  }

  #step({ TRESUsageInTot }: Row): void {
    this.#hasSteps = true;
    const memory = memoryIn(TRESUsageInTot);
    if (memory !== undefined) this.#memoryMib = Math.max(memory, this.#memoryMib ?? 0);
  }

  #finished(row: Row): HistoryJob {
    const array = /^(\d+)_(.+)$/.exec(row.JobID);
    // `CANCELLED by 1000`.
    const [state = ""] = row.State.split(" ");
    const minutes = /^\d+$/.test(row.TimelimitRaw) ? Number(row.TimelimitRaw) : undefined;
    return {
      id: Number(row.JobIDRaw),
      label: row.JobID,
      arrayJobId: array === null ? undefined : Number(array[1]),
      arrayTaskId: array === null ? undefined : array[2],
      name: row.JobName,
      user: row.User,
      account: row.Account,
      partition: row.Partition,
      qos: row.QOS,
      state,
      exitCode: row.ExitCode,
      nodes: textOf(row.NodeList),
      nodeCount: Number(row.NNodes) || 0,
      cpus: Number(row.AllocCPUS) || Number(row.ReqCPUS) || 0,
      tres: row.AllocTRES || row.ReqTRES,
      timeLimitSeconds: minutes === undefined ? undefined : minutes * 60,
      submitTime: parseTime(row.Submit),
      eligibleTime: parseTime(row.Eligible),
      startTime: parseTime(row.Start),
      endTime: parseTime(row.End),
      workingDirectory: row.WorkDir,
      tag: tagIn(row.tagged),
      cpuSecondsUsed: this.#hasSteps ? secondsOf(row.TotalCPU) : undefined,
      maxMemoryMib: this.#memoryMib,
    };
  }
}
