import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { consoleFile, consoleTail } from "./console.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-console-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a console that has not said anything is empty", async () => {
  expect(await consoleTail(folder, 100)).toBe("");
});

test("the end of a long console begins with a whole character", async () => {
  writeFileSync(consoleFile(folder), `${"ä".repeat(100)}€`);
  expect(await consoleTail(folder, 5)).toBe("ä€");
  expect(await consoleTail(folder, 6)).toBe("ä€");
  expect(await consoleTail(folder, 1000)).toBe(`${"ä".repeat(100)}€`);
});

test("what a terminal would make of it is left out", async () => {
  writeFileSync(consoleFile(folder), "[\u001b[0;32m  OK  \u001b[0m] Reached\r\nnext\r\n");
  expect(await consoleTail(folder, 1000)).toBe("[  OK  ] Reached\nnext\n");
});
