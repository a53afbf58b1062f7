import { z } from "zod";

/** An idle time: so many seconds, or no end. */
export type IdleTime = { readonly seconds: number } | "never";

const SECONDS = { s: 1, m: 60, h: 3600, d: 86400 } as const;
/** ParallelCluster takes the number of minutes in quotes, too. */
const DURATION = /^(\d{1,9})(s|m|h|d)?$|^-1$/;

/**
 * ParallelCluster counts minutes, with -1 for never; `5s`, `90s`, `10m`, `1h`, `2d` are ours.
 * Kept apart from the number so that nobody reads a 5 as seconds.
 */
export const idleTime = () =>
  z.union([z.int().min(-1), z.string().regex(DURATION)]).transform((value): IdleTime => {
    if (Number(value) === -1) return "never";
    const [, amount, unit = "m"] = DURATION.exec(String(value)) ?? [];
    return { seconds: Number(amount ?? value) * SECONDS[unit as keyof typeof SECONDS] };
  });
