import type { Market } from "@sluice/cloud";
import type { FleetEvent } from "@sluice/model";
import type {
  DemandPeak,
  Intent,
  IntentState,
  Notice,
  PoolHealth,
  Unavailability,
} from "./contract.ts";

/** What `node:sqlite` hands back and takes. Times are milliseconds since the epoch. */
export type Row = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const int = (value: unknown): number => (typeof value === "number" ? value : 0);
const optional = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
  value === null || value === undefined ? undefined : read(value);
const date = (value: unknown): Date => new Date(int(value));

export function toIntent(row: Row): Intent {
  return {
    token: text(row.token),
    node: text(row.node),
    pool: { queue: text(row.queue), computeResource: text(row.compute_resource) },
    offering: {
      instanceType: text(row.instance_type),
      zone: text(row.zone),
      market: text(row.market) as Market,
    },
    state: text(row.state) as IntentState,
    jobId: optional(row.job_id, int),
    attempts: int(row.attempts),
    asks: int(row.asks),
    createdAt: date(row.created_at),
    acceptedAt: optional(row.accepted_at, date),
    machineId: optional(row.machine_id, text),
    listed: row.listed === 1,
    notBefore: optional(row.not_before, date),
  };
}

/** In the order of the columns of `intents`. */
export function intentValues(intent: Intent): (string | number | null)[] {
  return [
    intent.token,
    intent.node,
    intent.pool.queue,
    intent.pool.computeResource,
    intent.offering.instanceType,
    intent.offering.zone,
    intent.offering.market,
    intent.state,
    intent.jobId ?? null,
    intent.attempts,
    intent.asks,
    intent.createdAt.getTime(),
    intent.acceptedAt?.getTime() ?? null,
    intent.machineId ?? null,
    intent.listed ? 1 : 0,
    intent.notBefore?.getTime() ?? null,
  ];
}

export function toUnavailability(row: Row): Unavailability {
  return {
    pool: { queue: text(row.queue), computeResource: text(row.compute_resource) },
    offering: {
      instanceType: text(row.instance_type),
      zone: text(row.zone),
      market: text(row.market) as Market,
    },
    cause: text(row.cause) as Unavailability["cause"],
    reason: text(row.reason),
    size: int(row.size),
    failures: int(row.failures),
    until: date(row.until),
  };
}

/** Lists within a row are JSON with their times in milliseconds. */
export function toNotice(row: Row): Notice {
  const signalled = JSON.parse(text(row.signalled)) as { jobId: number; until: number }[];
  return {
    machineId: text(row.machine_id),
    node: text(row.node),
    kind: text(row.kind) as Notice["kind"],
    deadline: optional(row.deadline, date),
    noticedAt: date(row.noticed_at),
    signalled: signalled.map(({ jobId, until }) => ({ jobId, until: date(until) })),
  };
}

/** In the order of the columns of `notices`. */
export function noticeValues(notice: Notice): (string | number | null)[] {
  return [
    notice.machineId,
    notice.node,
    notice.kind,
    notice.deadline?.getTime() ?? null,
    notice.noticedAt.getTime(),
    JSON.stringify(notice.signalled.map(({ jobId, until }) => ({ jobId, until: until.getTime() }))),
  ];
}

export function toHealth(row: Row): PoolHealth {
  type Last = NonNullable<PoolHealth["last"]>;
  const last = optional(
    row.last,
    (value) => JSON.parse(text(value)) as Omit<Last, "at"> & { at: number },
  );
  return {
    pool: { queue: text(row.queue), computeResource: text(row.compute_resource) },
    failures: int(row.failures),
    protectedAt: optional(row.protected_at, date),
    probeAt: optional(row.probe_at, date),
    probes: int(row.probes),
    last:
      last === undefined
        ? undefined
        : {
            node: last.node,
            machineId: last.machineId,
            at: date(last.at),
            reason: last.reason,
            console: last.console,
          },
  };
}

/** In the order of the columns of `pool_health`. */
export function healthValues(item: PoolHealth): (string | number | null)[] {
  const { last } = item;
  return [
    item.pool.queue,
    item.pool.computeResource,
    item.failures,
    item.protectedAt?.getTime() ?? null,
    item.probeAt?.getTime() ?? null,
    item.probes,
    last === undefined ? null : JSON.stringify({ ...last, at: last.at.getTime() }),
  ];
}

export function toPeak(row: Row): DemandPeak {
  return { queue: text(row.queue), minute: date(row.minute), nodes: int(row.nodes) };
}

/** The columns that name an offering of a pool, in the order of the primary key. */
export function offeringValues(item: Pick<Unavailability, "pool" | "offering">): string[] {
  return [
    item.pool.queue,
    item.pool.computeResource,
    item.offering.instanceType,
    item.offering.zone,
    item.offering.market,
  ];
}

export function toEvent(row: Row): FleetEvent & { readonly id: number } {
  return {
    id: int(row.id),
    time: text(row.time),
    kind: text(row.kind),
    message: text(row.message),
    ...(row.node === null ? {} : { node: text(row.node) }),
    ...(row.job === null ? {} : { job: text(row.job) }),
    ...(row.machine_id === null ? {} : { machineId: text(row.machine_id) }),
  };
}
