const FIRST_MS = 5000;
const MOST_MS = 15 * 60_000;

/**
 * Milliseconds before the next attempt: twice as long after each, and up to half of that less, so
 * that what failed together does not come again together.
 *
 * @param attempts that failed, from 1.
 * @param chance from 0 to 1.
 */
export function backOff(attempts: number, chance: number): number {
  const full = Math.min(FIRST_MS * 2 ** (attempts - 1), MOST_MS);
  return Math.round(full * (1 - chance / 2));
}
