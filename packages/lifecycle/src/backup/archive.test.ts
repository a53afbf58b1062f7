import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { archive, readArchive, textFile, textOf } from "./archive.ts";
import { checkBackup } from "./check-backup.ts";
import { parseManifest } from "./manifest.ts";
import { decompressed, decrypted, identitiesIn, newBackupKey, sealed } from "./seal.ts";
import type { ArchivedFile } from "./tar.ts";
import { collected, each, FILES, inPieces, MANIFEST, smallBackup } from "./testing/small-backup.ts";

describe("a backup", () => {
  let key: { readonly identity: string; readonly recipient: string };
  let backup: Buffer;
  beforeAll(async () => {
    key = await newBackupKey();
    backup = await smallBackup(key.recipient);
  });

  const check = (content: Uint8Array, identities = [key.identity]) =>
    checkBackup(inPieces(content), identities);

  it("says what it is of, and gives every file back", async () => {
    expect(await check(backup)).toEqual({ manifest: MANIFEST, clusterFile: "Provider: local\n" });
    const found: Record<string, string> = {};
    await readArchive(decompressed(decrypted(inPieces(backup), [key.identity])), {
      visit: async (file) => {
        found[file.path] = await textOf(file);
      },
    });
    expect(Object.keys(found)).toEqual(FILES.map(({ path }) => path));
    expect(found["slurmctld/hash.2/job.12/script"]).toBe("#!/bin/sh\n".repeat(60));
  });

  it("counts its jobs, and is itself without a plain word", async () => {
    const reading = archive(MANIFEST, each(FILES));
    let step = await reading.next();
    while (!step.done) step = await reading.next();
    expect(step.value).toMatchObject({ files: 5, jobs: 1 });
    expect(backup.includes("secret")).toBe(false);
  });

  it("can be unpacked and checked by tar and sha256sum alone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-backup-"));
    try {
      const plain = decompressed(decrypted(inPieces(backup), [key.identity]));
      writeFileSync(join(folder, "backup.tar"), await collected(plain));
      execFileSync("tar", ["-xf", "backup.tar"], { cwd: folder });
      execFileSync("sha256sum", ["--check", "--quiet", "SHA256SUMS"], { cwd: folder });
      expect(parseManifest(readFileSync(join(folder, "manifest.json"), "utf8"))).toEqual(MANIFEST);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is not for another key", async () => {
    const { identity } = await newBackupKey();
    await expect(check(backup, [identity])).rejects.toMatchObject({ code: "BACKUP_KEY_WRONG" });
    expect((await check(backup, [identity, key.identity])).manifest).toEqual(MANIFEST);
  });

  it("is refused whatever byte of it is another", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(backup.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const other = Buffer.from(backup);
          other[at] = (other[at] ?? 0) ^ by;
          await expect(check(other)).rejects.toMatchObject({
            code: expect.stringMatching(/^BACKUP_/),
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is refused wherever it ends too early, and with something behind its end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(backup.length - 1), async (length) => {
        await expect(check(backup.subarray(0, length))).rejects.toMatchObject({
          code: expect.stringMatching(/^BACKUP_(DAMAGED|FOREIGN)$/),
        });
      }),
      { numRuns: 40 },
    );
    const longer = Buffer.concat([backup, Buffer.from("x")]);
    await expect(check(longer)).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
  });

  it("of something else is foreign", async () => {
    const code = "BACKUP_FOREIGN";
    await expect(check(Buffer.from("just a text\n".repeat(20)))).rejects.toMatchObject({ code });
    await expect(check(Buffer.alloc(0))).rejects.toMatchObject({ code });
    const other = await collected(sealed(inPieces(Buffer.from("no archive")), [key.recipient]));
    await expect(check(other)).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
  });

  it("of a later form is not guessed at", async () => {
    const later = await smallBackup(key.recipient, { manifest: { ...MANIFEST, format: 2 } });
    await expect(check(later)).rejects.toMatchObject({ code: "BACKUP_TOO_NEW" });
  });

  it("whose making fails has no end", async () => {
    const failing = async function* (): AsyncGenerator<ArchivedFile> {
      yield* FILES;
      throw new Error("the disk is gone");
    };
    const content = sealed(archive(MANIFEST, failing()), [key.recipient]);
    await expect(collected(content)).rejects.toThrow("the disk is gone");
    const short = { ...textFile("slurmctld/job_state", "four", MANIFEST.createdAt), size: 5 };
    const shrunk = smallBackup(key.recipient, { files: [short] });
    await expect(shrunk).rejects.toMatchObject({ code: "BACKUP_FAILED" });
  });

  it("takes no file whose path leads elsewhere", async () => {
    for (const path of [
      "../etc/passwd",
      "/etc/passwd",
      "slurmctld/../../x",
      "a\nb",
      "slurmctld/",
    ]) {
      const files = [textFile(path, "x", MANIFEST.createdAt)];
      await expect(smallBackup(key.recipient, { files })).rejects.toMatchObject({
        code: "BACKUP_FAILED",
      });
    }
  });

  it("of 256 MB passes through a memory that does not grow", async () => {
    const piece = Buffer.alloc(1 << 20, "0123456789abcdef");
    const large: ArchivedFile = {
      ...textFile("accounting/000001.sql", "", MANIFEST.createdAt),
      size: 256 << 20,
      content: (function* () {
        for (let count = 0; count < 256; count++) yield piece;
      })(),
    };
    let most = 0;
    const watched = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of sealed(archive(MANIFEST, each([...FILES, large])), [
        key.recipient,
      ])) {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
        yield chunk;
      }
    };
    const before = process.memoryUsage().arrayBuffers;
    const { manifest } = await checkBackup(watched(), [key.identity]);
    expect(manifest.clusterName).toBe("demo");
    expect(most - before).toBeLessThan(128 << 20);
  });
});

describe("a key file", () => {
  it("is age-keygen's: comments, and keys of which one is enough", async () => {
    const { identity } = await newBackupKey();
    expect(await identitiesIn(`# public key: age1…\n\n${identity}\n`)).toEqual([identity]);
  });

  it("is refused without showing what is in it", async () => {
    for (const text of [
      "",
      "# nothing\n",
      "AGE-SECRET-KEY-1SECRETSECRETSECRETSECRET\n",
      "hunter2",
    ]) {
      const refused = await identitiesIn(text).catch((error: Error) => error);
      expect(refused).toMatchObject({ code: "BACKUP_KEY_UNUSABLE" });
      expect(String(refused)).not.toMatch(/hunter2|SECRETSECRET/);
    }
  });
});
