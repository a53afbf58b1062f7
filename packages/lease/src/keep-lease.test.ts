import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Lease, LeaseRecord, Tenure } from "./contract.ts";
import { keepLease, LEASE_TIMES, readLease } from "./keep-lease.ts";
import { type FreezableClock, MemoryRegisters, VirtualTime, type Way } from "./testing/index.ts";

/** When somebody may have been at work, by the time that the lease allowed. */
interface Span {
  readonly who: string;
  readonly term: number;
  readonly from: number;
  until: number;
}

class Machine {
  readonly name: string;
  readonly clock: FreezableClock;
  readonly way: Way = { delay: 5, loses: "nothing" };
  readonly lease: Lease;
  readonly tenures: Tenure[] = [];
  readonly errors: unknown[] = [];
  readonly over = new AbortController();
  stops = 0;
  mayTake = true;
  failsToStart = false;
  secondsToStop = 0.2;
  #span: Span | undefined;

  constructor(name: string, world: World) {
    this.name = name;
    const clock = world.time.clock();
    this.clock = clock;
    this.lease = keepLease({
      registers: world.registers.seenFrom(clock, this.way),
      name: "head",
      holder: name,
      clock,
      isGone: async (holder) => {
        await clock.sleep(20);
        return world.gone.has(holder);
      },
      mayTake: async () => this.mayTake,
      onHeldUntil: (until) => {
        if (this.#span === undefined) this.#pending = until;
        else this.#span.until = until;
      },
      onHeld: async (tenure) => {
        this.tenures.push(tenure);
        this.#span = { who: name, term: tenure.term, from: world.time.now, until: this.#pending };
        world.spans.push(this.#span);
        if (this.failsToStart) throw new Error("no start");
        await new Promise<void>((resolve) => {
          if (tenure.over.aborted) resolve();
          tenure.over.addEventListener("abort", () => resolve(), { once: true });
        });
      },
      onOver: async () => {
        this.stops += 1;
        await clock.sleep(this.secondsToStop * 1000);
        if (this.#span !== undefined && this.#span.until > world.time.now) {
          this.#span.until = world.time.now;
        }
        this.#span = undefined;
      },
      onError: (error) => this.errors.push(error),
    });
    void this.lease.run(this.over.signal);
  }

  #pending = 0;

  /** Its processes are no more. */
  dies(at: number): void {
    this.clock.freeze();
    this.isDead = true;
    if (this.#span !== undefined) this.#span.until = Math.min(this.#span.until, at);
  }

  isDead = false;
}

class World {
  readonly time = new VirtualTime();
  readonly registers = new MemoryRegisters(this.time);
  readonly gone = new Set<string>();
  readonly spans: Span[] = [];

  record(): LeaseRecord {
    return JSON.parse(this.registers.value("head")?.text ?? "{}") as LeaseRecord;
  }
}

let world: World;
let a: Machine;
let b: Machine;

beforeEach(async () => {
  world = new World();
  a = new Machine("a", world);
  await world.time.pass(100);
  b = new Machine("b", world);
  await world.time.pass(5000);
});

afterEach(async () => {
  for (const one of [a, b].filter(({ isDead }) => !isDead)) {
    one.clock.thaw();
    one.way.loses = "nothing";
    one.over.abort();
  }
  await world.time.pass(10_000);
  expect(overlaps(world.spans)).toEqual([]);
});

describe("a lease", () => {
  test("is the first one's, who keeps it", async () => {
    await world.time.pass(60_000);
    expect([a.tenures.length, b.tenures.length]).toEqual([1, 0]);
    expect(world.record()).toMatchObject({ holder: "a", term: 1 });
  });

  test("of one that stands still is taken, and that one stops when it wakes up", async () => {
    a.clock.freeze();
    await world.time.pass(LEASE_TIMES.take + 2 * LEASE_TIMES.beat);
    expect(b.lease.isHeld).toBe(true);
    expect(b.tenures[0]).toMatchObject({ term: 2, former: "a" });
    expect(a.tenures[0]?.over.aborted).toBe(false);
    a.clock.thaw();
    await world.time.pass(50);
    expect(a.tenures[0]?.over.aborted).toBe(true);
    await world.time.pass(20_000);
    expect([a.lease.isHeld, b.lease.isHeld]).toEqual([false, true]);
  });

  test.each(["requests", "answers"] as const)(
    "whose %s are lost is over before another one's begins",
    async (loses) => {
      a.way.loses = loses;
      await world.time.pass(LEASE_TIMES.stop + 100);
      expect(a.tenures[0]?.over.aborted).toBe(true);
      expect(b.lease.isHeld).toBe(false);
      await world.time.pass(LEASE_TIMES.take + 3 * LEASE_TIMES.beat);
      expect(b.lease.isHeld).toBe(true);
    },
  );

  test("outlives lost answers that are fewer than its time", async () => {
    a.way.loses = "answers";
    await world.time.pass(2000);
    a.way.loses = "nothing";
    await world.time.pass(20_000);
    expect([a.tenures.length, a.stops, b.tenures.length]).toEqual([1, 0, 0]);
  });

  test("of a machine that is gone is taken at once", async () => {
    a.dies(world.time.now);
    world.gone.add("a");
    await world.time.pass(LEASE_TIMES.beat + 100);
    expect(b.lease.isHeld).toBe(true);
  });

  test("is taken by nobody who may not", async () => {
    b.mayTake = false;
    a.clock.freeze();
    await world.time.pass(60_000);
    expect(b.lease.isHeld).toBe(false);
    b.mayTake = true;
    await world.time.pass(2000);
    expect(b.lease.isHeld).toBe(true);
  });

  test("is resigned when what it is for was stopped, and the other has it a beat later", async () => {
    a.secondsToStop = 6;
    const resigned = a.lease.resign("b");
    await world.time.pass(5900);
    expect(b.lease.isHeld).toBe(false);
    await world.time.pass(LEASE_TIMES.beat + 200);
    expect(await resigned).toBe(true);
    expect(b.tenures[0]?.former).toBeUndefined();
    const back = b.lease.resign("a");
    await world.time.pass(1500);
    expect(await back).toBe(true);
    expect(a.tenures.map(({ term }) => term)).toEqual([1, 3]);
  });

  test("that its holder can't use goes round", async () => {
    a.failsToStart = true;
    void a.lease.resign();
    await world.time.pass(3000);
    expect(b.lease.isHeld).toBe(true);
    b.clock.freeze();
    await world.time.pass(30_000);
    expect(a.tenures.length).toBeGreaterThan(2);
    b.clock.thaw();
    await world.time.pass(20_000);
    expect(b.lease.isHeld).toBe(true);
  });

  test("is the same machine's again at once when its process was another", async () => {
    a.dies(world.time.now);
    const again = new Machine("a", world);
    await world.time.pass(1100);
    expect(again.tenures[0]).toMatchObject({ term: 2, former: undefined });
    again.over.abort();
    await world.time.pass(2000);
  });

  test("is given up gently when its process ends", async () => {
    a.over.abort();
    await world.time.pass(1500);
    expect([a.stops, b.lease.isHeld]).toEqual([1, true]);
  });

  test("carries data to the next holder, written before that is told", async () => {
    const written = a.lease.setData({ inStep: ["b"] });
    await world.time.pass(20);
    await written;
    expect(world.record().data).toEqual({ inStep: ["b"] });
    a.clock.freeze();
    await world.time.pass(10_000);
    expect(b.tenures[0]?.data).toEqual({ inStep: ["b"] });
    expect(await readLease(reader(), "head")).toMatchObject({ holder: "b" });
    a.clock.thaw();
    await world.time.pass(100);
    await expect(a.lease.setData({})).rejects.toThrow(/not held/);
  });
});

function reader() {
  return { read: async (name: string) => world.registers.value(name) };
}

const blow = fc.record({
  after: fc.integer({ min: 0, max: 9000 }),
  who: fc.integer({ min: 0, max: 2 }),
  what: fc.constantFrom("freeze", "thaw", "requests", "answers", "nothing", "slow", "resign"),
});

test("is never two machines' at once, whatever stands still, is slow or cut off", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(blow, { maxLength: 25 }), async (blows) => {
      const other = new World();
      const machines = ["x", "y", "z"].map((name) => new Machine(name, other));
      for (const { after, who, what } of blows) {
        const { clock, way, lease } = machines[who] as Machine;
        if (what === "freeze") clock.freeze();
        else if (what === "thaw") clock.thaw();
        else if (what === "slow") way.delay = 700;
        else if (what === "resign") void lease.resign();
        else way.loses = what;
        await other.time.pass(after);
      }
      for (const { clock, way } of machines) {
        clock.thaw();
        Object.assign(way, { delay: 5, loses: "nothing" });
      }
      await other.time.pass(30_000);
      expect(overlaps(other.spans)).toEqual([]);
      expect(machines.filter(({ lease }) => lease.isHeld)).toHaveLength(1);
      for (const { over } of machines) over.abort();
      await other.time.pass(5000);
    }),
    { numRuns: 300 },
  );
});

/** Pairs of spans in which two machines may have been at work. */
function overlaps(spans: readonly Span[]): readonly (readonly [Span, Span])[] {
  return spans.flatMap((one, i) =>
    spans
      .slice(i + 1)
      .filter(({ who, from, until }) => who !== one.who && from < one.until && one.from < until)
      .map((other) => [one, other] as const),
  );
}
