import { expect, test } from "vitest";
import { folderOf, pathIn, stepsTo } from "./paths.ts";

test("a path lies in a folder", () => {
  expect(["/a/b", "/a", "/"].map(folderOf)).toEqual(["/a", "/", "/"]);
  expect([pathIn("/a", "b"), pathIn("/", "b")]).toEqual(["/a/b", "/b"]);
});

test("steps lead from the nearest root down", () => {
  const roots = [
    { path: "/home/ada", name: "Home" },
    { path: "/shared", name: "shared" },
    { path: "/shared/team", name: "team" },
  ];
  const words = (folder: string) => stepsTo(folder, roots).map(({ name }) => name);
  expect(words("/home/ada/a/b")).toEqual(["Home", "a", "b"]);
  expect(words("/shared/team/x")).toEqual(["team", "x"]);
  expect(words("/home/adam")).toEqual(["/", "home", "adam"]);
  expect(stepsTo("/shared/a", roots).at(-1)?.path).toBe("/shared/a");
});
