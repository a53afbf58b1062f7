import { expect, test } from "vitest";
import { hasReached, isContained, missingOf, parseGtids } from "./gtid.ts";

test.each([
  ["", "", true],
  ["", "0-1-5", true],
  ["0-1-5", "", false],
  ["0-1-5", "0-1-5", true],
  ["0-1-5", "0-1-4", false],
  // Five of the first machine are in a history that the second went on with.
  ["0-1-5", "0-1-5,0-2-9", true],
  ["0-1-6", "0-1-5,0-2-9", false],
  // What a copy that was made at the second's ninth knows of the first is nothing.
  ["0-1-5", "0-2-9", false],
  ["0-1-5,1-1-2", "0-1-7", false],
])("that %j is in a history that ends in %j: %s", (position, state, expected) => {
  expect(isContained(position, state)).toBe(expected);
});

test.each([
  ["0-1-5", "", true, 0n],
  ["", "0-1-5", false, 5n],
  ["0-2-7", "0-1-5", true, 0n],
  ["0-2-4", "0-1-5", false, 1n],
  ["0-1-4,1-1-1", "0-1-5,1-1-3", false, 3n],
])("%j has reached %j: %s, and misses %d", (position, least, reached, missing) => {
  expect(hasReached(position, least)).toBe(reached);
  expect(missingOf(position, least)).toBe(missing);
});

test("what is no position is refused", () => {
  expect(() => parseGtids("0-1")).toThrow("no position");
  expect(() => parseGtids("0-1-2; DROP")).toThrow("no position");
});
