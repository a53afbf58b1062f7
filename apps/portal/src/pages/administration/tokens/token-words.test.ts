import { SCOPES } from "@sluice/api";
import { expect, test } from "vitest";
import { expiryOf, scopeThings } from "./token-words.ts";

test("what a token may is said by thing, and everything by nothing", () => {
  expect(scopeThings(["jobs:read", "jobs:write", "files:write", "shell"])).toEqual([
    "Jobs: see, change",
    "Files: change",
    "Shell",
  ]);
  expect(scopeThings([...SCOPES])).toEqual([]);
});

test.each([
  ["2030-01-01T00:00:00Z", "expired"],
  ["2030-01-10T00:00:00Z", "soon"],
  ["2030-03-01T00:00:00Z", "good"],
])("a token that expires at %s is %s", (at, is) => {
  expect(expiryOf(at, Date.parse("2030-01-02T00:00:00Z"))).toBe(is);
});
