import type { Pool } from "@sluice/cloud";
import { isDown, phaseOf } from "../observe/node-phase.ts";
import type { Draft } from "./draft.ts";
import type { Gang, Part } from "./gangs.ts";
import { type Closure, shortage } from "./offerings.ts";

/**
 * A gang that can't have all its machines: `part` has no offering left. Its jobs go back to the
 * queue if all of them can; one that can't would be killed by that, so it waits for the first
 * offering to be tried again.
 */
export function strand(draft: Draft, gang: Gang, part: Part, none: Closure): void {
  const { demand } = gang;
  const wants = gang.parts.flatMap((one) => one.wants);
  if (!wants.every((want) => canGoBack(draft, want.name, gang))) return;
  const pool = part.place.spec.pool;
  const isClosed = draft.shelf.exhaustion(pool) !== undefined;
  const reason = shortage(none, isClosed || !part.atomic ? 1 : part.wants.length);
  let isBound = false;
  for (const { name, place } of wants) {
    const node = draft.nodes.get(name);
    if (node === undefined || isDown(node)) continue;
    const unbound = draft.jobsOn(name)?.length === 0;
    // A static node without a job has nobody to give back to: it waits.
    if (unbound && place.isStatic) continue;
    if (!unbound) isBound = true;
    draft.setDown(node, reason);
  }
  if (demand === undefined || !isBound) return;
  draft.returned.set(demand.jobId, reason);
  const notBefore = isClosed ? undefined : comeback(draft, gang, pool, none);
  if (notBefore !== undefined) draft.heldBack.set(demand.jobId, notBefore);
  if (gang.strategy !== "best-effort") release(draft, gang, reason);
}

/**
 * While a pool is open for few, Slurm sees nodes that are free and may give a large job the same
 * ones again and again. It comes back when there is something new to try, if its queue has nothing
 * for so many; else later each time.
 */
function comeback(draft: Draft, gang: Gang, { queue }: Pool, none: Closure): Date | undefined {
  const { now, pools } = draft.snapshot;
  const isHopeless = [...pools.specs.values()]
    .filter(({ pool }) => pool.queue === queue)
    .every(({ pool }) => draft.shelf.choose(pool, gang.size).kind === "none");
  if (isHopeless) return none.until;
  if (gang.returns === 0) return undefined;
  const later = new Date(now.getTime() + 1000 * 2 ** Math.min(gang.returns, 8));
  return none.until !== undefined && none.until < later ? none.until : later;
}

function canGoBack(draft: Draft, name: string, { demand }: Gang): boolean {
  const jobs = draft.jobsOn(name);
  if (jobs === undefined) return demand?.canRequeue === true;
  return jobs.every((job) => job.canRequeue);
}

/** The machines that were launched for the job, and that nobody else uses, go with it. */
function release(draft: Draft, { demand, parts }: Gang, reason: string): void {
  if (demand === undefined) return;
  const wanted = new Set(parts.flatMap((part) => part.wants.map((want) => want.name)));
  for (const name of demand.nodes) {
    const node = draft.nodes.get(name);
    const place = draft.snapshot.pools.places.get(name);
    const [intent] = draft.live.get(name) ?? [];
    if (wanted.has(name) || node === undefined || place === undefined || intent === undefined) {
      continue;
    }
    if (place.isStatic || isDown(node)) continue;
    if (draft.jobsOn(name)?.some((job) => job.id !== demand.jobId)) continue;
    const phase = phaseOf(node);
    const isIts = intent.jobId === demand.jobId;
    if (isIts || (phase === "starting" && intent.jobId === undefined)) draft.setDown(node, reason);
  }
}
