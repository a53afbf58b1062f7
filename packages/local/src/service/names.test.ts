import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type NamedAddress, NamesFile } from "./names.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "names-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("a refresh that was asked for while another is at work has every name at its end", async () => {
  const all: NamedAddress[] = [];
  const names = new NamesFile(directory, () => all);
  const refreshes = Array.from({ length: 20 }, (_, index) => {
    all.push({ name: `node-${index}`, address: `10.0.0.${index}` });
    const wanted = `10.0.0.${index} node-${index}`;
    return names.refresh().then(() => {
      expect(readFileSync(join(directory, "hosts"), "utf8").split("\n")).toContain(wanted);
    });
  });
  await Promise.all(refreshes);
  expect(readdirSync(directory)).toEqual(["hosts"]);
});

test("a name that is gone is gone from the file", async () => {
  let all: readonly NamedAddress[] = [{ name: "node-1", address: "10.0.0.1" }];
  const names = new NamesFile(directory, () => all);
  await names.refresh();
  all = [];
  await names.refresh();
  expect(readFileSync(join(directory, "hosts"), "utf8")).not.toContain("node-1");
});
