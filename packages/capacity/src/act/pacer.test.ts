import { FakeClock } from "@sluice/slurm/testing";
import { expect, test } from "vitest";
import { Pacer } from "./pacer.ts";

const never = new AbortController().signal;

interface Limit {
  readonly burst: number;
  readonly perSecond: number;
  /** A call that outruns the bucket gets nothing, instead of what is left. */
  readonly wholeCalls?: boolean;
  /** It counts calls, not machines. */
  readonly byCall?: boolean;
  readonly latencyMs?: number;
}

/** A cloud with a bucket, and what asking it cost. */
class Bucket {
  readonly clock = new FakeClock();
  readonly pacer = new Pacer(this.clock);
  readonly #limit: Limit;
  #level: number;
  #at = 0;
  calls = 0;
  /** Calls that gave nothing. */
  wasted = 0;
  doneAt = 0;

  constructor(limit: Limit) {
    this.#limit = limit;
    this.#level = limit.burst;
    this.#at = this.#now();
  }

  #now(): number {
    return this.clock.now().getTime();
  }

  #take(count: number, whole: boolean): number {
    const { burst, perSecond, wholeCalls = false, byCall = false } = this.#limit;
    const earned = ((this.#now() - this.#at) / 1000) * perSecond;
    this.#level = Math.min(burst, this.#level + earned);
    this.#at = this.#now();
    const there = Math.floor(this.#level + 1e-6) * (byCall ? count : 1);
    const taken = there >= count ? count : wholeCalls || whole ? 0 : there;
    this.#level -= byCall ? Math.min(1, taken) : taken;
    this.calls += 1;
    if (taken === 0) this.wasted += 1;
    return taken;
  }

  /** Asks for `count` machines as the launcher does. */
  async ask(count: number, whole = false): Promise<void> {
    const ticket = this.pacer.enter();
    let left = count;
    while (left > 0) {
      const turn = await this.pacer.admit(ticket, left, whole, never);
      if (turn === undefined) return;
      if (this.#limit.latencyMs !== undefined) await this.clock.sleep(this.#limit.latencyMs);
      const taken = this.#take(turn.count, whole);
      this.pacer.answered(turn, { taken, throttled: turn.count - taken });
      left -= taken;
    }
    this.doneAt = Math.max(this.doneAt, this.seconds);
  }

  get seconds(): number {
    return (this.#now() - Date.parse("2030-01-01T00:00:00Z")) / 1000;
  }
}

/** @returns how many seconds all of them took. */
async function finish(bucket: Bucket, asks: readonly Promise<void>[]): Promise<number> {
  let over = false;
  void Promise.all(asks).then(() => {
    over = true;
  });
  while (!over) await bucket.clock.advance(500);
  return bucket.doneAt;
}

test("there is no limit until the cloud says that it is throttled", async () => {
  const bucket = new Bucket({ burst: 5000, perSecond: 2 });
  expect(await finish(bucket, [bucket.ask(4000)])).toBe(0);
  expect(bucket.calls).toBe(1);
  expect(bucket.pacer.perSecond).toBe(Number.POSITIVE_INFINITY);
});

/** Ideal is a machine the moment that there is a token; in vain are calls that gave nothing. */
test.each([
  ["gives what is left", { burst: 1000, perSecond: 2 }, 4000, 0.01],
  ["gives what is left, slowly", { burst: 1000, perSecond: 2, latencyMs: 1500 }, 4000, 0.01],
  ["refuses what is too much", { burst: 1000, perSecond: 2, wholeCalls: true }, 4000, 0.12],
  ["has raised limits", { burst: 5000, perSecond: 50 }, 20_000, 0.01],
  ["refuses with raised limits", { burst: 5000, perSecond: 50, wholeCalls: true }, 20_000, 0.3],
  ["has a small bucket, soon full", { burst: 10, perSecond: 20 }, 2000, 0.01],
])("a cloud that %s is asked at its own rate", async (_, limit, count, inVain) => {
  const bucket = new Bucket(limit);
  const took = await finish(bucket, [bucket.ask(count)]);
  const ideal = (count - limit.burst) / limit.perSecond;
  expect(took).toBeLessThan(ideal * 1.1 + 5);
  expect(bucket.wasted).toBeLessThanOrEqual(bucket.calls * inVain);
});

test("who came first is served first, and nobody overtakes", async () => {
  const bucket = new Bucket({ burst: 10, perSecond: 2 });
  const order: string[] = [];
  const ask = (name: string, count: number, whole: boolean) =>
    bucket.ask(count, whole).then(() => order.push(name));
  await finish(bucket, [bucket.ask(12)]);
  const asks = [ask("gang", 8, true), ask("one", 1, false), ask("many", 30, false)];
  await bucket.clock.advance(1000);
  asks.push(ask("late", 1, false));
  await finish(
    bucket,
    asks.map(async (one) => void (await one)),
  );
  expect(order).toEqual(["gang", "one", "many", "late"]);
});

test.each([4000, 20])("a gang of %i that is larger than any bucket goes in parts", async (size) => {
  const limit = { burst: size / 4, perSecond: size / 100, wholeCalls: true };
  const bucket = new Bucket(limit);
  const took = await finish(bucket, [bucket.ask(size, true)]);
  expect(took).toBeLessThan(((size - limit.burst) / limit.perSecond) * 1.5 + 20);
  expect(bucket.wasted).toBeLessThan(30);
});

test.each([undefined, 400])(
  "many gangs begin with a few, and their calls are paced",
  async (latencyMs) => {
    const limit = { burst: 5, perSecond: 2, byCall: true };
    const bucket = new Bucket(latencyMs === undefined ? limit : { ...limit, latencyMs });
    const took = await finish(
      bucket,
      Array.from({ length: 200 }, () => bucket.ask(3, true)),
    );
    expect(took).toBeLessThan(((200 - 5) / 2) * 1.25);
    expect(bucket.wasted).toBeLessThan(bucket.calls * 0.2);
  },
);

test("the cloud says when it wants to be asked again", async () => {
  const clock = new FakeClock();
  const pacer = new Pacer(clock);
  const ticket = pacer.enter();
  const first = await pacer.admit(ticket, 10, false, never);
  if (first === undefined) throw new Error("no turn");
  pacer.answered(first, { taken: 4, throttled: 6, retryAfter: 30 });
  let at = 0;
  void pacer.admit(ticket, 6, false, never).then(() => {
    at = clock.now().getTime();
  });
  await clock.advance(29_900);
  expect(at).toBe(0);
  await clock.advance(200);
  expect(at).toBe(Date.parse("2030-01-01T00:00:30Z"));
});

test("giving up ends the wait and lets the next one go", async () => {
  const bucket = new Bucket({ burst: 10, perSecond: 1 });
  // So long that the rate is known by the end.
  await finish(bucket, [bucket.ask(40)]);
  const abort = new AbortController();
  const waiting = bucket.pacer.admit(bucket.pacer.enter(), 1000, true, abort.signal);
  const next = bucket.ask(1);
  abort.abort();
  await expect(waiting).resolves.toBeUndefined();
  await finish(bucket, [next]);
});
