import { performance } from "node:perf_hooks";
import type { Clock } from "@sluice/model";

/** Time that runs fast, so that what waits for seconds waits for milliseconds. */
export class QuickClock implements Clock {
  readonly #start = Date.parse("2026-01-05T08:00:00Z");
  readonly #began = performance.now();
  readonly #factor = 50;

  now(): Date {
    return new Date(this.#start + (performance.now() - this.#began) * this.#factor);
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (signal?.aborted) return Promise.resolve();
    const timer = setTimeout(resolve, milliseconds / this.#factor);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
    return promise;
  }
}
