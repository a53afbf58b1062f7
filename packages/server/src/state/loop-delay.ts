import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 10;
/** What was slow longer ago than two of these is not told any more. */
const WINDOW_MS = 60_000;

/** How late the event loop is with what is due: what every request waits for. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #before = 0;
  #since = 0;

  constructor() {
    this.#histogram.enable();
  }

  /** Milliseconds that one in a hundred looks was late, of the last minute or two. */
  p99(now: Date): number {
    const nanoseconds = this.#histogram.percentile(99);
    const current = Math.max(0, Math.round(nanoseconds / 1e5) / 10 - RESOLUTION_MS);
    const worst = Math.max(this.#before, current);
    if (now.getTime() - this.#since >= WINDOW_MS) {
      this.#since = now.getTime();
      this.#before = current;
      this.#histogram.reset();
    }
    return Math.round(worst * 10) / 10;
  }
}
