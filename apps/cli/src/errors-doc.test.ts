import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const DOCUMENT = "docs/errors.md";

/** `new SluiceError("CODE"`, classes that hand their code to `super`, and documents of errors. */
const THROWN = /(?:new SluiceError\(|super\(|\bcode:)\s*"([A-Z][A-Z0-9_]+)"/g;

/** A table from kinds to codes, such as that of the cloud's errors: `CODES … = { Kind: "CODE", … }`. */
const TABLE = /\b[A-Z_]*CODES\b[^=;]*=\s*\{([^}]*)\}/g;
const TABLE_ENTRY = /:\s*"([A-Z][A-Z0-9_]+)"/g;

const ROW = /^\|\s*`([A-Z][A-Z0-9_]+)`\s*\|/gm;

/** Each code with the files that can throw it. */
function codesInSources(): Map<string, string[]> {
  const places = new Map<string, string[]>();
  const sources = globSync(["packages/*/src/**/*.ts", "apps/*/src/**/*.{ts,tsx}"], { cwd: ROOT });
  for (const file of sources.sort()) {
    if (/\.test\.tsx?$|(^|\/)testing\//.test(file)) continue;
    for (const code of codesIn(readFileSync(`${ROOT}/${file}`, "utf8"))) {
      places.set(code, [...(places.get(code) ?? []), file]);
    }
  }
  return places;
}

function codesIn(text: string): Set<string> {
  const thrown = matches(text, THROWN);
  const tables = matches(text, TABLE).flatMap((body) => matches(body, TABLE_ENTRY));
  return new Set([...thrown, ...tables]);
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}

describe("docs/errors.md", () => {
  const places = codesInSources();
  const rows = matches(readFileSync(`${ROOT}/${DOCUMENT}`, "utf8"), ROW);

  it("has a row for every code that can be thrown", () => {
    const missing = [...places]
      .filter(([code]) => !rows.includes(code))
      .map(
        ([code, files]) => `add a row to ${DOCUMENT} for ${code}, thrown in ${files.join(", ")}`,
      );
    expect(missing.sort()).toEqual([]);
  });

  it("has no row for a code that nothing throws", () => {
    const stale = rows
      .filter((code) => !places.has(code))
      .map((code) => `remove ${code} from ${DOCUMENT}, or throw it: no source has it`);
    expect(stale).toEqual([]);
  });

  it("has one row a code, in order", () => {
    expect(rows).toEqual([...new Set(rows)].sort());
  });
});
