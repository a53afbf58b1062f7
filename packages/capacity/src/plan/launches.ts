import type { Offering, OfferingKey } from "@sluice/cloud";
import { REASON_PREFIX } from "@sluice/slurm";
import type { Demand } from "../observe/snapshot.ts";
import { offeringId, offeringKey } from "../pools.ts";
import type { Action, LaunchItem } from "./action.ts";
import { isOpenToJobs } from "./closing.ts";
import type { Draft, Want } from "./draft.ts";
import { type Gang, gangsOf, isGang, largestDemandByNode, type Part } from "./gangs.ts";
import { holdsNodes } from "./jobs.ts";
import { shortage } from "./offerings.ts";
import { isProtected } from "./protection.ts";
import { strand } from "./stranded.ts";
import type { Chosen } from "./unavailability.ts";

interface Call {
  readonly offering: OfferingKey;
  readonly atomic: boolean;
  readonly items: LaunchItem[];
}

/**
 * Turns what nodes want into calls: what was asked before comes first, then gang by gang. Single
 * machines of one offering go in one call. A gang that no offering is left for goes back.
 */
export function planLaunches(draft: Draft): readonly Action[] {
  const calls = new Map<string, Call>();
  const add = (
    id: string,
    offering: OfferingKey,
    atomic: boolean,
    items: readonly LaunchItem[],
  ) => {
    const call = calls.get(id) ?? { offering: offeringKey(offering), atomic, items: [] };
    call.items.push(...items);
    calls.set(id, call);
  };
  for (const [id, call] of repeatedCalls(draft)) calls.set(id, call);
  const fresh = draft.wants.filter((want) => want.again === undefined);
  for (const gang of gangsOf(draft, fresh)) {
    const jobId = gang.demand?.jobId;
    for (const { part, choice } of choose(draft, gang)) {
      const { offering, isProbe } = choice;
      draft.shelf.ask(part.place.spec.pool, offering);
      const { pool } = part.place.spec;
      const size = part.atomic ? part.wants.length : 1;
      const others = draft.shelf.alternatives(pool, size, choice).map(offeringKey);
      const also = others.length === 0 ? {} : { alternatives: others };
      const items = part.wants.map((want) => ({ ...toItem(want, jobId), ...also }));
      const isMerged = !isGang(gang.demand) && !isProbe && gang.returns === 0;
      const id = isMerged
        ? offeringId(offering)
        : `${part.place.poolId} ${jobId ?? items[0]?.node} ${offeringId(offering)}`;
      add(id, offering, part.atomic, items);
    }
  }
  return [...calls.values()].map(({ offering, atomic, items }) => ({
    kind: "launch",
    offering,
    atomic,
    items,
    reason: `${items.length} of ${offeringId(offering)}`,
  }));
}

/** What was asked and not answered: the same offering, with the same tokens, together as before. */
function repeatedCalls(draft: Draft): readonly (readonly [string, Call])[] {
  const demandOf = largestDemandByNode(draft.snapshot.demands);
  const calls = new Map<string, Call>();
  for (const want of draft.wants) {
    const { again, place } = want;
    if (again === undefined) continue;
    const { jobId, offering } = again;
    const { placement } = place.spec.pool;
    const isPart = jobId !== undefined && isGang(demandOf.get(want.name));
    const atomic = isPart && (placement || place.spec.policy.scalingStrategy === "all-or-nothing");
    const id = `again ${isPart ? `${place.poolId} ${jobId}` : ""} ${offeringId(offering)}`;
    const call = calls.get(id) ?? { offering: offeringKey(offering), atomic, items: [] };
    call.items.push(toItem(want, jobId));
    calls.set(id, call);
  }
  return [...calls].toSorted(
    ([, a], [, b]) => Number(b.atomic) - Number(a.atomic) || b.items.length - a.items.length,
  );
}

/**
 * An offering for each part of a gang that is to be asked now. Unless every part has one the job
 * can't have all: then nothing is asked and it goes back, or waits for the answer that others wait
 * for.
 */
function choose(
  draft: Draft,
  gang: Gang,
): readonly { readonly part: Part; readonly choice: Chosen }[] {
  const choices = gang.parts.map((part) => ({
    part,
    choice: draft.shelf.choose(
      part.place.spec.pool,
      part.atomic ? part.wants.length : 1,
      besides(draft, gang, part),
    ),
  }));
  for (const { part, choice } of choices) {
    if (choice.kind !== "none") continue;
    // Nobody has read this pool's menu yet.
    if (draft.shelf.ordered(part.place.spec.pool).length > 0) strand(draft, gang, part, choice);
    return [];
  }
  const asked = choices.flatMap(({ part, choice }) =>
    choice.kind === "ask" ? [{ part, choice }] : [],
  );
  const isWhole = asked.length === choices.length;
  return isWhole || gang.strategy !== "all-or-nothing" ? asked : [];
}

/** Machines that are to be close together join those of the job that are there. */
function besides(
  draft: Draft,
  gang: Gang,
  part: Part,
): ((offering: Offering) => boolean) | undefined {
  if (!part.place.spec.pool.placement || gang.demand === undefined) return undefined;
  for (const name of gang.demand.nodes) {
    if (draft.snapshot.pools.places.get(name)?.poolId !== part.place.poolId) continue;
    const [there] = draft.live.get(name) ?? [];
    if (there === undefined) continue;
    const id = offeringId(there.offering);
    return (offering) => offeringId(offering) === id;
  }
  return undefined;
}

function toItem({ name, place, attempts, again }: Want, jobId: number | undefined): LaunchItem {
  const { queue, computeResource } = place.spec.pool;
  return { node: name, pool: { queue, computeResource }, jobId, attempts, token: again?.token };
}

/**
 * Keeps Slurm from giving jobs the powered-down nodes of pools that not even one machine can be
 * asked for. Where only many at once are refused the nodes stay: small jobs can have them.
 */
export function closeExhaustedPools(draft: Draft): void {
  const closed = new Map<string, string>();
  for (const [id, spec] of draft.snapshot.pools.specs) {
    // Its nodes have the better reason.
    if (isProtected(draft, id)) continue;
    const none = draft.shelf.exhaustion(spec.pool);
    if (none !== undefined) closed.set(id, shortage(none));
  }
  if (closed.size === 0) return;
  for (const [name, place] of draft.snapshot.pools.places) {
    const reason = closed.get(place.poolId);
    const node = draft.nodes.get(name);
    if (reason === undefined || node === undefined) continue;
    if (!isOpenToJobs(node)) continue;
    draft.updateNode(node, { state: "DOWN", reason: `${REASON_PREFIX}${reason}` }, reason);
  }
}

/**
 * A limit that has room again is tried at once, and when a person starts the fleet so is all that
 * could not be had.
 */
export function easeQuotas(draft: Draft): void {
  const { snapshot, shelf } = draft;
  const out = snapshot.unavailable.filter((item) => item.until > snapshot.now);
  if (out.length === 0) return;
  const isStarted = snapshot.fleet.status === "START_REQUESTED";
  const ended = snapshot.intents.filter(
    (intent) => intent.machineId !== undefined && draft.isDropped(intent.token),
  );
  const eased = (
    isStarted
      ? out.map((item) => shelf.reopen(item))
      : ended.map(({ pool, offering }) => shelf.relieve(pool, offering))
  ).filter((item) => item !== undefined);
  if (eased.length === 0) return;
  const reason = isStarted ? "the fleet was started" : "a machine of it went";
  draft.act({ kind: "ease-offerings", save: eased, reason });
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
