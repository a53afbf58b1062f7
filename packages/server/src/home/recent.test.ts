import { expect, it } from "vitest";
import { Recent } from "./recent.ts";

/** A clock that stands still unless it is moved; whoever sleeps is woken by that. */
function standingClock() {
  let now = 0;
  const sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  return {
    now: () => new Date(now),
    sleep: (milliseconds: number, signal?: AbortSignal) =>
      new Promise<void>((wake) => {
        sleepers.push({ until: now + milliseconds, wake });
        signal?.addEventListener("abort", () => wake());
      }),
    move(milliseconds: number) {
      now += milliseconds;
      for (const { until, wake } of sleepers) if (until <= now) wake();
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it("looks once for all who ask, and shows the old while it looks anew", async () => {
  const clock = standingClock();
  let looks = 0;
  const look = async () => ++looks;
  const recent = new Recent({ clock, look, freshMs: 10, mostMs: 100, patienceMs: 50 });
  expect(await Promise.all([recent.of("a"), recent.of("a")])).toEqual([
    { value: 1, problem: undefined },
    { value: 1, problem: undefined },
  ]);
  clock.move(20);
  expect((await recent.of("a")).value).toBe(1);
  await settled();
  expect((await recent.of("a")).value).toBe(2);
  expect((await recent.of("b")).value).toBe(3);
});

it("waits no longer than it may for what does not come, and says why it has nothing", async () => {
  const clock = standingClock();
  const look = Promise.withResolvers<number>();
  const recent = new Recent({
    clock,
    look: () => look.promise,
    freshMs: 10,
    mostMs: 100,
    patienceMs: 50,
  });
  const asked = recent.of("a");
  await settled();
  clock.move(50);
  expect(await asked).toEqual({ value: undefined, problem: undefined });
  look.reject(new Error("away"));
  await settled();
  expect(await recent.of("a")).toEqual({ value: undefined, problem: new Error("away") });
});
