import type { ClusterConfig } from "../cluster-file/config.ts";
import { type ClusterView, namesOf, namesOnlyIn, viewOf } from "./clusters.ts";
import { type Change, type ChangePlan, EFFECTS, type Effect } from "./contract.ts";
import { costOf } from "./cost.ts";
import { type Difference, differencesOf } from "./differences.ts";
import { effectOf, type Fleet, type Judged, judge } from "./judge.ts";
import { settledByNewHead } from "./new-head.ts";
import { wordsOf } from "./reasons.ts";
import { stepsOf } from "./steps.ts";

export interface PlanOptions {
  /** Whether the cluster's compute nodes may run; with a stopped fleet much more is possible. */
  readonly fleet: Fleet;
  /** The file that the head machine was made with: what of it such a machine settles is no obstacle. */
  readonly madeWith?: ClusterConfig;
}

/**
 * What it does to a cluster of the file `before` to become that of the file `after`. Nothing is
 * asked of the cluster but whether its fleet runs.
 */
export function planChange(
  before: ClusterConfig,
  after: ClusterConfig,
  { fleet, madeWith }: PlanOptions,
): ChangePlan {
  const clusters = { before: viewOf(before), after: viewOf(after) };
  const found = judge(differencesOf(before, after), clusters, fleet);
  const judged = madeWith === undefined ? found : settledByNewHead(found, after, madeWith);
  const changes = judged.map((one) => changeOf(one, after, fleet));
  const [old, young] = [costOf(before), costOf(after)];
  return {
    changes,
    effect: strongest(changes),
    addedNodes: nodesOnlyIn(clusters.after, clusters.before),
    removedNodes: nodesOnlyIn(clusters.before, clusters.after),
    cost: {
      before: old.cost,
      after: young.cost,
      unknownPrices: [...new Set([...old.unknown, ...young.unknown])].toSorted(),
    },
    steps: stepsOf(changes),
  };
}

function changeOf({ difference, need }: Judged, after: ClusterConfig, fleet: Fleet): Change {
  const { path, from, to, policy } = difference;
  const effect = effectOf(need, after, fleet);
  const isGradual = effect === "drain" || effect === "terminate";
  const nodes = isGradual && need.is === "nodes-off" ? need.nodes() : [];
  return {
    path,
    from,
    to,
    policy,
    effect,
    nodes,
    ...removedQueueOf(difference),
    ...wordsOf(need, effect, nodes.length),
  };
}

function removedQueueOf({
  kind,
  isEntry,
  policy,
  where,
}: Difference): Pick<Change, "removedQueue"> {
  const isQueue = isEntry && policy === "RESIZE_UPDATE_STRATEGY_ON_REMOVE";
  return isQueue && kind === "removed" && where.queue !== undefined && where.resource === undefined
    ? { removedQueue: where.queue }
    : {};
}

function strongest(changes: readonly Change[]): Effect | undefined {
  const strengths = changes.map(({ effect }) => EFFECTS.indexOf(effect));
  return EFFECTS[strengths.reduce((most, strength) => Math.max(most, strength), -1)];
}

function nodesOnlyIn(one: ClusterView, other: ClusterView): readonly string[] {
  return one.resources({}).flatMap((mine) => {
    const where = { queue: mine.queue.Name, resource: mine.resource.Name };
    const [theirs] = other.resources(where);
    return theirs === undefined ? namesOf([mine]) : namesOnlyIn(mine, theirs);
  });
}
