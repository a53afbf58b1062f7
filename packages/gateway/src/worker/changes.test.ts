import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  putFile,
  putFolder,
  type TestWorker,
  WORKER_UID,
  workerOfTests,
} from "../testing/worker.ts";

const running = workerOfTests();
let worker: TestWorker;
let home: string;
beforeAll(() => {
  worker = running();
  home = worker.home;
});

const failing = (code: string) => expect.objectContaining({ code });

describe("changing", () => {
  test("nothing is written over unless it is asked for", async () => {
    const { user } = worker;
    const path = join(home, "a");
    const made = await user.write(path, "one");
    expect(made).toMatchObject({ size: 3, mode: 0o644, owner: String(WORKER_UID) });
    await expect(user.write(path, "two")).rejects.toThrow(failing("FILE_EXISTS"));
    await user.write(join(home, "b"), "b");
    await expect(user.rename(join(home, "b"), path)).rejects.toThrow(failing("FILE_EXISTS"));
    await expect(user.copy(join(home, "b"), path)).rejects.toThrow(failing("FILE_EXISTS"));
    expect(readFileSync(path, "utf8")).toBe("one");
    expect((await user.write(path, "two", { overwrite: true })).etag).not.toBe(made.etag);
    expect(readdirSync(home).toSorted()).toEqual(["a", "b"]);
  });

  test("an etag holds against another's change, and the mode stays", async () => {
    const path = putFile(join(home, "script.sh"), "v1", 0o750);
    const { etag } = await worker.user.stat(path);
    const mine = await worker.user.write(path, "v2", { ifMatch: etag });
    expect(mine.mode).toBe(0o750);
    await expect(worker.user.write(path, "v3", { ifMatch: etag })).rejects.toThrow(
      failing("FILE_CHANGED"),
    );
    await expect(worker.user.write(join(home, "none"), "v", { ifMatch: etag })).rejects.toThrow(
      failing("FILE_NOT_FOUND"),
    );
    expect(readFileSync(path, "utf8")).toBe("v2");
  });

  test("of many who write over one etag at once, one does", async () => {
    const path = putFile(join(home, "contended"), "start");
    const { etag } = await worker.user.stat(path);
    const results = await Promise.allSettled(
      Array.from({ length: 12 }, (_, at) =>
        worker.user.write(path, `writer ${at} `.repeat(1000), { ifMatch: etag }),
      ),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(new Set(readFileSync(path, "utf8").split(" ")).size).toBe(3);
    expect(readdirSync(home)).toEqual(["contended"]);
  });

  test("of many who write over one file at once, each does, and the content is of one", async () => {
    const path = join(home, "contended");
    await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        worker.user.write(path, `writer ${at} `.repeat(1000), { overwrite: true }),
      ),
    );
    expect(new Set(readFileSync(path, "utf8").split(" ")).size).toBe(3);
    expect(readdirSync(home)).toEqual(["contended"]);
  });

  test("a link stays a link, and what may not be written is not replaced", async () => {
    const target = putFile(join(worker.shared, "target"), "old");
    symlinkSync(target, join(home, "link"));
    await worker.user.write(join(home, "link"), "new", { overwrite: true });
    expect(readFileSync(target, "utf8")).toBe("new");
    expect(await worker.user.stat(join(home, "link"))).toMatchObject({ kind: "link" });
    const locked = putFile(join(home, "locked"), "x", 0o444);
    await expect(worker.user.write(locked, "y", { overwrite: true })).rejects.toThrow(
      failing("FILE_DENIED"),
    );
  });

  test("a content that breaks off leaves nothing", async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.alloc(100_000);
        throw new Error("the client went away");
      })(),
    );
    await expect(worker.user.write(join(home, "new"), broken)).rejects.toThrow();
    await expect.poll(() => readdirSync(home), { timeout: 20_000 }).toEqual([]);
  });

  test("what a worker left that was killed is cleared by the next writing", async () => {
    const stuck = new Readable({ read() {} });
    stuck.push(Buffer.alloc(1000));
    const lost = worker.user.write(join(home, "file"), stuck);
    lost.catch(() => undefined);
    await expect.poll(() => readdirSync(home), { timeout: 20_000 }).toHaveLength(1);
    await worker.kill();
    await expect(lost).rejects.toThrow(failing("GATEWAY_UNREACHABLE"));
    const [left = ""] = readdirSync(home);
    execFileSync("touch", ["-d", "1 hour ago", join(home, left)]);
    await worker.user.write(join(home, "file"), "whole");
    expect(readdirSync(home)).toEqual(["file"]);
  });

  test("a copy that a killed worker left is cleared a day later, and nothing of others", async () => {
    const left = [1, 2].map((n) => `.sluice-copy-${n}0000000-0000-4000-8000-000000000000`);
    for (const name of left) putFile(join(putFolder(join(home, name, "sub")), "file"));
    const another = `.sluice-copy-30000000-0000-4000-8000-000000000000`;
    mkdirSync(join(home, another));
    for (const name of [left[0] ?? "", another]) {
      execFileSync("touch", ["-d", "25 hours ago", join(home, name)]);
    }
    await worker.kill();
    await worker.user.write(join(home, "file"), "content");
    expect(readdirSync(home).toSorted()).toEqual([left[1], another, "file"]);
  });

  test("folders are removed with all they have, links only themselves", async () => {
    const kept = putFile(join(worker.shared, "kept"), "kept");
    putFolder(join(home, "tree/a/b"));
    putFile(join(home, "tree/a/b/file"));
    symlinkSync(worker.shared, join(home, "tree/a/link"));
    await expect(worker.user.remove(join(home, "tree"))).rejects.toThrow(
      failing("FILE_NOT_SUITABLE"),
    );
    await worker.user.remove(join(home, "tree"), { recursive: true });
    expect(readdirSync(home)).toEqual([]);
    expect(readFileSync(kept, "utf8")).toBe("kept");
    await expect(worker.user.remove(join(home, "tree"))).rejects.toThrow(failing("FILE_NOT_FOUND"));
  });

  test("what belongs to another stays, and is named", async () => {
    putFolder(join(home, "tree"));
    mkdirSync(join(home, "tree/locked"));
    writeFileSync(join(home, "tree/locked/file"), "");
    await expect(worker.user.remove(join(home, "tree"), { recursive: true })).rejects.toThrow(
      expect.objectContaining({
        code: "FILE_DENIED",
        message: expect.stringContaining("tree/locked"),
      }),
    );
    expect(existsSync(join(home, "tree/locked/file"))).toBe(true);
  });

  test("a folder is copied whole or not at all", async () => {
    const { user } = worker;
    putFolder(join(home, "src/sub"));
    putFile(join(home, "src/sub/run.sh"), "#!/bin/sh\n", 0o755);
    symlinkSync("sub/run.sh", join(home, "src/link"));
    await user.copy(join(home, "src"), join(home, "copy"));
    expect(readFileSync(join(home, "copy/sub/run.sh"), "utf8")).toBe("#!/bin/sh\n");
    expect(statSync(join(home, "copy/sub/run.sh")).mode & 0o777).toBe(0o755);
    expect(await user.stat(join(home, "copy/link"))).toMatchObject({ leadsTo: "sub/run.sh" });
    await expect(user.copy(join(home, "src"), join(home, "src/sub/x"))).rejects.toThrow(
      failing("FILE_NOT_SUITABLE"),
    );
    writeFileSync(join(home, "src/unreadable"), "", { mode: 0o600 });
    await expect(user.copy(join(home, "src"), join(home, "second"))).rejects.toThrow(
      failing("FILE_DENIED"),
    );
    expect(readdirSync(home).toSorted()).toEqual(["copy", "src"]);
  });
});

describe("archives", () => {
  beforeEach(() => {
    putFolder(join(home, "results/deep"));
    putFile(join(home, "results/deep/data.bin"), Buffer.alloc(1_000_003, 7));
    putFile(join(home, "results/empty"), "");
    putFile(join(home, `results/${"long".repeat(60)}`), "long");
    symlinkSync("deep/data.bin", join(home, "results/link"));
    writeFileSync(join(home, "results/unreadable"), "", { mode: 0o600 });
  });

  test("tar.gz has everything as it is", async () => {
    const tar = await buffer(await worker.user.archive([join(home, "results")], "tar.gz"));
    const to = putFolder(join(worker.folder, "tar"));
    execFileSync("tar", ["-xzf", "-", "-C", to], { input: tar });
    const there = join(to, "results");
    expect(readdirSync(there).toSorted()).toEqual(
      ["deep", "empty", "link", "long".repeat(60)].toSorted(),
    );
    expect(
      execFileSync("cmp", [join(home, "results/deep/data.bin"), join(there, "link")]),
    ).toHaveLength(0);
  });

  test("zip too", async () => {
    const zip = await buffer(await worker.user.archive([join(home, "results")], "zip"));
    const script = `import zipfile,sys,io
z=zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())); assert z.testzip() is None
for i in sorted(z.namelist()): print(i, z.getinfo(i).file_size)`;
    const listed = execFileSync("python3", ["-c", script], { input: zip, encoding: "utf8" });
    expect(listed.trim().split("\n")).toEqual([
      "results/ 0",
      "results/deep/ 0",
      "results/deep/data.bin 1000003",
      "results/empty 0",
      "results/link 13",
      `results/${"long".repeat(60)} 4`,
    ]);
  });

  test("whoever leaves early leaves nothing open", async () => {
    const descriptors = () => readdirSync(`/proc/${worker.process.pid}/fd`).length;
    const before = descriptors();
    for (const format of ["tar.gz", "zip"] as const) {
      for (let turn = 0; turn < 5; turn++) {
        const stream = await worker.user.archive([join(home, "results")], format);
        stream.destroy();
        stream.on("error", () => undefined);
      }
    }
    const { content: unread } = await worker.user.read(join(home, "results/deep/data.bin"));
    unread.on("error", () => undefined).destroy();
    await expect.poll(descriptors, { timeout: 20_000 }).toBeLessThanOrEqual(before + 3);
  });
});

describe("following", () => {
  test("waits for the file, gives what is written, and tells when it is another", async () => {
    const path = join(home, "slurm-1.out");
    const stop = new AbortController();
    let seen = "";
    const reading = (async () => {
      const onRestart = () => {
        seen += "|";
      };
      for await (const bytes of worker.user.follow(path, { signal: stop.signal, onRestart })) {
        seen += Buffer.from(bytes).toString();
      }
    })();
    putFile(path, "one ");
    await expect.poll(() => seen, { timeout: 20_000 }).toBe("one ");
    writeFileSync(path, "one two ");
    await expect.poll(() => seen, { timeout: 20_000 }).toBe("one two ");
    writeFileSync(path, "new");
    await expect.poll(() => seen, { timeout: 20_000 }).toBe("one two |new");
    putFile(`${path}.next`, "replaced");
    renameSync(`${path}.next`, path);
    await expect.poll(() => seen, { timeout: 20_000 }).toBe("one two |new|replaced");
    stop.abort();
    await reading;
  });

  test("from an offset, and from before the end", async () => {
    const path = putFile(join(home, "log"), "0123456789");
    const first = async (offset: number) => {
      const stop = new AbortController();
      for await (const bytes of worker.user.follow(path, { offset, signal: stop.signal })) {
        stop.abort();
        return Buffer.from(bytes).toString();
      }
      return "";
    };
    expect(await first(4)).toBe("456789");
    expect(await first(-3)).toBe("789");
    expect(await first(-300)).toBe("0123456789");
  });
});
