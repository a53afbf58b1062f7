/** Time, as everything that decides by it gets it. */
export interface Clock {
  now(): Date;
  /** Resolves after `milliseconds`, or at once when `signal` fires; never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
