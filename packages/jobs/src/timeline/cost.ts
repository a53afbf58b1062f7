import { expandHostList } from "@sluice/slurm";
import type { CachedJob } from "../cache/contract.ts";
import { isFinishedState } from "../cache/records.ts";
import { elapsedSeconds } from "../details/index.ts";
import type { JobPrice, PricedJob } from "../usage/prices.ts";
import type { Round } from "./contract.ts";

export interface JobCost extends Pick<JobPrice, "approximate" | "unpriced"> {
  readonly usd: number;
  /** While it has nodes. */
  readonly usdPerHour?: number;
}

/** A larger job is none that anybody runs. */
const MOST_NODES = 20_000;

export function nodesOf(hostList: string): readonly string[] {
  return hostList === "" ? [] : expandHostList(hostList, MOST_NODES);
}

/** The part that it holds of its nodes by the seconds, over all of its rounds. Undefined before any. */
export function costSoFar(
  job: CachedJob,
  rounds: readonly Round[],
  priceOf: (job: PricedJob) => JobPrice,
  now: Date,
): JobCost | undefined {
  const spans = rounds.flatMap(({ nodes, startedAt, endedAt }) =>
    nodes === "" || startedAt === undefined ? [] : [{ nodes, startedAt, endedAt }],
  );
  const seconds = elapsedSeconds(job, now);
  const all =
    spans.length > 0
      ? spans.map((span) => ({
          nodes: span.nodes,
          hours: ((span.endedAt ?? now).getTime() - span.startedAt.getTime()) / 3_600_000,
        }))
      : job.nodes === "" || seconds === undefined
        ? []
        : [{ nodes: job.nodes, hours: seconds / 3600 }];
  if (all.length === 0) return undefined;
  const { cpus, tres } = job;
  const costs = all.map(({ nodes, hours }) => ({ hours, ...priceOf({ nodes, cpus, tres }) }));
  const isOver = job.state === "PENDING" || isFinishedState(job.state);
  const holds = job.isLive && !isOver && job.nodes !== "";
  return {
    usd: costs.reduce((sum, { usdPerHour, hours }) => sum + usdPerHour * Math.max(0, hours), 0),
    ...(holds ? { usdPerHour: priceOf(job).usdPerHour } : {}),
    approximate: costs.some(({ approximate }) => approximate),
    unpriced: Math.max(...costs.map(({ unpriced }) => unpriced)),
  };
}
