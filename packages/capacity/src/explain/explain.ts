import { type Clock, type Explanation, type FleetEvent, messageOf } from "@sluice/model";
import type { SlurmControl, SlurmJob } from "@sluice/slurm";
import { withTimeout } from "../act/timeout.ts";
import type { ExplainSubject } from "../contract.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import { plan } from "../plan/plan.ts";
import { explainJob, jobNamed } from "./job.ts";
import { explainNode } from "./node.ts";

/** Somebody waits for the answer. */
const LOOK_SECONDS = 15;
const NEVER = new AbortController().signal;

export interface Sources {
  readonly clock: Clock;
  readonly slurm: Pick<SlurmControl, "job">;
  /** Everything as it is now, the queue included. */
  readonly look: (signal: AbortSignal) => Promise<Snapshot>;
  /** As it was when it was last looked at. */
  readonly last: Snapshot | undefined;
  readonly events: readonly FleetEvent[];
}

/**
 * Explains from a new look, or from the last one while Slurm or the cloud does not answer. Plans,
 * and lets nothing of the plan take effect.
 *
 * Errors: `JOB_NOT_FOUND`, `NODE_NOT_FOUND`; those of the look when the last one does not do.
 */
export async function explain(subject: ExplainSubject, sources: Sources): Promise<Explanation> {
  const { clock, slurm, events } = sources;
  const within = <T>(call: (signal: AbortSignal) => Promise<T>) =>
    withTimeout(clock, LOOK_SECONDS, NEVER, call);
  let snapshot = sources.last;
  let stale: string | undefined;
  try {
    snapshot = await within(sources.look);
  } catch (error) {
    // The last look may have left the queue out, and no job can be told from that.
    const isEnough = "node" in subject || snapshot?.jobs !== undefined;
    if (snapshot === undefined || !isEnough) throw error;
    stale = messageOf(error);
  }
  const facts = { snapshot, stale, events, actions: plan(snapshot) };
  if ("node" in subject) return explainNode(subject.node, facts);
  let over: SlurmJob | undefined;
  const id = Number(subject.job);
  if (jobNamed(snapshot.jobs ?? [], subject.job) === undefined && Number.isSafeInteger(id)) {
    // It left the queue, but Slurm remembers it for some minutes.
    over = await within((signal) => slurm.job(id, { signal })).catch(() => undefined);
  }
  return explainJob(subject.job, facts, over);
}
