import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { installedServer } from "./server-bundle.ts";

const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-server-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("has what a server is, and nothing of heads", async () => {
  const dist = join(folder, "dist");
  await mkdir(join(dist, "portal/assets"), { recursive: true });
  await mkdir(join(dist, "head"));
  const names = ["sluice.mjs", "chunk-1.mjs", "local-service.mjs", "head/head.mjs"];
  for (const name of [...names, "portal/assets/page.js"]) await writeFile(join(dist, name), name);

  const archive = await installedServer(dist)();
  expect(Buffer.from(archive).equals(await installedServer(`${dist}/`)())).toBe(true);
  await mkdir(join(folder, "server"));
  await writeFile(join(folder, "server.tar.gz"), archive);
  await run("tar", ["-xzf", "../server.tar.gz"], { cwd: join(folder, "server") });

  const made = await readdir(join(folder, "server"), { recursive: true });
  expect(made.toSorted()).toEqual([
    ...["bin", "bin/sluice", "dist", "dist/chunk-1.mjs", "dist/portal", "dist/portal/assets"],
    ...["dist/portal/assets/page.js", "dist/sluice.mjs"],
  ]);
  expect((await stat(join(folder, "server/bin/sluice"))).mode & 0o777).toBe(0o755);
});

it("says what to do where nothing was built", async () => {
  await expect(installedServer(join(folder, "nowhere"))()).rejects.toMatchObject({
    code: "NOT_BUILT",
  });
});
