import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Machine } from "@sluice/cloud";
import { afterEach, beforeEach, expect, it } from "vitest";
import { NodeNames } from "./node-names.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-names-"));
  path = join(folder, "hosts");
  writeFileSync(path, "127.0.0.1 localhost\n10.0.0.2 head\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

const machine = (node: string, address: string | undefined, state: Machine["state"]): Machine => ({
  ...{ id: `m-${node}`, token: "t", role: "compute", node, pool: undefined, state, address },
  ...{ launchedAt: new Date(0), tags: {} },
  offering: { instanceType: "x", zone: "z", market: "on-demand" },
});

const namesOf = (nodes: readonly string[]): NodeNames =>
  new NodeNames({ hosts: path, kept: join(folder, "kept") }, nodes);

/** Lines about nodes. */
const nodes = (): string[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => / n-\d$/.test(line));

it("names nodes that are off to addresses where nobody is, each its own", () => {
  namesOf(["n-1", "n-2"]).begin();
  expect(nodes()).toEqual(["127.64.0.0 n-1", "127.64.0.1 n-2"]);
  expect(readFileSync(path, "utf8")).toMatch(/^127\.0\.0\.1 localhost\n10\.0\.0\.2 head\n/);
});

it("follows the machines, and leaves what others write", () => {
  const names = namesOf(["n-1", "n-2", "n-3"]);
  names.update([machine("n-1", "10.0.0.5", "running"), machine("n-3", "10.0.0.7", "stopping")]);
  names.joined(machine("n-2", "10.0.0.6", "pending"));
  expect(nodes()).toEqual(["10.0.0.5 n-1", "10.0.0.6 n-2", "127.64.0.2 n-3"]);
  writeFileSync(path, `${readFileSync(path, "utf8")}10.0.0.9 licence-server`);
  names.update([machine("n-2", "10.0.0.6", "running"), machine("n-3", undefined, "pending")]);
  expect(nodes()).toEqual(["127.64.0.0 n-1", "10.0.0.6 n-2", "127.64.0.2 n-3"]);
  expect(readFileSync(path, "utf8")).toMatch(/^127.*\n10.0.0.2 head\n10.0.0.9 licence-server\n#/);
});

it("keeps what a former head knew until it has looked itself", () => {
  namesOf(["n-1"]).update([machine("n-1", "10.0.0.5", "running")]);
  writeFileSync(path, "127.0.0.1 localhost\n");
  namesOf(["n-1", "n-2"]).begin();
  expect(nodes()).toEqual(["10.0.0.5 n-1", "127.64.0.1 n-2"]);
});

it("tells other machines of nodes that have one, and of a change by another tag", () => {
  const names = namesOf(["n-1", "n-2"]);
  names.update([machine("n-1", "10.0.0.5", "running"), machine("x-9", "10.0.0.6", "running")]);
  const { text, gzip, etag } = names.answer();
  expect(text.split("\n").slice(1, -2)).toEqual(["10.0.0.5 n-1"]);
  expect(gunzipSync(gzip).toString()).toBe(text);
  expect(etag).toBe(createHash("sha256").update(text).digest("hex"));
  names.joined(machine("n-2", "10.0.0.7", "running"));
  expect(names.answer().text).toContain("10.0.0.7 n-2\n");
  expect(names.answer().etag).not.toBe(etag);
});
