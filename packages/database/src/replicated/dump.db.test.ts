import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../testing/index.ts";
import { dumpDatabases } from "./dump.ts";

let behind: TestDatabase;
let folder: string;
beforeEach(async () => {
  behind = await testDatabase(false);
  folder = mkdtempSync(join(tmpdir(), "sluice-dump-"));
});
afterEach(async () => {
  await behind[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test("all of a database, and its password nowhere", async () => {
  await sql`CREATE TABLE t (n INT)`.execute(behind.database);
  await sql`INSERT INTO t VALUES (4711)`.execute(behind.database);
  const { database, ...address } = behind.address;
  const dump = await dumpDatabases({ address, databases: [database], folder });
  const commands = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const seen = commands.flatMap((pid) => {
    try {
      return [`${readFileSync(`/proc/${pid}/cmdline`)}${readFileSync(`/proc/${pid}/environ`)}`];
    } catch {
      return [];
    }
  });
  const [statements] = await Promise.all([text(dump.stream), dump.done]);
  expect(seen.filter((words) => words.includes(address.password ?? "-"))).toEqual([]);
  expect(statements).toContain("4711");
  expect(statements).not.toContain(address.password);
  expect(readdirSync(folder)).toEqual([]);
});

test("one that is not whole is an error", async () => {
  const { database: _, ...address } = behind.address;
  const dump = await dumpDatabases({ address, databases: ["not_there"], folder });
  dump.stream.resume();
  await expect(dump.done).rejects.toMatchObject({ code: "DATABASE_DUMP_FAILED" });
  expect(readdirSync(folder)).toEqual([]);
});
