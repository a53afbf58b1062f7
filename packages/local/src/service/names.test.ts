import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type NamedAddress, NamesFile } from "./names.ts";

let directory: string;
let headDirectory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "names-"));
  headDirectory = mkdtempSync(join(tmpdir(), "names-"));
});
afterEach(() => {
  for (const folder of [directory, headDirectory]) rmSync(folder, { recursive: true });
});

test("a refresh that was asked for while another is at work has every name at its end", async () => {
  const all: NamedAddress[] = [];
  const names = new NamesFile({ directory, headDirectory, current: () => all, nodes: () => [] });
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
  const names = new NamesFile({ directory, headDirectory, current: () => all, nodes: () => [] });
  await names.refresh();
  all = [];
  await names.refresh();
  expect(readFileSync(join(directory, "hosts"), "utf8")).not.toContain("node-1");
});

test("every node resolves on the head, where it has no machine to nobody's address", async () => {
  const nodes = Array.from({ length: 300 }, (_, index) => `node-${index}`);
  const current = () => [{ name: "node-7", address: "10.0.0.7" }];
  await new NamesFile({ directory, headDirectory, current, nodes: () => nodes }).refresh();
  const lines = readFileSync(join(headDirectory, "hosts"), "utf8").trim().split("\n").slice(2);
  expect(lines.map((line) => line.split(" ")[1]).toSorted()).toEqual(nodes.toSorted());
  expect(lines.filter((line) => line.endsWith(" node-7"))).toEqual(["10.0.0.7 node-7"]);
  const spare = lines.filter((line) => !line.endsWith(" node-7"));
  expect(spare.every((line) => line.startsWith("127.64."))).toBe(true);
  expect(new Set(spare.map((line) => line.split(" ")[0])).size).toBe(299);
  expect(readFileSync(join(directory, "hosts"), "utf8")).not.toContain("node-8");
});
