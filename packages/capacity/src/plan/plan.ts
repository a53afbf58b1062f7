import { expandHostList } from "@sluice/slurm";
import type { Snapshot } from "../observe/snapshot.ts";
import type { Action } from "./action.ts";
import { Draft } from "./draft.ts";
import { isStopping, planFleet } from "./fleet.ts";
import { closeExhaustedPools, demandsOfJobs, planLaunches } from "./launches.ts";
import { settleNode, settleStopped } from "./nodes.ts";
import { reconcile } from "./reconcile.ts";

/**
 * What is to be done now, from what is seen now. Pure: the same snapshot, in whatever order its
 * lists are, gives the same plan; and once a plan has taken effect the next is empty.
 *
 * A snapshot in which Slurm knows none of the cluster's nodes plans nothing: that is a controller
 * that has not read its configuration, not a cluster without nodes.
 */
export function plan(given: Snapshot): readonly Action[] {
  const { places } = given.pools;
  if (places.size > 0 && !given.nodes.some((node) => places.has(node.name))) return [];
  const draft = new Draft(withJobsAsDemands(given));
  reconcile(draft);
  if (isStopping(draft)) {
    for (const name of places.keys()) settleStopped(draft, name);
    planFleet(draft);
    return draft.finish([]);
  }
  for (const [name, place] of places) settleNode(draft, name, place);
  closeExhaustedPools(draft);
  const launches = planLaunches(draft);
  planFleet(draft);
  return draft.finish(launches);
}

/** What Slurm says of its jobs now counts more than what a hook said of them earlier. */
function withJobsAsDemands(snapshot: Snapshot): Snapshot {
  if (snapshot.jobs === undefined) return snapshot;
  const waiting = new Set(
    snapshot.demands.filter((demand) => demand.waiting).map((demand) => demand.jobId),
  );
  const demands = demandsOfJobs(snapshot.jobs, expandHostList).map((demand) => ({
    ...demand,
    waiting: waiting.has(demand.jobId),
  }));
  return { ...snapshot, demands };
}
