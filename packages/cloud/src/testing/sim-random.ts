/** How long something takes, in milliseconds: always the same, or spread as a log-normal is. */
export type SimDuration = number | { readonly median: number; readonly p99: number };

/** Numbers from 0 up to 1, the same ones for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The 99th percentile of the standard normal distribution. */
const Z99 = 2.326;

/** One draw, by Box and Muller; what lies further out than one in 4,000 is drawn in. */
export function drawMs(duration: SimDuration, random: () => number): number {
  if (typeof duration === "number") return duration;
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  const normal = radius * Math.cos(2 * Math.PI * random());
  const sigma = Math.log(duration.p99 / duration.median) / Z99;
  return Math.round(duration.median * Math.exp(sigma * Math.max(-3.5, Math.min(3.5, normal))));
}

/** What nearly all of them are done in. */
export function longMs(duration: SimDuration): number {
  return typeof duration === "number" ? duration : duration.p99;
}
