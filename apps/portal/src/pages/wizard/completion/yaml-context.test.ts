import { describe, expect, it } from "vitest";
import { ENTRY } from "./schema.ts";
import { pathOfKeyAt, yamlContext } from "./yaml-context.ts";

/** The place that is marked by `|`. */
function at(marked: string) {
  const offset = marked.indexOf("|");
  const context = yamlContext(marked.replace("|", ""), offset);
  if (context === undefined) return undefined;
  const path = context.path.map((step) => (step === ENTRY ? "[]" : step)).join(".");
  return { is: context.is, path, word: offset - context.from, siblings: context.siblings };
}

describe("what is being written", () => {
  it.each([
    ["|", "key", ""],
    ["Image:\n  |", "key", "Image"],
    ["Image:\n  Os: |", "value", "Image.Os"],
    ["Scheduling:\n  SlurmQueues:\n    - |", "key", "Scheduling.SlurmQueues.[]"],
    ["Scheduling:\n  SlurmQueues:\n  - |", "key", "Scheduling.SlurmQueues.[]"],
    ["A:\n- B:\n  - C: 1\n    |", "key", "A.[].B.[]"],
    ["A:\n  - B: 1\n    C:\n      D: 1\n    |", "key", "A.[]"],
    ["A:\n  B:\n    - C: 1\n    - D: 1\n  |", "key", "A"],
    ["A:\n  - B:\n      C: 1\nE: |", "value", "E"],
    ["A:\n  # D:\n\n  |", "key", "A"],
    ["A:\n  - B: |", "value", "A.[].B"],
    ["A:\n  - |", "key", "A.[]"],
  ])("at %j it is a %s of %s", (text, is, path) => {
    expect(at(text)).toMatchObject({ is, path });
  });

  it("knows the word that was begun, and the keys beside it", () => {
    expect(at("A:\n  B: 1\n  Ne|\n  C: 2\nD: 1")).toEqual({
      is: "key",
      path: "A",
      word: 2,
      siblings: ["B", "C"],
    });
    expect(at("A:\n  - B: 1\n    |\n    C: 1\n  - D: 1")?.siblings).toEqual(["B", "C"]);
    expect(at("A:\n  - |\n    C: 1\n  - D: 1")?.siblings).toEqual(["C"]);
  });

  it("is nothing in comments, in quotes, and right behind a colon", () => {
    expect(at("A: 1 # |")).toBeUndefined();
    expect(at('"a|')).toBeUndefined();
    expect(at("A:|")).toBeUndefined();
  });
});

it("finds the key that is pointed at", () => {
  const text = "A:\n  - Name: x\n    Count: 2\n";
  const found = pathOfKeyAt(text, text.indexOf("ount"));
  expect(found).toEqual({
    path: ["A", ENTRY, "Count"],
    from: text.indexOf("Count"),
    to: text.indexOf(": 2"),
  });
  expect(pathOfKeyAt(text, text.indexOf("2"))).toBeUndefined();
});
