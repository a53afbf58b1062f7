import { usage } from "./usage.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * A moment as people write it: how long ago, or a date or time, UTC unless it says otherwise.
 *
 * Errors: `USAGE`.
 */
export function timeOption(option: string, text: string, now: Date): Date {
  const [, amount, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * (UNITS[unit] ?? Number.NaN);
  // A time without a zone is UTC, as all times that are shown.
  const zoned = /T.*(Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes("T") ? text : `${text}Z`;
  const time = amount === undefined ? Date.parse(zoned) : now.getTime() - seconds * 1000;
  if (!Number.isNaN(time)) return new Date(time);
  throw usage(
    `${option} ${text} is not a time`,
    `write ${option} 10m, 2h, 1d, or 2026-01-05T08:00`,
  );
}
