import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compressHostList, expandHostList } from "./host-list.ts";

describe("expandHostList", () => {
  test.each<[string, string[]]>([
    ["", []],
    ["head", ["head"]],
    [
      "cpu-dy-a-[1-3,7],x[001-003]",
      ["cpu-dy-a-1", "cpu-dy-a-2", "cpu-dy-a-3", "cpu-dy-a-7", "x001", "x002", "x003"],
    ],
    ["r[1-2]n[0-1]", ["r1n0", "r1n1", "r2n0", "r2n1"]],
    ["a[1-2]-ib", ["a1-ib", "a2-ib"]],
    ["n[098-101]", ["n098", "n099", "n100", "n101"]],
    ["b, a,,b", ["b", "a", "b"]],
  ])("%s", (text, names) => {
    expect(expandHostList(text)).toEqual(names);
  });

  test.each([
    "a[1-3",
    "a1-3]",
    "a[[1]]",
    "a[]",
    "a[x]",
    "a[3-1]",
    "a[1-]",
    "a b",
    "a=b",
    "a;rm",
    "a[1-1000001]",
    "a[1-1000][1-1001]",
    "a[1-99999999999999999999]",
    `a${"[1]".repeat(10_000)}`,
  ])("refuses %s", (text) => {
    expect(() => expandHostList(text)).toThrow(
      expect.objectContaining({ code: "SLURM_HOSTLIST_INVALID" }),
    );
  });

  test("takes as many names as it allows", () => {
    expect(expandHostList("a[1-1000000]")).toHaveLength(1_000_000);
    expect(() => expandHostList("a[1-3],b", 3)).toThrow();
  });
});

describe("compressHostList", () => {
  test.each<[string[], string]>([
    [[], ""],
    [["a"], "a"],
    [["a1"], "a1"],
    [["a3", "a1", "a2", "a1"], "a[1-3]"],
    [["cpu-dy-a-1", "cpu-st-a-1", "cpu-dy-a-3"], "cpu-dy-a-[1,3],cpu-st-a-1"],
    [["x001", "x003", "x002"], "x[001-003]"],
    [["x099", "x100"], "x[099-100]"],
    [["n1-ib", "n2-ib"], "n[1-2]-ib"],
    [["a1", "a01"], "a1,a01"],
  ])("%j", (names, text) => {
    expect(compressHostList(names)).toBe(text);
  });

  test.each(["", "a b", "a,b", "a[1]", "a\n"])("refuses %j", (name) => {
    expect(() => compressHostList([name])).toThrow(
      expect.objectContaining({ code: "SLURM_HOSTLIST_INVALID" }),
    );
  });

  const name = fc
    .tuple(
      fc.constantFrom("a", "b-", "cpu-dy-x-", "r1n"),
      fc.oneof(
        fc.nat(120).map(String),
        fc.nat(12).map((n) => String(n).padStart(3, "0")),
        fc.constant(""),
      ),
      fc.constantFrom("", "-ib"),
    )
    .map((parts) => parts.join(""));

  test("stands for the same names, each once, whatever their order", () => {
    fc.assert(
      fc.property(fc.array(name, { maxLength: 60 }), (names) => {
        const back = expandHostList(compressHostList(names));
        expect(new Set(back).size).toBe(back.length);
        expect([...back].sort()).toEqual([...new Set(names)].sort());
      }),
    );
  });

  test("of an expanded list is as short as it gets", () => {
    fc.assert(
      fc.property(fc.nat(500), fc.integer({ min: 1, max: 500 }), (first, count) => {
        const list = `cpu-dy-a-[${first}-${first + count}]`;
        expect(compressHostList(expandHostList(list))).toBe(list);
      }),
    );
  });
});
