import type { FleetEvent } from "@sluice/model";
import { isFinishedState } from "../cache/records.ts";
import { jobEfficiency } from "../details/efficiency.ts";
import { elapsedSeconds } from "../details/view.ts";
import { waitingSentence } from "../details/waiting.ts";
import type { JobStory, Round, TimelineStep } from "./contract.ts";
import { nodesOf } from "./cost.ts";
import { endingOf } from "./ending.ts";
import { bootingOf, triedOf } from "./machines.ts";

/** A job that went back more often is told of from its last rounds. */
const MOST_ROUNDS = 20;

/** What the node manager did for a job that is about to be tried again. */
const WENT_BACK: ReadonlySet<string> = new Set(["job-returned", "job-requeued"]);

/** What happened to a job, oldest first. */
export function timelineOf(story: JobStory): readonly TimelineStep[] {
  const all = roundsToTell(story);
  const skipped = Math.max(0, all.length - MOST_ROUNDS);
  const first = all[0];
  const steps = inOrder(
    all.flatMap((round, index): readonly TimelineStep[] =>
      index < skipped ? [] : stepsOf(story, all, index, round),
    ),
  );
  if (skipped === 0 || first === undefined) return steps;
  return [
    { ...submitted(first), text: `It was submitted, and tried ${all.length} times.` },
    ...steps,
  ];
}

/** Slurm tells whole seconds, the node manager parts of them: no step begins before the one before. */
function inOrder(steps: readonly TimelineStep[]): readonly TimelineStep[] {
  let last = "";
  return steps.map((step) => {
    last = laterOf(step.time, last);
    const { until } = step;
    return until === undefined
      ? { ...step, time: last }
      : { ...step, time: last, until: laterOf(until, last) };
  });
}

function laterOf(one: string, other: string): string {
  const isLater = one >= other;
  return isLater ? one : other;
}

/** What slurmctld has now, where accounting does not tell, or is behind. */
function roundsToTell({ job, rounds }: JobStory): readonly Round[] {
  const isWaiting = job.state === "PENDING" || job.state === "CONFIGURING";
  const now: Round = {
    submittedAt: job.submitTime ?? new Date(0),
    eligibleAt: job.eligibleTime,
    startedAt: isWaiting ? undefined : job.startTime,
    endedAt: job.endTime,
    state: job.state,
    cancelledBy: undefined,
    uid: undefined,
    exitCode: job.exitCode,
    nodes: job.nodes,
  };
  const last = rounds.at(-1);
  if (last === undefined) return [now];
  if (!job.isLive) return rounds;
  const isSame = Math.abs(last.submittedAt.getTime() - now.submittedAt.getTime()) < 2000;
  const merged = { ...now, cancelledBy: last.cancelledBy, uid: last.uid };
  return isSame ? [...rounds.slice(0, -1), merged] : [...rounds, now];
}

function stepsOf(
  story: JobStory,
  all: readonly Round[],
  index: number,
  round: Round,
): readonly TimelineStep[] {
  const next = all[index + 1];
  const isLast = next === undefined;
  const number = index + 1;
  const end = next?.submittedAt ?? round.endedAt;
  const events = eventsOf(story, round, end);
  const steps: TimelineStep[] = [];
  const before = all[index - 1];
  steps.push(before === undefined ? submitted(round) : requeued(story, before, round, number));

  const tried = triedOf(events, story.unavailable);
  const booting = bootingOf(events);
  const asked = tried[0]?.time;
  const startedAt = round.startedAt;
  const waits = isLast && story.job.state === "PENDING";
  const waitedUntil = asked ?? startedAt?.toISOString() ?? (waits ? undefined : end?.toISOString());
  steps.push(...waiting(story, round, number, waits, waitedUntil));

  if (asked !== undefined) {
    const accepted = tried.some(({ outcome }) => outcome === "accepted");
    const lastAsked = events.findLast(({ kind }) => kind === "launched")?.time;
    steps.push({
      kind: "machines",
      ...{ round: number, time: asked, tried },
      ...(accepted
        ? { until: lastAsked ?? asked }
        : end === undefined
          ? {}
          : { until: end.toISOString() }),
      text: machinesText(tried.length, booting.length),
    });
  }
  const launched = booting.flatMap(({ launchedAt }) => launchedAt ?? []).toSorted()[0];
  if (launched !== undefined) {
    const up = booting.filter(({ registeredAt }) => registeredAt !== undefined);
    const isUp = up.length === booting.length;
    const ready = isUp
      ? up
          .flatMap(({ registeredAt }) => registeredAt ?? [])
          .toSorted()
          .at(-1)
      : undefined;
    const until = ready ?? startedAt?.toISOString() ?? end?.toISOString();
    steps.push({
      kind: "booting",
      ...{ round: number, time: launched, nodes: booting },
      ...(until === undefined ? {} : { until }),
      text: isUp
        ? `${machines(booting.length)} started.`
        : `${up.length} of ${machines(booting.length)} started.`,
    });
  }
  if (startedAt !== undefined && round.nodes !== "") {
    const nodes = nodesOf(round.nodes);
    steps.push({
      kind: "running",
      ...{ round: number, time: startedAt.toISOString(), nodes },
      ...(round.endedAt === undefined ? {} : { until: round.endedAt.toISOString() }),
      text: `It ${round.endedAt === undefined && isLast ? "runs" : "ran"} on ${nodes.length === 1 ? nodes[0] : `${nodes.length} nodes`}.`,
    });
  }
  if (isLast && isFinishedState(round.state)) steps.push(ended(story, round, number, events));
  return steps;
}

function submitted({ submittedAt }: Round): TimelineStep {
  return {
    kind: "submitted",
    round: 1,
    time: submittedAt.toISOString(),
    text: "It was submitted.",
  };
}

function requeued(
  { job, events }: JobStory,
  before: Round,
  round: Round,
  number: number,
): TimelineStep {
  const at = round.submittedAt.getTime();
  const said = events.findLast(
    ({ kind, job: id, time }) =>
      WENT_BACK.has(kind) &&
      id === `${job.id}` &&
      Math.abs(Date.parse(time) - at) < 60_000 &&
      Date.parse(time) <= at + 5000,
  );
  const why = said?.message ?? REQUEUES[before.state];
  return {
    kind: "requeued",
    ...{ round: number, time: round.submittedAt.toISOString() },
    text: `It went back to the queue${why === undefined ? "" : `: ${why}`}.`,
  };
}

const REQUEUES: Readonly<Record<string, string>> = {
  NODE_FAIL: "a node failed under it",
  PREEMPTED: "a job of a higher priority took its nodes",
  BOOT_FAIL: "its nodes did not start",
};

function waiting(
  { job, details, now }: JobStory,
  round: Round,
  number: number,
  isWaiting: boolean,
  until: string | undefined,
): readonly TimelineStep[] {
  const time = round.submittedAt.toISOString();
  const step = { kind: "waiting", round: number, time } as const;
  if (isWaiting && until === undefined) {
    const text = waitingSentence(job) ?? "It waits in the queue.";
    return [{ ...step, text, reason: job.reason, details }];
  }
  const seconds = (Date.parse(until ?? now.toISOString()) - round.submittedAt.getTime()) / 1000;
  if (until !== undefined && seconds < 1) return [];
  const text = "It waited in the queue.";
  return [{ ...step, ...(until === undefined ? {} : { until }), text, reason: "", details: [] }];
}

function ended(
  { job, cancelledBy, now }: JobStory,
  round: Round,
  number: number,
  events: readonly FleetEvent[],
): TimelineStep {
  const ending = endingOf(job, round, events, cancelledBy);
  const advice = jobEfficiency({ ...job, elapsedSeconds: elapsedSeconds(job, now) })?.advice[0];
  const isFailure = ending.state !== "COMPLETED" && ending.state !== "CANCELLED";
  return {
    kind: "ended",
    ...{ round: number, time: (round.endedAt ?? now).toISOString() },
    ...ending,
    ...(advice === undefined || !isFailure ? {} : { advice }),
  };
}

/** What is about the job's machines, from the round's beginning to its end. */
function eventsOf(
  { job, events, now }: JobStory,
  round: Round,
  end: Date | undefined,
): readonly FleetEvent[] {
  const from = round.submittedAt.getTime() - 1000;
  const to = (end ?? now).getTime() + 1000;
  const inTime = events.filter(({ time }) => {
    const at = Date.parse(time);
    return at >= from && at <= to;
  });
  const id = `${job.id}`;
  const launched = new Set(
    inTime.flatMap((event) =>
      event.job === id && event.machineId !== undefined ? [event.machineId] : [],
    ),
  );
  const nodes = new Set(nodesOf(round.nodes));
  return inTime.filter(({ job: of, machineId, node, kind }) => {
    if (of !== undefined) return of === id;
    if (machineId !== undefined && launched.has(machineId)) return true;
    // Of nodes that were up before, only what happened to them under the job.
    return node !== undefined && nodes.has(node) && kind !== "launched";
  });
}

function machinesText(tried: number, given: number): string {
  if (given > 0) {
    return tried === 1
      ? `${machines(given)} were asked for and given.`.replace("1 machine were", "1 machine was")
      : `Machines were asked for in ${tried} ways, and ${machines(given)} given.`;
  }
  return tried === 1
    ? "A machine was asked for, and not to be had."
    : `Machines were asked for in ${tried} ways, and none was to be had.`;
}

function machines(count: number): string {
  return count === 1 ? "1 machine" : `${count} machines`;
}
