import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Registers } from "./registers.ts";
import { RevokedJobs, revokeJobs } from "./revoked-jobs.ts";

/** @param interfere called before each writing. */
function registers(interfere: () => void = () => {}) {
  const kept = new Map<string, { text: string; tag: string }>();
  const port: Registers = {
    read: async (name) => kept.get(name),
    write: async (name, text, expected) => {
      interfere();
      if (kept.get(name)?.tag !== expected) return undefined;
      const tag = randomUUID();
      kept.set(name, { text, tag });
      return tag;
    },
  };
  return { port, kept };
}

const tags = (count: number) => Array.from({ length: count }, () => `sluice=${randomUUID()}`);

describe("jobs that must not start", () => {
  it("are read as they were written, however many, and once", async () => {
    const { port, kept } = registers();
    const all = tags(2500);
    await revokeJobs(port, all);
    await revokeJobs(port, all.slice(100, 900));
    const revoked = new RevokedJobs(port);
    expect([...(await revoked.read())].sort()).toEqual([...all].sort());
    expect(kept.size).toBeGreaterThan(1);
    for (const { text } of kept.values()) expect(text.length).toBeLessThan(64 << 10);
    const texts = [...kept.values()].map(({ text }) => text).join("");
    expect(texts.trim().split("\n")).toHaveLength(2500);
    const more = tags(1);
    await revokeJobs(port, more);
    expect((await revoked.read()).has(more[0] ?? "")).toBe(true);
  });

  it("are not lost when two write at the same time", async () => {
    const other = tags(3);
    let isFirst = true;
    const { port, kept } = registers(() => {
      if (!isFirst) return;
      isFirst = false;
      kept.set("revoked/0", { text: `${other.join("\n")}\n`, tag: "theirs" });
    });
    const mine = tags(3);
    await revokeJobs(port, mine);
    expect(await new RevokedJobs(port).read()).toEqual(new Set([...other, ...mine]));
  });

  it("are none where nothing was written, and no text but a tag is", async () => {
    const { port } = registers();
    expect(await new RevokedJobs(port).read()).toEqual(new Set());
    await expect(revokeJobs(port, ["a\nb"])).rejects.toThrow(/no tag/);
  });
});
