import type { UserWorker } from "@sluice/gateway";
import type { CachedJob } from "@sluice/jobs";
import { isFinishedState } from "@sluice/jobs";
import type { Clock } from "@sluice/model";
import { followText } from "../files/follow-events.ts";
import type { OutgoingEvent } from "../http/event-response.ts";

export interface FollowedOutput {
  readonly worker: Pick<UserWorker, "follow" | "stat">;
  readonly path: string;
  readonly offset: number;
  /** The job as it is now; undefined when nobody knows it any more. */
  readonly look: () => Promise<CachedJob | undefined>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const LOOK_MS = 2000;
/** So long after the job's end its last words may still be on their way through a file system. */
const LAST_WORDS_MS = 3000;

/** What a job writes, as it writes it, and at last how it ended: see `followText`. */
export async function* followOutput(output: FollowedOutput): AsyncGenerator<OutgoingEvent> {
  const { worker, path, clock } = output;
  const over = new AbortController();
  const signal = AbortSignal.any([output.signal, over.signal]);
  let last: CachedJob | undefined;
  const watching = watch(output, signal).then(async (job) => {
    last = job;
    await clock.sleep(LAST_WORDS_MS, signal);
    over.abort();
  });
  let id = `${output.offset}`;
  try {
    for await (const event of followText(worker, { path, from: output.offset, signal }, "output")) {
      id = event.id ?? id;
      yield event;
    }
  } finally {
    over.abort();
    await watching;
  }
  if (output.signal.aborted) return;
  const state = last?.state ?? "UNKNOWN";
  yield { id, event: "end", data: { state, exitCode: last?.exitCode ?? "" } };
}

/** Resolves when the job is over, or nobody knows it any more. */
async function watch(
  { look, clock }: FollowedOutput,
  signal: AbortSignal,
): Promise<CachedJob | undefined> {
  let job = await look();
  while (!signal.aborted && job !== undefined && !isFinishedState(job.state)) {
    await clock.sleep(LOOK_MS, signal);
    if (!signal.aborted) job = await look();
  }
  return job;
}
