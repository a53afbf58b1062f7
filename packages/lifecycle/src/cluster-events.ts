import { isInService, type Progress } from "@sluice/cloud";
import { type Clock, type FleetEvent, isSluiceError } from "@sluice/model";
import { headControl } from "./head-control.ts";
import { type ClusterOperation, requireCluster } from "./operation.ts";

/** The head holds a call for news so long; it is then asked again. */
const WAIT_SECONDS = 20;
/** Between two looks at a head that does not answer, or that answers at once. */
const PAUSE_SECONDS = 1;
/** The cluster's own steps are rare, and asking a cloud for them costs calls. */
const CLUSTER_SECONDS = 10;

export interface ClusterEvent {
  readonly time: string;
  /** Who saw it: the cloud's long-lived things, or the node manager on the head. */
  readonly source: "cluster" | "fleet";
  /** The resource of a cluster event, the kind of a fleet event. */
  readonly kind: string;
  readonly status?: Progress["status"];
  readonly node?: string;
  readonly job?: string;
  readonly machineId?: string;
  readonly message: string;
}

export interface ClusterEvents {
  readonly events: readonly ClusterEvent[];
  /** Why the node manager's events are missing, when they are. */
  readonly incomplete?: string;
}

/** Which events; without any of them, all. */
export interface EventFilter {
  readonly node?: string;
  /** Slurm's number of the job. */
  readonly job?: string;
  readonly since?: Date;
}

/**
 * Everything that happened to a cluster, oldest first. A head that does not answer leaves its own
 * events out and says so in `incomplete`.
 *
 * Errors: `CLUSTER_NOT_FOUND`.
 */
export async function clusterEvents(
  operation: ClusterOperation & EventFilter,
): Promise<ClusterEvents> {
  const { events, incomplete } = await look(operation);
  return { events, ...(incomplete === undefined ? {} : { incomplete }) };
}

/**
 * The same, and then each event as it happens, until `signal` fires or the cluster is gone. What
 * the head does not answer for is asked again when it does: nothing is missed or shown twice.
 *
 * Errors: `CLUSTER_NOT_FOUND`, before the first event.
 */
export async function* followClusterEvents(
  operation: ClusterOperation &
    EventFilter & { readonly clock: Clock; readonly signal: AbortSignal },
): AsyncGenerator<ClusterEvent> {
  const { cloud, name, clock, signal } = operation;
  const first = await look(operation);
  yield* first.events;
  let { last, steps } = first;
  let stepsReadAt = clock.now().getTime();
  const control = headControl(cloud.shell, name, { signal });
  while (!signal.aborted) {
    const began = clock.now().getTime();
    try {
      if (began - stepsReadAt >= CLUSTER_SECONDS * 1000) {
        stepsReadAt = began;
        if ((await cloud.infrastructure.describe(name)) === undefined) return;
        const all = await cloud.infrastructure.events(name);
        yield* all.slice(steps).map(fromProgress).filter(eventMatcher(operation));
        steps = Math.max(steps, all.length);
      }
      const answer = await control.events(last, { waitSeconds: WAIT_SECONDS });
      last = answer.last;
      yield* answer.events.map(fromFleet).filter(eventMatcher(operation));
    } catch (error) {
      if (!isSluiceError(error) && !signal.aborted) throw error;
    }
    const rest = PAUSE_SECONDS * 1000 - (clock.now().getTime() - began);
    if (rest > 0) await clock.sleep(rest, signal);
  }
}

interface Look extends ClusterEvents {
  /** Of the head's events. */
  readonly last: number;
  /** How many of the cluster's own there are. */
  readonly steps: number;
}

async function look(operation: ClusterOperation & EventFilter): Promise<Look> {
  const { cloud, name, signal } = operation;
  const record = await requireCluster(cloud, name);
  const all = await cloud.infrastructure.events(name);
  const cluster = all.map(fromProgress).filter(eventMatcher(operation));
  const alone = { events: cluster, steps: all.length, last: 0 };
  if (!isInService(record.status)) {
    return { ...alone, incomplete: `the head node is off (${record.status})` };
  }
  try {
    const control = headControl(cloud.shell, name, signal === undefined ? {} : { signal });
    const { events, last } = await control.events();
    const fleet = events.map(fromFleet).filter(eventMatcher(operation));
    return { events: [...cluster, ...fleet].sort(byTime), steps: all.length, last };
  } catch (error) {
    if (!isSluiceError(error) || error.source === "user") throw error;
    return { ...alone, incomplete: error.message };
  }
}

/** Whether an event is one of those that are wanted. */
export function eventMatcher({ node, job, since }: EventFilter): (event: ClusterEvent) => boolean {
  return (event) =>
    (node === undefined || event.node === node) &&
    (job === undefined || event.job === job) &&
    (since === undefined || Date.parse(event.time) >= since.getTime());
}

function fromProgress({ time, resource, status, message }: Progress): ClusterEvent {
  return { time: time.toISOString(), source: "cluster", kind: resource, status, message };
}

function fromFleet(event: FleetEvent): ClusterEvent {
  return { ...event, source: "fleet" };
}

function byTime(a: ClusterEvent, b: ClusterEvent): number {
  return Date.parse(a.time) - Date.parse(b.time);
}
