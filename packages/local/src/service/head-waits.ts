import { SluiceError } from "@sluice/model";

interface Waiter {
  readonly onProgress: (message: string) => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Those who wait for a head to report itself ready, by cluster. */
export class HeadWaits {
  readonly #waiters = new Map<string, Waiter>();

  wait(
    cluster: string,
    options: { signal: AbortSignal; timeoutMs: number; onProgress: (message: string) => void },
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(
      () =>
        reject(
          new SluiceError(
            "HEAD_TIMEOUT",
            "system",
            `the head was not ready within ${options.timeoutMs / 1000} s`,
            {
              hint: "raise DevSettings.Timeouts.HeadNodeBootstrapTimeout on a slow machine",
            },
          ),
        ),
      options.timeoutMs,
    );
    const abort = (): void => reject(options.signal.reason as Error);
    options.signal.addEventListener("abort", abort, { once: true });
    this.#waiters.set(cluster, { onProgress: options.onProgress, resolve, reject });
    if (options.signal.aborted) abort();
    const ended = promise.finally(() => {
      clearTimeout(timer);
      options.signal.removeEventListener("abort", abort);
      this.#waiters.delete(cluster);
    });
    // Nobody may be listening yet when it fails; the caller awaits it in a moment.
    ended.catch(() => {});
    return ended;
  }

  /** What the head itself says. */
  report(cluster: string, status: "progress" | "ready" | "failed", message: string): void {
    const waiter = this.#waiters.get(cluster);
    if (waiter === undefined) return;
    if (status === "progress") waiter.onProgress(message);
    else if (status === "ready") waiter.resolve();
    else
      waiter.reject(
        new SluiceError("HEAD_SETUP_FAILED", "system", `the head could not be set up: ${message}`),
      );
  }

  died(cluster: string): void {
    this.#waiters
      .get(cluster)
      ?.reject(new SluiceError("HEAD_DIED", "system", "the head machine died before it was ready"));
  }
}
