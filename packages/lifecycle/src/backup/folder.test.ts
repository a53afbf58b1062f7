import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backupsIn, keepNewest, nameBackup, writeUnnamed } from "./folder.ts";
import { inPieces, MANIFEST } from "./testing/small-backup.ts";

const ABOUT = { ...MANIFEST, recipients: ["age1x"], contents: { files: 1, bytes: 3, jobs: 0 } };

describe("a folder of backups", () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "sluice-backups-")), "inside");
  });
  afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

  const write = async (minute: number, clusterName = "demo"): Promise<string> => {
    const written = await writeUnnamed(folder, clusterName, inPieces(Buffer.from("content"), 3));
    const createdAt = new Date(Date.UTC(2026, 10, 22, 1, minute));
    return (await nameBackup(folder, written, { ...ABOUT, clusterName, createdAt })).file;
  };
  const listed = () => backupsIn(folder, "demo").map(({ file }) => file);

  it("has them by their time, each with what it is beside it", async () => {
    expect(listed()).toEqual([]);
    const second = await write(2);
    const first = await write(1);
    expect(listed()).toEqual([first, second]);
    expect(first).toBe("demo-20261122T010100Z.tar.zst.age");
    const [record] = backupsIn(folder, "demo");
    expect(record).toMatchObject({ bytes: 7, createdAt: new Date("2026-11-22T01:01:00Z") });
    expect(record?.sha256).toMatch(/^ed7002b439e9ac/);
    expect(readFileSync(join(folder, first), "utf8")).toBe("content");
  });

  it("keeps the newest, at least one, and nobody else's is touched", async () => {
    const others = [await write(0, "demo-2"), "notes.json", "demo-notes.json", "demo.tar.zst.age"];
    for (const name of others.slice(1)) writeFileSync(join(folder, name), "{}");
    const all = [await write(1), await write(2), await write(3)];
    expect(keepNewest(folder, "demo", 2)).toEqual(all.slice(0, 1));
    expect(keepNewest(folder, "demo", 0)).toEqual(all.slice(1, 2));
    expect(listed()).toEqual(all.slice(2));
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(others));
    expect(backupsIn(folder, "demo-2")).toHaveLength(1);
  });

  it("counts none that is not whole", async () => {
    const file = await write(1);
    writeFileSync(join(folder, file), "cont");
    expect(listed()).toEqual([]);
    // It is no reason to remove a good one either.
    const good = [await write(2), await write(3)];
    expect(keepNewest(folder, "demo", 2)).toEqual([]);
    expect(listed()).toEqual(good);
  });

  it("leaves nothing of one that failed", async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("half");
      throw new Error("the disk is full");
    };
    await expect(writeUnnamed(folder, "demo", failing())).rejects.toThrow("the disk is full");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("clears away what one that was killed left, at any point", async () => {
    const good = await write(1);
    await writeUnnamed(folder, "demo", inPieces(Buffer.from("killed before it had a name")));
    writeFileSync(join(folder, "demo-20261122T010900Z.json.part"), "{");
    writeFileSync(join(folder, "demo-20261122T011000Z.json"), JSON.stringify(ABOUT));
    expect(listed()).toEqual([good]);
    const next = await write(2);
    expect(readdirSync(folder).sort()).toEqual(
      [good, next].flatMap((file) => [file.replace(".tar.zst.age", ".json"), file]),
    );
  });
});
