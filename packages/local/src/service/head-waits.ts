import { SluiceError } from "@sluice/model";
import type { HeadWord } from "./head-rows.ts";

interface Waiter {
  readonly cluster: string;
  readonly onProgress: (message: string) => void;
  readonly isDone: () => boolean;
  readonly isLost: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface WaitOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly onProgress: (message: string) => void;
  /** Asked whenever a head said what it is. */
  readonly isDone: () => boolean;
  /** Asked when a head died or could not be set up: whether it is of no use to wait for others. */
  readonly isLost: () => boolean;
}

/** Those who wait for the heads of a cluster to report themselves. */
export class HeadWaits {
  readonly #waiters = new Set<Waiter>();

  wait(cluster: string, options: WaitOptions): Promise<void> {
    const { signal, timeoutMs, onProgress, isDone, isLost } = options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(notInTime(timeoutMs)), timeoutMs);
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    const waiter: Waiter = { cluster, onProgress, isDone, isLost, resolve, reject };
    this.#waiters.add(waiter);
    if (signal.aborted) abort();
    const ended = promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      this.#waiters.delete(waiter);
    });
    // Nobody may be listening yet when it fails; the caller awaits it in a moment.
    ended.catch(() => {});
    return ended;
  }

  /** On its way. */
  progress(cluster: string, message: string): void {
    for (const waiter of this.#of(cluster)) waiter.onProgress(message);
  }

  /** What a head says it is, once that is written down. */
  said(cluster: string, word: HeadWord, message: string): void {
    for (const { isDone, isLost, resolve, reject } of this.#of(cluster)) {
      if (word !== "failed") {
        if (isDone()) resolve();
        continue;
      }
      const text = `the head could not be set up: ${message}`;
      if (isLost()) reject(new SluiceError("HEAD_SETUP_FAILED", "system", text));
    }
  }

  died(cluster: string): void {
    for (const { isLost, reject } of this.#of(cluster)) {
      const message = "the head machine died before it was ready";
      if (isLost()) reject(new SluiceError("HEAD_DIED", "system", message));
    }
  }

  #of(cluster: string): readonly Waiter[] {
    return [...this.#waiters].filter((waiter) => waiter.cluster === cluster);
  }
}

function notInTime(timeoutMs: number): SluiceError {
  const message = `the head was not ready within ${timeoutMs / 1000} s`;
  return new SluiceError("HEAD_TIMEOUT", "system", message, {
    hint: "raise DevSettings.Timeouts.HeadNodeBootstrapTimeout on a slow machine",
  });
}
