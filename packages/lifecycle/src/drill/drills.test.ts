import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DRILLS } from "./drills.ts";

const text = readFileSync(new URL("../../../../docs/drills.md", import.meta.url), "utf8");

test("each drill has a name of its own, and docs/drills.md has it with what happens", () => {
  expect(new Set(DRILLS.map(({ name }) => name)).size).toBe(DRILLS.length);
  const listed = /\n## The accidents\n(.+?)\n## /s.exec(text)?.[1] ?? "";
  const rows = [...listed.matchAll(/^\| `([a-z-]+-[a-z-]+)` +\| (.+?) +\|$/gm)];
  expect(rows.map(([, name, what]) => [name, what])).toEqual(
    DRILLS.map(({ name, what }) => [name, what]),
  );
});
