import type { Offering } from "@sluice/cloud";
import { messageOf } from "@sluice/model";
import type { SlurmNode } from "@sluice/slurm";
import type { NodeManagerDeps } from "../contract.ts";
import type { CapacityPolicy } from "../policy.ts";
import { type Menu, type Pools, poolId } from "../pools.ts";
import { phaseOf } from "./node-phase.ts";
import type { Demand, Snapshot } from "./snapshot.ts";

const MENU_MILLISECONDS = 60_000;

/** What only the manager knows, for one snapshot. */
export interface Context {
  readonly demands: readonly Demand[];
  readonly inFlight: ReadonlySet<string>;
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

  constructor(deps: NodeManagerDeps, policy: CapacityPolicy, pools: Pools) {
    this.#deps = deps;
    this.#policy = policy;
    this.#pools = pools;
  }

  /**
   * Rejects when Slurm or the cloud does not answer: nothing can be decided without either. What
   * `context` gives is read last, because it only gets newer while the others are asked.
   */
  async observe(context: () => Context, signal: AbortSignal): Promise<Snapshot> {
    const { slurm, machines, store, clock } = this.#deps;
    const [nodes, listed] = await Promise.all([slurm.nodes({ signal }), machines.list({ signal })]);
    const menu = await this.#readMenu(signal);
    const fleet = store.fleet();
    const moving = fleet.status !== "RUNNING" && fleet.status !== "STOPPED";
    const partitions = moving ? await slurm.partitions({ signal }) : undefined;
    const now = clock.now();
    this.#startingSince = since(nodes, this.#startingSince, now);
    const snapshot = {
      now,
      pools: this.#pools,
      policy: this.#policy,
      menu,
      fleet,
      nodes,
      machines: listed.filter((machine) => machine.role === "compute"),
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
      fleet: store.fleet(),
    });
    const first = make(undefined);
    return needsJobs(first) ? make(await slurm.jobs({ signal })) : first;
  }

  async #readMenu(signal: AbortSignal): Promise<Menu> {
    const { catalogue, clock, log } = this.#deps;
    const now = clock.now().getTime();
    const missing = this.#menu.size < this.#pools.specs.size;
    if (!missing && now - this.#menuReadAt < MENU_MILLISECONDS) return this.#menu;
    this.#menuReadAt = now;
    for (const { pool } of this.#pools.specs.values()) {
      try {
        this.#menu.set(poolId(pool), await catalogue.offerings(pool, { signal }));
      } catch (error) {
        signal.throwIfAborted();
        log.warn({ pool: poolId(pool), error: messageOf(error) }, "the last menu stays in use");
      }
    }
    return this.#menu;
  }
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
  const listed = new Set(
    machines.filter((machine) => machine.state !== "stopping").map((machine) => machine.token),
  );
  const held = new Set<string>();
  for (const intent of intents) {
    const spec = pools.places.get(intent.node)?.spec;
    const age = now.getTime() - (intent.acceptedAt ?? intent.createdAt).getTime();
    const isHere = listed.has(intent.token) || intent.state === "open";
    if (intent.state === "condemned") continue;
    if (intent.state !== "open" && !isHere) {
      if (intent.listed || age >= policy.listGraceSeconds * 1000) return true;
    }
    if (intent.state !== "registered" && age >= (spec?.bootTimeoutSeconds ?? 0) * 1000) return true;
    held.add(intent.node);
  }
  for (const machine of machines) if (listed.has(machine.token)) held.add(machine.node);
  const short = snapshot.unavailable.some((one) => one.until > now);
  const told = new Set(demands.flatMap((demand) => demand.nodes));
  return nodes.some((node) => {
    if (held.has(node.name) || !pools.places.has(node.name)) return false;
    const phase = phaseOf(node);
    if (phase === "starting") return short || !told.has(node.name);
    return phase === "up" || phase === "silent";
  });
}
