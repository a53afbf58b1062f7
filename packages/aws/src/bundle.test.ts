import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installedBundles } from "./bundle.ts";
import { tarOf } from "./tar.ts";

const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-bundle-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("an archive", () => {
  it("is what tar itself reads, and the same each time", async () => {
    const entries = [
      { path: "bin/", mode: 0o755 },
      { path: "bin/say", mode: 0o755, content: Buffer.from("#!/bin/sh\necho said\n") },
      { path: "lib/", mode: 0o755 },
      { path: "lib/large", mode: 0o644, content: Buffer.alloc(100_000, "x") },
      { path: "lib/empty", mode: 0o600, content: new Uint8Array() },
    ];
    const archive = tarOf(entries);
    expect(Buffer.from(tarOf(entries)).equals(archive)).toBe(true);
    await writeFile(join(folder, "a.tar"), archive);
    await run("tar", ["-xf", "a.tar"], { cwd: folder });
    expect((await run(join(folder, "bin/say"), [])).stdout).toBe("said\n");
    expect((await readFile(join(folder, "lib/large"))).length).toBe(100_000);
    expect((await stat(join(folder, "lib/empty"))).mode & 0o777).toBe(0o600);
    const { stdout } = await run("tar", ["-tvf", "a.tar"], { cwd: folder });
    expect(stdout.split("\n")[1]).toMatch(/^-rwxr-xr-x root\/root +20 1970-01-01/);
  });
});

describe("bundles", () => {
  it("hold the program and its Node, and are packed once", async () => {
    const program = join(folder, "head");
    await mkdir(program);
    await writeFile(join(program, "head.mjs"), "console.log('head');\n");
    await writeFile(join(program, "chunk-1.mjs"), "");
    const node = join(folder, "node");
    await writeFile(node, "a program");
    const installation = { headProgram: program, node };
    const env = { XDG_CACHE_HOME: join(folder, "cache") };
    const arch = "x86_64";
    const first = await installedBundles(env, installation)(arch);
    const names = listed(gunzipSync(first.archive));
    expect(names).toEqual([
      "bin/",
      "bin/node",
      "bin/sluice-head",
      "lib/",
      "lib/chunk-1.mjs",
      "lib/head.mjs",
    ]);
    const again = await installedBundles(env, installation)(arch);
    expect(again.sha256).toBe(first.sha256);
    expect(await readdir(join(folder, "cache/sluice/bundles"))).toHaveLength(1);
    await writeFile(join(program, "chunk-1.mjs"), "1;\n");
    const other = await installedBundles(env, installation)(arch);
    expect(other.sha256).not.toBe(first.sha256);
  });

  it("need a build", async () => {
    await expect(
      installedBundles({}, { headProgram: join(folder, "none") })("x86_64"),
    ).rejects.toMatchObject({
      code: "NOT_BUILT",
    });
  });
});

function listed(archive: Uint8Array): readonly string[] {
  const names: string[] = [];
  for (let at = 0; at < archive.length; ) {
    const header = Buffer.from(archive.subarray(at, at + 512));
    const name = header.toString("latin1", 0, header.indexOf(0));
    if (name === "") break;
    names.push(name);
    const size = Number.parseInt(header.toString("latin1", 124, 135), 8);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return names;
}
