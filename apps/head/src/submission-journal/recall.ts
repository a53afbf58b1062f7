import type { Log } from "@sluice/capacity";
import { messageOf } from "@sluice/model";
import { tagIn } from "@sluice/slurm";
import type { Answer } from "./answer.ts";
import type { JobRecord, JournalSlurm, KeptSubmission } from "./contract.ts";
import { numberOf } from "./describe.ts";
import type { JournalStore, StoredSubmission } from "./store.ts";

export interface RecallParts {
  readonly slurm: Pick<JournalSlurm, "read">;
  readonly store: JournalStore;
  readonly log: Log;
  /** How often in a row answers could not be read. */
  readonly reading: { failures: number };
}

/** So often it may be the machine, which is just starting; after that it is what is kept. */
const READ_ATTEMPTS = 5;

/**
 * What is kept, with what slurmctld said of each, oldest number first. What is not ours to keep is
 * dropped here: nobody looks before.
 *
 * Throws when answers can't be read, some times; then it goes on without them.
 */
export async function recall(parts: RecallParts): Promise<KeptSubmission[]> {
  const { store, log } = parts;
  const stored = store.kept();
  const answers = [...store.answers()];
  const jobs = await readAll(
    parts,
    answers.map(([, answer]) => answer),
  );
  const byAnswer = new Map(answers.map(([id], index) => [id, jobs[index] ?? []]));
  const kept: KeptSubmission[] = [];
  const others: StoredSubmission[] = [];
  for (const one of stored) {
    const record = recordOf(one, byAnswer);
    if (record === undefined) {
      log.error({ jobId: one.jobId }, "what slurmctld said of a job can't be read");
    } else if (keepable(record)) {
      const { told: _told, ...submission } = one;
      kept.push({ ...submission, submitTime: numberOf(record.submit_time) ?? 0, record });
    } else others.push(one);
  }
  store.drop(others);
  return kept;
}

async function readAll(
  { slurm, log, reading }: RecallParts,
  answers: readonly Answer[],
): Promise<readonly (readonly JobRecord[])[]> {
  if (answers.length === 0) return [];
  try {
    const jobs = await slurm.read(answers);
    reading.failures = 0;
    return jobs;
  } catch (error) {
    reading.failures++;
    if (reading.failures < READ_ATTEMPTS) throw error;
    log.error({ error: messageOf(error) }, "what slurmctld said of jobs can't be read");
    return [];
  }
}

function recordOf(
  { jobId, told }: StoredSubmission,
  byAnswer: ReadonlyMap<number, readonly JobRecord[]>,
): JobRecord | undefined {
  if ("record" in told) return told.record;
  return byAnswer.get(told.answer)?.find((job) => job.job_id === jobId);
}

/** A server keeps what has its tag, and scrontab its table. */
function keepable(record: JobRecord): boolean {
  const tagged = [record.extra, record.comment].some(
    (text) => tagIn(typeof text === "string" ? text : undefined) !== undefined,
  );
  const isTimed = typeof record.cron === "string" && record.cron !== "";
  return !tagged && !isTimed;
}
