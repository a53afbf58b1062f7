import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bucketStore } from "./bucket.ts";
import { folderStore } from "./folder.ts";
import { type BackupRecord, backupFile } from "./manifest.ts";
import { type SiteBackupRecord, type SiteManifest, siteBackupFile } from "./site-manifest.ts";
import { keepNewestOfSite, requireMembers, siteBackupsIn } from "./site-store.ts";
import { type BackupStore, backupsIn, keepNewest } from "./store.ts";
import { MemoryObjects } from "./testing/memory-objects.ts";
import { collected, each, inPieces, MANIFEST } from "./testing/small-backup.ts";

const ABOUT = { ...MANIFEST, recipients: ["age1x"], contents: { files: 1, bytes: 3, jobs: 0 } };
const SITE: SiteManifest = {
  format: 1,
  siteName: "demo",
  createdAt: MANIFEST.createdAt,
  sluiceVersion: "0.1.0",
  provider: "local",
  members: [],
};

interface World {
  readonly store: BackupStore;
  /** Everything that is there. */
  readonly names: () => readonly string[];
  readonly get: (name: string) => string;
  readonly put: (name: string, text: string) => void;
  readonly end: () => void;
}

function folderWorld(): World {
  const root = mkdtempSync(join(tmpdir(), "sluice-backups-"));
  const folder = join(root, "inside");
  return {
    store: folderStore(folder),
    names: () => readdirSync(folder).sort(),
    get: (name) => readFileSync(join(folder, name), "utf8"),
    put: (name, text) => writeFileSync(join(folder, name), text),
    end: () => rmSync(root, { recursive: true }),
  };
}

function bucketWorld(): World {
  const objects = new MemoryObjects();
  return {
    store: bucketStore(objects),
    names: () => [...objects.objects.keys()].sort(),
    get: (name) => `${objects.objects.get(name)}`,
    put: (name, text) => void objects.objects.set(name, Buffer.from(text)),
    end: () => {},
  };
}

async function write(
  { store }: World,
  minute: number,
  clusterName = "demo",
): Promise<BackupRecord> {
  const createdAt = new Date(Date.UTC(2026, 10, 22, 1, minute));
  const file = backupFile(clusterName, createdAt);
  return store.write({
    ...{ file, content: inPieces(Buffer.from("content"), 3) },
    record: (written) => ({ ...ABOUT, clusterName, createdAt, file, ...written }),
  });
}

describe.each([
  ["a folder", folderWorld],
  ["a bucket", bucketWorld],
])("backups in %s", (_, make) => {
  let world: World;
  beforeEach(() => {
    world = make();
  });
  afterEach(() => world.end());
  const listed = async () => (await backupsIn(world.store, "demo")).map(({ file }) => file);

  it("are there by their time, each with what it is beside it", async () => {
    expect(await listed()).toEqual([]);
    const second = await write(world, 2);
    const first = await write(world, 1);
    expect(await listed()).toEqual([first.file, second.file]);
    expect(first.file).toBe("demo-20261122T010100Z.tar.zst.age");
    const [record] = await backupsIn(world.store, "demo");
    expect(record).toEqual(first);
    expect(record).toMatchObject({ bytes: 7, createdAt: new Date("2026-11-22T01:01:00Z") });
    expect(record?.sha256).toMatch(/^ed7002b439e9ac/);
    expect(`${await collected(world.store.read(first.file))}`).toBe("content");
  });

  it("are kept, the newest and at least one, and nobody else's is touched", async () => {
    const { file: other } = await write(world, 0, "demo-2");
    const others = [other, "notes.json", "demo-notes.json", "demo.tar.zst.age"];
    for (const name of others.slice(1)) world.put(name, "{}");
    const all = [await write(world, 1), await write(world, 2), await write(world, 3)];
    const files = all.map(({ file }) => file);
    expect(await keepNewest(world.store, "demo", 2)).toEqual(files.slice(0, 1));
    expect(await keepNewest(world.store, "demo", 0)).toEqual(files.slice(1, 2));
    expect(await listed()).toEqual(files.slice(2));
    expect(world.names()).toEqual(expect.arrayContaining(others));
    expect(await backupsIn(world.store, "demo-2")).toHaveLength(1);
  });

  it("don't count when they are not whole", async () => {
    const { file } = await write(world, 1);
    world.put(file, "cont");
    expect(await listed()).toEqual([]);
    // It is no reason to remove a good one either.
    const good = [await write(world, 2), await write(world, 3)].map((one) => one.file);
    expect(await keepNewest(world.store, "demo", 2)).toEqual([]);
    expect(await listed()).toEqual(good);
  });

  it("leave nothing behind when they fail, in the middle or at the end", async () => {
    await write(world, 1);
    const before = world.names();
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("half");
      throw new Error("the disk is full");
    };
    const file = backupFile("demo", new Date(Date.UTC(2026, 10, 22, 2)));
    const record = () => ABOUT;
    await expect(world.store.write({ file, content: failing(), record })).rejects.toThrow("full");
    const content = inPieces(Buffer.from("all of it"));
    const refusing = () => {
      throw new Error("the head said no");
    };
    await expect(world.store.write({ file, content, record: refusing })).rejects.toThrow("said no");
    expect(world.names()).toEqual(before);
  });

  it("of a site and of a cluster of its name are told apart, and go together", async () => {
    const site = async (minute: number): Promise<SiteBackupRecord> => {
      const { file, clusterName, sha256 } = await write(world, minute);
      const createdAt = new Date(Date.UTC(2026, 10, 22, 1, minute, 1));
      const about = { ...SITE, createdAt, members: [{ name: clusterName, file, sha256 }] };
      const own = siteBackupFile(about);
      return world.store.write<SiteBackupRecord>({
        ...{ file: own, content: inPieces(Buffer.from("site")) },
        record: (written) => ({ ...about, recipients: ["age1x"], file: own, ...written }),
      });
    };
    const all = [await site(1), await site(2), await site(3)];
    expect(await siteBackupsIn(world.store, "demo")).toEqual(all);
    expect(await backupsIn(world.store, "demo")).toHaveLength(3);
    expect(await siteBackupsIn(world.store, "other")).toEqual([]);
    expect(await keepNewestOfSite(world.store, "demo", 1)).toHaveLength(4);
    expect(await siteBackupsIn(world.store, "demo")).toEqual(all.slice(2));
    expect(world.names()).toHaveLength(4);
    const [member] = all[2]?.members ?? [];
    await requireMembers(world.store, [member as NonNullable<typeof member>]);
    world.put(member?.file ?? "", "other..");
    await expect(requireMembers(world.store, all[2]?.members ?? [])).rejects.toMatchObject({
      code: "BACKUP_DAMAGED",
    });
    await world.store.remove([member?.file ?? ""]);
    await expect(requireMembers(world.store, all[2]?.members ?? [])).rejects.toMatchObject({
      code: "BACKUP_MEMBER_MISSING",
    });
  });
});

it("in a folder, what one that was killed left goes, at any point, and nobody else's", async () => {
  const world = folderWorld();
  const good = await write(world, 1);
  const uuid = "-0f8fad5b-d9cb-469f-a165-70867728950e.part";
  const others = [`demo-2${uuid}`, `demo-site${uuid}`, "demo-20261122T010900Z.site.json.part"];
  const left = [`demo${uuid}`, "demo-20261122T010900Z.json.part", "demo-20261122T011000Z.json"];
  for (const name of [...others, ...left]) world.put(name, "{");
  const next = await write(world, 2);
  expect(world.names()).toEqual(
    [good, next]
      .flatMap(({ file }) => [file.replace(".tar.zst.age", ".json"), file])
      .concat(others)
      .sort(),
  );
  world.end();
});

it("in a bucket, what has had no record for a day goes, and records are read once", async () => {
  const objects = new MemoryObjects();
  const store = bucketStore(objects);
  const put = (at: Date) => {
    const file = backupFile("demo", at);
    return store.write({
      ...{ file, content: each([Buffer.from("x")]) },
      record: (written) => ({ ...ABOUT, createdAt: at, file, ...written }),
    });
  };
  const at = (day: number, hour = 0) => new Date(Date.UTC(2026, 10, day, hour));
  for (const one of [at(20), at(22)])
    objects.objects.set(backupFile("demo", one), Buffer.from("?"));
  await put(at(22, 1));
  expect(await backupsIn(store, "demo")).toHaveLength(1);
  await backupsIn(store, "demo");
  expect(objects.reads).toBe(1);
  // Somebody may be at that of an hour ago.
  expect([...objects.objects.keys()].sort()).toEqual([
    "demo-20261122T000000Z.tar.zst.age",
    "demo-20261122T010000Z.json",
    "demo-20261122T010000Z.tar.zst.age",
  ]);
});
