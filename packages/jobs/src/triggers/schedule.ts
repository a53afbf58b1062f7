import { messageOf, SluiceError } from "@sluice/model";
import { Cron } from "croner";
import type { Happening } from "./contract.ts";
import type { ScheduleSource } from "./source.ts";

/** Later than this after its time, an occurrence is one that was missed. */
const LATE_MS = 60_000;
/** Most that is made up for, of whatever time the server was away. */
const MOST_MISSED = 1000;

/** Errors: `TRIGGER_INVALID` for a line or a time zone that is none. */
export function cronOf({ cron, timeZone }: ScheduleSource): Cron {
  try {
    const line = new Cron(cron, { timezone: timeZone, mode: "5-part" });
    // An unknown zone is found out when it is used.
    line.nextRun(new Date(0));
    return line;
  } catch (error) {
    throw new SluiceError(
      "TRIGGER_INVALID",
      "user",
      `the schedule "${cron}" in ${timeZone} can't be read: ${messageOf(error)}`,
      { hint: 'write minute, hour, day of month, month and day of week, such as "0 6 * * 1-5"' },
    );
  }
}

/**
 * What is to happen of a schedule after `after` up to `now`, oldest first.
 *
 * @returns also when to look again; undefined: it never happens again.
 */
export function dueTimes(
  source: ScheduleSource,
  { after, now }: { readonly after: Date; readonly now: Date },
): { readonly happenings: readonly Happening[]; readonly next: Date | undefined } {
  const line = cronOf(source);
  const missed: Date[] = [];
  const due: Date[] = [];
  let time = line.nextRun(after);
  while (time !== null && time <= now) {
    if (now.getTime() - time.getTime() > LATE_MS) missed.push(time);
    else due.push(time);
    // The newest are made up for, of a schedule that came every minute for a year.
    if (missed.length > MOST_MISSED) missed.shift();
    time = line.nextRun(time);
  }
  const madeUp =
    source.missed === "all"
      ? missed
      : source.missed === "last" && due.length === 0
        ? missed.slice(-1)
        : [];
  return {
    happenings: [...madeUp, ...due].map((at) => ({
      identity: at.toISOString(),
      event: { time: at.toISOString(), scheduled: at.toISOString() },
    })),
    next: time ?? undefined,
  };
}
