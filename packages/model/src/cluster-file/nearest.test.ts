import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, nearest } from "./nearest.ts";

describe("nearest", () => {
  it.each([
    ["MaxCont", "MaxCount"],
    ["maxcount", "MaxCount"],
    ["MaxCuont", "MaxCount"],
    ["Name", "Name"],
    ["alinux2", "alinux2023"],
    ["Zebra", undefined],
    ["x", undefined],
    ["", undefined],
  ])("%s means %s", (word, meant) => {
    expect(nearest(word, ["MinCount", "MaxCount", "Name", "alinux2023"])).toBe(meant);
  });

  it("answers at once for words of any length", () => {
    expect(nearest("k".repeat(100_000), ["MinCount"])).toBeUndefined();
  });
});

describe("editDistance", () => {
  it("is symmetric, and 0 only for the same word", () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});
