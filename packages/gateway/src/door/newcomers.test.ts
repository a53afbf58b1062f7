import { expect, it } from "vitest";
import { createNewcomers, type Newcomers } from "./newcomers.ts";

const clockAt = () => {
  let time = 1_000_000;
  return { now: () => new Date(time), pass: (milliseconds: number) => (time += milliseconds) };
};
/** How many of so many connections of an address come in. */
const enter = (newcomers: Newcomers, address: string, many: number, from = 1): number =>
  Array.from({ length: many }, (_, i) => newcomers.enter(address, from + i)).filter(Boolean).length;

it("of one address are so many, and others are not held up by them", () => {
  const newcomers = createNewcomers(clockAt());
  expect(enter(newcomers, "10.0.0.1", 1000)).toBe(128);
  expect(newcomers.enter("10.0.0.2", 1)).toBe(true);
});

it("of all addresses are so many", () => {
  const newcomers = createNewcomers(clockAt());
  const all = Array.from({ length: 100 }, (_, i) => enter(newcomers, `10.0.0.${i}`, 100));
  expect(all.reduce((sum, one) => sum + one)).toBe(512);
});

it("are counted a moment longer than they are there", () => {
  const clock = clockAt();
  const newcomers = createNewcomers(clock);
  let came = 0;
  for (let port = 1; port <= 1000; port++) {
    if (newcomers.enter("10.0.0.1", port)) came += 1;
    newcomers.leave("10.0.0.1", port);
  }
  expect(came).toBe(128);
  clock.pass(1000);
  expect(newcomers.enter("10.0.0.1", 1)).toBe(true);
});

it("with the key are newcomers no more, nor is what comes from there in the next minutes", () => {
  const clock = clockAt();
  const newcomers = createNewcomers(clock);
  enter(newcomers, "10.0.0.1", 128);
  expect(newcomers.enter("10.0.0.1", 500)).toBe(false);
  newcomers.know("10.0.0.1", 1);
  expect(enter(newcomers, "10.0.0.1", 1000, 500)).toBe(1000);
  // What did not show it is still there, and counts when the address is no longer known.
  clock.pass(11 * 60_000);
  expect(enter(newcomers, "10.0.0.1", 1000, 5000)).toBe(1);
  for (let port = 2; port <= 128; port++) newcomers.leave("10.0.0.1", port);
  clock.pass(1000);
  expect(enter(newcomers, "10.0.0.1", 1000, 10_000)).toBe(127);
});
