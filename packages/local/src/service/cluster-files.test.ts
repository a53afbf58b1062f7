import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseClusterFile } from "@sluice/model";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { statePaths } from "../paths.ts";
import { ClusterFilesStore } from "./cluster-files.ts";
import { newClusterRow } from "./cluster-row.ts";
import { LiveClusters } from "./live-clusters.ts";
import { LiveSites } from "./live-site.ts";
import { type ClusterRow, LocalStore } from "./store.ts";

const fileOf = (queues: string, types = ""): string => `Provider: local
Scheduling: { SlurmQueues: [${queues}] }
Local: { MachineTypes: [${types}] }
`;
const queue = (name: string, type = "local.small"): string =>
  `{ Name: ${name}, ComputeResources: [{ Name: r, InstanceType: ${type}, MaxCount: 1 }] }`;
const FIRST = fileOf(queue("cpu"));
const NEXT = fileOf(queue("gpu", "big"), "{ Name: big, VCpus: 8, Memory: 1024 }");

const configOf = (text: string) => {
  const parsed = parseClusterFile(text, { fileName: "f.yaml" });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
  return parsed.config;
};
const request = (configText: string, replaces = 1) => ({
  name: "c",
  config: configOf(configText),
  configText,
  headUserData: `user data of ${configText.length}`,
  replaces,
});

let folder: string;
let store: LocalStore;
let files: ClusterFilesStore;
let live: LiveClusters;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "files-"));
  store = new LocalStore(join(folder, "local.sqlite"));
  files = new ClusterFilesStore(store);
  const state = statePaths({ SLUICE_STATE_DIR: folder });
  live = new LiveClusters(store, state, new LiveSites(store, state));
  store.insertCluster(newClusterRow(request(FIRST), { network: { base: 0x0ad00000, prefix: 20 } }));
  store.updateCluster("c", { status: "CREATE_COMPLETE" });
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const row = (): ClusterRow => {
  const found = store.cluster("c");
  if (found === undefined) throw new Error("no cluster");
  return found;
};
const states = () => files.list("c").map(({ version, state }) => `${version} ${state}`);

describe("the files of a cluster", () => {
  test("each is kept, and is in force when the head says so", () => {
    expect(files.give(row(), request(NEXT))).toEqual({ version: 2, text: NEXT });
    expect(files.wanted(row())).toEqual({ version: 2, text: NEXT });
    expect(row()).toMatchObject({ status: "UPDATE_IN_PROGRESS", configText: FIRST });
    const done = { version: 2, status: "done", message: "in force" } as const;
    files.report(row(), done);
    files.report(row(), done);
    expect(row()).toMatchObject({ status: "UPDATE_COMPLETE", fileVersion: 2, configText: NEXT });
    expect(row().headUserData).toBe(request(NEXT).headUserData);
    expect(states()).toEqual(["1 former", "2 in-force"]);
    expect(store.events("c").map(({ status }) => status)).toEqual(["started", "done"]);
  });

  test("one that failed is not wanted any more, and a later one has the next number", () => {
    files.give(row(), request(NEXT));
    files.report(row(), { version: 2, status: "failed", message: "no such plugin" });
    expect(row()).toMatchObject({ status: "UPDATE_FAILED", reason: "no such plugin" });
    expect(files.wanted(row())).toEqual({ version: 1, text: FIRST });
    expect(files.give(row(), request(NEXT)).version).toBe(3);
    expect(states()).toEqual(["1 in-force", "2 failed", "3 wanted"]);
  });

  test("only the one in force is taken while another is on its way", () => {
    files.give(row(), request(NEXT));
    expect(() => files.give(row(), request(fileOf(queue("other"))))).toThrow("under way");
    files.give(row(), request(FIRST));
    expect(states()).toEqual(["1 in-force", "2 replaced", "3 wanted"]);
    // The head was done with the other just then: that is what is to be gone back from.
    files.report(row(), { version: 2, status: "done", message: "" });
    expect(row()).toMatchObject({ status: "UPDATE_IN_PROGRESS", fileVersion: 2 });
    files.report(row(), { version: 3, status: "done", message: "" });
    expect(row()).toMatchObject({ status: "UPDATE_COMPLETE", configText: FIRST });
  });

  test("an update planned for another file is refused, and one of a cluster out of service", () => {
    expect(() => files.give(row(), request(NEXT, 4))).toThrow("version 1");
    store.updateCluster("c", { status: "STOPPED" });
    expect(() => files.give(row(), request(NEXT))).toThrow("is STOPPED");
  });
});

describe("what machines are made by", () => {
  test("follows the stage that the head runs with, and names follow before", () => {
    files.give(row(), request(NEXT));
    expect(live.get("c")?.types.has("big")).toBe(false);
    files.prepare(row(), configOf(NEXT));
    expect(live.get("c")?.types.has("big")).toBe(true);
    expect(live.get("c")?.nodes).toEqual(["cpu-dy-r-1", "gpu-dy-r-1"]);
    files.prepare(row(), configOf(FIRST));
    expect(row().stage).toBeNull();
    files.prepare(row(), configOf(NEXT));
    files.report(row(), { version: 2, status: "done", message: "" });
    expect(live.get("c")?.nodes).toEqual(["gpu-dy-r-1"]);
    expect(row().stage).toBeNull();
  });

  test("is what the file meant when it was taken, if it is not taken any more", () => {
    store.updateCluster("c", { configText: "Provider: local\nNoSuchKey: 1\n" });
    expect(live.get("c")?.nodes).toEqual(["cpu-dy-r-1"]);
  });

  test("without that, the cluster is there and says what is wrong with its file", () => {
    store.updateCluster("c", { configText: "Provider: local\nNoSuchKey: 1\n", config: null });
    expect(live.get("c")).toBeUndefined();
    expect(live.whyNot("c")?.message).toContain("NoSuchKey");
    expect(() => live.require("c")).toThrow("NoSuchKey");
    expect(() => live.require("none")).toThrow("there is no cluster named none");
  });
});
