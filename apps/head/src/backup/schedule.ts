import { spawn } from "node:child_process";
import { once } from "node:events";
import { HEAD_LAYOUT } from "@sluice/boot";
import type { BackupRecord } from "@sluice/lifecycle/backup";
import { type Clock, messageOf } from "@sluice/model";

/** How long after a failure it is tried again at first, and at most. */
const RETRY_SECONDS = 300;
const MOST_RETRY_SECONDS = 3600;
/** Between two looks whether one is due: other heads and people make some, too. */
const LOOK_SECONDS = 60;

export interface ScheduleOptions {
  /** Seconds from one backup to the next. */
  readonly every: number;
  /** Those that there are, oldest first. */
  readonly list: () => Promise<readonly BackupRecord[]>;
  /** Makes one. */
  readonly make: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  /** Told at the beginning, and after each. */
  readonly onBackup: (backup: BackupRecord) => void;
  readonly onFailed: (why: string) => void;
}

/** Has a backup made whenever the newest is older than `every`, until `signal` fires. */
export async function backUpRegularly(
  options: ScheduleOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, every } = options;
  let told: string | undefined;
  let failures = 0;
  const newest = async (): Promise<BackupRecord | undefined> => {
    const backup = (await options.list()).at(-1);
    if (backup !== undefined && backup.file !== told) options.onBackup(backup);
    told = backup?.file ?? told;
    return backup;
  };
  while (!signal.aborted) {
    let pause = LOOK_SECONDS;
    try {
      const at = (await newest())?.createdAt.getTime() ?? 0;
      const left = at / 1000 + every - clock.now().getTime() / 1000;
      if (left <= 0) {
        await options.make(signal);
        await newest();
      } else pause = Math.min(left, LOOK_SECONDS);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      options.onFailed(messageOf(error));
      pause = Math.min(RETRY_SECONDS * 2 ** failures, MOST_RETRY_SECONDS);
      failures += 1;
    }
    await clock.sleep(pause * 1000, signal);
  }
}

/** As a process of its own: it takes memory and time that the node manager's work shall not miss. */
export async function makeBackupApart(signal: AbortSignal): Promise<void> {
  const child = spawn(HEAD_LAYOUT.program, ["backup"], {
    stdio: ["ignore", "ignore", "pipe"],
    signal,
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-4000);
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(messageIn(said) ?? `sluice-head backup ended with ${code}`);
}

function messageIn(said: string): string | undefined {
  for (const line of said.trim().split("\n").reverse()) {
    try {
      const { error } = JSON.parse(line) as { readonly error?: { readonly message?: string } };
      if (error?.message !== undefined) return error.message;
    } catch {
      // A line of something else.
    }
  }
  return undefined;
}
