import { describe, expect, it } from "vitest";
import type { FileIndex } from "../../../objects.ts";
import {
  claimed,
  failed,
  firstIndex,
  given,
  inUse,
  versionInForce,
  withdrawn,
} from "./file-index.ts";

const AT = "2026-01-05T08:00:00.000Z";
const NOW = new Date("2026-01-05T09:00:00.000Z");
const request = { name: "demo", replaces: 1, isBack: false, now: NOW };

describe("the next version", () => {
  it("is claimed, then wanted", () => {
    const claim = claimed(firstIndex(AT), request);
    expect(claim.preparing).toEqual({ version: 2, at: NOW.toISOString() });
    const after = given(claim.index, claim.preparing);
    expect(after.versions.map(({ version, state }) => [version, state])).toEqual([
      [1, "in-force"],
      [2, "wanted"],
    ]);
    expect(after.preparing).toBeUndefined();
    expect(versionInForce(after)).toBe(1);
  });

  it("is one claimer's, until that one must be gone", () => {
    const { index } = claimed(firstIndex(AT), request);
    const soon = new Date(NOW.getTime() + 59 * 60_000);
    expect(() => claimed(index, { ...request, now: soon })).toThrow(/being prepared/);
    const later = new Date(NOW.getTime() + 61 * 60_000);
    expect(claimed(index, { ...request, now: later }).preparing.version).toBe(3);
  });

  it("can be given up, and the failure is kept with what was said before", () => {
    const claim = claimed(firstIndex(AT), request);
    expect(withdrawn(claim.index)).toEqual(firstIndex(AT));
    const once = failed(claim.index, claim.preparing, "no room");
    expect(once.update).toMatchObject({ version: 2, status: "failed", message: "no room" });
    const again = claimed(once, request);
    expect(again.preparing.version).toBe(3);
    expect(failed(again.index, again.preparing, "still none").update).toMatchObject({
      message: "still none",
      former: [{ version: 2, message: "no room" }],
    });
  });

  it("knows whose things nodes may use by then", () => {
    const first = firstIndex(AT);
    const { index, preparing } = claimed(first, request);
    const wanted = given(index, preparing);
    const ended = (state: "failed" | "in-force"): FileIndex => ({
      ...wanted,
      versions: wanted.versions.map((one) => (one.version === 2 ? { ...one, state } : one)),
    });
    const all = [first, failed(index, preparing, ""), ended("in-force"), ended("failed")];
    expect(all.map(inUse)).toEqual(["newest", "newest", "newest", "former"]);
    expect([index, wanted].map(inUse)).toEqual(["both", "both"]);
  });
});
