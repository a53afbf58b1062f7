import type { WarmPolicy, WarmWindow } from "../policy.ts";

const DAY_MINUTES = 24 * 60;
const MINUTE_MILLISECONDS = 60_000;
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * True while the window holds, by the clocks on the wall of its zone: in the night when they are
 * put forward, what lies in the hour that is left out never comes; when they are put back, what
 * lies in the hour that is repeated comes twice.
 */
export function windowHolds(window: WarmWindow, now: Date): boolean {
  const { days, fromMinute, untilMinute } = window;
  const { day, minute } = wallTime(window.timeZone, now);
  const isToday = days.includes(day);
  if (fromMinute < untilMinute) return isToday && minute >= fromMinute && minute < untilMinute;
  const wasYesterday = days.includes((day + 6) % 7);
  return (isToday && minute >= fromMinute) || (wasYesterday && minute < untilMinute);
}

/**
 * When the clocks of its zone next reach a minute at which the window may begin or end, which is
 * within a day. One that lies beyond a change of the clocks is an hour off until they have changed.
 */
export function nextEdge({ fromMinute, untilMinute, timeZone }: WarmWindow, now: Date): Date {
  const { minute } = wallTime(timeZone, now);
  const minutes = [fromMinute, untilMinute].map(
    (edge) => (edge - minute + DAY_MINUTES - 1) % DAY_MINUTES,
  );
  const began = Math.floor(now.getTime() / MINUTE_MILLISECONDS);
  return new Date((began + 1 + Math.min(...minutes)) * MINUTE_MILLISECONDS);
}

/** What is kept whatever the demand was: `count`, or the largest count of the windows that hold. */
export function scheduledCount({ count, windows }: WarmPolicy, now: Date): number {
  const holding = windows.filter((window) => windowHolds(window, now));
  return holding.length === 0 ? count : Math.max(...holding.map((window) => window.count));
}

function wallTime(timeZone: string, now: Date): { readonly day: number; readonly minute: number } {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      weekday: "short",
      hour: "numeric",
      minute: "numeric",
    });
  formats.set(timeZone, format);
  const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
  return {
    day: DAYS.indexOf(parts.get("weekday") ?? ""),
    minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")),
  };
}
