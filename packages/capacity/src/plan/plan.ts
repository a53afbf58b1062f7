import { expandHostList } from "@sluice/slurm";
import type { Snapshot } from "../observe/snapshot.ts";
import type { Action } from "./action.ts";
import { holdRefusedNodes } from "./closing.ts";
import { Draft } from "./draft.ts";
import { isStopping, planFleet } from "./fleet.ts";
import { closedPools } from "./idle.ts";
import { endNotices, planInterruptions } from "./interruptions.ts";
import { closeExhaustedPools, demandsOfJobs, easeQuotas, planLaunches } from "./launches.ts";
import { settleNode, settleStopped, settleUnplaced } from "./nodes.ts";
import { protectPools } from "./protection.ts";
import { reconcile } from "./reconcile.ts";
import { planReservations, type Reserved, reservedNodes } from "./reservations.ts";
import { planScaleIn } from "./scale-in.ts";
import { planWarmNodes } from "./warm.ts";
import { whatIf } from "./what-if.ts";

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
  return planned(given, (draft, reserved) =>
    planScaleIn(draft, reserved, (gone) => whatIf(given, gone, planKeeping)),
  );
}

/** The same, but no idle node is switched off: what would be done is what is needed. */
export function planKeeping(given: Snapshot): readonly Action[] {
  return planned(given, () => {});
}

function planned(
  given: Snapshot,
  scaleIn: (draft: Draft, reserved: Reserved) => void,
): readonly Action[] {
  const { places } = given.pools;
  if (places.size > 0 && !given.nodes.some((node) => places.has(node.name))) return [];
  const draft = new Draft(withJobsAsDemands(inOrder(given)));
  reconcile(draft);
  easeQuotas(draft);
  for (const name of draft.live.keys()) if (!places.has(name)) settleUnplaced(draft, name);
  if (isStopping(draft)) {
    for (const name of places.keys()) settleStopped(draft, name);
    endNotices(draft);
    planFleet(draft);
    return draft.finish([]);
  }
  for (const [name, place] of places) settleNode(draft, name, place);
  const closed = closedPools(draft);
  planInterruptions(draft, closed);
  protectPools(draft);
  if (draft.snapshot.fleet.status === "RUNNING") {
    const reserved = reservedNodes(draft.snapshot);
    planReservations(draft, reserved, closed);
    planWarmNodes(draft, reserved, closed);
    scaleIn(draft, reserved);
  }
  closeExhaustedPools(draft);
  holdRefusedNodes(draft);
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
