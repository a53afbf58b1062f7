import type { ApplicationSummary } from "@sluice/api";
import { expect, test } from "vitest";
import { byCategory, found, lastUses, recentFirst } from "./choice.ts";

const application = (name: string, title: string, category: string): ApplicationSummary => ({
  ...{ name, title, category, description: "", icon: "terminal", owner: "ada", version: 1 },
  ...{ latestVersion: 1, isLibrary: false, mayEdit: false, changedAt: "2030-01-01T00:00:00Z" },
});
const all = [
  application("b", "Beta", "Physics"),
  application("a", "Alpha", "Physics"),
  application("c", "Gamma", "Chemistry"),
];
const run = (name: string, createdAt: string) => ({ application: { name, version: 1 }, createdAt });

test("what was used lately stands first, the last first", () => {
  const uses = lastUses([run("c", "2030-03"), run("a", "2030-02"), run("c", "2030-01")]);
  expect(uses.get("c")).toBe("2030-03");
  expect(recentFirst(all, uses).map(({ name }) => name)).toEqual(["c", "a"]);
});

test("categories and titles go by the alphabet", () => {
  expect(byCategory(all).map(([name, own]) => [name, own.map((one) => one.title)])).toEqual([
    ["Chemistry", ["Gamma"]],
    ["Physics", ["Alpha", "Beta"]],
  ]);
});

test("every word has to be there", () => {
  expect(found(all, "phys alp").map(({ name }) => name)).toEqual(["a"]);
  expect(found(all, "")).toHaveLength(3);
});
