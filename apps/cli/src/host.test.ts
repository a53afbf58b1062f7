import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { processHost } from "./host.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-host-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("readFile", () => {
  const host = processHost();

  it("reads a file of as many bytes as it may have", async () => {
    const path = join(folder, "file");
    writeFileSync(path, "é: 1\n");
    expect(await host.readFile(path, 6)).toBe("é: 1\n");
    await expect(host.readFile(path, 5)).rejects.toThrow("it has more than 5 bytes");
  });

  it("does not begin with a file that is too large", async () => {
    const path = join(folder, "large");
    writeFileSync(path, "");
    truncateSync(path, 2 ** 40);
    await expect(host.readFile(path, 1000)).rejects.toThrow(RangeError);
  });

  it("ends with what never ends", async () => {
    await expect(host.readFile("/dev/zero", 1000)).rejects.toThrow(RangeError);
  });

  it("says so when there is none", async () => {
    await expect(host.readFile(join(folder, "none"), 10)).rejects.toMatchObject({ code: "ENOENT" });
  });
});
