import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Answer } from "../account/contract.ts";
import { checkClusterFile } from "../cluster-file/parse.ts";
import { COMPUTE_CASES } from "./cases/compute.ts";

const FILES = COMPUTE_CASES.map(({ file }) => file);

const nothing = { answer: async () => [] as Answer[] };
const { signal } = new AbortController();

describe("a file of which any word is another", () => {
  const word = fc.constantFrom(
    "null",
    "~",
    "0",
    "-1",
    "true",
    "[]",
    "{}",
    "[null]",
    "{a: null}",
    '""',
    "__proto__",
    "1e400",
  );

  it("gives findings, and no check throws, with an account or without", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FILES),
        fc.array(fc.tuple(fc.nat(), word), { minLength: 1, maxLength: 4 }),
        async (file, changes) => {
          const text = changes.reduce((current, [at, other]) => {
            const values = [...current.matchAll(/(?<=: )[\w.-]+|\[[^[\]{}]*\]|\{[^[\]{}]*\}/g)];
            const value = values[at % Math.max(1, values.length)];
            if (value === undefined) return current;
            const end = value.index + value[0].length;
            return `${current.slice(0, value.index)}${other}${current.slice(end)}`;
          }, file);
          const result = await checkClusterFile(text, { fileName: "f" }, nothing, signal);
          const findings = result.ok ? result.warnings : result.findings;
          expect(findings.map(({ message }) => message).join("")).not.toMatch(/undefined|\bNaN\b/);
        },
      ),
      { numRuns: 500 },
    );
  });
});
