import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { largeClusterText } from "../testing/large-cluster.ts";
import { yamlTexts } from "../testing/yaml-texts.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import type { Place } from "./yaml-reader.ts";
import { readWithLibrary } from "./yaml-source.ts";

const RUNS = Number(process.env.SLUICE_RUNS ?? 500);

/** Where everything starts; where collections end is told apart by nobody. */
function startsOf({ offset, keys, items }: Place): unknown {
  return {
    offset,
    keys: [...keys].map(([key, entry]) => [key, entry.offset, startsOf(entry.place)]),
    items: items.map(startsOf),
  };
}

function expectTheSame(text: string): boolean {
  const plain = readPlainYaml(text);
  if (plain === undefined || plain === "too large") return false;
  const library = readWithLibrary(text);
  expect(library.problems).toEqual([]);
  expect(plain.value).toEqual(library.value);
  expect(JSON.stringify(plain.value)).toBe(JSON.stringify(library.value));
  expect(startsOf(plain.place)).toEqual(startsOf(library.place));
  return true;
}

describe("readPlainYaml", { timeout: 1_000_000 }, () => {
  it("reads what the library reads, where it reads at all", () => {
    fc.assert(
      fc.property(yamlTexts(), (text) => void expectTheSame(text)),
      { numRuns: RUNS },
    );
  });

  it("reads what the library reads of texts that were mangled", () => {
    const mangled = fc.tuple(
      yamlTexts({ anchors: false, frames: false }),
      fc.array(
        fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.constantFrom(..."\n -:#,[]{}'\"xX0.~\r")),
        {
          minLength: 1,
          maxLength: 4,
        },
      ),
    );
    fc.assert(
      fc.property(mangled, ([text, changes]) => {
        const changed = changes.reduce((before, [where, length, character]) => {
          const at = where % (before.length + 1);
          return before.slice(0, at) + character + before.slice(at + length);
        }, text);
        expectTheSame(changed);
      }),
      { numRuns: RUNS },
    );
  });

  it("reads what the library reads where lines end as on Windows", () => {
    fc.assert(
      fc.property(yamlTexts({ anchors: false, frames: false, multiline: false }), (text) => {
        expectTheSame(text.replaceAll("\n", "\r\n"));
      }),
      { numRuns: RUNS },
    );
    expect(expectTheSame("# x\r\n\r\na:\r\n  - b: 'c' # d\r\n")).toBe(true);
  });

  it("reads what the library reads of one scalar", () => {
    const scalar = fc.oneof(
      fc.string({ unit: fc.constantFrom(..."0123456789+-._eExobnNuUlL~:/ aTF#"), maxLength: 9 }),
      fc.string({ maxLength: 12 }),
      fc.string({ unit: "grapheme", maxLength: 6 }),
    );
    fc.assert(
      fc.property(scalar, (text) => {
        expectTheSame(`a: ${text}\nb: [${text}]\n`);
        expectTheSame(`- ${text}\n- c: ${text}\n`);
      }),
      { numRuns: RUNS * 2 },
    );
  });

  it("reads what the library reads of a large file", () => {
    expect(expectTheSame(largeClusterText({ queues: 20 }))).toBe(true);
  });

  it.each([
    "a: 1\n\tb: 2\n",
    "a: &x 1\n",
    "a: |\n  text\n",
    "a: one\n  two\n",
    "a: 1\na: 2\n",
    "a:\n    b: 1\n  c: 2\n",
    "? a\n: b\n",
    "a: [1,\n  2]\n",
    "a: 1\rb: 2\n",
    "__proto__: 1\n",
  ])("leaves %j to the library", (text) => {
    expect(readPlainYaml(text)).toBeUndefined();
  });
});
