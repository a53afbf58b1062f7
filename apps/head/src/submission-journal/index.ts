import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import type { Log } from "@sluice/capacity";
import { type Clock, messageOf } from "@sluice/model";
import { execRunner, SLURM_COMMAND_ENV, type SlurmVersion } from "@sluice/slurm";
import { SubmissionJournal } from "./journal.ts";
import { journalSlurm, restVersion } from "./rest.ts";
import { openJournalStore } from "./store.ts";

export interface SubmissionJournalOptions {
  /** The journal's file, on the volume: the next head goes on with it. */
  readonly path: string;
  readonly stateSave: string;
  /** slurmctld's, in a folder that goes with it. */
  readonly pidFile: string;
  readonly slurmVersion: SlurmVersion;
  readonly jwtKey: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The journal on a head, to be run there. Undefined where Slurm lets nobody choose a job's number
 * (before 23.11), and where the file is of no use, which is told: no job waits for it.
 */
export function openSubmissionJournal(
  options: SubmissionJournalOptions,
): SubmissionJournal | undefined {
  const { path, stateSave, pidFile, slurmVersion, jwtKey, clock, log } = options;
  if (restVersion(slurmVersion) === undefined) return undefined;
  try {
    const run = execRunner({ env: SLURM_COMMAND_ENV });
    const newMark = (): string => `~${randomBytes(6).toString("hex")}~`;
    const slurm = journalSlurm({ slurmVersion, jwtKey, clock, run, newMark });
    const store = openJournalStore(path);
    const isUp = (): boolean => existsSync(pidFile);
    return new SubmissionJournal({ slurm, store, stateSave, isUp, clock, log });
  } catch (error) {
    log.error({ error: messageOf(error) }, "submissions are not kept");
    return undefined;
  }
}
