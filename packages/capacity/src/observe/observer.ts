import type { Machine, Offering } from "@sluice/cloud";
import { messageOf } from "@sluice/model";
import {
  expandHostList,
  type JobSignal,
  type SlurmJob,
  type SlurmNode,
  type SlurmReservation,
} from "@sluice/slurm";
import type { NodeManagerDeps } from "../contract.ts";
import { eachOf } from "../each-of.ts";
import { holdsNodes } from "../plan/jobs.ts";
import type { CapacityPolicy } from "../policy.ts";
import { type Menu, type Pools, poolId } from "../pools.ts";
import type { Intent, Notice } from "../store/contract.ts";
import { phaseOf } from "./node-phase.ts";
import type { Demand, Snapshot } from "./snapshot.ts";

const MENU_MILLISECONDS = 60_000;
const RESERVATIONS_MILLISECONDS = 15_000;

/** What only the manager knows, for one snapshot. */
export interface Context {
  readonly demands: readonly Demand[];
  readonly inFlight: ReadonlySet<string>;
  readonly queued: ReadonlySet<string>;
  readonly returns: ReadonlyMap<number, number>;
  readonly resumed: ReadonlySet<string>;
  readonly suspended: ReadonlySet<string>;
}

/** Makes snapshots: what has to be read, and no more. */
export class Observer {
  readonly #deps: NodeManagerDeps;
  readonly #policy: CapacityPolicy;
  readonly #pools: Pools;
  readonly #menu = new Map<string, readonly Offering[]>();
  #menuReadAt = Number.NEGATIVE_INFINITY;
  #startingSince: ReadonlyMap<string, Date> = new Map();
  #absentSince: ReadonlyMap<string, Date> = new Map();
  #reservations: readonly SlurmReservation[] = [];
  #reservationsReadAt = Number.NEGATIVE_INFINITY;
  readonly #signals = new Map<number, JobSignal | undefined>();

  constructor(deps: NodeManagerDeps, policy: CapacityPolicy, pools: Pools) {
    this.#deps = deps;
    this.#policy = policy;
    this.#pools = pools;
  }

  /**
   * Rejects when Slurm or the cloud does not answer: nothing can be decided without either. What
   * `context` gives is read last, because it only gets newer while the others are asked.
   */
  async observe(
    context: () => Context,
    signal: AbortSignal,
    { withJobs = false }: { readonly withJobs?: boolean } = {},
  ): Promise<Snapshot> {
    const { slurm, machines, store, clock } = this.#deps;
    const [nodes, listed] = await Promise.all([slurm.nodes({ signal }), machines.list({ signal })]);
    const menu = await this.#readMenu(signal);
    const fleet = store.fleet();
    const moving = fleet.status !== "RUNNING" && fleet.status !== "STOPPED";
    const partitions = moving ? await slurm.partitions({ signal }) : undefined;
    await this.#readReservations(signal);
    const now = clock.now();
    this.#startingSince = since(nodes, this.#startingSince, now);
    const compute = listed.filter((machine) => machine.role === "compute");
    const gone = new Set(compute.filter(isGone).map((machine) => machine.token));
    const there = compute.filter((machine) => !isGone(machine));
    this.#absentSince = absences(store.intents(), there, gone, this.#absentSince, now);
    const snapshot = {
      now,
      pools: this.#pools,
      policy: this.#policy,
      menu,
      fleet,
      nodes,
      machines: there,
      gone,
      absentSince: this.#absentSince,
      reservations: this.#reservations,
      partitions,
      jobs: undefined,
      startingSince: this.#startingSince,
    };
    const make = (jobs: Snapshot["jobs"]): Snapshot => ({
      ...snapshot,
      jobs,
      ...context(),
      intents: store.intents(),
      unavailable: store.unavailable(),
      notices: store.notices(),
      health: store.health(),
      peaks: this.#pools.warm.size === 0 ? [] : store.peaks(),
      signals: this.#signals,
      fleet: store.fleet(),
    });
    const first = make(undefined);
    if (!withJobs && !needsJobs(first)) return first;
    const jobs = await slurm.jobs({ signal });
    await this.#readSignals(first.notices, jobs, signal);
    return make(jobs);
  }

  async #readReservations(signal: AbortSignal): Promise<void> {
    const { slurm, clock, log } = this.#deps;
    const now = clock.now().getTime();
    if (now - this.#reservationsReadAt < RESERVATIONS_MILLISECONDS) return;
    try {
      this.#reservations = await slurm.reservations({ signal });
      this.#reservationsReadAt = now;
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ error: messageOf(error) }, "reservations stay as they were last read");
    }
  }

  /** What the jobs on machines that are about to go asked to be sent before their end. */
  async #readSignals(
    notices: readonly Notice[],
    jobs: readonly SlurmJob[],
    signal: AbortSignal,
  ): Promise<void> {
    const nodes = new Set(notices.map((notice) => notice.node));
    const wanted = nodes.size === 0 ? [] : jobs.filter((job) => isOnAny(job, nodes));
    for (const id of this.#signals.keys()) {
      if (!wanted.some((job) => job.id === id)) this.#signals.delete(id);
    }
    const fresh = wanted.filter((job) => !this.#signals.has(job.id));
    await eachOf(fresh, async ({ id }) => {
      try {
        this.#signals.set(id, await this.#deps.slurm.jobSignal(id, { signal }));
      } catch (error) {
        signal.throwIfAborted();
        // Without accounting nobody can tell; the job is requeued without a word then.
        this.#deps.log.warn({ job: id, error: messageOf(error) }, "its --signal is not known");
        this.#signals.set(id, undefined);
      }
    });
  }

  async #readMenu(signal: AbortSignal): Promise<Menu> {
    const { catalogue, clock, log } = this.#deps;
    const now = clock.now().getTime();
    const missing = this.#menu.size < this.#pools.specs.size;
    if (!missing && now - this.#menuReadAt < MENU_MILLISECONDS) return this.#menu;
    this.#menuReadAt = now;
    const read = [...this.#pools.specs.values()].map(async ({ pool }) => {
      try {
        this.#menu.set(poolId(pool), await catalogue.offerings(pool, { signal }));
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ pool: poolId(pool), error: messageOf(error) }, "the last menu stays in use");
      }
    });
    // Nobody waits for prices to be read again while there are machines to be asked for.
    if (missing) {
      await Promise.all(read);
      signal.throwIfAborted();
    }
    return this.#menu;
  }
}

const isGone = (machine: Machine): boolean => machine.state === "gone";

function isOnAny(job: SlurmJob, nodes: ReadonlySet<string>): boolean {
  return holdsNodes(job) && expandHostList(job.nodes).some((name) => nodes.has(name));
}

/** Since when the cloud has said nothing of machines that it accepted: neither there nor gone. */
function absences(
  intents: readonly Intent[],
  there: readonly Machine[],
  gone: ReadonlySet<string>,
  before: ReadonlyMap<string, Date>,
  now: Date,
): ReadonlyMap<string, Date> {
  const listed = new Set(there.map((machine) => machine.token));
  const absent = intents.filter(
    ({ token, state }) => state !== "open" && !listed.has(token) && !gone.has(token),
  );
  return new Map(absent.map(({ token }) => [token, before.get(token) ?? now]));
}

function since(
  nodes: readonly SlurmNode[],
  before: ReadonlyMap<string, Date>,
  now: Date,
): ReadonlyMap<string, Date> {
  const starting = nodes.filter((node) => phaseOf(node) === "starting");
  return new Map(starting.map(({ name }) => [name, before.get(name) ?? now]));
}

/**
 * The queue is read only when it decides something: which jobs a lost or unwanted node belongs to,
 * whether they can go back, or which nodes form a gang when no hook said so.
 */
export function needsJobs(snapshot: Snapshot): boolean {
  const { nodes, intents, machines, pools, now, demands, fleet, policy } = snapshot;
  if (fleet.status === "STOPPING" || fleet.status === "STOP_REQUESTED") return true;
  if (snapshot.notices.length > 0) return true;
  const listed = new Set(
    machines
      .filter(({ state }) => state === "pending" || state === "running")
      .map((machine) => machine.token),
  );
  const held = new Set<string>();
  for (const intent of intents) {
    const spec = pools.places.get(intent.node)?.spec;
    const age = now.getTime() - (intent.acceptedAt ?? intent.createdAt).getTime();
    const isHere = listed.has(intent.token) || intent.state === "open";
    if (intent.state === "condemned" || intent.state === "parked") continue;
    if (intent.state !== "open" && !isHere) {
      const absent = snapshot.absentSince.get(intent.token);
      if (
        absent === undefined ||
        now.getTime() - absent.getTime() >= policy.listGraceSeconds * 1000
      )
        return true;
    }
    if (intent.state !== "registered" && age >= (spec?.bootTimeoutSeconds ?? 0) * 1000) return true;
    held.add(intent.node);
  }
  for (const machine of machines) if (listed.has(machine.token)) held.add(machine.node);
  const short =
    snapshot.unavailable.some((one) => one.until > now) ||
    snapshot.health.some((one) => one.protectedAt !== undefined) ||
    [...snapshot.menu.values()].some((offerings) => offerings.some((one) => one.window));
  const told = new Set(demands.flatMap((demand) => demand.nodes));
  return nodes.some((node) => {
    if (held.has(node.name) || !pools.places.has(node.name)) return false;
    const phase = phaseOf(node);
    if (phase === "starting") return short || !told.has(node.name);
    return phase === "up" || phase === "silent";
  });
}
