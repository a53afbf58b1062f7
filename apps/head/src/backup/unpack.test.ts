import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createZstdCompress } from "node:zlib";
import {
  type ArchivedFile,
  archive,
  BACKUP_FORMAT,
  type BackupManifest,
  textFile,
} from "@sluice/lifecycle/backup";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unpack } from "./unpack.ts";

const MANIFEST: BackupManifest = {
  format: BACKUP_FORMAT,
  clusterName: "demo",
  createdAt: new Date("2026-11-22T01:03:36.806Z"),
  sluiceVersion: "0.1.0",
  slurmVersion: "24.11",
  os: "debian13",
  fileVersion: 3,
  accounting: "own",
  isUpdating: false,
};

describe("a backup on a head", () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "sluice-restore-")), "restore");
  });
  afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

  const compressed = (manifest: Partial<BackupManifest> = {}): AsyncIterable<Uint8Array> => {
    const files = async function* (): AsyncGenerator<ArchivedFile> {
      yield textFile("cluster.yaml", "Provider: local\n", MANIFEST.createdAt);
      yield textFile("slurmctld/hash.2/job.12/script", "#!/bin/sh\n", MANIFEST.createdAt);
    };
    const whole = archive({ ...MANIFEST, ...manifest }, files());
    return Readable.from(whole).pipe(createZstdCompress());
  };
  const here = { clusterName: "demo", slurmVersion: "24.11" };

  it("is unpacked for root alone, and looked at", async () => {
    expect(await unpack(compressed(), folder, here)).toEqual(MANIFEST);
    const script = join(folder, "slurmctld/hash.2/job.12/script");
    expect(readFileSync(script, "utf8")).toBe("#!/bin/sh\n");
    expect(statSync(script).mode & 0o077).toBe(0);
    expect(statSync(folder).mode & 0o077).toBe(0);
  });

  it.each([
    ["another cluster", { clusterName: "other" }, "24.11", "BACKUP_FOREIGN"],
    ["a newer Slurm", { slurmVersion: "25.05" }, "24.11", "BACKUP_TOO_NEW"],
    ["a Slurm that is too old", { slurmVersion: "22.05" }, "24.11", "BACKUP_TOO_OLD"],
    ["a Slurm two before the last", { slurmVersion: "23.02" }, "24.05", undefined],
    ["a Slurm three before the last", { slurmVersion: "23.11" }, "25.11", "BACKUP_TOO_OLD"],
    ["a Slurm that is old enough", { slurmVersion: "23.02" }, "24.11", undefined],
  ])("of %s: nothing of it is left", async (_, manifest, slurmVersion, code) => {
    const unpacked = unpack(compressed(manifest), folder, { ...here, slurmVersion });
    if (code === undefined) return void (await expect(unpacked).resolves.toBeDefined());
    await expect(unpacked).rejects.toMatchObject({ code });
    expect(existsSync(folder)).toBe(false);
  });

  it("that ends too early leaves nothing", async () => {
    const cut = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of compressed()) yield chunk.subarray(0, chunk.length - 20);
    };
    await expect(unpack(cut(), folder, here)).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
    expect(existsSync(folder)).toBe(false);
  });
});
