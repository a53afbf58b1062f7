import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { writeUnnamed } from "./folder.ts";
import { newBackupKey, sealed } from "./seal.ts";
import {
  checkSiteBackup,
  dumpFiles,
  dumpIn,
  SITE_DUMPS,
  type SiteContents,
  siteArchive,
} from "./site-archive.ts";
import { keepNewestOfSite, nameSiteBackup, requireMembers, siteBackupsIn } from "./site-folder.ts";
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
): Promise<Buffer> {
  const files = async function* () {
    for (const dump of dumps) {
      const content = dump === "server" ? inPieces(LARGE, 1 << 16) : each([]);
      yield* dumpFiles(dump, content, manifest.createdAt);
    }
  };
  return collected(sealed(siteArchive(manifest, CONTENTS, files()), [recipient]));
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

  it("is not one of a cluster, and of no later form", async () => {
    const cluster = await smallBackup(key.recipient);
    await expect(check(cluster)).rejects.toMatchObject({ code: "BACKUP_FOREIGN" });
    const later = await siteBackup(key.recipient, { ...MANIFEST, format: 2 });
    await expect(check(later)).rejects.toMatchObject({ code: "BACKUP_TOO_NEW" });
  });
});

describe("a folder with backups of a site", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sluice-site-backup-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = async (minute: number) => {
    const createdAt = new Date(Date.UTC(2026, 10, 22, 1, minute));
    const member = `left-20261122T01${String(minute).padStart(2, "0")}00Z`;
    writeFileSync(join(folder, `${member}.tar.zst.age`), "cluster");
    writeFileSync(join(folder, `${member}.json`), "{}");
    const written = await writeUnnamed(folder, "campus-site", each([Buffer.from("site")]));
    const members = [{ name: "left", file: `${member}.tar.zst.age`, sha256: "0".repeat(64) }];
    const about = { ...MANIFEST, createdAt, members, recipients: ["age1x"] };
    return nameSiteBackup(folder, written, about);
  };

  it("keeps the newest, each with its clusters' own", async () => {
    const all = [await put(1), await put(2), await put(3)];
    expect(siteBackupsIn(folder, "campus")).toEqual(all);
    expect(siteBackupsIn(folder, "other")).toEqual([]);
    const removed = keepNewestOfSite(folder, "campus", 1);
    expect(removed).toHaveLength(4);
    expect(siteBackupsIn(folder, "campus")).toEqual(all.slice(2));
    expect(readFileSync(join(folder, "left-20261122T010300Z.json"), "utf8")).toBe("{}");
    expect(() => readFileSync(join(folder, "left-20261122T010200Z.json"))).toThrow();
  });

  it("tells which cluster's backup is missing, or is another", async () => {
    const { members } = await put(1);
    await expect(requireMembers(folder, members)).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
    rmSync(join(folder, members[0]?.file ?? ""));
    await expect(requireMembers(folder, members)).rejects.toMatchObject({
      code: "BACKUP_MEMBER_MISSING",
    });
  });
});
