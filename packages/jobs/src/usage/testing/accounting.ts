import type { HistoryJob, HistoryRange } from "@sluice/gateway";
import type { UsageSource } from "../contract.ts";

/** A run as accounting tells of it; an hour on one CPU where nothing else is said. */
export function runOf(more: Partial<HistoryJob> & Pick<HistoryJob, "id" | "endTime">): HistoryJob {
  const hour = 3_600_000;
  const startTime = new Date((more.endTime?.getTime() ?? 0) - hour);
  return {
    label: `${more.id}`,
    arrayJobId: undefined,
    arrayTaskId: undefined,
    name: "job",
    user: "ada",
    account: "users",
    partition: "cpu",
    qos: "normal",
    state: "COMPLETED",
    exitCode: "0:0",
    nodes: "cpu-dy-small-1",
    nodeCount: 1,
    cpus: 1,
    tres: "cpu=1,mem=1G,node=1",
    timeLimitSeconds: undefined,
    submitTime: startTime,
    eligibleTime: startTime,
    startTime,
    workingDirectory: "/",
    tag: undefined,
    cpuSecondsUsed: undefined,
    maxMemoryMib: undefined,
    ...more,
  };
}

/** Accounting of one cluster, in memory, which may be away or break off. */
export class FakeAccounting implements UsageSource {
  readonly name: string;
  readonly runs: HistoryJob[] = [];
  readonly asked: HistoryRange[] = [];
  record: UsageSource["record"];
  /** Breaks off after so many runs. */
  breaksAfter = Number.POSITIVE_INFINITY;

  constructor(name: string, createdAt: Date, configText = "") {
    this.name = name;
    this.record = { id: `${name}-1`, configText, createdAt };
  }

  async gateway() {
    return { history: (range: HistoryRange) => this.#history(range) };
  }

  async *#history(range: HistoryRange): AsyncGenerator<HistoryJob> {
    this.asked.push(range);
    const { since, until } = range;
    const found = this.runs
      .filter(({ endTime }) => endTime !== undefined && endTime >= since && endTime <= until)
      .toSorted((a, b) => Number(a.endTime) - Number(b.endTime));
    for (const [index, run] of found.entries()) {
      if (index >= this.breaksAfter) throw new Error("the head went away");
      yield run;
    }
  }
}
