import { expect, test } from "vitest";
import { DEFAULT_POLICY } from "../policy.ts";
import type { Unavailability } from "../store/contract.ts";
import { ago, NOW } from "../testing/snapshot.ts";
import { type Failure, failedAgain, isForgotten } from "./refusals.ts";

const FAILURE: Failure = {
  pool: { queue: "q1", computeResource: "a" },
  offering: { instanceType: "small", zone: "z1", market: "spot" },
  cause: "capacity",
  reason: "none left",
  size: 8,
};
const again = (before: Unavailability | undefined, more: Partial<Failure> = {}, now = NOW) =>
  failedAgain(before, { ...FAILURE, ...more }, now, DEFAULT_POLICY);
const secondsOf = (item: Unavailability, now = NOW) =>
  (item.until.getTime() - now.getTime()) / 1000;

test.each([
  ["capacity", [30, 60, 120, 240, 480, 600, 600]],
  ["quota", [300, 600, 1200, 2400, 3600, 3600, 3600]],
] as const)(
  "what fails for %s again and again is left alone longer each time",
  (cause, expected) => {
    let now = NOW;
    let item: Unavailability | undefined;
    const seconds = expected.map(() => {
      item = again(item, { cause }, now);
      const took = secondsOf(item, now);
      now = item.until;
      return took;
    });
    expect(seconds).toEqual(expected);
  },
);

test("while it lasts only a smaller refusal is news; afterwards what was asked then counts", () => {
  const first = again(undefined);
  expect(again(first)).toBe(first);
  expect(again(first, { size: 9 })).toBe(first);
  expect(again(first, { size: 3 })).toEqual({ ...first, size: 3 });
  const later = { ...first, size: 1, until: ago(1) };
  expect(again(later, { size: 6 })).toMatchObject({ size: 6, failures: 2 });
});

test("what is long over is forgotten, and the next failure is the first", () => {
  const old = { ...again(undefined), failures: 5, until: ago(601) };
  expect(isForgotten({ ...old, until: ago(600) }, NOW, DEFAULT_POLICY)).toBe(false);
  expect(isForgotten(old, NOW, DEFAULT_POLICY)).toBe(true);
  expect(again(old)).toMatchObject({ failures: 1 });
  expect(isForgotten({ ...old, cause: "quota" }, NOW, DEFAULT_POLICY)).toBe(false);
});

test("a record that holds for several pools stays the one of the first", () => {
  const first = { ...again(undefined), until: ago(1) };
  expect(again(first, { pool: { queue: "q2", computeResource: "b" } }).pool).toEqual(FAILURE.pool);
});
