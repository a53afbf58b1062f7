import { expandHostList } from "@sluice/slurm";
import type { CachedJob } from "../cache/contract.ts";
import { isFinishedState } from "../cache/records.ts";
import { elapsedSeconds } from "../details/index.ts";
import type { Round } from "./contract.ts";

/** What a node costs in USD per hour, and whether that is sure; undefined when no price is known. */
export type NodePrice = (
  node: string,
) => { readonly usdPerHour: number; readonly approximate: boolean } | undefined;

export interface JobCost {
  readonly usd: number;
  /** While it has nodes. */
  readonly usdPerHour?: number;
  readonly approximate: boolean;
  /** Nodes without a known price. */
  readonly unpriced: number;
}

/** A larger job is none that anybody runs. */
const MOST_NODES = 20_000;

export function nodesOf(hostList: string): readonly string[] {
  return hostList === "" ? [] : expandHostList(hostList, MOST_NODES);
}

/** What some nodes cost for an hour. */
export function hourlyCost(nodes: readonly string[], priceOf: NodePrice) {
  const prices = nodes.map(priceOf);
  return {
    usdPerHour: prices.reduce((sum, price) => sum + (price?.usdPerHour ?? 0), 0),
    approximate: prices.some((price) => price?.approximate === true),
    unpriced: prices.filter((price) => price === undefined).length,
  };
}

/** Nodes by the seconds that the job had them, over all of its rounds. Undefined before any. */
export function costSoFar(
  job: CachedJob,
  rounds: readonly Round[],
  priceOf: NodePrice,
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
  const costs = all.map(({ nodes, hours }) => ({ hours, ...hourlyCost(nodesOf(nodes), priceOf) }));
  const isOver = job.state === "PENDING" || isFinishedState(job.state);
  const holds = job.isLive && !isOver && job.nodes !== "";
  const current = holds ? hourlyCost(nodesOf(job.nodes), priceOf) : undefined;
  return {
    usd: costs.reduce((sum, { usdPerHour, hours }) => sum + usdPerHour * Math.max(0, hours), 0),
    ...(current === undefined ? {} : { usdPerHour: current.usdPerHour }),
    approximate: costs.some(({ approximate }) => approximate),
    unpriced: Math.max(...costs.map(({ unpriced }) => unpriced)),
  };
}
