import type { Change } from "@sluice/model";
import { expandHostList, type SlurmJob } from "@sluice/slurm";
import type { UpdateRecord } from "../../cluster-state.ts";
import type { Look } from "./look.ts";
import {
  type HowOff,
  heldNodes,
  machinesLeft,
  type NodeAct,
  nodeActs,
  offNodes,
  releaseActs,
} from "./nodes.ts";

export type Act =
  | { readonly kind: "queue"; readonly queue: string; readonly state: "DRAIN" | "UP" | "INACTIVE" }
  | { readonly kind: "stop-fleet" }
  | { readonly kind: "start-fleet" }
  | { readonly kind: "terminate"; readonly machineIds: readonly string[] }
  /** Lifts the delay of a job that was sent back to the queue. */
  | { readonly kind: "eligible"; readonly jobId: number }
  | NodeAct;

export interface Step {
  /** To be written down before the acts. */
  readonly record: UpdateRecord;
  /** To be done now, in this order; none does harm when it is done twice. */
  readonly acts: readonly Act[];
  /** Paths of the changes that may be applied when nothing of `acts` is about them. */
  readonly ready: ReadonlySet<string>;
  /** What the others wait for, for people. */
  readonly waits: readonly string[];
  /** Nothing is left to be changed, nor to be waited for but what `acts` asks. */
  readonly isOver: boolean;
}

/**
 * What an update does next, from what it sees alone:
 *
 * - A queue that goes takes no new jobs, and keeps its nodes until the last job that it has is over:
 *   a job that was taken is never lost, whatever the strategy says.
 * - Nodes that change are switched off, and held until their change is applied.
 * - A fleet that has to stop is stopped when nothing else can be done before; stopped, everything
 *   that is left can be applied. It is started again when nothing is left.
 * - What was done for a change that is not wanted any more is undone.
 */
export function nextStep(look: Look): Step {
  const { changes } = look.plan;
  const jobs = jobsByQueue(look.jobs);
  const leaving = changes.flatMap(({ removedQueue }) => removedQueue ?? []);
  const crowded = leaving.filter((queue) => jobs.has(queue));
  const isBlocked = ({ removedQueue }: Change): boolean =>
    removedQueue !== undefined && jobs.has(removedQueue);
  const isStopWanted = changes.some(({ effect }) => effect === "fleet-stop");
  // A fleet that is about to stop switches its nodes off by itself.
  const open = changes.filter(
    (change) => !isBlocked(change) && (!isStopWanted || change.effect === "live"),
  );
  const off = nodesOff(open);
  const isOff = offNodes(look);
  const ready = open.filter(({ nodes }) => nodes.every(isOff)).map(({ path }) => path);
  const isStopDue = isStopWanted && ready.length === 0 && crowded.length === 0 && !isStopping(look);
  const isStartDue = changes.length === 0 && look.record.fleetStopped && isStopping(look);
  const isStarting = changes.length === 0 && look.record.fleetStopped && !isRunning(look);
  const machineIds = machinesLeft(look, off);
  const waiting = waitingJobs(look);
  const acts: readonly Act[] = [
    ...queueActs(look, leaving),
    ...nodeActs(look, off),
    ...releaseActs(look, off),
    ...(machineIds.length > 0 ? [{ kind: "terminate", machineIds } as const] : []),
    ...waiting.now.map((jobId) => ({ kind: "eligible", jobId }) as const),
    ...(isStopDue ? [{ kind: "stop-fleet" } as const] : []),
    ...(isStartDue ? [{ kind: "start-fleet" } as const] : []),
  ];
  return {
    record: {
      ...look.record,
      fleetStopped: look.record.fleetStopped || isStopDue,
      drainedQueues: drainedQueues(look, leaving),
      heldNodes: heldNodes(look, off),
      requeuedJobs: [...waiting.later, ...forcedJobs(look, off)],
    },
    acts,
    ready: new Set(ready),
    waits: [
      ...crowded.map((queue) => crowdedQueue(queue, jobs.get(queue) ?? [], look)),
      ...nodesWait(
        [...off.keys()].filter((node) => !isOff(node)),
        look,
      ),
      ...(isStopWanted && crowded.length === 0 ? ["the compute fleet to stop"] : []),
      ...(isStarting ? ["the compute fleet to start"] : []),
    ],
    isOver: changes.length === 0 && !isStarting,
  };
}

/** Gently where one change wants it so: the jobs of a node are not to be asked twice. */
function nodesOff(changes: readonly Change[]): ReadonlyMap<string, HowOff> {
  const off = new Map<string, HowOff>();
  for (const { nodes, effect } of changes) {
    for (const node of nodes) {
      if (effect === "drain") off.set(node, "gently");
      else if (!off.has(node)) off.set(node, "by-force");
    }
  }
  return off;
}

/** A job may name several queues; it is counted in each. */
function jobsByQueue(jobs: readonly SlurmJob[]): ReadonlyMap<string, readonly SlurmJob[]> {
  const byQueue = new Map<string, SlurmJob[]>();
  for (const job of jobs) {
    for (const queue of job.partition.split(",")) {
      const known = byQueue.get(queue);
      if (known === undefined) byQueue.set(queue, [job]);
      else known.push(job);
    }
  }
  return byQueue;
}

function isStopping({ fleet }: Look): boolean {
  return fleet === "STOP_REQUESTED" || fleet === "STOPPING" || fleet === "STOPPED";
}

/** While the fleet stops or starts, the node manager has the queues. */
function isRunning({ fleet }: Look): boolean {
  return fleet === "RUNNING" || fleet === "PROTECTED";
}

function queueActs(look: Look, leaving: readonly string[]): readonly Act[] {
  const { partitions, record } = look;
  return partitions.flatMap(({ name, state }): Act[] => {
    if (leaving.includes(name)) {
      const isOpen = state === "UP" && isRunning(look);
      return isOpen ? [{ kind: "queue", queue: name, state: "DRAIN" }] : [];
    }
    if (!record.drainedQueues.includes(name) || state !== "DRAIN") return [];
    return [{ kind: "queue", queue: name, state: isStopping(look) ? "INACTIVE" : "UP" }];
  });
}

/** Those that the update closed, or is about to; a person's DRAIN is the person's. */
function drainedQueues({ partitions, record }: Look, leaving: readonly string[]) {
  return partitions
    .filter(({ name, state }) =>
      record.drainedQueues.includes(name)
        ? state === "DRAIN" || leaving.includes(name)
        : state === "UP" && leaving.includes(name),
    )
    .map(({ name }) => name);
}

/** Jobs on nodes that are about to be switched off by force. */
function forcedJobs(
  { jobs }: Pick<Look, "jobs">,
  off: ReadonlyMap<string, HowOff>,
): readonly number[] {
  if (![...off.values()].includes("by-force")) return [];
  return jobs
    .filter(
      ({ nodes, canRequeue, state }) =>
        canRequeue &&
        state !== "PENDING" &&
        expandHostList(nodes).some((node) => off.get(node) === "by-force"),
    )
    .map(({ id }) => id);
}

/** Of the jobs that were sent back, those that Slurm lets wait now, and those not back yet. */
function waitingJobs({ jobs, record }: Look): {
  readonly now: readonly number[];
  readonly later: readonly number[];
} {
  const sent = new Set(record.requeuedJobs);
  const theirs = jobs.filter(({ id }) => sent.has(id));
  return {
    now: theirs
      .filter(({ state, reason }) => state === "PENDING" && reason === "BeginTime")
      .map(({ id }) => id),
    later: theirs.filter(({ state }) => state === "COMPLETING").map(({ id }) => id),
  };
}

/** How many jobs, or nodes, are named. */
const NAMED = 6;

function named(names: readonly string[]): string {
  const more = names.length - NAMED;
  return [...names.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function crowdedQueue(queue: string, jobs: readonly SlurmJob[], look: Look): string {
  const labels = named(jobs.map(({ label }) => label));
  const stopped = isStopping(look) ? ", which can't run while the compute fleet is stopped" : "";
  return `the jobs of queue ${queue}, which takes no new ones: ${labels}${stopped}`;
}

function nodesWait(left: readonly string[], { jobs }: Look): readonly string[] {
  if (left.length === 0) return [];
  const names = new Set(left);
  const running = jobs.filter(
    ({ nodes, state }) =>
      state !== "PENDING" && expandHostList(nodes).some((node) => names.has(node)),
  );
  const what = left.length === 1 ? `node ${left[0]}` : `${left.length} nodes`;
  const why =
    running.length === 0 ? "" : `; on them: job ${named(running.map(({ label }) => label))}`;
  return [`${what} to be switched off${why}`];
}
