import { isOurReason, REASON_PREFIX, type SlurmNode } from "@sluice/slurm";
import type { PoolSpec } from "../contract.ts";
import { isAutomaticReason, isDown, phaseOf } from "../observe/node-phase.ts";
import type { Demand, Snapshot } from "../observe/snapshot.ts";
import { poolId } from "../pools.ts";
import type { Intent, PoolHealth } from "../store/contract.ts";
import { isOpenToJobs } from "./closing.ts";
import type { Draft, Want } from "./draft.ts";
import { exhaustion } from "./nodes.ts";

const PROTECTED = `${REASON_PREFIX}protected: `;

type Failure = NonNullable<PoolHealth["last"]>;

/**
 * How the machines of each pool start, as it stands while a plan is made.
 *
 * ```
 *             so many failed boots in a row          probeAt is past
 *   healthy ───────────────────────────▶ protected ───────────────▶ one machine is tried
 *      ▲                                     ▲ it fails: the next one later │
 *      │ any machine registers               └──────────────────────────────┤
 *      └────────────────────────────────────────────────────────────────────┘
 * ```
 */
export class Protection {
  readonly #before: ReadonlyMap<string, PoolHealth>;
  readonly #failures = new Map<string, Failure[]>();
  readonly #worked = new Set<string>();

  constructor(health: readonly PoolHealth[]) {
    this.#before = new Map(health.map((one) => [poolId(one.pool), one]));
  }

  /** The pool was protected when this plan began: its nodes are not this plan's to switch on. */
  holds(id: string): boolean {
    return this.#before.get(id)?.protectedAt !== undefined && !this.#worked.has(id);
  }

  failed(id: string, failure: Failure): void {
    const there = this.#failures.get(id);
    if (there === undefined) this.#failures.set(id, [failure]);
    else there.push(failure);
  }

  worked(id: string): void {
    this.#worked.add(id);
  }

  before(id: string): PoolHealth | undefined {
    return this.#before.get(id);
  }

  /** After this plan's boots; undefined for a pool without a failed one. */
  after(spec: PoolSpec, { now, policy }: Pick<Snapshot, "now" | "policy">): PoolHealth | undefined {
    const id = poolId(spec.pool);
    const before = this.#before.get(id);
    const fresh = this.#failures.get(id) ?? [];
    if (this.#worked.has(id)) return undefined;
    const last = fresh.at(-1) ?? before?.last;
    if (fresh.length === 0 || last === undefined) return before;
    const failures = (before?.failures ?? 0) + fresh.length;
    const { queue, computeResource } = spec.pool;
    const health = {
      pool: { queue, computeResource },
      failures,
      protectedAt: before?.protectedAt,
      probeAt: before?.probeAt,
      probes: before?.probes ?? 0,
      last,
    };
    const limit = spec.policy.protectAfterFailures;
    if (before?.protectedAt === undefined) {
      if (limit === 0 || failures < limit) return health;
      return { ...health, protectedAt: now, probeAt: probeAfter(now, 0, policy), probes: 0 };
    }
    // A machine that was on its way when the pool was protected is not a probe that failed.
    if (!isProbeDue(health, now)) return health;
    const probes = health.probes + 1;
    return { ...health, probes, probeAt: probeAfter(now, probes, policy) };
  }
}

/** A machine came up, or was to, and never registered. What the cloud took back is not its fault. */
export function bootFailed(draft: Draft, intent: Intent, reason: string): void {
  const { notices, now } = draft.snapshot;
  const { node, machineId } = intent;
  if (notices.some((notice) => notice.machineId === machineId)) return;
  draft.protection.failed(poolId(intent.pool), {
    node,
    machineId,
    at: now,
    reason,
    console: undefined,
  });
}

/** True while no machine is launched for the pool, except the one of a probe. */
export function isProtected(draft: Draft, id: string): boolean {
  const spec = draft.snapshot.pools.specs.get(id);
  if (spec === undefined) return false;
  return draft.protection.after(spec, draft.snapshot)?.protectedAt !== undefined;
}

/**
 * Writes down how pools do, keeps protected ones from getting machines, and tries one machine of
 * each whose time has come. Call it when every node has said what it wants.
 */
export function protectPools(draft: Draft): void {
  countVanished(draft);
  const { pools, health, fleet } = draft.snapshot;
  const restarted = fleet.status === "START_REQUESTED";
  for (const { pool } of health) {
    const id = poolId(pool);
    if (restarted) draft.act({ kind: "healthy", pool, reason: `${id}: the fleet was started` });
    else if (!pools.specs.has(id))
      draft.act({ kind: "healthy", pool, reason: `${id} is not in the cluster file any more` });
  }
  if (restarted) return;
  for (const [id, spec] of pools.specs) {
    const before = draft.protection.before(id);
    const after = draft.protection.after(spec, draft.snapshot);
    if (after === undefined) {
      const reason = `${id}: a machine registered`;
      if (before !== undefined) draft.act({ kind: "healthy", pool: before.pool, reason });
      continue;
    }
    if (after !== before)
      draft.act({ kind: "health", item: after, reason: wordsOf(id, before, after) });
    if (after.protectedAt !== undefined) holdBack(draft, id, spec, after);
  }
}

/** Machines that were accepted and are gone, and whose nodes still wait for them. */
function countVanished(draft: Draft): void {
  for (const [name, intent] of draft.lost) {
    const node = draft.nodes.get(name);
    const isBooting = intent.state === "open" || intent.state === "accepted";
    if (node === undefined || !isBooting) continue;
    const waits = phaseOf(node) === "starting" || (isDown(node) && isAutomaticReason(node.reason));
    if (waits) bootFailed(draft, intent, "machine vanished before it registered");
  }
}

function wordsOf(id: string, before: PoolHealth | undefined, after: PoolHealth): string {
  const { failures, last, probeAt } = after;
  const said = `${id}: ${last?.reason ?? "a machine did not register"}`;
  if (after.protectedAt === undefined) return `${said} (${failures} in a row)`;
  const next = `one is tried at ${timeOf(probeAt)}`;
  if (before?.protectedAt !== undefined) return `${said} (${failures} in a row); ${next}`;
  return `${said}: protected after ${failures} in a row; ${next}`;
}

function holdBack(draft: Draft, id: string, spec: PoolSpec, health: PoolHealth): void {
  const mine = draft.wants.filter((want) => want.place.poolId === id);
  const probe = isProbeDue(health, draft.snapshot.now) ? probeOf(draft, id, spec, mine) : undefined;
  const isRefused = (want: Want) => want.place.poolId === id && want.name !== probe;
  const kept = draft.wants.filter((want) => !isRefused(want));
  draft.wants.length = 0;
  for (const want of kept) draft.wants.push(want);
  const reason = shutReason(health);
  const refused = mine.filter(isRefused);
  const demands = refused.length === 0 ? new Map() : demandsByNode(draft.snapshot.demands);
  for (const want of refused) refuse(draft, want, reason, demands.get(want.name) ?? []);
  for (const name of nodesOf(spec)) {
    const node = draft.nodes.get(name);
    if (name === probe || node === undefined) continue;
    if (!isMisworded(node) && !isOpenToJobs(node)) continue;
    draft.updateNode(node, { state: "DOWN", reason: `${REASON_PREFIX}${reason}` }, reason);
  }
}

/**
 * The node whose machine is the probe; it is switched on if it is not yet. Undefined while there is
 * one on its way, or no node can be taken.
 */
function probeOf(
  draft: Draft,
  id: string,
  spec: PoolSpec,
  wants: readonly Want[],
): string | undefined {
  const again = wants.find((want) => want.again !== undefined);
  if (again !== undefined) return again.name;
  const names = nodesOf(spec);
  const isComing = (intent: Intent) => intent.state === "open" || intent.state === "accepted";
  const coming = names.find((name) => draft.live.get(name)?.some(isComing));
  if (coming !== undefined) return coming;
  const [first] = wants;
  if (first !== undefined) return first.name;
  if (isExhausted(draft, spec)) return undefined;
  const nodes = names.flatMap((name) => draft.nodes.get(name) ?? []);
  const asked = nodes.find((node) => phaseOf(node) === "off" && node.flags.has("POWER_UP"));
  if (asked !== undefined) return asked.name;
  const idle = nodes.find((node) => phaseOf(node) === "off" && isOpenToJobs(node));
  if (idle !== undefined) {
    draft.updateNode(idle, { state: "POWER_UP" }, `${id}: one machine is tried`);
    return idle.name;
  }
  const shut = nodes.find(
    (node) => phaseOf(node) === "off" && isDown(node) && isAutomaticReason(node.reason),
  );
  if (shut === undefined) return undefined;
  draft.updateNode(shut, { state: "RESUME" }, `${id}: one machine is tried`);
  return shut.name;
}

function demandsByNode(demands: readonly Demand[]): ReadonlyMap<string, readonly Demand[]> {
  const byNode = new Map<string, Demand[]>();
  for (const demand of demands) {
    for (const name of demand.nodes) {
      const there = byNode.get(name);
      if (there === undefined) byNode.set(name, [demand]);
      else there.push(demand);
    }
  }
  return byNode;
}

/** The want is not met. Its jobs go back if all of them can; one that can't waits for a probe. */
function refuse(draft: Draft, want: Want, reason: string, demands: readonly Demand[]): void {
  if (want.again !== undefined) draft.condemn(want.again, reason);
  const node = draft.nodes.get(want.name);
  if (node === undefined || isDown(node)) return;
  const jobs = draft.jobsOn(want.name);
  const known = demands.length > 0 && demands.every((demand) => demand.canRequeue === true);
  if (jobs === undefined && !known) return;
  if (jobs?.some((job) => !job.canRequeue)) return;
  draft.setDown(node, reason);
  if (jobs !== undefined && jobs.length === 0) return;
  for (const { jobId, canRequeue } of demands) {
    if (canRequeue !== false) draft.returned.set(jobId, reason);
  }
}

/** Set down for another reason of ours, which holds no more or is not the one that matters. */
function isMisworded(node: SlurmNode): boolean {
  const ours = isOurReason(node.reason) && !node.reason?.startsWith(PROTECTED);
  return phaseOf(node) === "off" && isDown(node) && ours;
}

function isExhausted(draft: Draft, spec: PoolSpec): boolean {
  const place = draft.snapshot.pools.places.get(nodesOf(spec)[0] ?? "");
  return place !== undefined && exhaustion(draft, place) !== undefined;
}

function shutReason({ failures, last }: PoolHealth): string {
  const why = last === undefined ? "" : ` (${last.reason})`;
  return `protected: ${failures} machines in a row did not register${why}; see describe-compute-fleet`;
}

function isProbeDue({ probeAt }: Pick<PoolHealth, "probeAt">, now: Date): boolean {
  return probeAt !== undefined && probeAt <= now;
}

function probeAfter(now: Date, probes: number, policy: Snapshot["policy"]): Date {
  const seconds = Math.min(policy.probeSeconds * 2 ** probes, policy.probeMaxSeconds);
  return new Date(now.getTime() + seconds * 1000);
}

function timeOf(date: Date | undefined): string {
  return date === undefined ? "a later time" : `${date.toISOString().slice(11, 19)} UTC`;
}

const nodesOf = (spec: PoolSpec) => [...spec.dynamicNodes, ...spec.staticNodes];
