import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { serverId } from "./server-id.ts";

test("a server is the same one at each start, and another where its id was cut short", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "server-id-"));
  const paths = { serverId: join(folder.path, "server-id") };
  const first = await serverId(paths);
  expect(first).toMatch(/^[0-9a-f-]{36}$/);
  expect(await serverId(paths)).toBe(first);
  await writeFile(paths.serverId, first.slice(0, 20));
  const second = await serverId(paths);
  expect(second).toMatch(/^[0-9a-f-]{36}$/);
  expect(second).not.toBe(first);
  expect(await serverId(paths)).toBe(second);
});
