import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { journalMode } from "./journal-mode.ts";

test("a folder of another machine's has no memory that processes share", () => {
  const asked: string[] = [];
  const mode = journalMode("/var/lib/sluice/capacity.sqlite", (folder) => {
    asked.push(folder);
    return 0x6969;
  });
  expect([mode, asked]).toEqual(["TRUNCATE", ["/var/lib/sluice"]]);
  expect(journalMode(join(tmpdir(), "a.sqlite"))).toBe("WAL");
  expect(journalMode(":memory:")).toBe("WAL");
});

test("without a WAL another connection reads what one wrote, and no file is beside it", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-journal-"));
  try {
    const path = join(folder, "a.sqlite");
    using one = new DatabaseSync(path);
    one.exec(`PRAGMA journal_mode = ${journalMode(path, () => 0x6969)}; CREATE TABLE t (a)`);
    one.exec("INSERT INTO t VALUES (1)");
    using other = new DatabaseSync(path, { readOnly: true });
    expect(other.prepare("SELECT count(*) AS rows FROM t").get()).toEqual({ rows: 1 });
    expect(one.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "truncate" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
