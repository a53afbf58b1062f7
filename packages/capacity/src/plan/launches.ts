import type { OfferingKey } from "@sluice/cloud";
import { REASON_PREFIX } from "@sluice/slurm";
import { hasForeignReason, isBusy, isDown, phaseOf } from "../observe/node-phase.ts";
import type { Demand } from "../observe/snapshot.ts";
import { offeringId, offeringKey } from "../pools.ts";
import type { Action, LaunchItem } from "./action.ts";
import type { Draft, Want } from "./draft.ts";
import { holdsNodes } from "./jobs.ts";
import { exhaustion } from "./nodes.ts";

/**
 * Turns what nodes want into launches: large gangs first, each gang on one offering and all or
 * nothing, everything else together by offering. What no offering is left for goes back.
 */
export function planLaunches(draft: Draft): readonly Action[] {
  const demandOf = largestDemandByNode(draft.snapshot.demands);
  const calls = new Map<string, { offering: OfferingKey; atomic: boolean; wants: Want[] }>();
  for (const want of draft.wants) {
    const { again, place } = want;
    const menu = draft.snapshot.menu.get(place.poolId) ?? [];
    const offering = again?.offering ?? draft.shelf.choose(place.spec.pool, menu);
    if (offering === undefined) {
      if (menu.length > 0) strand(draft, want, demandOf.get(want.name));
      continue;
    }
    const demand = demandOf.get(want.name);
    const jobId = again === undefined ? demand?.jobId : again.jobId;
    const gang = jobId !== undefined && (demand?.nodes.length ?? 1) > 1;
    const id = gang ? `${place.poolId} ${jobId} ${offeringId(offering)}` : offeringId(offering);
    const call = calls.get(id) ?? { offering: offeringKey(offering), atomic: gang, wants: [] };
    call.wants.push(want);
    calls.set(id, call);
  }
  return [...calls.values()]
    .toSorted((a, b) => Number(b.atomic) - Number(a.atomic) || b.wants.length - a.wants.length)
    .map(({ offering, atomic, wants }) => ({
      kind: "launch",
      offering,
      atomic,
      items: wants.map((want) => toItem(want, demandOf.get(want.name))),
      reason: `${wants.length} of ${offeringId(offering)}`,
    }));
}

function toItem({ name, place, attempts, again }: Want, demand: Demand | undefined): LaunchItem {
  const { queue, computeResource } = place.spec.pool;
  return {
    node: name,
    pool: { queue, computeResource },
    jobId: again === undefined ? demand?.jobId : again.jobId,
    attempts,
    token: again?.token,
  };
}

function largestDemandByNode(demands: readonly Demand[]): ReadonlyMap<string, Demand> {
  const byNode = new Map<string, Demand>();
  for (const demand of demands) {
    for (const node of demand.nodes) {
      const there = byNode.get(node);
      const larger =
        there === undefined ||
        demand.nodes.length > there.nodes.length ||
        (demand.nodes.length === there.nodes.length && demand.jobId < there.jobId);
      if (larger) byNode.set(node, demand);
    }
  }
  return byNode;
}

/**
 * No offering is left for this node. Its jobs go back to the queue if all of them can; one that
 * can't would be killed by that, so it waits for the first offering to be tried again.
 */
function strand(draft: Draft, want: Want, demand: Demand | undefined): void {
  const node = draft.nodes.get(want.name);
  const none = exhaustion(draft, want.place);
  if (node === undefined || none === undefined || isDown(node)) return;
  const jobs = draft.jobsOn(want.name);
  if (jobs === undefined && demand?.canRequeue !== true) return;
  const unbound = jobs !== undefined && jobs.length === 0;
  // A static node without a job has nobody to give back to: it waits.
  if (unbound && want.place.isStatic) return;
  if (jobs?.some((job) => !job.canRequeue)) return;
  const reason = shortage(none);
  draft.setDown(node, reason);
  if (demand !== undefined && !unbound) draft.returned.set(demand.jobId, reason);
}

/** Keeps Slurm from giving jobs the powered-down nodes of pools that nothing is left for. */
export function closeExhaustedPools(draft: Draft): void {
  const closed = new Map<string, string>();
  for (const [id, spec] of draft.snapshot.pools.specs) {
    const menu = draft.snapshot.menu.get(id) ?? [];
    const none = menu.length === 0 ? undefined : draft.shelf.exhaustion(spec.pool, menu);
    if (none !== undefined) closed.set(id, shortage(none));
  }
  if (closed.size === 0) return;
  for (const [name, place] of draft.snapshot.pools.places) {
    const reason = closed.get(place.poolId);
    const node = draft.nodes.get(name);
    if (reason === undefined || node === undefined) continue;
    const isSpare =
      phaseOf(node) === "off" && !isDown(node) && !isBusy(node) && !node.flags.has("POWER_UP");
    if (!isSpare || hasForeignReason(node)) continue;
    draft.updateNode(node, { state: "DOWN", reason: `${REASON_PREFIX}${reason}` }, reason);
  }
}

function shortage({ until, reason }: { readonly until: Date; readonly reason: string }): string {
  return `no capacity until ${until.toISOString().slice(11, 19)} UTC (${reason})`;
}

/** Demands of the jobs that Slurm has on nodes, for nodes that no hook spoke of. */
export function demandsOfJobs(
  jobs: Draft["snapshot"]["jobs"],
  nodesOf: (text: string) => readonly string[],
): readonly Demand[] {
  return (jobs ?? []).filter(holdsNodes).map((job) => ({
    jobId: job.id,
    nodes: nodesOf(job.nodes),
    canRequeue: job.canRequeue,
    waiting: false,
  }));
}
