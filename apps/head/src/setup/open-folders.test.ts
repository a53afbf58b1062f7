import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseClusterFile, type SharedStorage } from "@sluice/model";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openFolders } from "./open-folders.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-open-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A folder as a new file system's root is, shared as the file says. */
function shared(name: string, settings: string): SharedStorage {
  const path = join(folder, name);
  mkdirSync(join(path, "lost+found"), { recursive: true });
  chmodSync(path, 0o755);
  const parsed = parseClusterFile(
    `Region: eu-central-1
Image: { Os: debian13 }
HeadNode: { InstanceType: t3.medium }
SharedStorage: [{ Name: ${name}, MountDir: /data, ${settings} }]
Scheduling: { SlurmQueues: [{ Name: q, ComputeResources: [{ Name: c, InstanceType: t3.micro }] }] }
`,
    { fileName: "f.yaml" },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
  const [storage] = parsed.config.SharedStorage;
  if (storage === undefined) throw new Error("no storage");
  return { ...storage, MountDir: path };
}

const open = (...storages: SharedStorage[]) =>
  openFolders(storages, { note: join(folder, "note"), sourceOf });

const sourceOf = async (path: string): Promise<string> => `source of ${path}`;
const modeOf = (storage: SharedStorage): string =>
  (statSync(storage.MountDir).mode & 0o7777).toString(8);

it("opens what the cluster made, and not what is somebody's", async () => {
  const made = shared("made", "StorageType: Ebs");
  const efs = shared("efs", "StorageType: Efs");
  const theirs = shared(
    "theirs",
    "StorageType: Ebs, EbsSettings: { VolumeId: vol-0123456789abcdef0 }",
  );
  await open(made, efs, theirs);
  expect([made, efs, theirs].map(modeOf)).toEqual(["1777", "1777", "755"]);
});

it("opens what the site of the cluster has made", async () => {
  const id = "EfsSettings: { FileSystemId: fs-01234567 }";
  const [one, used] = [
    shared("one", `StorageType: Efs, ${id}`),
    shared("used", `StorageType: Efs, ${id}`),
  ];
  writeFileSync(join(used.MountDir, "data"), "");
  await openFolders([one, used], { note: join(folder, "note"), isOfSite: true, sourceOf });
  expect([one, used].map(modeOf)).toEqual(["1777", "755"]);
});

it("leaves a folder alone that has something in it, or another mode", async () => {
  const used = shared("used", "StorageType: Ebs");
  writeFileSync(join(used.MountDir, "data"), "");
  const closed = shared("closed", "StorageType: Efs");
  chmodSync(closed.MountDir, 0o700);
  await open(used, closed);
  expect([used, closed].map(modeOf)).toEqual(["755", "700"]);
});

it("does it once: what people make of it stays", async () => {
  const made = shared("made", "StorageType: Ebs");
  await open(made);
  chmodSync(made.MountDir, 0o755);
  await open(made);
  expect(modeOf(made)).toBe("755");
});
