import { Encrypter } from "age-encryption";
import { beforeAll, describe, expect, it } from "vitest";
import { newBackupKey, sealed } from "./seal.ts";
import {
  checkSiteBackup,
  dumpFiles,
  dumpIn,
  SITE_DUMPS,
  type SiteContents,
  siteArchive,
} from "./site-archive.ts";
import type { SiteManifest } from "./site-manifest.ts";
import { collected, each, inPieces, smallBackup } from "./testing/small-backup.ts";

const MANIFEST: SiteManifest = {
  format: 1,
  siteName: "campus",
  createdAt: new Date("2026-11-22T01:03:36.806Z"),
  sluiceVersion: "0.1.0",
  provider: "local",
  members: [{ name: "left", file: "left-20261122T010330Z.tar.zst.age", sha256: "0".repeat(64) }],
};
const CONTENTS: SiteContents = {
  siteFile: "Provider: local\n",
  clusterFiles: { left: "HeadNode: {}\n" },
  secrets: { "munge.key": "c2VjcmV0" },
  clusterKeys: {},
};
/** More than one file of an archive. */
const LARGE = Buffer.alloc(9 << 20, "INSERT INTO t VALUES (1);\n");

async function siteBackup(
  recipient: string,
  manifest = MANIFEST,
  dumps: readonly (typeof SITE_DUMPS)[number][] = SITE_DUMPS,
  contents = CONTENTS,
): Promise<Buffer> {
  const files = async function* () {
    for (const dump of dumps) {
      const content = dump === "server" ? inPieces(LARGE, 1 << 16) : each([]);
      yield* dumpFiles(dump, content, manifest.createdAt);
    }
  };
  return collected(sealed(siteArchive(manifest, contents, files()), [recipient]));
}

describe("a backup of a site", () => {
  let key: { readonly identity: string; readonly recipient: string };
  let backup: Buffer;
  beforeAll(async () => {
    key = await newBackupKey();
    backup = await siteBackup(key.recipient);
  });
  const check = (content: Uint8Array, identities = [key.identity]) =>
    checkSiteBackup(inPieces(content, 4096), identities);

  it("says what it is of, and gives files, secrets and databases back", async () => {
    expect(await check(backup)).toEqual({ manifest: MANIFEST, contents: CONTENTS });
    const dump = (name: (typeof SITE_DUMPS)[number]) =>
      collected(dumpIn(inPieces(backup, 4096), [key.identity], name));
    expect((await dump("server")).equals(LARGE)).toBe(true);
    expect(await dump("slurm")).toHaveLength(0);
  });

  it("is for its key alone, and refused when it is damaged or lacks a database", async () => {
    const { identity } = await newBackupKey();
    await expect(check(backup, [identity])).rejects.toMatchObject({ code: "BACKUP_KEY_WRONG" });
    const other = Buffer.from(backup);
    other[other.length - 9] = (other[other.length - 9] ?? 0) ^ 1;
    await expect(check(other)).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
    await expect(check(backup.subarray(0, -20))).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
    const half = await siteBackup(key.recipient, MANIFEST, ["server"]);
    await expect(check(half)).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
  });

  it("has secrets that its maker could not read, for whoever opens it", async () => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(key.recipient);
    const sealedSecrets = await encrypter.encrypt(JSON.stringify(CONTENTS.secrets));
    const made = await siteBackup(key.recipient, MANIFEST, SITE_DUMPS, {
      ...{ ...CONTENTS, secrets: {}, serverFile: "Limits: {BodyKiB: 64}\n" },
      sealedSecrets: Buffer.from(sealedSecrets).toString("base64"),
    });
    expect((await check(made)).contents).toEqual({
      ...{ ...CONTENTS, serverFile: "Limits: {BodyKiB: 64}\n" },
    });
  });

  it("is not one of a cluster, and of no later form", async () => {
    const cluster = await smallBackup(key.recipient);
    await expect(check(cluster)).rejects.toMatchObject({ code: "BACKUP_FOREIGN" });
    const later = await siteBackup(key.recipient, { ...MANIFEST, format: 2 });
    await expect(check(later)).rejects.toMatchObject({ code: "BACKUP_TOO_NEW" });
  });
});
