import type { UserWorker } from "@sluice/gateway";
import type { CachedJob } from "@sluice/jobs";
import { isFinishedState } from "@sluice/jobs";
import type { Clock } from "@sluice/model";
import type { OutgoingEvent } from "../http/event-response.ts";

export interface FollowedOutput {
  readonly worker: Pick<UserWorker, "follow">;
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

/**
 * What a job writes, as it writes it, and at last how it ended. Text that is cut in the middle of a
 * character goes on in the next event.
 */
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
  const decoder = new TextDecoder();
  let offset = output.offset;
  let sent = output.offset;
  try {
    for await (const bytes of worker.follow(path, { offset, signal })) {
      offset += bytes.byteLength;
      const text = decoder.decode(bytes, { stream: true });
      if (text === "") continue;
      // Whoever goes on from here must not begin in the middle of a character.
      sent = offset - heldBack(bytes);
      yield { id: `${sent}`, event: "output", data: { text, offset: sent } };
    }
  } finally {
    over.abort();
    await watching;
  }
  if (output.signal.aborted) return;
  const state = last?.state ?? "UNKNOWN";
  yield { id: `${offset}`, event: "end", data: { state, exitCode: last?.exitCode ?? "" } };
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

/** How many bytes at the end are the beginning of a character of UTF-8. */
function heldBack(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.byteLength); back++) {
    const byte = bytes[bytes.byteLength - back] ?? 0;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue;
    const length = byte >= 0b1111_0000 ? 4 : byte >= 0b1110_0000 ? 3 : byte >= 0b1100_0000 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}
