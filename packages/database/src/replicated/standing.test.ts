import { expect, test } from "vitest";
import { claimOf, parseStanding, type Standing } from "./standing.ts";

const standing: Standing = {
  lineage: "site",
  primary: { name: "a", copy: "copy-a" },
  inStep: ["b.1"],
  position: "0-1-5",
};
const copyA = { lineage: "site", id: "copy-a" };
const copyB = { lineage: "site", id: "copy-b" };

test.each([
  ["who is there first, when nobody ever led", undefined, undefined, undefined, "first"],
  ["the last primary", standing, copyA, undefined, "was-primary"],
  ["the last primary's name on a new disk", standing, undefined, undefined, "empty"],
  ["a copy of another database", standing, { lineage: "other", id: "copy-a" }, undefined, "empty"],
  ["a replica in the life that is in step", standing, copyB, "b.1", "in-step"],
  ["a replica that was started anew", standing, copyB, "b.2", "behind"],
  ["a replica that does not run", standing, copyB, undefined, "behind"],
  ["a replica when nobody is", { ...standing, inStep: [] }, copyB, "b.1", "behind"],
] as const)("%s", (_, record, copy, life, claim) => {
  expect(claimOf(record, copy, life)).toBe(claim);
});

test("a record is read as it was written, and another is refused", () => {
  expect(parseStanding(JSON.parse(JSON.stringify(standing)))).toEqual(standing);
  expect(parseStanding(undefined)).toBeUndefined();
  expect(() => parseStanding({ ...standing, inStep: "b.1" })).toThrow("no keeper wrote");
});
