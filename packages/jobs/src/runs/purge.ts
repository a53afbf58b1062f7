import { buffer } from "node:stream/consumers";
import type { UserWorker } from "@sluice/gateway";
import { isSluiceError, messageOf, SluiceError } from "@sluice/model";
import { later, tell } from "./follow.ts";
import type { InnerParts } from "./parts.ts";
import type { RunRow } from "./store.ts";

/** Of one pass. */
const MOST = 50;
/** After a purge that failed, doubled each time. */
const FIRST_WAIT_SECONDS = 600;
const LONGEST_WAIT_SECONDS = 86_400;
/** A purge may take so long before another server takes it up. */
const CLAIM_SECONDS = 3600;
const MOST_DESCRIPTION = 1024 * 1024;

/** Removes folders whose time has come. What can't be removed is told and tried again, ever later. */
export async function purge(parts: InnerParts, signal: AbortSignal): Promise<void> {
  const { store, clock, log } = parts;
  for (const row of await store.expired(clock.now(), MOST)) {
    if (signal.aborted) return;
    const now = clock.now();
    if (!(await store.claimPurge(row, now, later(now, CLAIM_SECONDS)))) continue;
    try {
      await removeFolder(parts, row);
      const gone = { state: "expired", purge_error: null, purge_next_at: null } as const;
      await store.update(row.id, PURGED, { ...gone, changed_at: clock.now() });
    } catch (error) {
      const wait = Math.min(FIRST_WAIT_SECONDS * 2 ** row.purge_attempts, LONGEST_WAIT_SECONDS);
      const message = messageOf(error).slice(0, 4000);
      const next = { purge_error: message, purge_next_at: later(clock.now(), wait) };
      await store.update(row.id, PURGED, { ...next, changed_at: clock.now() });
      log?.warn({ run: row.id, folder: row.folder, error: message }, "a run can't be purged");
    }
    await tell(parts, row.id, row);
  }
}

const PURGED = ["draft", "done", "failed", "cancelled"] as const;

/**
 * As the user, and only what is the run's: not while slurmctld has its job, and no folder that
 * somebody put in its place. A folder that is gone already is as good.
 */
export async function removeFolder(parts: InnerParts, row: RunRow): Promise<void> {
  if (row.job_id !== null && (await parts.jobs.isLive(row.cluster, row.job_id))) {
    throw new SluiceError("RUN_JOB_LIVES", "user", `job ${row.job_id} of the run lives`, {
      hint: "cancel it first, or wait for its end",
    });
  }
  const worker = (await parts.gateway(row.cluster)).user(row.unix_user);
  // Out of the way first: what is left when this is interrupted has no run.json to be known by.
  const removing = `${row.folder}.removing`;
  await unlessGone(async () => {
    const { kind } = await worker.stat(row.folder);
    if (kind !== "folder" || !(await isFolderOf(worker, row))) throw notOurs(row.folder);
    await worker.rename(row.folder, removing);
  });
  await unlessGone(() => worker.remove(removing, { recursive: true }));
}

async function unlessGone(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isSluiceError(error) || error.code !== "FILE_NOT_FOUND") throw error;
  }
}

/** By `run.json`; one that is missing in a folder with anything in it is no proof. */
async function isFolderOf(worker: UserWorker, row: RunRow): Promise<boolean> {
  try {
    const { content } = await worker.read(`${row.folder}/run.json`, { end: MOST_DESCRIPTION });
    const description: unknown = JSON.parse((await buffer(content)).toString());
    return (
      typeof description === "object" &&
      description !== null &&
      "id" in description &&
      description.id === row.id
    );
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    if (!isSluiceError(error) || error.code !== "FILE_NOT_FOUND") throw error;
    const { total } = await worker.list(row.folder, { limit: 10, hidden: true });
    return total === 0;
  }
}

function notOurs(folder: string): SluiceError {
  return new SluiceError("RUN_FOLDER_CHANGED", "user", `${folder} is not the run's any more`, {
    hint: "its run.json is gone or of another run; move it away, or remove it yourself",
  });
}
