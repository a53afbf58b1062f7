import type { Clock } from "@sluice/model";

/** Runs `call` with a signal that fires with `signal` or after `seconds`. */
export async function withTimeout<T>(
  clock: Clock,
  seconds: number,
  signal: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  void clock.sleep(seconds * 1000, done.signal).then(() => {
    if (!done.signal.aborted) late.abort(new Error(`no answer within ${seconds} s`));
  });
  try {
    return await call(AbortSignal.any([signal, late.signal]));
  } finally {
    done.abort();
  }
}
