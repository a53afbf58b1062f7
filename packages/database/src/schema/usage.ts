/**
 * What jobs used on a day, of those that ended on another or the same: a day of ends is made anew as
 * a whole, and what its jobs used on the days before is made with it. Days are of UTC, `2026-11-21`.
 */
export interface UsageTable extends UsageMeasures {
  readonly cluster: string;
  /** Unique over time, where a cluster's name is used again. */
  readonly cluster_id: string;
  readonly end_day: string;
  readonly day: string;
  readonly user: string;
  readonly account: string;
  readonly partition: string;
  /** Of the run that the job was made of; empty for other jobs. */
  readonly application: string;
}

/** All of them may be added up. Seconds are of what was allocated, each times how much of it. */
export interface UsageMeasures {
  /** Jobs that ended on the day, and of these how. */
  readonly jobs: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly timed_out: number;
  readonly out_of_memory: number;
  readonly node_failed: number;
  /** Runs that ended for the job to begin again. */
  readonly requeues: number;
  readonly cpu_seconds: number;
  readonly gpu_seconds: number;
  readonly node_seconds: number;
  readonly memory_gib_seconds: number;
  /** Of runs whose use was measured: CPU time used, and of how much. */
  readonly used_cpu_seconds: number;
  readonly measured_cpu_seconds: number;
  readonly used_memory_gib_seconds: number;
  readonly measured_memory_gib_seconds: number;
  /** USD by the price list, and node-seconds that have no price. */
  readonly cost: number;
  readonly unpriced_node_seconds: number;
  /** Runs that began on the day, how long they had waited, and how many of each `WAIT_BOUNDS`. */
  readonly started: number;
  readonly waited_seconds: number;
  readonly wait_0: number;
  readonly wait_1: number;
  readonly wait_2: number;
  readonly wait_3: number;
  readonly wait_4: number;
  readonly wait_5: number;
  readonly wait_6: number;
  readonly wait_7: number;
  readonly wait_8: number;
  readonly wait_9: number;
  readonly wait_10: number;
  readonly wait_11: number;
}

/** Days of ends that were made. */
export interface UsageDaysTable {
  readonly cluster: string;
  readonly cluster_id: string;
  readonly day: string;
  readonly made_at: Date;
  /** 1: it is not made again. */
  readonly is_closed: number;
}

export interface UsageTables {
  readonly usage_rows: UsageTable;
  readonly usage_days: UsageDaysTable;
}
