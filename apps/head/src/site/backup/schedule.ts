import { type Clock, messageOf } from "@sluice/model";

/** What became of the backups of a site, as its machines and its cloud remember it. */
export interface SiteBackupState {
  /** ISO 8601, of the last attempt that failed after the newest backup; missing: none did. */
  readonly failedAt?: string;
  readonly why?: string;
}

export interface SiteBackupSchedule {
  readonly clock: Clock;
  /** Whether this machine is the one that does it now. */
  readonly isOurs: () => Promise<boolean>;
  /** Seconds from one to the next; undefined: the site's file wants none. */
  readonly every: () => Promise<number | undefined>;
  /** When the newest was made. */
  readonly newest: () => Promise<Date | undefined>;
  /** Makes one. */
  readonly make: (signal: AbortSignal) => Promise<void>;
  /** Told of each that could not be made. */
  readonly onFailed: (why: string) => Promise<void>;
  readonly onProblem: (why: string) => void;
}

/** Seconds between two looks. */
const LOOK_SECONDS = 30;
/** How long after a failure it is tried again at first, and at most. */
const RETRY_SECONDS = 300;
const MOST_RETRY_SECONDS = 3600;

/**
 * Has a backup of the site made whenever the newest is older than the site's file wants, on whichever
 * machine has the primary of the database: it changes hands with that. Two may be at it for a moment
 * after a take-over, which makes two backups.
 */
export async function backUpSiteRegularly(
  schedule: SiteBackupSchedule,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = schedule;
  let failures = 0;
  let notBefore = 0;
  while (!signal.aborted) {
    const isDue = await looked(schedule, notBefore).catch((error: unknown) => {
      schedule.onProblem(messageOf(error));
      return false;
    });
    if (isDue) {
      try {
        await schedule.make(signal);
        failures = 0;
        notBefore = 0;
      } catch (error) {
        if (signal.aborted) return;
        const pause = Math.min(RETRY_SECONDS * 2 ** failures, MOST_RETRY_SECONDS);
        notBefore = clock.now().getTime() + pause * 1000;
        failures += 1;
        await schedule.onFailed(messageOf(error)).catch(() => {});
      }
    }
    await clock.sleep(LOOK_SECONDS * 1000, signal);
  }
}

async function looked(schedule: SiteBackupSchedule, notBefore: number): Promise<boolean> {
  const now = schedule.clock.now().getTime();
  if (now < notBefore || !(await schedule.isOurs())) return false;
  const every = await schedule.every();
  if (every === undefined) return false;
  const newest = await schedule.newest();
  return newest === undefined || now >= newest.getTime() + every * 1000;
}
