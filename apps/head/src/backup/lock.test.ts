import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bothKeys } from "./key.ts";
import { backupLock } from "./lock.ts";

it("one at a time, and the next when that has ended", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-lock-"));
  try {
    const path = join(folder, "backup.lock");
    const first = await backupLock(path);
    await expect(backupLock(path)).rejects.toMatchObject({ code: "BACKUP_BUSY" });
    const second = backupLock(path, 20);
    first[Symbol.dispose]();
    (await second)[Symbol.dispose]();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("a restored head can read what was made before and after", () => {
  expect(bothKeys("# old\nA\n", "# new\nB\n")).toBe("# old\nA\n# new\nB\n");
  expect(bothKeys("A\n", "A\n")).toBe("A\n");
  expect(bothKeys(undefined, "B\n")).toBe("B\n");
  expect(bothKeys(undefined, undefined)).toBe("");
});
