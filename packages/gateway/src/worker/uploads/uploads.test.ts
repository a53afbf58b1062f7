import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startTestWorker, type TestWorker } from "../../testing/worker.ts";

/** Of the disk on which `shared` is. */
const DISK = 4 * 1024 * 1024;

// Each starts processes, which take their time on a machine that is busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let worker: TestWorker;
let disk: string;

const failing = (code: string) => expect.objectContaining({ code });
const names = (folder: string) => readdirSync(folder).filter((name) => name !== ".local");
const stream = (content: string | Buffer) => Readable.from([Buffer.from(content)]);

/** Content that stops coming, without an end. */
function stuck(content: string | Buffer): Readable {
  const readable = new Readable({ read() {} });
  readable.push(Buffer.from(content));
  return readable;
}

beforeAll(async () => {
  disk = mkdtempSync(join(tmpdir(), "sluice-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK},mode=1777`, "tmpfs", disk]);
  worker = await startTestWorker({ sharedFolder: join(disk, "shared") });
});
afterAll(async () => {
  await worker[Symbol.asyncDispose]();
  execFileSync("umount", [disk]);
  rmSync(disk, { recursive: true });
});
beforeEach(() => {
  for (const folder of [worker.home, worker.shared]) {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  }
});

describe("an upload", () => {
  test("comes in pieces and is in its place with the last", async () => {
    const { user, home } = worker;
    const path = join(home, "data.bin");
    const made = await user.createUpload(path, { length: 10, mode: 0o640 });
    expect(made).toMatchObject({ path, length: 10, offset: 0, folder: home });
    expect(made.expires.getTime()).toBeGreaterThan(Date.now() + 6 * 86_400_000);
    expect(await user.writeUpload(made, 0, stream("01234"))).toMatchObject({ offset: 5 });
    expect(await user.uploads()).toMatchObject([{ id: made.id, offset: 5, path }]);
    expect(existsSync(path)).toBe(false);
    expect(await user.writeUpload(made, 5, stream("56789"))).toMatchObject({ offset: 10 });
    expect(readFileSync(path, "utf8")).toBe("0123456789");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(names(home)).toEqual(["data.bin"]);
    expect(await user.uploads()).toEqual([]);
    // Whoever lost that answer is told that all is there.
    expect(await user.upload(made)).toMatchObject({ offset: 10, path });
  });

  test("of nothing is there at once", async () => {
    await worker.user.createUpload(join(worker.home, "empty"), { length: 0 });
    expect(names(worker.home)).toEqual(["empty"]);
  });

  test("goes on after its worker was killed in the middle", async () => {
    const { user, home } = worker;
    const content = Buffer.alloc(8_000_000, "sluice ");
    const made = await user.createUpload(join(home, "big"), { length: content.length });
    const lost = user.writeUpload(made, 0, stuck(content.subarray(0, 5_000_000)));
    lost.catch(() => undefined);
    const part = join(home, `.sluice-upload-${made.id}`);
    await expect.poll(() => statSync(part).size, { timeout: 20_000 }).toBeGreaterThan(1_000_000);
    await worker.kill();
    await expect(lost).rejects.toThrow(failing("GATEWAY_UNREACHABLE"));
    const { offset } = await user.upload(made);
    expect(offset).toBeGreaterThan(1_000_000);
    await user.writeUpload(made, offset, stream(content.subarray(offset)));
    expect(hash(readFileSync(join(home, "big")))).toBe(hash(content));
    expect(names(home)).toEqual(["big"]);
  });

  test("takes no memory, however large it is", async () => {
    const { user, home } = worker;
    const chunk = Buffer.alloc(1024 * 1024, "x");
    const count = 256;
    const made = await user.createUpload(join(home, "big"), { length: count * chunk.length });
    const most = () =>
      Number(
        /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${worker.process.pid}/status`, "utf8"))?.[1],
      ) / 1024;
    const before = most();
    const content = Readable.from(Array.from({ length: count }, () => chunk));
    expect(await user.writeUpload(made, 0, content)).toMatchObject({ offset: made.length });
    expect(most() - before).toBeLessThan(128);
  });

  test("whose bytes are all there is finished by whoever asks", async () => {
    const { user, home } = worker;
    const made = await user.createUpload(join(home, "late"), { length: 4 });
    // As a worker leaves it that is killed between the last byte and the renaming.
    writeFileSync(join(home, `.sluice-upload-${made.id}`), "late");
    expect(await user.upload(made)).toMatchObject({ offset: 4 });
    expect(readFileSync(join(home, "late"), "utf8")).toBe("late");
    expect(names(home)).toEqual(["late"]);
  });

  test("a client that comes again ends its own request that hangs", async () => {
    const { user, home } = worker;
    const made = await user.createUpload(join(home, "f"), { length: 6 });
    const hanging = user.writeUpload(made, 0, stuck("abc"));
    hanging.catch(() => undefined);
    const part = join(home, `.sluice-upload-${made.id}`);
    await expect.poll(() => statSync(part).size, { timeout: 20_000 }).toBe(3);
    expect(await user.upload(made)).toMatchObject({ offset: 3 });
    await expect(hanging).rejects.toThrow(failing("UPLOAD_INTERRUPTED"));
    await user.writeUpload(made, 3, stream("def"));
    expect(readFileSync(join(home, "f"), "utf8")).toBe("abcdef");
  });

  test("refuses what does not fit together", async () => {
    const { user, home } = worker;
    writeFileSync(join(home, "there"), "there");
    await expect(user.createUpload(join(home, "there"), { length: 3 })).rejects.toThrow(
      failing("FILE_EXISTS"),
    );
    const made = await user.createUpload(join(home, "f"), { length: 3 });
    await expect(user.writeUpload(made, 1, stream("x"))).rejects.toThrow(
      failing("UPLOAD_OFFSET_WRONG"),
    );
    await expect(user.writeUpload(made, 0, stream("too much"))).rejects.toThrow(
      failing("UPLOAD_TOO_LONG"),
    );
    const elsewhere = { id: made.id, folder: worker.shared };
    await expect(user.upload(elsewhere)).rejects.toThrow(failing("UPLOAD_NOT_FOUND"));
    await expect(user.upload({ ...made, folder: "/etc" })).rejects.toThrow(failing("FILE_OUTSIDE"));
    for (const id of ["../../../etc/passwd", "x", "", `${made.id}/..`]) {
      await expect(user.upload({ id, folder: home })).rejects.toThrow();
    }
    await user.removeUpload(made);
    await expect(user.upload(made)).rejects.toThrow(failing("UPLOAD_NOT_FOUND"));
    expect(names(home)).toEqual(["there"]);
  });

  test("does not go over what came there meanwhile", async () => {
    const { user, home } = worker;
    const made = await user.createUpload(join(home, "f"), { length: 3 });
    writeFileSync(join(home, "f"), "another");
    await expect(user.writeUpload(made, 0, stream("abc"))).rejects.toThrow(failing("FILE_EXISTS"));
    expect(readFileSync(join(home, "f"), "utf8")).toBe("another");
    rmSync(join(home, "f"));
    expect(await user.upload(made)).toMatchObject({ offset: 3 });
    expect(readFileSync(join(home, "f"), "utf8")).toBe("abc");
  });

  test("that nobody goes on with is cleared away after a week", async () => {
    const { user, home } = worker;
    const made = await user.createUpload(join(home, "f"), { length: 3 });
    execFileSync("touch", ["-d", "8 days ago", join(home, `.sluice-upload-${made.id}`)]);
    const kept = await user.createUpload(join(home, "g"), { length: 3 });
    // A worker does so when it starts.
    await worker.kill();
    await expect.poll(() => names(home), { timeout: 20_000 }).toHaveLength(2);
    expect(await user.uploads()).toMatchObject([{ id: kept.id }]);
  });
});

describe("a disk that is full", () => {
  test("is told, and a file that was to be written leaves nothing", async () => {
    const { user, shared } = worker;
    await user.write(join(shared, "kept"), "kept");
    const { etag } = await user.stat(join(shared, "kept"));
    const tooMuch = Buffer.alloc(DISK + 1);
    await expect(user.write(join(shared, "new"), tooMuch)).rejects.toThrow(failing("DISK_FULL"));
    await expect(user.write(join(shared, "kept"), tooMuch, { ifMatch: etag })).rejects.toThrow(
      failing("DISK_FULL"),
    );
    expect(readFileSync(join(shared, "kept"), "utf8")).toBe("kept");
    expect(readdirSync(shared)).toEqual(["kept"]);
    expect((await user.stat(join(shared, "kept"))).etag).toBe(etag);
  });

  test("ends an upload before it begins, or lets it go on when there is space again", async () => {
    const { user, shared } = worker;
    await expect(user.createUpload(join(shared, "x"), { length: DISK * 2 })).rejects.toThrow(
      failing("DISK_FULL"),
    );
    expect(readdirSync(shared)).toEqual([]);
    const content = Buffer.alloc(3_000_000, "abc");
    const made = await user.createUpload(join(shared, "x"), { length: content.length });
    writeFileSync(join(shared, "filler"), Buffer.alloc(3_000_000));
    await expect(user.writeUpload(made, 0, stream(content))).rejects.toThrow(failing("DISK_FULL"));
    rmSync(join(shared, "filler"));
    const { offset } = await user.upload(made);
    expect(offset).toBeGreaterThan(0);
    await user.writeUpload(made, offset, stream(content.subarray(offset)));
    expect(hash(readFileSync(join(shared, "x")))).toBe(hash(content));
  });
});

function hash(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
