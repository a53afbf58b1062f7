import { z } from "zod";

/** Kept apart from the number so that nobody reads a 5 as minutes, or as seconds. */
export interface Duration {
  readonly seconds: number;
}

/** An idle time: so many seconds, or no end. */
export type IdleTime = Duration | "never";

const SECONDS = { s: 1, m: 60, h: 3600, d: 86400 } as const;
/** ParallelCluster takes the number of minutes in quotes, too. */
const IDLE_TIME = /^(\d{1,9})(s|m|h|d)?$|^-1$/;
const DURATION = /^(\d{1,9})(s|m|h|d)$/;

/** ParallelCluster counts minutes, with -1 for never; `5s`, `90s`, `10m`, `1h`, `2d` are ours. */
export const idleTime = () =>
  z.union([z.int().min(-1), z.string().regex(IDLE_TIME)]).transform((value): IdleTime => {
    if (Number(value) === -1) return "never";
    const [, amount, unit = "m"] = IDLE_TIME.exec(String(value)) ?? [];
    return { seconds: Number(amount ?? value) * SECONDS[unit as keyof typeof SECONDS] };
  });

export const IDLE_TIME_EXPECTS =
  "minutes as a whole number, -1 for never, or a duration such as 90s or 10m";

/** A length of time with its unit, within bounds in seconds that include their ends. */
export const duration = (from: number, to: number) =>
  z
    .string()
    .regex(DURATION, { abort: true })
    .refine((text) => secondsOf(text) >= from && secondsOf(text) <= to)
    .transform((text): Duration => ({ seconds: secondsOf(text) }));

function secondsOf(text: string): number {
  const [, amount, unit = "s"] = DURATION.exec(text) ?? [];
  return Number(amount) * SECONDS[unit as keyof typeof SECONDS];
}
