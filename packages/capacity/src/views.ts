import type { Machine } from "@sluice/cloud";
import type {
  ComputeFleet,
  FleetCost,
  NodeView,
  ProtectedComputeResource,
  UnavailableOffering,
} from "@sluice/model";
import type { SlurmNode, SlurmPartition } from "@sluice/slurm";
import type { FleetCensus, Tally } from "./contract.ts";
import { isReady, phaseOf } from "./observe/node-phase.ts";
import type { Snapshot } from "./observe/snapshot.ts";
import type { CapacityPolicy } from "./policy.ts";
import { type Menu, offeringId, type Pools, poolId } from "./pools.ts";
import type { FleetRecord, PoolHealth, Unavailability } from "./store/contract.ts";

/** The cluster's nodes as people see them, in the order of the cluster file. */
export function toNodeViews(
  nodes: readonly SlurmNode[],
  machines: readonly Machine[],
  pools: Pools,
): readonly NodeView[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const byNode = new Map<string, Machine>();
  for (const machine of machines) {
    if (machine.state !== "stopping" || !byNode.has(machine.node))
      byNode.set(machine.node, machine);
  }
  return [...pools.places].flatMap(([name, { spec }]) => {
    const node = byName.get(name);
    if (node === undefined) return [];
    const machine = byNode.get(name);
    return {
      name,
      queue: spec.pool.queue,
      computeResource: spec.pool.computeResource,
      state: node.state,
      reason: node.reason ?? null,
      machineId: machine?.id ?? null,
      address: machine?.address ?? null,
    };
  });
}

/** What is known of a fleet when somebody asks. */
export interface FleetFacts {
  readonly now: Date;
  readonly pools: Pools;
  readonly policy: CapacityPolicy;
  readonly menu: Menu;
  readonly fleet: FleetRecord;
  readonly partitions: readonly SlurmPartition[];
  readonly nodes: readonly SlurmNode[];
  readonly machines: readonly Machine[];
  readonly unavailable: readonly Unavailability[];
  readonly health: readonly PoolHealth[];
}

export function toFleetView(facts: FleetFacts): ComputeFleet {
  const { now, pools, policy, fleet, partitions, nodes, unavailable, health } = facts;
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const counts = new Map(pools.queues.map((name) => [name, { total: 0, up: 0, starting: 0 }]));
  for (const [name, { spec }] of pools.places) {
    const count = counts.get(spec.pool.queue);
    const node = byName.get(name);
    if (count === undefined || node === undefined) continue;
    count.total += 1;
    if (isReady(node)) count.up += 1;
    else if (phaseOf(node) === "starting") count.starting += 1;
  }
  const shut = health.filter((one) => one.protectedAt !== undefined);
  return {
    status: fleet.status === "RUNNING" && shut.length > 0 ? "PROTECTED" : fleet.status,
    lastStatusUpdatedTime: fleet.updatedAt.toISOString(),
    queues: [...counts].map(([name, count]) => ({
      name,
      state: partitions.find((partition) => partition.name === name)?.state ?? "UNKNOWN",
      nodes: count,
    })),
    unavailable: unavailable
      .filter((one) => one.until > now)
      .map((one) => toUnavailableOffering(one, policy)),
    protected: shut.map(toProtected),
    cost: toCost(facts.machines, facts.menu),
  };
}

export function toCensus(snapshot: Snapshot | undefined): FleetCensus {
  if (snapshot === undefined) {
    const cost = { usdPerHour: 0, unpriced: 0 };
    return { machines: [], nodes: [], unavailable: [], protectedPools: 0, cost };
  }
  const { machines, nodes, pools, unavailable, health, menu, now } = snapshot;
  const places = nodes.flatMap((node) => {
    const place = pools.places.get(node.name);
    return place === undefined
      ? []
      : [{ phase: phaseOf(node) as string, queue: place.spec.pool.queue }];
  });
  return {
    machines: tally(machines.map(({ state, offering: { market } }) => ({ state, market }))),
    nodes: tally(places),
    unavailable: tally(
      unavailable.filter((one) => one.until > now).map(({ cause }) => ({ cause })),
    ),
    protectedPools: health.filter((one) => one.protectedAt !== undefined).length,
    cost: toCost(machines, menu),
  };
}

function tally<Label extends string>(
  all: readonly Readonly<Record<Label, string>>[],
): readonly Tally<Label>[] {
  const counts = new Map<string, { labels: Readonly<Record<Label, string>>; count: number }>();
  for (const labels of all) {
    const id = JSON.stringify(labels);
    const found = counts.get(id) ?? { labels, count: 0 };
    found.count += 1;
    counts.set(id, found);
  }
  return [...counts.values()];
}

/** Machines that are accepted and do not run yet are not paid for. */
export function toCost(machines: readonly Machine[], menu: Menu): FleetCost {
  const priceById = new Map(
    [...menu].flatMap(([id, rows]) =>
      rows.map((row) => [`${id} ${offeringId(row)}`, row.price] as const),
    ),
  );
  const prices = machines
    .filter((machine) => machine.state === "running")
    .map(({ pool, offering }) =>
      priceById.get(`${pool === undefined ? "" : poolId(pool)} ${offeringId(offering)}`),
    );
  const known = prices.filter((price) => price !== undefined);
  // Prices have at most six decimals; a sum of floats has more.
  const usdPerHour = Number(known.reduce((sum, price) => sum + price, 0).toFixed(6));
  return { usdPerHour, unpriced: prices.length - known.length };
}

/** By the menu of its pool. */
export function priceOf({ pool, offering }: Machine, menu: Menu): number | undefined {
  const id = offeringId(offering);
  const rows = pool === undefined ? [] : (menu.get(poolId(pool)) ?? []);
  return rows.find((row) => offeringId(row) === id)?.price;
}

function toProtected(health: PoolHealth): ProtectedComputeResource {
  const { pool, failures, protectedAt, probeAt, last } = health;
  return {
    queue: pool.queue,
    computeResource: pool.computeResource,
    failures,
    since: protectedAt?.toISOString() ?? "",
    nextProbe: probeAt?.toISOString() ?? null,
    reason: last?.reason ?? null,
    node: last?.node ?? null,
    machineId: last?.machineId ?? null,
    console: last?.console?.split("\n").filter((line) => line !== "") ?? [],
  };
}

function toUnavailableOffering(
  { pool, offering, cause, reason, failures, until }: Unavailability,
  policy: CapacityPolicy,
): UnavailableOffering {
  const { queue, computeResource } = pool;
  const [first, longest] =
    cause === "quota"
      ? [policy.quotaSeconds, policy.quotaMaxSeconds]
      : [policy.unavailableSeconds, policy.unavailableMaxSeconds];
  const held = Math.min(first * 2 ** (failures - 1), longest);
  const since = new Date(until.getTime() - held * 1000);
  return {
    queue,
    computeResource,
    ...offering,
    cause,
    reason,
    since: since.toISOString(),
    until: until.toISOString(),
  };
}
