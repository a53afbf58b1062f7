import type { Machine, Offering } from "@sluice/cloud";
import type { SlurmJob, SlurmNode } from "@sluice/slurm";
import type { PoolSpec } from "../contract.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import type { Action } from "../plan/action.ts";
import { DEFAULT_POLICY } from "../policy.ts";
import { indexPools, offeringId, poolId } from "../pools.ts";
import type { Intent, Unavailability } from "../store/contract.ts";

/** The moment at which the snapshots of tests are taken. */
export const NOW = new Date("2030-01-01T12:00:00Z");

export const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);

/** @param state as Slurm prints it, for example `IDLE+CLOUD+POWERED_DOWN`. */
export function node(name: string, state: string, more: Partial<SlurmNode> = {}): SlurmNode {
  const [base = "", ...flags] = state.split("+");
  return {
    name,
    state,
    base,
    flags: new Set(flags),
    address: name,
    partitions: [name.split("-")[0] ?? ""],
    reason: undefined,
    reasonUser: undefined,
    bootTime: undefined,
    slurmdStartTime: undefined,
    lastBusyTime: undefined,
    ...more,
  };
}

const keyOf = (name: string) => {
  const [queue = "", , computeResource = ""] = name.split("-");
  return { queue, computeResource };
};
const OFFERING = { instanceType: "small", zone: "z1", market: "on-demand" } as const;

export function intent(name: string, more: Partial<Intent> = {}): Intent {
  const state = more.state ?? "accepted";
  const token = more.token ?? `t-${name}`;
  return {
    token,
    node: name,
    pool: keyOf(name),
    offering: OFFERING,
    state,
    jobId: undefined,
    attempts: 1,
    asks: 0,
    createdAt: ago(10),
    acceptedAt: state === "open" ? undefined : ago(9),
    machineId: state === "open" ? undefined : `m-${token}`,
    listed: state !== "open",
    notBefore: undefined,
    ...more,
  };
}

/** The machine that belongs to `intent(name, { token })`. */
export function machine(name: string, more: Partial<Machine> = {}): Machine {
  const token = more.token ?? `t-${name}`;
  return {
    id: `m-${token}`,
    token,
    role: "compute",
    node: name,
    pool: keyOf(name),
    offering: OFFERING,
    state: "running",
    address: `ip-${token}`,
    launchedAt: ago(9),
    tags: {},
    ...more,
  };
}

export function job(id: number, nodes: string, more: Partial<SlurmJob> = {}): SlurmJob {
  return {
    id,
    label: String(id),
    name: "wrap",
    user: "alice",
    account: "",
    partition: "q1",
    state: "CONFIGURING",
    reason: "None",
    nodes,
    nodeCount: 1,
    isBatch: true,
    canRequeue: true,
    submitTime: undefined,
    eligibleTime: undefined,
    startTime: undefined,
    ...more,
  };
}

/** A quiet snapshot of these pools, except for what is given. */
export function snapshotOf(specs: readonly PoolSpec[], more: Partial<Snapshot> = {}): Snapshot {
  const offering = (instanceType: string): Offering => ({
    ...OFFERING,
    instanceType,
    machineType: {
      name: instanceType,
      arch: "x86_64",
      vcpus: 1,
      threadsPerCore: 1,
      memoryMiB: 1024,
    },
    price: undefined,
  });
  return {
    now: NOW,
    pools: indexPools(specs),
    policy: DEFAULT_POLICY,
    menu: new Map(specs.map((spec) => [poolId(spec.pool), spec.pool.instanceTypes.map(offering)])),
    fleet: { status: "RUNNING", updatedAt: ago(1000) },
    nodes: [],
    machines: [],
    gone: new Set(),
    absentSince: new Map(),
    intents: [],
    unavailable: [],
    notices: [],
    health: [],
    peaks: [],
    signals: new Map(),
    reservations: [],
    demands: [],
    jobs: [],
    partitions: undefined,
    inFlight: new Set(),
    queued: new Set(),
    returns: new Map(),
    resumed: new Set(),
    suspended: new Set(),
    startingSince: new Map(),
    ...more,
  };
}

const isSame = (a: Unavailability, b: Unavailability): boolean =>
  poolId(a.pool) === poolId(b.pool) && offeringId(a.offering) === offeringId(b.offering);

let launches = 0;

/** The snapshot after everything in the plan worked and nothing else happened. */
export function after(snapshot: Snapshot, actions: readonly Action[]): Snapshot {
  const nodes = new Map(snapshot.nodes.map((one) => [one.name, one]));
  const machines = new Map(snapshot.machines.map((one) => [one.id, one]));
  const intents = new Map(snapshot.intents.map((one) => [one.token, one]));
  const inFlight = new Set(snapshot.inFlight);
  let { unavailable, fleet, partitions, jobs, notices, health } = snapshot;
  for (const action of actions) {
    switch (action.kind) {
      case "remember":
        for (const one of action.save) intents.set(one.token, one);
        for (const token of action.drop) intents.delete(token);
        break;
      case "offering-failed":
        unavailable = [...unavailable.filter((one) => !isSame(one, action.item)), action.item];
        break;
      case "ease-offerings":
        unavailable = [
          ...unavailable.filter((one) => !action.save.some((each) => isSame(each, one))),
          ...action.save,
        ];
        break;
      case "update-nodes":
        for (const name of action.nodes) {
          const now = nodes.get(name);
          if (now !== undefined)
            nodes.set(name, updated(now, action.update.state, action.update.reason));
        }
        if (action.update.state === "DOWN") {
          const gone = new Set(action.nodes);
          jobs = jobs?.filter((one) => !gone.has(one.nodes));
        }
        break;
      case "launch":
        for (const item of action.items) {
          const token = item.token ?? `new-${item.node}-${++launches}`;
          intents.set(token, {
            ...intent(item.node, { token, state: "open", createdAt: snapshot.now }),
            ...intents.get(token),
            offering: action.offering,
          });
          inFlight.add(token);
        }
        break;
      case "terminate": {
        const now = machines.get(action.machineId);
        if (now !== undefined) machines.set(now.id, { ...now, state: "stopping" });
        break;
      }
      case "update-partition":
        partitions = partitions?.map((one) =>
          one.name === action.partition ? { ...one, state: action.state } : one,
        );
        break;
      case "fleet-status":
        fleet = { status: action.status, updatedAt: snapshot.now };
        break;
      case "park":
      case "unpark": {
        const now = machines.get(action.machineId);
        const state = action.kind === "park" ? "stopped" : "pending";
        if (now !== undefined) machines.set(now.id, { ...now, state });
        break;
      }
      case "notices": {
        const changed = new Set([...action.drop, ...action.save.map((one) => one.machineId)]);
        notices = [...notices.filter((one) => !changed.has(one.machineId)), ...action.save];
        break;
      }
      case "health":
        health = [
          ...health.filter((one) => poolId(one.pool) !== poolId(action.item.pool)),
          action.item,
        ];
        break;
      case "healthy":
        health = health.filter((one) => poolId(one.pool) !== poolId(action.pool));
        break;
      case "signal-job":
        break;
      case "requeue":
      case "give-back":
        jobs = jobs?.filter((one) => one.id !== action.jobId);
        break;
      default:
        action satisfies never;
    }
  }
  return {
    ...snapshot,
    nodes: [...nodes.values()],
    machines: [...machines.values()],
    intents: [...intents.values()],
    unavailable,
    notices,
    health,
    fleet,
    partitions,
    jobs,
    inFlight,
    resumed: new Set(),
    suspended: new Set(),
  };
}

function updated(now: SlurmNode, state: string | undefined, reason: string | undefined): SlurmNode {
  const flags = [...now.flags];
  const kept = flags.filter((flag) => flag !== "POWERING_UP" && flag !== "POWERED_DOWN").join("+");
  switch (state) {
    case "DOWN":
      return node(now.name, ["DOWN", ...flags].join("+"), { reason: reason ?? now.reason });
    case "RESUME":
      return node(now.name, ["IDLE", ...flags].join("+"));
    case "POWER_UP":
      return node(now.name, [now.base, ...flags, "POWER_UP"].join("+"));
    case "DRAIN":
      return node(now.name, [now.base, ...flags, "DRAIN"].join("+"), {
        reason: reason ?? now.reason,
      });
    case "POWER_DOWN":
      return node(now.name, [now.base, ...flags, "POWER_DOWN"].join("+"), {
        reason: reason ?? now.reason,
      });
    case "POWER_DOWN_FORCE":
      return node(now.name, `${now.base}+${kept}+POWER_DOWN`, { reason: now.reason });
    default:
      throw new Error(`the plan is not expected to ask for ${state}`);
  }
}
