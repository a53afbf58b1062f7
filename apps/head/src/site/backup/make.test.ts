import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cloud, ExecRequest, SiteRecord } from "@sluice/cloud";
import {
  BACKUP_FORMAT,
  type BackupRecord,
  type BackupStore,
  backupFile,
  backupsIn,
  checkSiteBackup,
  folderStore,
  newBackupKey,
  requireMembers,
  siteBackupsIn,
} from "@sluice/lifecycle/backup";
import { Encrypter } from "age-encryption";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type KeyMemory, keyFile } from "./cluster-keys.ts";
import { makeSiteBackup } from "./make.ts";

const RECORD = {
  ...{ name: "campus", provider: "local", text: "Provider: local\n", serverText: "Limits: {}\n" },
  clusters: { left: "HeadNode: {}\n", right: "HeadNode: {}\n" },
} as unknown as SiteRecord;

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

describe("a backup that a site makes of itself", () => {
  let root: string;
  let store: BackupStore;
  let key: { readonly identity: string; readonly recipient: string };
  /** Clusters whose heads do not answer. */
  let away: Set<string>;
  let told: string[];
  let minute: number;
  let keys: KeyMemory;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "sluice-site-"));
    store = folderStore(join(root, "kept"));
    key = await newBackupKey();
    away = new Set();
    told = [];
    minute = 0;
    keys = keyFile(join(root, "keys.json"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const now = (): Date => new Date(Date.UTC(2026, 10, 22, 1, minute));
  /** As a head does it, at the place that it is told. */
  const onHead = async (clusterName: string, argv: readonly string[]): Promise<string> => {
    if (argv.includes("--key")) return `key of ${clusterName}\n`;
    expect(argv.slice(1)).toEqual(["backup", "--to", store.name]);
    const about = {
      ...{ format: BACKUP_FORMAT, clusterName, createdAt: now(), sluiceVersion: "0.1.0" },
      ...{ slurmVersion: "24.11", os: "debian13", fileVersion: 1, accounting: "slurmdbd" as const },
      ...{ isUpdating: false, recipients: [], contents: { files: 1, bytes: 1, jobs: 0 } },
    };
    const file = backupFile(clusterName, now());
    const backup = await store.write<BackupRecord>({
      ...{ file, content: once(`sealed of ${clusterName} ${minute}`) },
      record: (written) => ({ ...about, file, ...written }),
    });
    return JSON.stringify({ folder: store.name, backup, removed: [] });
  };
  const cloud = {
    infrastructure: {
      describe: async (name: string) => ({ name, status: "CREATE_COMPLETE", head: {} }),
    },
    shell: {
      exec: async (name: string, { argv }: ExecRequest) => {
        if (!away.has(name)) {
          return { exitCode: 0, stdout: await onHead(name, argv), stderr: "" };
        }
        const error = { code: "BACKUP_FAILED", source: "system", message: "its disk is full" };
        return { exitCode: 1, stdout: "", stderr: `${JSON.stringify({ error })}\n` };
      },
    },
  } as unknown as Cloud;
  const sealedSecrets = async () => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(key.recipient);
    const sealed = await encrypter.encrypt(JSON.stringify({ "munge.key": "c2VjcmV0" }));
    return { recipients: [key.recipient], sealed: Buffer.from(sealed).toString("base64") };
  };
  const make = () =>
    makeSiteBackup({
      ...{ cloud, record: RECORD, store, keep: 2, now, keys, clusters: ["left", "right"] },
      backups: { sealedSecrets, tell: async (status, what) => void told.push(`${status} ${what}`) },
      dump: (dump) => once(`-- ${dump}\n`),
    });

  it("has everything that a restore needs, for its key alone", async () => {
    const made = await make();
    expect(made.file).toBe("campus-20261122T010000Z.site.tar.zst.age");
    await requireMembers(store, made.members);
    const { contents } = await checkSiteBackup(store.read(made.file), [key.identity]);
    expect(contents).toEqual({
      ...{ siteFile: RECORD.text, clusterFiles: RECORD.clusters, serverFile: RECORD.serverText },
      secrets: { "munge.key": "c2VjcmV0" },
      clusterKeys: { left: "key of left\n", right: "key of right\n" },
    });
    const other = await newBackupKey();
    await expect(checkSiteBackup(store.read(made.file), [other.identity])).rejects.toMatchObject({
      code: "BACKUP_KEY_WRONG",
    });
  });

  it("takes a cluster that can't be backed up as it last could, and says so", async () => {
    const first = await make();
    minute = 10;
    away.add("right");
    const second = await make();
    expect(told).toEqual([expect.stringMatching(/^failed cluster right .*disk is full.*01:00:00/)]);
    expect(second.members[1]).toEqual(first.members[1]);
    expect(second.members[0]).not.toEqual(first.members[0]);
    const { contents } = await checkSiteBackup(store.read(second.file), [key.identity]);
    expect(contents.clusterKeys).toHaveProperty("right", "key of right\n");
    minute = 20;
    // What is shared with one that stays, stays.
    await make();
    expect(await siteBackupsIn(store, "campus")).toHaveLength(2);
    expect(await backupsIn(store, "right")).toHaveLength(1);
    expect(await backupsIn(store, "left")).toHaveLength(2);
  });

  it("is none where a cluster never was backed up", async () => {
    away.add("left");
    await expect(make()).rejects.toMatchObject({ code: "BACKUP_FAILED" });
    expect(await siteBackupsIn(store, "campus")).toEqual([]);
  });
});
