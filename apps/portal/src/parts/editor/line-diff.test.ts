import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DiffLine, lineDiff } from "./line-diff.ts";

const signs = { same: " ", added: "+", removed: "-" };
const shown = (lines: readonly DiffLine[]): string =>
  lines.map(({ kind, text }) => `${signs[kind]}${text}`).join("\n");

describe("the difference of two texts", () => {
  it("keeps what is the same and puts what goes before what comes", () => {
    expect(shown(lineDiff("a\nb\nc\nd\n", "a\nB\nc\nd\ne\n"))).toBe(" a\n-b\n+B\n c\n d\n+e");
  });

  it("finds a queue that was put in between", () => {
    const lines = lineDiff(
      "- Name: a\n  N: 1\n- Name: c\n  N: 1\n",
      "- Name: a\n  N: 1\n- Name: b\n  N: 1\n- Name: c\n  N: 1\n",
    );
    expect(lines.filter(({ kind }) => kind !== "same").map(({ kind }) => kind)).toEqual([
      "added",
      "added",
    ]);
  });

  it("puts an entry of a list where it begins", () => {
    const entry = (name: string) => `  - Name: ${name}\n    Size: 1\n`;
    const lines = lineDiff(
      `Os: a\nQueues:\n${entry("one")}`,
      `Os: b\nQueues:\n${entry("one")}${entry("two")}`,
    );
    expect(shown(lines)).toBe(
      "-Os: a\n+Os: b\n Queues:\n   - Name: one\n     Size: 1\n+  - Name: two\n+    Size: 1",
    );
  });

  it("has nothing to say of the same text, and of none", () => {
    expect(lineDiff("a\n", "a\n").map(({ kind }) => kind)).toEqual(["same"]);
    expect(lineDiff("", "")).toEqual([]);
    expect(lineDiff("", "a\n")).toEqual([{ kind: "added", after: 1, text: "a" }]);
  });

  it("gives both texts back, and never more lines than removing all and adding all", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 });
    fc.assert(
      fc.property(text, text, (old, now) => {
        const ends = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
        const lines = lineDiff(ends(old), ends(now));
        expect(lines.filter(({ kind }) => kind !== "added").map((line) => line.text)).toEqual(old);
        expect(lines.filter(({ kind }) => kind !== "removed").map((line) => line.text)).toEqual(
          now,
        );
        for (const line of lines) {
          if (line.kind !== "added") expect(old[line.before - 1]).toBe(line.text);
          if (line.kind !== "removed") expect(now[line.after - 1]).toBe(line.text);
        }
      }),
    );
  });

  it("gives up on the middle of texts that have nothing in common", () => {
    const many = (letter: string) =>
      Array.from({ length: 3000 }, (_, n) => `${letter}${n}`).join("\n");
    expect(lineDiff(`x\n${many("a")}`, `x\n${many("b")}`)).toHaveLength(6001);
  });
});
