/** Files that come into a folder of the owner's on the cluster. */
export interface FolderSource {
  readonly kind: "folder";
  /** Absolute; where it may lie is the user's worker to say. */
  readonly path: string;
  /** Of names: `*` stands for any characters, `?` for one. */
  readonly pattern: string;
  /** A file is whole when it stood still for so long. */
  readonly settleSeconds: number;
  /** Files that are there already count too. */
  readonly existing: boolean;
  /** Between two looks. */
  readonly everySeconds: number;
}

/** Objects that come into a bucket. */
export interface ObjectsSource {
  readonly kind: "objects";
  /** Of `ObjectEvents`. */
  readonly queue: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly suffix: string;
}

export interface ScheduleSource {
  readonly kind: "schedule";
  /** Minute, hour, day of month, month, day of week. */
  readonly cron: string;
  readonly timeZone: string;
  /** What is made up for of the times at which no server was there. */
  readonly missed: "none" | "last" | "all";
}

export interface WebHookSource {
  readonly kind: "web-hook";
  /** How requests are signed: see `hookHappening`. */
  readonly scheme: "sluice" | "github";
}

/** What a trigger waits for. */
export type TriggerSource = FolderSource | ObjectsSource | ScheduleSource | WebHookSource;
