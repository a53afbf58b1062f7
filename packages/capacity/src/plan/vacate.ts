import type { JobSignal, SlurmJob } from "@sluice/slurm";
import type { Notice } from "../store/contract.ts";
import type { Draft } from "./draft.ts";
import { latestLeave, type Threat } from "./notice.ts";

/** With less than this left a signal is no use. */
const LEAST_GRACE_MILLISECONDS = 1000;

/**
 * Sends the jobs of machines that go back to the queue, each once however many of its machines go.
 * One that asked for a signal gets it first, and then as long as it asked for, the pool allows and
 * its first machine has; that it got it is written down before it is sent, so it gets it once.
 *
 * @returns the threatened nodes of jobs that have time still.
 */
export function vacateJobs(
  draft: Draft,
  threats: readonly Threat[],
  save: (notice: Notice) => void,
): readonly Threat[] {
  const jobs = new Map<number, { readonly job: SlurmJob; readonly threats: Threat[] }>();
  for (const threat of threats) {
    // Set down or on its way out: Slurm has its jobs already.
    const change = draft.changeOf(threat.node.name);
    if (change !== undefined && change !== "DRAIN") continue;
    for (const job of draft.jobsOn(threat.node.name) ?? []) {
      const known = jobs.get(job.id);
      if (known === undefined) jobs.set(job.id, { job, threats: [threat] });
      else known.threats.push(threat);
    }
  }
  const notes = new Map(threats.map(({ notice }) => [notice.machineId, notice]));
  const waiting = new Set<Threat>();
  for (const { job, threats: own } of [...jobs.values()].toSorted((a, b) => a.job.id - b.job.id)) {
    const isLeaving = vacateJob(draft, job, own, (machineId, until) => {
      const notice = notes.get(machineId);
      if (notice === undefined) return;
      const signalled = [...notice.signalled, { jobId: job.id, until }];
      notes.set(machineId, { ...notice, signalled });
      save({ ...notice, signalled });
    });
    if (!isLeaving && job.canRequeue) for (const threat of own) waiting.add(threat);
  }
  return [...waiting];
}

/** @returns true when it goes now, or can't be made to go. */
function vacateJob(
  draft: Draft,
  job: SlurmJob,
  threats: readonly Threat[],
  note: (machineId: string, until: Date) => void,
): boolean {
  const [first] = threats;
  if (!job.canRequeue || first === undefined) return true;
  const { now, signals, demands } = draft.snapshot;
  const reason = `its machine ${first.intent.machineId ?? ""} is about to be taken away`;
  if (job.state !== "RUNNING") {
    const isHeld = demands.some((one) => one.waiting && one.jobId === job.id);
    // The hook that waits for it says no, which is quicker than what slurmctld does.
    if (isHeld && job.state === "CONFIGURING") draft.returned.set(job.id, reason);
    else draft.actLast({ kind: "requeue", jobId: job.id, reason });
    return true;
  }
  const last = Math.min(...threats.map(({ notice }) => latestLeave(notice).getTime()));
  const given = threats
    .flatMap(({ notice }) => notice.signalled)
    .filter((one) => one.jobId === job.id)
    .map((one) => one.until.getTime());
  if (given.length > 0) {
    if (Math.min(last, ...given) > now.getTime()) return false;
  } else {
    // Not asked yet: the pass that is about to come knows.
    if (!signals.has(job.id)) return false;
    const signal = signals.get(job.id);
    const until = signal === undefined ? 0 : Math.min(graceEnd(signal, threats, now), last);
    if (signal !== undefined && until >= now.getTime() + LEAST_GRACE_MILLISECONDS) {
      note(first.notice.machineId, new Date(until));
      const { signal: name, batchOnly } = signal;
      draft.actLast({
        kind: "signal-job",
        jobId: job.id,
        signal: { signal: name, batchOnly },
        reason,
      });
      return false;
    }
  }
  draft.actLast({ kind: "requeue", jobId: job.id, reason });
  return true;
}

function graceEnd(signal: JobSignal, threats: readonly Threat[], now: Date): number {
  const allowed = threats.map(({ place }) => place.spec.policy.checkpointGraceSeconds);
  return now.getTime() + Math.min(signal.seconds, ...allowed) * 1000;
}
