import { chmod, mkdtemp, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { writeWholeFile } from "./write-file.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-write-"));
  path = join(folder, "a.yaml");
});

describe("writeWholeFile", () => {
  it("makes a file for its owner alone, and nothing beside it", async () => {
    await writeWholeFile(path, "one\n");
    expect(await readFile(path, "utf8")).toBe("one\n");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["a.yaml"]);
  });

  it("leaves a file alone that is there, unless it is to be replaced", async () => {
    await writeFile(path, "old\n");
    await expect(writeWholeFile(path, "new\n")).rejects.toMatchObject({
      code: "OUTPUT_FILE_EXISTS",
    });
    expect(await readFile(path, "utf8")).toBe("old\n");
    await chmod(path, 0o644);
    await writeWholeFile(path, "new\n", { replace: true });
    expect(await readFile(path, "utf8")).toBe("new\n");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("writes through a link", async () => {
    const target = join(folder, "target.yaml");
    await writeFile(target, "old\n");
    await symlink(target, path);
    await writeWholeFile(path, "new\n", { replace: true });
    expect(await readFile(target, "utf8")).toBe("new\n");
  });

  it("lets one of many at once win", async () => {
    const texts = ["a", "b", "c", "d"];
    const results = await Promise.allSettled(texts.map((text) => writeWholeFile(path, text)));
    const winners = texts.filter((_, index) => results[index]?.status === "fulfilled");
    expect(winners).toEqual([await readFile(path, "utf8")]);
  });

  it("says where a file can't be, and leaves nothing", async () => {
    await expect(writeWholeFile(join(folder, "no/such.yaml"), "x")).rejects.toMatchObject({
      code: "OUTPUT_FILE_UNWRITABLE",
    });
    await expect(writeWholeFile(folder, "x", { replace: true })).rejects.toMatchObject({
      code: "OUTPUT_FILE_UNWRITABLE",
    });
    expect(await readdir(folder)).toEqual([]);
  });
});
