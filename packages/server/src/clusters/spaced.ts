import type { Clock } from "@sluice/model";
import { tooManyRequests } from "../http/problems.ts";

/** How many times as long as a piece of work took all others have the server for themselves. */
const PAUSE = 3;
const WAITING_AT_MOST = 20;
const LATER_SECONDS = 5;

/**
 * Work that holds up every other request while it runs, one piece at a time and with pauses, so that
 * whoever asks for much of it takes a quarter of the server's time. Throws `TOO_MANY_REQUESTS` when
 * too many wait already.
 */
export function spaced(clock: Clock): <T>(work: () => Promise<T>) => Promise<T> {
  let last = Promise.resolve();
  let waiting = 0;
  return async (work) => {
    if (waiting >= WAITING_AT_MOST) throw tooManyRequests(LATER_SECONDS);
    waiting += 1;
    const before = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = promise;
    await before;
    const began = clock.now().getTime();
    try {
      return await work();
    } finally {
      waiting -= 1;
      void clock.sleep((clock.now().getTime() - began) * PAUSE).then(resolve);
    }
  };
}
