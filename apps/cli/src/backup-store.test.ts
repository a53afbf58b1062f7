import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IdleHypervisor, Region } from "@sluice/aws/testing";
import {
  archive,
  type BackupManifest,
  type BackupRecord,
  newBackupKey,
  sealed,
  textFile,
} from "@sluice/lifecycle/backup";
import { demoClusterFile } from "@sluice/lifecycle/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backupFileAt, backupStoreAt } from "./backup-store.ts";
import { sluice as sluiceOf } from "./testing/sluice.ts";

const PLACE = "s3://vault-of-ours/slurm";
const FILE = "demo-20261122T010336Z.tar.zst.age";
const MANIFEST: BackupManifest = {
  ...{ format: 1, clusterName: "demo", createdAt: new Date("2026-11-22T01:03:36Z") },
  ...{ sluiceVersion: "0.1.0", slurmVersion: "24.11", os: "debian13", fileVersion: 1 },
  ...{ accounting: "own", isUpdating: false },
};

let region: Region;
let folder: string;
const before = { ...process.env };

beforeAll(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  folder = mkdtempSync(join(tmpdir(), "sluice-vault-"));
  region.buckets.create("vault-of-ours", region.name);
  Object.assign(process.env, {
    ...{ HOME: folder, AWS_ENDPOINT_URL: region.endpoint, AWS_REGION: region.name },
    AWS_ACCESS_KEY_ID: region.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: region.credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
  });
});
afterAll(async () => {
  for (const name of Object.keys(process.env)) {
    if (before[name] === undefined) delete process.env[name];
  }
  Object.assign(process.env, before);
  await region.close();
  rmSync(folder, { recursive: true });
});

async function put(recipient: string): Promise<void> {
  const store = await backupStoreAt({ region: undefined }, PLACE);
  const files = async function* () {
    yield textFile("cluster.yaml", demoClusterFile(), MANIFEST.createdAt);
  };
  const contents = { files: 1, bytes: 1, jobs: 0 };
  await store.write<BackupRecord>({
    file: FILE,
    content: sealed(archive(MANIFEST, files()), [recipient]),
    record: (written) => ({
      ...{ ...MANIFEST, recipients: [recipient], contents, file: FILE, ...written },
    }),
  });
}

describe("backups in a bucket, by this user's credentials", () => {
  it("are listed, and restored from; the key decides", async () => {
    const { identity, recipient } = await newBackupKey();
    await put(recipient);
    const sluice = sluiceOf();
    const listed = await sluice("backups", "-n", "demo", "--to", PLACE);
    expect(listed.out).toContain(FILE);
    const [right, wrong] = ["demo.key", "wrong.key"] as const;
    sluice.host.files.set(right, `${identity}\n`);
    sluice.host.files.set(wrong, `${(await newBackupKey()).identity}\n`);
    const restore = (key: string, from = `${PLACE}/${FILE}`) =>
      sluice("restore", "-n", "demo", "--from", from, "--key", key);
    expect((await restore(wrong)).error().code).toBe("BACKUP_KEY_WRONG");
    expect((await restore(right, `${PLACE}/none.tar.zst.age`)).error().message).toContain(
      "NoSuchKey",
    );
    // It was read to its end: the rest is the cloud's, and this one can't carry a backup to a head.
    expect((await restore(right)).error().code).toBe("UNSUPPORTED_BY_PROVIDER");
  });

  it("have a place and a name", async () => {
    const { store, file } = await backupFileAt({ region: undefined }, `${PLACE}/${FILE}`);
    expect([store.name, file]).toEqual([PLACE, FILE]);
    const here = await backupFileAt({ region: undefined }, FILE);
    expect(here).toMatchObject({ store: { name: "." }, file: FILE });
    for (const path of ["s3://vault-of-ours", "/backups/"]) {
      await expect(backupFileAt({ region: undefined }, path)).rejects.toMatchObject({
        code: "USAGE",
      });
    }
    await expect(backupStoreAt({ region: undefined }, "s3://x/a b")).rejects.toMatchObject({
      code: "BUCKET_PLACE_INVALID",
    });
  });
});
