import { FakeClock } from "@sluice/slurm/testing";
import { expect, test } from "vitest";
import { Pacer } from "./pacer.ts";

const never = new AbortController().signal;

test("there is no limit until the cloud says that it is throttled", async () => {
  const pacer = new Pacer(new FakeClock());
  expect(await pacer.admit(5000, false, never)).toBe(5000);
});

test("throttled, the rate halves at most once a second and doubles with calm", async () => {
  const clock = new FakeClock();
  const pacer = new Pacer(clock);
  await pacer.admit(400, false, never);
  pacer.throttled();
  pacer.throttled();
  expect(pacer.perSecond).toBe(200);
  await clock.advance(1000);
  expect(await pacer.admit(1000, false, never)).toBe(200);
  pacer.throttled();
  expect(pacer.perSecond).toBe(100);
  await clock.advance(5000);
  expect(await pacer.admit(1000, false, never)).toBe(200);
  await clock.advance(25_000);
  expect(await pacer.admit(1_000_000, false, never)).toBe(1_000_000);
});

test("who comes when the bucket is empty waits; a gang goes whole and is made up for", async () => {
  const clock = new FakeClock();
  const pacer = new Pacer(clock);
  await pacer.admit(20, false, never);
  pacer.throttled();
  const gang = pacer.admit(25, true, never);
  let after: number | undefined;
  const one = gang
    .then(() => pacer.admit(1, false, never))
    .then((count) => {
      after = clock.now().getTime();
      return count;
    });
  await clock.advance(200);
  expect(await gang).toBe(25);
  expect(after).toBeUndefined();
  await clock.advance(4000);
  expect(await one).toBe(1);
});

test("giving up ends the wait", async () => {
  const clock = new FakeClock();
  const pacer = new Pacer(clock);
  pacer.throttled();
  const abort = new AbortController();
  const waiting = pacer.admit(1, false, abort.signal);
  abort.abort();
  await expect(waiting).resolves.toBe(1);
});
