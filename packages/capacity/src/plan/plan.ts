import { expandHostList } from "@sluice/slurm";
import type { Snapshot } from "../observe/snapshot.ts";
import type { Action } from "./action.ts";
import { Draft } from "./draft.ts";
import { isStopping, planFleet } from "./fleet.ts";
import { closeExhaustedPools, demandsOfJobs, planLaunches } from "./launches.ts";
import { settleNode, settleStopped, settleUnplaced } from "./nodes.ts";
import { reconcile } from "./reconcile.ts";

/**
 * What is to be done now, from what is seen now. Pure: the same snapshot, in whatever order its
 * lists are, gives the same plan. Some ways take more than one plan (a node goes DOWN before it is
 * powered down); when all of a plan took effect and nothing else happens, a few rounds end in an
 * empty one.
 *
 * A snapshot in which Slurm knows none of the cluster's nodes plans nothing: that is a controller
 * that has not read its configuration, not a cluster without nodes.
 */
export function plan(given: Snapshot): readonly Action[] {
  const { places } = given.pools;
  if (places.size > 0 && !given.nodes.some((node) => places.has(node.name))) return [];
  const draft = new Draft(withJobsAsDemands(inOrder(given)));
  reconcile(draft);
  for (const name of draft.live.keys()) if (!places.has(name)) settleUnplaced(draft, name);
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

function inOrder(snapshot: Snapshot): Snapshot {
  const { machines, intents, jobs } = snapshot;
  return {
    ...snapshot,
    machines: machines.toSorted((a, b) => compare(a.token, b.token)),
    intents: intents.toSorted((a, b) => compare(a.token, b.token)),
    jobs: jobs?.toSorted((a, b) => a.id - b.id),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
