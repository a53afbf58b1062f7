import type { MonotonicClock } from "./contract.ts";

/**
 * A request that is given up after so many milliseconds, or when the signal fires: it may be done all
 * the same. Rejects then, also when nothing hears the signal that the request was given.
 */
export async function bounded<T>(
  { clock, milliseconds, signal }: Bounds,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const given = new AbortController();
  const settled = new AbortController();
  const over = AbortSignal.any(signal === undefined ? [given.signal] : [given.signal, signal]);
  const { promise: late, reject } = Promise.withResolvers<never>();
  late.catch(() => {});
  over.addEventListener("abort", () => reject(over.reason), { once: true });
  if (over.aborted) reject(over.reason);
  void clock.sleep(milliseconds, settled.signal).then(() => {
    if (!settled.signal.aborted) given.abort(new Error("the register did not answer in time"));
  });
  const answer = attempt(over);
  answer.catch(() => {});
  try {
    return await Promise.race([answer, late]);
  } finally {
    settled.abort();
  }
}

export interface Bounds {
  readonly clock: MonotonicClock;
  readonly milliseconds: number;
  readonly signal?: AbortSignal;
}
