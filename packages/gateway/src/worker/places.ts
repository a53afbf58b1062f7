/** So many at a time; the others wait in the order in which they came, unless their signal fires. */
export function createPlaces(
  count: number,
): <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T> {
  let free = count;
  const waiting = new Set<() => void>();

  const enter = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener("abort", leave);
        waiting.delete(begin);
        free -= 1;
        resolve();
      };
      const leave = (): void => {
        waiting.delete(begin);
        reject(signal.reason);
      };
      if (signal.aborted) return leave();
      if (free > 0) return begin();
      signal.addEventListener("abort", leave, { once: true });
      waiting.add(begin);
    });

  return async (signal, work) => {
    await enter(signal);
    try {
      return await work();
    } finally {
      free += 1;
      const [next] = waiting;
      next?.();
    }
  };
}
