import type { ApplicationDetail } from "@sluice/api";
import { expect, test } from "vitest";
import {
  attemptFor,
  carriedInputs,
  keepChoice,
  keepOf,
  wishOf,
  withoutPaths,
  withPaths,
} from "./wish.ts";

const application: ApplicationDetail = {
  ...{ name: "heat", title: "Heat", description: "", category: "Physics", icon: "flame" },
  ...{ owner: "ada", version: 3, latestVersion: 4, isLibrary: false, mayEdit: false },
  changedAt: "2030-01-01T00:00:00Z",
  fields: [
    {
      ...{ name: "deck", type: "file", label: "Deck", required: true, multiline: false },
      ...{ isList: false, hasChoicesOfCluster: false },
    },
  ],
};

test("a form asks for the version that it shows", () => {
  const state = { values: { deck: "/d" }, name: "  Plate ", keep: "7", cluster: "demo" };
  expect(wishOf(application, state)).toEqual({
    ...{ application: "heat", version: 3, cluster: "demo", name: "Plate" },
    ...{ values: { deck: "/d" }, keepSeconds: 604_800 },
  });
  expect(wishOf(application, { values: {}, name: "", keep: "usual", cluster: undefined })).toEqual({
    ...{ application: "heat", version: 3, values: {} },
  });
});

test.each([
  ["usual", {}],
  ["always", { keepSeconds: null }],
  ["30", { keepSeconds: 2_592_000 }],
])("kept: %s", (keep, asked) => expect(keepOf(keep)).toEqual(asked));

test("another run's time is found among the choices", () => {
  expect([undefined, 604_800, 12_345].map(keepChoice)).toEqual(["always", "7", "usual"]);
});

test("the same wish has the same key, and another one another", () => {
  const keys = ["key-2", "key-1"];
  const key = () => keys.pop() ?? "";
  const wish = wishOf(application, {
    values: { deck: "/d" },
    name: "",
    keep: "usual",
    cluster: "c",
  });
  const first = attemptFor(wish, undefined, key);
  expect(attemptFor({ ...wish }, first, key)).toBe(first);
  expect(attemptFor({ ...wish, name: "other" }, first, key).key).toBe("key-2");
});

test("inputs of the run before are found, and get their new paths", () => {
  const values = { deck: "/r/1/inputs/a b", more: ["/r/1/inputs/c", "/x"], steps: 3 };
  expect(carriedInputs(values, "/r/1")).toEqual([
    { from: "/r/1/inputs/a b", name: "a b" },
    { from: "/r/1/inputs/c", name: "c" },
  ]);
  expect(carriedInputs(values, undefined)).toEqual([]);
  const paths = new Map([["/r/1/inputs/a b", "inputs/a b"]]);
  expect(withPaths(values, paths)).toEqual({ ...values, deck: "inputs/a b" });
  expect(withoutPaths(values, "/r/1/inputs/")).toEqual({ more: ["/x"], steps: 3 });
});
