import { expect, test } from "vitest";
import { recipeFor, recipeHash } from "./recipe.ts";

test("an image's name follows from what is in it, not from how that is written down", () => {
  const recipe = recipeFor("debian13");
  if (recipe === undefined) throw new Error("no recipe for the default");
  const turned = { ...recipe, packages: recipe.packages.toReversed() };
  expect(recipeHash(turned)).toBe(recipeHash(recipe));
  expect(recipeHash({ ...recipe, packages: [...recipe.packages, "hello"] })).not.toBe(
    recipeHash(recipe),
  );
  const files = { ...recipe.files, "/etc/motd": "hello" };
  expect(recipeHash({ ...recipe, files })).not.toBe(recipeHash(recipe));
});

test("each release has a recipe of its own; others have none", () => {
  expect(recipeFor("debian13")?.slurmVersion).toBe("24.11");
  expect(recipeFor("debian12")?.slurmVersion).toBe("22.05");
  expect(recipeFor("alinux2")).toBeUndefined();
});
