import { describe, expect, test } from "vitest";
import { namesEtag, rangeOf, unquoted } from "./range.ts";

describe("Range", () => {
  test.each([
    [undefined, undefined],
    ["bytes=0-0", { start: 0, end: 1 }],
    ["bytes=2-4", { start: 2, end: 5 }],
    ["bytes=2-", { start: 2, end: 10 }],
    ["bytes=2-100", { start: 2, end: 10 }],
    ["bytes=-3", { start: 7, end: 10 }],
    ["bytes=-30", { start: 0, end: 10 }],
    ["bytes=4-2", undefined],
    ["bytes=0-1,4-5", undefined],
    ["items=0-1", undefined],
    ["bytes=-", undefined],
    ["bytes=99999999999999999999-", undefined],
  ])("%s of ten bytes", (header, range) => {
    expect(rangeOf(header, 10)).toEqual(range);
  });

  test("beyond the end is refused", () => {
    for (const [header, size] of [
      ["bytes=10-", 10],
      ["bytes=-0", 10],
      ["bytes=0-", 0],
      ["bytes=-5", 0],
    ] as const) {
      expect(() => rangeOf(header, size)).toThrow(
        expect.objectContaining({ code: "RANGE_NOT_SATISFIABLE" }),
      );
    }
  });
});

test("etags are found in lists, weak or not", () => {
  expect(unquoted('W/"a-b"')).toBe("a-b");
  expect(namesEtag('"x", W/"a-b"', "a-b")).toBe(true);
  expect(namesEtag("*", "a-b")).toBe(true);
  expect(namesEtag('"a"', "a-b")).toBe(false);
});
