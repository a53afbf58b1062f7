import type { Clock } from "@sluice/model";
import { CloudError } from "../errors.ts";
import type { SimFaults } from "./sim-faults.ts";
import type { Limiter, SimOperation } from "./sim-limits.ts";
import { drawMs, type SimDuration } from "./sim-random.ts";

/** What was asked of one kind of operation so far. */
export interface SimTraffic {
  /** Calls of the contract. */
  calls: number;
  /** API requests that a cloud's adapter would have sent for them. */
  requests: number;
  /** Machines that the cloud accepted to do it with. */
  machines: number;
  /** Machines that were answered `Throttled`; whole calls, where they are not about machines. */
  throttled: number;
}

/** Machines that one API request ends, stops or starts at most, and that one page lists. */
const BATCH = 1000;

const nothing = (): SimTraffic => ({ calls: 0, requests: 0, machines: 0, throttled: 0 });

/** How a call comes to the cloud and back: its time, its failures, its limits. */
export class SimCalls {
  readonly traffic: Record<SimOperation, SimTraffic> = {
    launch: nothing(),
    terminate: nothing(),
    list: nothing(),
    stop: nothing(),
    start: nothing(),
    offerings: nothing(),
    console: nothing(),
    verify: nothing(),
  };
  readonly limiter: Limiter;
  readonly #clock: Clock;
  readonly #faults: SimFaults;
  readonly #latency: Partial<Record<SimOperation, SimDuration>>;
  readonly #random: () => number;

  constructor(parts: {
    readonly clock: Clock;
    readonly faults: SimFaults;
    readonly limiter: Limiter;
    readonly latency: Partial<Record<SimOperation, SimDuration>>;
    readonly random: () => number;
  }) {
    this.#clock = parts.clock;
    this.#faults = parts.faults;
    this.limiter = parts.limiter;
    this.#latency = parts.latency;
    this.#random = parts.random;
  }

  /** The effect comes at the end of the call's time; a call that is given up before has none. */
  async run<T>(
    operation: SimOperation,
    signal: AbortSignal | undefined,
    effect: () => T,
  ): Promise<T> {
    signal?.throwIfAborted();
    this.traffic[operation].calls += 1;
    const error = this.#faults.nextCallErrors.shift();
    const hang = this.#nextHang(operation);
    const latency = this.#faults.latencyMs + drawMs(this.#latency[operation] ?? 0, this.#random);
    await (latency > 0 ? this.#clock.sleep(latency, signal) : undefined);
    if (latency > 0) signal?.throwIfAborted();
    if (error !== undefined) throw error;
    if (hang === "before") await never(signal);
    const answer = effect();
    if (hang === "after") await never(signal);
    return answer;
  }

  /** @throws CloudError `Throttled` */
  spend(operation: SimOperation, requests = 1): void {
    for (let n = 0; n < requests; n++) {
      if (this.request(operation)) continue;
      this.traffic[operation].throttled += 1;
      throw this.throttled(operation);
    }
  }

  /** Whether one more API request is taken. */
  request(operation: SimOperation): boolean {
    this.traffic[operation].requests += 1;
    return this.limiter.request(operation, this.#now());
  }

  /** Does to each machine what may be done to it; the rest is answered `Throttled`. */
  each<T extends { readonly ok: boolean }>(
    operation: "terminate" | "stop" | "start",
    ids: readonly string[],
    effect: (id: string) => T,
  ): readonly (T | { readonly ok: false; readonly error: CloudError })[] {
    let taken = false;
    return ids.map((id, index) => {
      if (index % BATCH === 0) taken = this.request(operation);
      if (!taken || !this.limiter.machines(operation, 1, this.#now())) {
        this.traffic[operation].throttled += 1;
        return { ok: false, error: this.throttled(operation) } as const;
      }
      const outcome = effect(id);
      if (outcome.ok) this.traffic[operation].machines += 1;
      else this.limiter.giveBack(operation, 1);
      return outcome;
    });
  }

  pages(count: number): number {
    return Math.max(1, Math.ceil(count / BATCH));
  }

  throttled(operation: SimOperation, machines = 1): CloudError {
    const retryAfter = this.limiter.retryAfter(operation, machines, this.#now());
    return new CloudError("Throttled", `too many requests to ${operation}`, {
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  }

  #nextHang(operation: SimOperation): "before" | "after" | undefined {
    const { nextHangs } = this.#faults;
    const at = nextHangs.findIndex((one) => one.operation === operation);
    return at < 0 ? undefined : nextHangs.splice(at, 1)[0]?.when;
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}

/** Rejects when `signal` fires. */
function never(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
