import type { Registers } from "@sluice/cloud";
import { bounded } from "./bounded.ts";
import type { Lease, LeaseOptions, LeaseRecord, LeaseTimes } from "./contract.ts";
import { type Held, Tenancy } from "./tenancy.ts";

/** A take-over begins at most `take` and a beat after the last sign of the holder. */
export const LEASE_TIMES: LeaseTimes = { beat: 1000, stop: 4000, take: 6500 };

/**
 * A lease over a register of the cloud's: held by one at a time, whatever dies or stands still.
 *
 * ```
 *   following ── the record stood still for `take`, ──▶ holding ── `stop` since the last renewal, ──┐
 *       ▲        or its holder is gone or resigned         │        or somebody else has it         │
 *       │                                                  └── resign ──▶ onOver, then given up ────┤
 *       └───────────────────────────── onOver ◀─────────────────────────────────────────────────────┘
 * ```
 *
 * No two clocks are compared. A holder's time counts from when it sent the renewal, a follower's from
 * when it has seen what that wrote, which is later; `take` is longer than `stop`. A write that the
 * holder gave up and that arrives late is in the record before the follower's, which then fails, or
 * after it, and fails itself.
 */
export function keepLease(options: LeaseOptions): Lease {
  return new KeptLease(options);
}

/** What is in the register; undefined when the lease was never held. */
export async function readLease(
  registers: Pick<Registers, "read">,
  name: string,
  options?: { readonly signal?: AbortSignal },
): Promise<LeaseRecord | undefined> {
  const value = await registers.read(name, options);
  return value === undefined ? undefined : (JSON.parse(value.text) as LeaseRecord);
}

/** A record as it was first seen, by the follower's clock. */
interface Seen {
  readonly tag: string | undefined;
  readonly at: number;
}

class KeptLease implements Lease {
  readonly #options: LeaseOptions;
  readonly #times: LeaseTimes;
  #tenancy: Tenancy | undefined;
  /** Of what this one resigned itself: the others go first. */
  #resignedTag: string | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#times = options.times ?? LEASE_TIMES;
  }

  get isHeld(): boolean {
    return this.#tenancy?.isOver === false;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const held = await this.#follow(signal);
      if (held === undefined) return;
      const tenancy = new Tenancy(held, this.#options, this.#times);
      this.#tenancy = tenancy;
      const end = (): void => tenancy.end(undefined);
      signal.addEventListener("abort", end, { once: true });
      if (signal.aborted) end();
      try {
        this.#resignedTag = await tenancy.run();
      } finally {
        this.#tenancy = undefined;
        signal.removeEventListener("abort", end);
      }
    }
  }

  async resign(favourite?: string): Promise<boolean> {
    const tenancy = this.#tenancy;
    if (tenancy === undefined) return false;
    tenancy.end(favourite);
    await tenancy.ended;
    return true;
  }

  async setData(data: unknown): Promise<void> {
    if (this.#tenancy === undefined) throw new Error("the lease is not held");
    await this.#tenancy.setData(data);
  }

  /** Resolves when the lease was taken, or to undefined when the signal fires. */
  async #follow(signal: AbortSignal): Promise<Held | undefined> {
    const { clock, name, onError, registers } = this.#options;
    let seen: Seen | undefined;
    while (!signal.aborted) {
      try {
        const value = await bounded({ clock, milliseconds: this.#times.stop, signal }, (signal) =>
          registers.read(name, { signal }),
        );
        const tag = value?.tag;
        if (seen === undefined || seen.tag !== tag) seen = { tag, at: clock.milliseconds() };
        const record = value === undefined ? undefined : (JSON.parse(value.text) as LeaseRecord);
        const isFree = await this.#isFree(record, seen);
        if (isFree && !signal.aborted && (await this.#mayTake(record))) {
          const held = await this.#take(record, tag);
          if (held !== undefined) return held;
          continue;
        }
      } catch (error) {
        if (!signal.aborted) onError?.(error);
      }
      await clock.sleep(this.#times.beat, signal);
    }
    return undefined;
  }

  async #isFree(record: LeaseRecord | undefined, seen: Seen): Promise<boolean> {
    const { holder: self, clock, isGone } = this.#options;
    if (record === undefined) return true;
    // The process before this one, on the same machine: systemd runs one at a time.
    if (record.holder === self) return true;
    if (clock.milliseconds() - seen.at >= this.#times.take) return true;
    if (record.holder !== "") return (await isGone?.(record.holder).catch(() => false)) ?? false;
    if (record.for !== undefined) return record.for === self;
    return seen.tag !== this.#resignedTag;
  }

  async #mayTake(record: LeaseRecord | undefined): Promise<boolean> {
    return (await this.#options.mayTake?.(record)) ?? true;
  }

  async #take(before: LeaseRecord | undefined, tag: string | undefined): Promise<Held | undefined> {
    const { registers, name, holder, clock } = this.#options;
    const former = before?.holder;
    const record: LeaseRecord = {
      holder,
      term: (before?.term ?? 0) + 1,
      beat: 0,
      ...(before?.data === undefined ? {} : { data: before.data }),
    };
    const sentAt = clock.milliseconds();
    const written = await bounded({ clock, milliseconds: this.#times.stop }, (signal) =>
      registers.write(name, JSON.stringify(record), tag, { signal }),
    );
    if (written === undefined) return undefined;
    const isOther = former !== undefined && former !== "" && former !== holder;
    return { record, tag: written, sentAt, former: isOther ? former : undefined };
  }
}
