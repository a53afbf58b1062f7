import { type Explanation, type NextStep, SluiceError } from "@sluice/model";
import { expandHostList, type SlurmJob } from "@sluice/slurm";
import type { PoolSpec } from "../contract.ts";
import { isReady, phaseOf } from "../observe/node-phase.ts";
import { holdsNodes } from "../plan/jobs.ts";
import { goesAt } from "../plan/notice.ts";
import { poolId } from "../pools.ts";
import { explanationOf, type Facts } from "./facts.ts";
import { isOfPool, poolsOfNodes, poolsOfPartitions } from "./node.ts";
import { findingsOfPool } from "./pool.ts";
import { slurmReason } from "./slurm-reasons.ts";
import { stepsOf } from "./steps.ts";
import { triedOfferings, usualBootSeconds } from "./tried.ts";
import { clockTime, count, some, span } from "./words.ts";

const NO_REQUEUE = "it can't be given back to the queue (it is no batch job, or has --no-requeue)";
const GIVEN_BACK: ReadonlySet<string> = new Set(["job-returned", "job-requeued"]);

/**
 * @param name as users write it: `12`, or `12_3` for a task of an array.
 * @param over the job, when Slurm remembers it but it is not in the queue any more.
 *
 * Errors: `JOB_NOT_FOUND`.
 */
export function explainJob(name: string, facts: Facts, over?: SlurmJob): Explanation {
  const job = jobNamed(facts.snapshot.jobs ?? [], name) ?? over;
  if (job === undefined) {
    throw new SluiceError("JOB_NOT_FOUND", "user", `there is no job ${name}`, {
      hint: "see which there are with: sluice run -n NAME -- squeue; what is over is in sacct",
    });
  }
  const nodes = new Set(holdsNodes(job) ? expandHostList(job.nodes) : []);
  const scope = { nodes, jobIds: new Set([job.id]) };
  const isWaiting = job.state === "PENDING" || job.state === "CONFIGURING";
  const specs =
    nodes.size > 0 ? poolsOfNodes(facts, nodes) : poolsOfPartitions(facts, job.partition);
  const pools = isWaiting
    ? specs.map((spec) => findingsOfPool(facts, spec, sizeIn(facts, spec, job, nodes)))
    : [];
  const ids = new Set(specs.map((spec) => poolId(spec.pool)));
  const since = job.submitTime?.toISOString() ?? "";
  return explanationOf(facts, {
    subject: { kind: "job", name: job.label, jobId: job.id },
    state: `job ${job.label} ${stateOf(facts, job, nodes)}`,
    why: [
      ...fleetOf(facts, isWaiting),
      ...(job.state === "PENDING" ? [slurmReason(job.reason)] : []),
      ...nodesOf(facts, job, nodes),
      ...returnsOf(facts, job),
      ...pools.flatMap((pool) => pool.why),
    ],
    tried: triedOfferings(facts.events, (event) => {
      if (event.job !== undefined) return event.job === String(job.id);
      const isSince = isWaiting && event.time >= since;
      if (event.node !== undefined && nodes.has(event.node)) return isSince;
      return isSince && [...ids].some((id) => isOfPool(event.message, id));
    }),
    left: pools.flatMap((pool) => pool.left),
    next: [
      ...stepsOf(facts, scope),
      ...ownNext(facts, job, nodes),
      ...pools.flatMap((pool) => pool.next),
    ],
  });
}

/** How many machines the job wants of a pool at once. */
function sizeIn(
  { snapshot }: Facts,
  spec: PoolSpec,
  { nodeCount }: SlurmJob,
  nodes: ReadonlySet<string>,
): number {
  if (nodes.size === 0) return Math.max(1, nodeCount);
  const id = poolId(spec.pool);
  return [...nodes].filter((name) => snapshot.pools.places.get(name)?.poolId === id).length;
}

/** The job, the task, or of a whole array the part that still waits. */
export function jobNamed(jobs: readonly SlurmJob[], name: string): SlurmJob | undefined {
  const exact = jobs.find((job) => job.label === name);
  if (exact !== undefined) return exact;
  const [array = "", task] = name.split("_");
  const mine = jobs.filter((job) => job.label.startsWith(`${array}_`));
  if (task !== undefined) return mine.find((job) => hasTask(job.label, Number(task)));
  const byNumber = jobs.find((job) => String(job.id) === name);
  return mine.find((job) => job.state === "PENDING") ?? byNumber ?? mine[0];
}

/** `12_[3-5,9%2]` has the tasks 3, 4, 5 and 9; a step (`0-9:3`) leaves some out. */
function hasTask(label: string, task: number): boolean {
  const list = /\[([^\]%]*)/.exec(label)?.[1] ?? "";
  return list.split(",").some((part) => {
    const match = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(part);
    if (match === null) return false;
    const [first, last, step] = [
      Number(match[1]),
      Number(match[2] ?? match[1]),
      Number(match[3] ?? 1),
    ];
    return task >= first && task <= last && (task - first) % step === 0;
  });
}

function stateOf({ snapshot }: Facts, job: SlurmJob, nodes: ReadonlySet<string>): string {
  const { now } = snapshot;
  const where = some([...nodes]);
  switch (job.state) {
    case "PENDING":
      return `waits in the queue of ${job.partition}`;
    case "CONFIGURING": {
      const ready = readyOf(snapshot.nodes, nodes);
      if (nodes.size > 0 && ready === nodes.size) return `is about to start on ${where}`;
      return `has its nodes (${where}) and waits for them: ${ready} of ${nodes.size} are up`;
    }
    case "RUNNING":
      return job.startTime === undefined
        ? `runs on ${where}`
        : `runs on ${where} since ${clockTime(job.startTime, now)}`;
    case "SUSPENDED":
      return `is suspended on ${where}`;
    case "COMPLETING":
      return "has ended, and its nodes are being cleaned up";
    case "REQUEUED":
      return "is on its way back to the queue";
    default:
      return `is over: ${job.state}`;
  }
}

function readyOf(all: Facts["snapshot"]["nodes"], nodes: ReadonlySet<string>): number {
  return all.filter((node) => nodes.has(node.name) && isReady(node)).length;
}

function fleetOf({ snapshot }: Facts, isWaiting: boolean): readonly string[] {
  const { status, updatedAt } = snapshot.fleet;
  if (!isWaiting || status === "RUNNING") return [];
  return [`the compute fleet is ${status} since ${clockTime(updatedAt, snapshot.now)}`];
}

/** What its nodes are waiting for, and how long that usually takes. */
function nodesOf(facts: Facts, job: SlurmJob, nodes: ReadonlySet<string>): readonly string[] {
  if (job.state !== "CONFIGURING") return [];
  const { snapshot, events } = facts;
  const { now, intents, pools, startingSince } = snapshot;
  const waiting = snapshot.nodes.filter((node) => nodes.has(node.name) && !isReady(node));
  if (waiting.length === 0) return [];
  const names = new Set(waiting.map((node) => node.name));
  const mine = intents.filter((intent) => names.has(intent.node) && intent.state !== "condemned");
  const booting = mine.filter((intent) => intent.state === "accepted");
  const asked = mine.filter((intent) => intent.state === "open");
  const without = waiting.filter(({ name }) => !mine.some((intent) => intent.node === name));
  const since = waiting
    .flatMap(({ name }) => startingSince.get(name) ?? [])
    .toSorted((a, b) => a.getTime() - b.getTime())[0];
  const why: string[] = [];
  const list = some(waiting.map(({ name }) => name));
  const when = since === undefined ? "" : ` since ${clockTime(since, now)}`;
  why.push(`it waits${when} for ${list}`);
  if (booting.length > 0) {
    const verb = booting.length === 1 ? "boots" : "boot";
    const ids = new Set(booting.map((intent) => poolId(intent.pool)));
    const usual = usualBootSeconds(events, (name) => ids.has(pools.places.get(name)?.poolId ?? ""));
    const usually = usual === undefined ? "" : `; that usually takes ${span(usual)}`;
    why.push(`${count(booting.length, "machine")} ${verb}${usually}`);
  }
  if (asked.length > 0)
    why.push(`${count(asked.length, "machine")} asked for and not answered yet`);
  const off = without.filter((node) => phaseOf(node) === "off");
  if (off.length > 0)
    why.push("Slurm has not asked for its nodes yet, and does so within a second");
  if (without.length > off.length)
    why.push(`${count(without.length - off.length, "node")} without a machine`);
  if (!job.canRequeue && without.length > 0) why.push(NO_REQUEUE);
  return why;
}

function returnsOf({ events, snapshot }: Facts, job: SlurmJob): readonly string[] {
  const mine = events.filter(({ kind, job: id }) => GIVEN_BACK.has(kind) && id === String(job.id));
  const last = mine.at(-1);
  if (last === undefined) return [];
  const often = mine.length === 1 ? "once" : `${mine.length} times`;
  const when = clockTime(new Date(last.time), snapshot.now);
  return [`it was given back to the queue ${often}, last at ${when}: ${last.message}`];
}

function ownNext(
  { snapshot }: Facts,
  job: SlurmJob,
  nodes: ReadonlySet<string>,
): readonly NextStep[] {
  const { now, fleet } = snapshot;
  const isStopped = fleet.status === "STOPPED" || fleet.status === "STOPPING";
  if (job.state === "PENDING") {
    if (isStopped || fleet.status === "STOP_REQUESTED")
      return [
        {
          time: null,
          what: "it waits until somebody starts the fleet: sluice update-compute-fleet --status start",
        },
      ];
    if (/held|NeverSatisfied/i.test(job.reason))
      return [{ time: null, what: "nothing, until it is released, changed or cancelled" }];
    if (job.eligibleTime !== undefined && job.eligibleTime > now)
      return [{ time: job.eligibleTime.toISOString(), what: "Slurm considers it again" }];
    return [
      {
        time: null,
        what: "Slurm considers it when a job ends, a node comes back, or within a minute",
      },
    ];
  }
  if (job.state === "CONFIGURING" && nodes.size > 0)
    return [{ time: null, what: "it starts the moment that all its nodes are registered" }];
  if (job.state === "RUNNING" && !job.canRequeue) return endOf(snapshot.notices, nodes);
  return [];
}

/** With the first of its machines that goes. */
function endOf(
  notices: Facts["snapshot"]["notices"],
  nodes: ReadonlySet<string>,
): readonly NextStep[] {
  const [first] = notices
    .filter((notice) => nodes.has(notice.node))
    .map((notice) => goesAt(notice))
    .toSorted((a, b) => a.getTime() - b.getTime());
  if (first === undefined) return [];
  const what = `the job ends with its machine: ${NO_REQUEUE}`;
  return [{ time: first.toISOString(), what }];
}
