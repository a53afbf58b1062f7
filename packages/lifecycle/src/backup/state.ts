/** How the backups are that a cluster, or a site, makes by itself. */
export interface BackupState {
  /** Where they are: a folder of the head or of the site's machines, or `s3://bucket/prefix`. */
  readonly folder: string;
  /** ISO 8601, of the newest; missing while there is none. */
  readonly lastAt?: string;
  readonly ageSeconds?: number;
  /** When the next one is due. */
  readonly nextAt?: string;
  /** False when the last attempt failed, or the newest is twice as old as it should become. */
  readonly ok: boolean;
  /** Why the last attempt failed. */
  readonly problem?: string;
}

/** Seconds between two, as often as they are missed before something is said to be wrong. */
const LATE = 2;

export interface BackupFacts {
  readonly folder: string;
  /** Of the newest. */
  readonly createdAt: Date | undefined;
  /** Of the last attempt that failed. */
  readonly failedAt: Date | undefined;
  readonly why: string | undefined;
  /** Seconds from one to the next; undefined where none is made by itself. */
  readonly every: number | undefined;
  readonly now: Date;
}

export function backupState({
  folder,
  createdAt,
  failedAt,
  why,
  every,
  now,
}: BackupFacts): BackupState {
  const seconds = (from: Date): number => Math.max(0, (now.getTime() - from.getTime()) / 1000);
  const age = createdAt && Math.round(seconds(createdAt));
  const hasFailed = failedAt !== undefined && (createdAt === undefined || failedAt > createdAt);
  const isLate = every !== undefined && age !== undefined && age > LATE * every;
  return {
    folder,
    ok: !hasFailed && !isLate,
    ...(createdAt === undefined || age === undefined
      ? {}
      : { lastAt: createdAt.toISOString(), ageSeconds: age }),
    ...(createdAt === undefined || every === undefined
      ? {}
      : { nextAt: new Date(createdAt.getTime() + every * 1000).toISOString() }),
    ...(hasFailed && why !== undefined ? { problem: why } : {}),
  };
}
