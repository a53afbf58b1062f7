import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cloud, PipeStreams } from "@sluice/cloud";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { describeComputeFleet } from "../compute-fleet.ts";
import { createCluster } from "../create-cluster.ts";
import { demoClusterFile, FakeCloud, parsed, SteppingClock } from "../testing/index.ts";
import { readArchive } from "./archive.ts";
import { fetchBackup } from "./backup-cluster.ts";
import { type CheckedBackup, checkBackup } from "./check-backup.ts";
import { folderStore } from "./folder.ts";
import { type RestoreCluster, restoreCluster } from "./restore-cluster.ts";
import { decompressed, newBackupKey } from "./seal.ts";
import { inPieces, MANIFEST, smallBackup } from "./testing/small-backup.ts";

const configText = demoClusterFile();
const DEMO = { config: parsed(configText), configText, name: "demo" };

describe("restoring a cluster", () => {
  let fake: FakeCloud;
  let clock: SteppingClock;
  let backup: Buffer;
  let checked: CheckedBackup;
  let identity: string;
  /** The words that the head's program was called with, and what it does. */
  let calls: string[];
  let head: (streams: PipeStreams) => Promise<{ exitCode: number; stderr: string }>;

  beforeEach(async () => {
    clock = new SteppingClock();
    fake = new FakeCloud(clock);
    calls = [];
    const key = await newBackupKey();
    identity = key.identity;
    backup = await smallBackup(key.recipient);
    checked = await checkBackup(inPieces(backup), [identity]);
    head = async ({ input, output }) => {
      const manifest = await readArchive(decompressed(input ?? inPieces(Buffer.alloc(0))), {});
      expect(manifest.clusterName).toBe("demo");
      await output(inPieces(Buffer.from(JSON.stringify({ jobs: { PENDING: 2 } }))));
      return { exitCode: 0, stderr: "" };
    };
  });

  const cloud = (): Cloud => ({
    provider: fake.provider,
    infrastructure: fake.infrastructure,
    consoleOutput: async () => "",
    [Symbol.asyncDispose]: async () => {},
    shell: {
      exec: (...words) => fake.shell.exec(...words),
      attach: (...words) => fake.shell.attach(...words),
      pipe: async (_, { argv }, streams) => {
        calls.push(argv.slice(1).join(" "));
        return head(streams);
      },
    },
  });
  const restore = (others: Partial<RestoreCluster> = {}) =>
    restoreCluster({
      ...{ ...DEMO, clock, checked },
      cloud: cloud(),
      content: () => inPieces(backup),
      identities: [identity],
      replace: false,
      ...others,
    });
  const refusing = (code: string) => async () => ({
    exitCode: 1,
    stderr: `a word of mariadb\n${JSON.stringify({ error: { code, source: "user", message: "no" } })}\n`,
  });

  it("makes it, and its head gets what was in the backup", async () => {
    expect(await restore()).toMatchObject({
      cluster: { clusterName: "demo", clusterStatus: "CREATE_COMPLETE" },
      backup: MANIFEST,
      jobs: { PENDING: 2 },
    });
    expect(calls).toEqual(["restore"]);
  });

  it("makes nothing under another name, or where there is one", async () => {
    await expect(restore({ name: "other" })).rejects.toMatchObject({ code: "BACKUP_FOREIGN" });
    await createCluster({ ...DEMO, clock, cloud: cloud() });
    await expect(restore()).rejects.toMatchObject({ code: "CLUSTER_EXISTS" });
    expect(calls).toEqual([]);
  });

  it("takes down what it made when the head does not take the backup", async () => {
    head = refusing("BACKUP_TOO_NEW");
    await expect(restore()).rejects.toMatchObject({ code: "BACKUP_TOO_NEW", message: "no" });
    expect(await fake.infrastructure.describe("demo")).toBeUndefined();
  });

  it("leaves what the head did not come up with", async () => {
    head = refusing("RESTORE_FAILED");
    await expect(restore()).rejects.toMatchObject({ code: "RESTORE_FAILED" });
    expect(await fake.infrastructure.describe("demo")).toBeDefined();
  });

  it("in the place of what is there: with the fleet stopped, which runs afterwards", async () => {
    await createCluster({ ...DEMO, clock, cloud: cloud() });
    const states: string[] = [];
    const onProgress: RestoreCluster["onProgress"] = ({ resource, status }) =>
      void (status === "done" && states.push(resource));
    await restore({ replace: true, onProgress });
    expect(calls).toEqual(["restore --replace"]);
    expect(states).toEqual(["compute fleet", "restore", "compute fleet"]);
  });

  it("in the place of what is there, and refused: that goes on", async () => {
    await createCluster({ ...DEMO, clock, cloud: cloud() });
    head = refusing("BACKUP_TOO_OLD");
    await expect(restore({ replace: true })).rejects.toMatchObject({ code: "BACKUP_TOO_OLD" });
    const fleet = await describeComputeFleet({ cloud: cloud(), name: "demo" });
    expect(fleet.status).toMatch(/^(STARTING|RUNNING)$/);
  });

  it("in the place of a cluster that is not there is an error", async () => {
    await expect(restore({ replace: true })).rejects.toMatchObject({ code: "CLUSTER_NOT_FOUND" });
  });
});

describe("fetching a backup", () => {
  const fetched = async (stderr: string, exitCode = 0) => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-fetched-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const clock = new SteppingClock();
    const fake = new FakeCloud(clock);
    const shell: Cloud["shell"] = {
      exec: (...words) => fake.shell.exec(...words),
      attach: async () => 0,
      pipe: async (_, __, { output }) => {
        await output(inPieces(Buffer.from("sealed")));
        return { exitCode, stderr };
      },
    };
    const cloud: Cloud = {
      ...{ provider: fake.provider, infrastructure: fake.infrastructure, shell },
      consoleOutput: async () => "",
      [Symbol.asyncDispose]: async () => {},
    };
    await createCluster({ ...DEMO, clock, cloud });
    const made = await fetchBackup({
      ...{ cloud, name: "demo", store: folderStore(folder) },
      at: MANIFEST.createdAt,
    }).catch((error: unknown) => error);
    return { made, files: readdirSync(folder).sort() };
  };

  it("writes it with what it is beside it", async () => {
    const about = { ...MANIFEST, recipients: ["age1x"], contents: { files: 1, bytes: 3, jobs: 0 } };
    const { made, files } = await fetched(`a warning\n${JSON.stringify(about)}\n`);
    expect(made).toMatchObject({ backup: { bytes: 6, recipients: ["age1x"] } });
    expect(files).toEqual(["demo-20261122T010336Z.json", "demo-20261122T010336Z.tar.zst.age"]);
  });

  it("leaves nothing when the head fails, and says why", async () => {
    const error = { code: "BACKUP_BUSY", source: "system", message: "another one" };
    const { made, files } = await fetched(`${JSON.stringify({ error })}\n`, 1);
    expect(made).toMatchObject({ code: "BACKUP_BUSY" });
    expect(files).toEqual([]);
    expect((await fetched("killed", 137)).made).toMatchObject({ code: "BACKUP_FAILED" });
  });
});
