import { execFile } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { tarGz } from "./archive.ts";

const run = promisify(execFile);

async function* files() {
  yield { path: "demo/head/slurmctld.log", text: "one\ntwo ü\n" };
  yield { path: "demo/empty.log", text: "" };
  yield { path: `demo/${"folder/".repeat(15)}${"x".repeat(60)}.log`, text: "x".repeat(1024) };
}

describe("tarGz", () => {
  it("is what tar reads, long paths and all bytes", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-archive-"));
    const path = join(folder, "logs.tar.gz");
    await writeFile(path, tarGz(files(), new Date("2026-01-05T08:00:00Z")));
    await run("tar", ["-xzf", path, "-C", folder]);
    for await (const { path: name, text } of files()) {
      expect(await readFile(join(folder, name), "utf8")).toBe(text);
    }
    const { stdout } = await run("tar", ["-tvzf", path, "--utc"]);
    expect(stdout).toMatch(/^-rw------- 0\/0 +11 2026-01-05 08:00 demo\/head\/slurmctld\.log$/m);
  });
});
