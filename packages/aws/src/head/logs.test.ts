import { expect, test } from "vitest";
import { batchesOf } from "./logs.ts";

const line = (milliseconds: number, text = "x") => ({ time: new Date(milliseconds), text });

test("a batch has at most 10,000 events", () => {
  const sizes = batchesOf(Array.from({ length: 20_001 }, (_, at) => line(at))).map(
    (batch) => batch.length,
  );
  expect(sizes).toEqual([10_000, 10_000, 1]);
});

test("a batch has at most a megabyte, the 26 bytes of each event counted", () => {
  const batches = batchesOf(Array.from({ length: 10 }, (_, at) => line(at, "x".repeat(200_000))));
  expect(batches.map((batch) => batch.length)).toEqual([5, 5]);
});

test("a batch is of less than a day", () => {
  const day = 24 * 3600_000;
  expect(batchesOf([line(day), line(0), line(day - 1)]).map((batch) => batch.length)).toEqual([
    2, 1,
  ]);
});

test("a line that is too long is cut between two characters", () => {
  const [[event] = []] = batchesOf([line(0, "ä".repeat(200_000))]);
  const message = event?.message ?? "";
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(256 * 1024 - 26);
  expect(message).toMatch(/^ä+$/);
});

test("empty lines and no lines are no batch", () => {
  expect(batchesOf([line(0, "")])).toEqual([]);
  expect(batchesOf([])).toEqual([]);
});
