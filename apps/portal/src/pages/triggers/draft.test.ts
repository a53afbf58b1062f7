import { triggerWish } from "@sluice/api";
import { expect, test } from "vitest";
import { draftOf, emptyDraft, problemsOf, wishOf, yamlOf } from "./draft.ts";

const FIELDS = [
  { name: "script", type: "file", isList: false },
  { name: "count", type: "integer", isList: false },
  { name: "fast", type: "boolean", isList: false },
  { name: "inputs", type: "files", isList: true },
] as const;

const draft = {
  ...emptyDraft("Europe/Berlin"),
  ...{ name: "new sequences", cluster: "demo", application: "script", path: "/home/ada/in" },
  values: {
    script: "/home/ada/align.sh",
    count: "3",
    fast: "{{event.size}}",
    inputs: "/a\n/b",
    left: " ",
  },
};

test("a form is what the interface takes, with values of the fields' types", () => {
  const wish = wishOf(draft, FIELDS);
  expect(triggerWish.parse(wish)).toEqual(wish);
  expect(wish.values).toEqual({
    ...{ script: "/home/ada/align.sh", count: 3, fast: "{{event.size}}", inputs: ["/a", "/b"] },
  });
  expect(yamlOf(wish)).toContain("path: /home/ada/in\n");
});

test("a trigger that is there is edited as it is", () => {
  for (const kind of ["folder", "objects", "schedule", "web-hook"] as const) {
    const wish = wishOf({ ...draft, kind, queue: "in", bucket: "data" }, FIELDS);
    const shown = {
      ...{ ...wish, id: "1", owner: "ada", state: "active" as const },
      ...{ createdAt: "2030-01-01T00:00:00Z", changedAt: "2030-01-01T00:00:00Z" },
    };
    expect(wishOf(draftOf(shown, "UTC"), FIELDS)).toEqual(wish);
  }
});

test("what is missing is told where it is", () => {
  expect(problemsOf(draft)).toEqual({});
  expect(problemsOf({ ...emptyDraft("UTC"), path: "in", retries: "x" })).toEqual({
    ...{ name: "name", cluster: "missing", application: "missing" },
    ...{ path: "absolute", retries: "number" },
  });
  expect(problemsOf({ ...draft, kind: "objects" })).toEqual({
    ...{ queue: "missing", bucket: "missing" },
  });
});
