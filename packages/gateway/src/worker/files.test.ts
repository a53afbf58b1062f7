import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { beforeAll, describe, expect, test } from "vitest";
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

const content = async (path: string, range = {}) => {
  const { content: stream } = await worker.user.read(path, range);
  return text(stream);
};

describe("reading", () => {
  test("a file whole and in part, with what it is", async () => {
    const path = putFile(join(home, "a.txt"), "0123456789", 0o640);
    expect(await content(path)).toBe("0123456789");
    expect(await content(path, { start: 2, end: 5 })).toBe("234");
    expect(await content(path, { start: 8, end: 100 })).toBe("89");
    const { entry, content: rest } = await worker.user.read(path, { start: 10 });
    expect(await text(rest)).toBe("");
    expect(entry).toMatchObject({ path, name: "a.txt", kind: "file", size: 10, mode: 0o640 });
    expect(await worker.user.stat(path)).toEqual(entry);
  });

  test("an etag is another one after any change", async () => {
    const path = putFile(join(home, "a"), "one");
    const { etag } = await worker.user.stat(path);
    expect((await worker.user.stat(path)).etag).toBe(etag);
    writeFileSync(path, "two");
    expect((await worker.user.stat(path)).etag).not.toBe(etag);
  });

  test("what is not there, not readable, not a file", async () => {
    await expect(content(join(home, "none"))).rejects.toThrow(failing("FILE_NOT_FOUND"));
    const secret = join(home, "of-another");
    writeFileSync(secret, "secret", { mode: 0o600 });
    await expect(content(secret)).rejects.toThrow(failing("FILE_DENIED"));
    await expect(content(home)).rejects.toThrow(failing("FILE_NOT_SUITABLE"));
    await expect(worker.user.list(putFile(join(home, "f")), { limit: 5 })).rejects.toThrow(
      failing("FILE_NOT_SUITABLE"),
    );
  });

  test("a FIFO or a socket is shown and never opened", async () => {
    const fifo = join(home, "fifo");
    execFileSync("mkfifo", ["-m", "666", fifo]);
    expect(await worker.user.stat(fifo)).toMatchObject({ kind: "other" });
    await expect(content(fifo)).rejects.toThrow(failing("FILE_NOT_SUITABLE"));
    await expect(worker.user.copy(fifo, join(home, "copy"))).rejects.toThrow(
      failing("FILE_NOT_SUITABLE"),
    );
    await expect(worker.user.write(fifo, "x", { overwrite: true })).rejects.toThrow(
      failing("FILE_NOT_SUITABLE"),
    );
    const signal = AbortSignal.timeout(5000);
    await expect(
      worker.user.follow(fifo, { signal })[Symbol.asyncIterator]().next(),
    ).rejects.toThrow(failing("FILE_NOT_SUITABLE"));
    // What is in an archive of the folder is what can be read.
    putFile(join(home, "file"));
    const archive = await worker.user.archive([home], "tar.gz");
    expect(listTar(await buffer(archive))).toEqual(["home/", "home/file"]);
  });
});

describe("the roots", () => {
  test("are all that there is", async () => {
    const { user, folder: outside } = worker;
    writeFileSync(join(outside, "outside.txt"), "outside");
    const tries = [
      "/etc/passwd",
      join(outside, "outside.txt"),
      `${home}/../outside.txt`,
      `${home}/./../../../../../../etc/passwd`,
      `${home}-other/x`,
      "etc/passwd",
      "/",
      "/proc/self/environ",
      outside,
    ];
    for (const path of tries) {
      await expect(content(path), path).rejects.toThrow(failing("FILE_OUTSIDE"));
      await expect(user.stat(path), path).rejects.toThrow(failing("FILE_OUTSIDE"));
      await expect(user.list(path, { limit: 5 }), path).rejects.toThrow(failing("FILE_OUTSIDE"));
      await expect(user.write(path, "x", { overwrite: true }), path).rejects.toThrow();
      await expect(user.remove(path, { recursive: true }), path).rejects.toThrow();
      await expect(user.makeFolder(path, { parents: true }), path).rejects.toThrow();
      await expect(user.archive([path], "zip"), path).rejects.toThrow(failing("FILE_OUTSIDE"));
      await expect(user.createUpload(path, { length: 5 }), path).rejects.toThrow();
      await expect(user.rename(putFile(join(home, "mine")), path), path).rejects.toThrow();
    }
    expect(readFileSync(join(outside, "outside.txt"), "utf8")).toBe("outside");
  });

  test("stay themselves", async () => {
    await expect(worker.user.remove(home, { recursive: true })).rejects.toThrow(
      failing("FILE_NOT_SUITABLE"),
    );
    await expect(worker.user.rename(home, join(worker.shared, "x"))).rejects.toThrow(
      failing("FILE_NOT_SUITABLE"),
    );
    expect(await worker.user.stat(home)).toMatchObject({ kind: "folder", path: home });
  });

  test("are not left by links, and links between them are followed", async () => {
    const { user, shared, folder: outside } = worker;
    chmodSync(outside, 0o777);
    symlinkSync("/etc", join(home, "etc"));
    symlinkSync("/etc/passwd", join(home, "passwd"));
    symlinkSync(outside, join(home, "up"));
    putFile(join(shared, "data"), "shared data");
    symlinkSync(shared, join(home, "project"));

    await expect(content(join(home, "passwd"))).rejects.toThrow(failing("FILE_OUTSIDE"));
    await expect(content(join(home, "etc/passwd"))).rejects.toThrow(failing("FILE_OUTSIDE"));
    await expect(user.list(join(home, "etc"), { limit: 5 })).rejects.toThrow(
      failing("FILE_OUTSIDE"),
    );
    await expect(user.write(join(home, "up/new"), "x")).rejects.toThrow(failing("FILE_OUTSIDE"));
    await expect(user.makeFolder(join(home, "up/new"))).rejects.toThrow(failing("FILE_OUTSIDE"));
    await expect(user.createUpload(join(home, "up/new"), { length: 1 })).rejects.toThrow(
      failing("FILE_OUTSIDE"),
    );
    expect(existsSync(join(outside, "new"))).toBe(false);

    expect(await user.stat(join(home, "passwd"))).toMatchObject({
      kind: "link",
      leadsTo: "/etc/passwd",
    });
    expect((await user.stat(join(home, "passwd"))).leadsToKind).toBeUndefined();
    expect(await user.stat(join(home, "project"))).toMatchObject({ leadsToKind: "folder" });
    expect(await content(join(home, "project/data"))).toBe("shared data");
    chmodSync(outside, 0o755);
  });

  test("are not left by links that are swapped meanwhile", async () => {
    const { user, folder: outside } = worker;
    const secret = join(outside, "secret-folder");
    mkdirSync(secret, { recursive: true });
    chmodSync(secret, 0o777);
    writeFileSync(join(secret, "file"), "secret", { mode: 0o666 });
    chmodSync(join(secret, "file"), 0o666);
    const place = join(home, "place");
    const real = putFolder(join(home, "real"));
    putFile(join(real, "file"), "mine");
    // As fast as it can: the name is now the one, now the other.
    const stop = { now: false };
    const swap = (async () => {
      symlinkSync(real, place);
      for (let turn = 0; !stop.now; turn++) {
        symlinkSync(turn % 2 === 0 ? secret : real, `${place}.new`);
        renameSync(`${place}.new`, place);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const seen = new Set<string>();
    const both = () => seen.has("mine") && seen.has("FILE_OUTSIDE");
    try {
      for (let turn = 0; turn < 50 || (turn < 1000 && !both()); turn++) {
        seen.add(await content(join(place, "file")).catch((error) => error.code));
        await user.write(join(place, `w${turn}`), "x").catch((error) => seen.add(error.code));
        await user.copy(join(place, "file"), join(place, `c${turn}`)).catch(() => undefined);
        await user.makeFolder(join(place, `d${turn}`)).catch(() => undefined);
        await user.remove(join(place, "file-of-nobody")).catch(() => undefined);
      }
    } finally {
      stop.now = true;
      await swap;
    }
    expect(seen).toContain("mine");
    expect(seen).toContain("FILE_OUTSIDE");
    expect(seen).not.toContain("secret");
    expect(readdirSync(secret)).toEqual(["file"]);
  });
});

describe("names", () => {
  const names = [
    "with space",
    "new\nline",
    `quo"te's`,
    "-rf",
    "$(id)",
    "ünïcödé",
    "a".repeat(255),
    "%2e%2e",
    "semi;colon&amp",
    "\u{1f600}",
    "tab\tand\\backslash",
  ];

  test.each(names)("%j goes everywhere", async (name) => {
    const { user } = worker;
    const path = join(home, name);
    await user.write(path, "content");
    expect((await user.list(home, { limit: 10, hidden: true })).entries).toMatchObject([
      { name, path, size: 7 },
    ]);
    expect(await content(path)).toBe("content");
    await user.rename(path, `${home}/renamed`);
    await user.rename(`${home}/renamed`, path);
    expect(listTar(await buffer(await user.archive([path], "tar.gz")))).toEqual([name]);
    await user.remove(path);
    expect(readdirSync(home)).toEqual([]);
  });

  test("that are not UTF-8 are kept as they are", async () => {
    const bytes = Buffer.from([0x66, 0xff, 0xc3, 0x28, 0x80]);
    writeFileSync(Buffer.concat([Buffer.from(`${home}/`), bytes]), "odd");
    const [entry] = (await worker.user.list(home, { limit: 10 })).entries;
    const path = entry?.path ?? "";
    expect(path.isWellFormed()).toBe(true);
    expect(await content(path)).toBe("odd");
    await worker.user.copy(path, `${path}2`);
    await worker.user.remove(path);
    expect(readdirSync(home, { encoding: "buffer" })).toEqual([
      Buffer.concat([bytes, Buffer.from("2")]),
    ]);
    const tar = await buffer(await worker.user.archive([`${path}2`], "tar.gz"));
    const unpacked = putFolder(join(worker.folder, "unpacked"));
    execFileSync("tar", ["-xzf", "-", "-C", unpacked], { input: tar });
    expect(readdirSync(unpacked, { encoding: "buffer" })).toEqual([
      Buffer.concat([bytes, Buffer.from("2")]),
    ]);
  });

  test("that can't be are refused", async () => {
    await expect(worker.user.write(join(home, "a".repeat(256)), "")).rejects.toThrow(
      failing("FILE_NOT_SUITABLE"),
    );
    await expect(worker.user.write(`${home}/${"a/".repeat(3000)}b`, "")).rejects.toThrow(
      failing("FILE_NOT_SUITABLE"),
    );
    await expect(worker.user.makeFolder(`${home}/a\0b`)).rejects.toThrow(
      failing("FILE_NAME_INVALID"),
    );
  });
});

describe("folders", () => {
  test("come in pages that have everything once, in their order", async () => {
    const names = Array.from({ length: 57 }, (_, at) => `f${(at * 31) % 57}`);
    for (const [at, name] of names.entries()) putFile(join(home, name), "x".repeat(at % 7));
    putFile(join(home, ".hidden"));
    for (const sort of ["name", "size", "modified"] as const) {
      for (const descending of [false, true]) {
        const seen: (string | number)[] = [];
        let cursor: string | undefined;
        do {
          const more = cursor === undefined ? {} : { cursor };
          const page = await worker.user.list(home, { limit: 10, sort, descending, ...more });
          expect(page.total).toBe(57);
          seen.push(...page.entries.map((e) => (sort === "size" ? e.size : e.name)));
          cursor = page.next;
        } while (cursor !== undefined);
        expect(seen).toHaveLength(57);
        if (sort === "name")
          expect(seen).toEqual(descending ? names.toSorted().reverse() : names.toSorted());
        if (sort === "size") {
          const sizes = (seen as number[]).toSorted((a, b) => (descending ? b - a : a - b));
          expect(seen).toEqual(sizes);
        }
      }
    }
    const some = await worker.user.list(home, { limit: 100, contains: "F1" });
    expect(some.total).toBe(names.filter((name) => name.includes("f1")).length);
    expect((await worker.user.list(home, { limit: 100, hidden: true })).total).toBe(58);
    const [first] = (await worker.user.list(home, { limit: 1 })).entries;
    expect(first).toMatchObject({ owner: String(WORKER_UID), group: String(WORKER_UID) });
  });

  test("with very many entries come by name only, and in bounded space", async () => {
    execFileSync("sh", ["-c", "seq -f n%.0f 0 50000 | xargs touch"], { cwd: home });
    await expect(worker.user.list(home, { limit: 5, sort: "size" })).rejects.toThrow(
      failing("FILE_NOT_SUITABLE"),
    );
    const page = await worker.user.list(home, { limit: 3 });
    expect(page.total).toBe(50_001);
    expect(page.entries.map(({ name }) => name)).toEqual(["n0", "n1", "n10"]);
    await worker.user.makeFolder(join(home, "f"));
    await worker.user.remove(join(home, "f"), { recursive: true });
  });

  test("a cursor of nowhere is refused", async () => {
    for (const cursor of ["", "%", "e30", Buffer.from('["name+",0,5]').toString("base64url")]) {
      const listing = worker.user.list(home, { limit: 5, cursor });
      await expect(listing).rejects.toThrow(failing("PAGE_CURSOR_INVALID"));
    }
  });

  test("are made with those above them, and twice does no harm", async () => {
    const path = join(home, "a/b/c");
    await expect(worker.user.makeFolder(path)).rejects.toThrow(failing("FILE_NOT_FOUND"));
    expect(await worker.user.makeFolder(path, { parents: true, mode: 0o750 })).toMatchObject({
      kind: "folder",
      mode: 0o750,
    });
    expect((await worker.user.makeFolder(path, { parents: true })).path).toBe(path);
    await expect(worker.user.makeFolder(path)).rejects.toThrow(failing("FILE_EXISTS"));
  });

  test("are searched, near ones first, links not followed", async () => {
    putFolder(join(home, "deep/deeper"));
    putFile(join(home, "deep/deeper/Result.log"));
    putFile(join(home, "result.txt"));
    symlinkSync("/etc", join(home, "result-link"));
    const found = await worker.user.search(home, "RESULT", { limit: 10 });
    expect(found.complete).toBe(true);
    expect(found.entries.map(({ name }) => name).toSorted()).toEqual(
      ["result.txt", "result-link", "Result.log"].toSorted(),
    );
    expect(found.entries.at(-1)?.name).toBe("Result.log");
    const some = await worker.user.search(home, "result", { limit: 1 });
    expect(some).toMatchObject({ complete: false, entries: [{}] });
  });
});

function listTar(tar: Buffer): readonly string[] {
  const listed = execFileSync("tar", ["-tzf", "-", "--quoting-style=literal", "--null"], {
    input: tar,
    encoding: "utf8",
  });
  const flat = listed.replace(/\n$/, "");
  return flat.includes("\0") ? flat.split("\0").filter((name) => name !== "") : tarLines(flat);
}

function tarLines(text: string): readonly string[] {
  return text.startsWith("new\nline") ? [text] : text.split("\n");
}
