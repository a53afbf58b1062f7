/** What a cloud's API is asked to do. */
export type SimOperation =
  | "launch"
  | "terminate"
  | "list"
  | "stop"
  | "start"
  | "offerings"
  | "console"
  | "verify";

export interface BucketLimit {
  /** The most that may be asked at once. */
  readonly capacity: number;
  readonly refillPerSecond: number;
}

/** What is missing has no limit. */
export interface SimLimits {
  /** API requests. */
  readonly requests: Partial<Readonly<Record<SimOperation, BucketLimit>>>;
  /** Machines that API requests are about. */
  readonly machines: Partial<
    Readonly<Record<"launch" | "terminate" | "stop" | "start", BucketLimit>>
  >;
  /** Machines that one API request launches at most; 500. */
  readonly launchBatch?: number;
  /** `Throttled` says when to ask again, as Azure's answers do and EC2's do not. */
  readonly tellsRetryAfter?: boolean;
}

/**
 * Of an AWS account in a region that nobody asked to raise, after "Request throttling for the Amazon
 * EC2 API" (https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html). Its text gives
 * RunInstances (1,000 machines, 2 a second), TerminateInstances (1,000, 20) and non-mutating actions
 * (100 requests, 20); start and stop by machine, and requests that change something, are of its
 * tables, which change from time to time.
 */
export const AWS_DEFAULT_LIMITS: SimLimits = {
  requests: {
    launch: { capacity: 5, refillPerSecond: 2 },
    terminate: { capacity: 100, refillPerSecond: 5 },
    start: { capacity: 5, refillPerSecond: 2 },
    stop: { capacity: 50, refillPerSecond: 5 },
    list: { capacity: 100, refillPerSecond: 20 },
    offerings: { capacity: 100, refillPerSecond: 20 },
    console: { capacity: 100, refillPerSecond: 20 },
    verify: { capacity: 100, refillPerSecond: 20 },
  },
  machines: {
    launch: { capacity: 1000, refillPerSecond: 2 },
    start: { capacity: 1000, refillPerSecond: 2 },
    terminate: { capacity: 1000, refillPerSecond: 20 },
    stop: { capacity: 1000, refillPerSecond: 20 },
  },
};

/**
 * Of an account that asked for more.
 *
 * @param options.machines for launch and start; terminate and stop are raised by the same factors.
 * @param options.requests by what request limits are multiplied.
 */
export function raisedLimits(
  options: { readonly machines?: BucketLimit; readonly requests?: number } = {},
): SimLimits {
  const { machines: launch = { capacity: 5000, refillPerSecond: 50 }, requests = 10 } = options;
  const from = AWS_DEFAULT_LIMITS.machines;
  const burst = launch.capacity / (from.launch?.capacity ?? 1);
  const rate = launch.refillPerSecond / (from.launch?.refillPerSecond ?? 1);
  const times = (limit: BucketLimit | undefined, capacity: number, refill: number) => ({
    capacity: (limit?.capacity ?? 0) * capacity,
    refillPerSecond: (limit?.refillPerSecond ?? 0) * refill,
  });
  return {
    requests: Object.fromEntries(
      Object.entries(AWS_DEFAULT_LIMITS.requests).map(([operation, limit]) => [
        operation,
        times(limit, requests, requests),
      ]),
    ),
    machines: {
      launch,
      start: launch,
      terminate: times(from.terminate, burst, rate),
      stop: times(from.stop, burst, rate),
    },
  };
}

/** Against what floating point loses when a bucket is filled in small steps. */
const EPSILON = 1e-9;

/** Full when it is first used. Its limit may be another one each time. */
export class TokenBucket {
  #level: number | undefined;
  #at = 0;

  level(limit: BucketLimit, now: number): number {
    const refilled = ((now - this.#at) / 1000) * limit.refillPerSecond;
    this.#level = Math.min(limit.capacity, (this.#level ?? limit.capacity) + refilled);
    this.#at = now;
    return this.#level;
  }

  /**
   * All or none. More than the bucket can ever hold is given when it is full, and owed: it stands
   * for a cloud's adapter that sends a large call in parts.
   */
  take(limit: BucketLimit | undefined, count: number, now: number): boolean {
    if (limit === undefined) return true;
    const level = this.level(limit, now);
    if (level + EPSILON < Math.min(count, limit.capacity)) return false;
    this.#level = level - count;
    return true;
  }

  give(count: number): void {
    if (this.#level !== undefined) this.#level += count;
  }

  /** Seconds until `take` would succeed. */
  wait(limit: BucketLimit, count: number, now: number): number {
    const missing = Math.min(count, limit.capacity) - this.level(limit, now);
    return Math.max(0, missing / limit.refillPerSecond);
  }
}

/** The buckets of one account in one region. */
export class Limiter {
  limits: SimLimits | undefined;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(limits: SimLimits | undefined) {
    this.limits = limits;
  }

  get launchBatch(): number {
    return this.limits?.launchBatch ?? 500;
  }

  request(operation: SimOperation, now: number): boolean {
    return this.#bucket("requests", operation).take(this.limits?.requests[operation], 1, now);
  }

  machines(operation: keyof SimLimits["machines"], count: number, now: number): boolean {
    return this.#bucket("machines", operation).take(this.limits?.machines[operation], count, now);
  }

  giveBack(operation: keyof SimLimits["machines"], count: number): void {
    this.#bucket("machines", operation).give(count);
  }

  /** Seconds after which one request for `count` machines is taken; undefined where the cloud does
   * not tell. */
  retryAfter(operation: SimOperation, count: number, now: number): number | undefined {
    if (this.limits?.tellsRetryAfter !== true) return undefined;
    const { requests, machines } = this.limits;
    const request = requests[operation];
    const machine = operation in machines ? machines[operation as "launch"] : undefined;
    return Math.max(
      request === undefined ? 0 : this.#bucket("requests", operation).wait(request, 1, now),
      machine === undefined ? 0 : this.#bucket("machines", operation).wait(machine, count, now),
    );
  }

  #bucket(kind: "requests" | "machines", operation: SimOperation): TokenBucket {
    const key = `${kind}/${operation}`;
    const existing = this.#buckets.get(key);
    if (existing !== undefined) return existing;
    const created = new TokenBucket();
    this.#buckets.set(key, created);
    return created;
  }
}
