import { expect, test } from "vitest";
import type { FileIndex } from "../objects.ts";
import { reported } from "./file-index.ts";

const NOW = new Date("2026-11-21T10:00:00Z");

function index(...states: FileIndex["versions"][number]["state"][]): FileIndex {
  return {
    versions: states.map((state, at) => ({ version: at + 1, givenAt: NOW.toISOString(), state })),
  };
}

const states = (after: FileIndex | undefined) => after?.versions.map(({ state }) => state);

test("a version that is done replaces the one in force", () => {
  const update = { version: 2, status: "done", message: "in force" } as const;
  const after = reported(index("in-force", "wanted"), update, NOW);
  expect(states(after)).toEqual(["former", "in-force"]);
  expect(after?.update).toEqual({ ...update, at: NOW.toISOString() });
  if (after !== undefined) expect(reported(after, update, NOW)).toBeUndefined();
});

test("a version that failed leaves the one in force", () => {
  const update = { version: 2, status: "failed", message: "no" } as const;
  const after = reported(index("in-force", "wanted"), update, NOW);
  expect(states(after)).toEqual(["in-force", "failed"]);
  if (after !== undefined) expect(reported(after, update, NOW)).toBeUndefined();
});

test("progress is told of the version that is wanted, and changes no state", () => {
  const progress = (version: number) =>
    reported(index("in-force", "wanted"), { version, status: "progress", message: "waits" }, NOW);
  expect(states(progress(2))).toEqual(["in-force", "wanted"]);
  expect(progress(2)?.update?.message).toBe("waits");
  expect(progress(1)).toBeUndefined();
  expect(progress(7)).toBeUndefined();
});

test("what was said of a version before is kept, each thing once", () => {
  const say = (before: FileIndex | undefined, message: string) =>
    before && reported(before, { version: 2, status: "progress", message }, NOW);
  const first = say(index("in-force", "wanted"), "drains q-1");
  const second = say(say(first, "drains q-1"), "restarts slurmctld");
  const done = { version: 2, status: "done", message: "in force" } as const;
  const after = second && reported(second, done, NOW);
  expect(after?.update?.former?.map(({ message }) => message)).toEqual([
    "drains q-1",
    "restarts slurmctld",
  ]);
});

test("a version that was replaced meanwhile is in force all the same, and the wanted one stays", () => {
  const before = { ...index("in-force", "replaced", "wanted") };
  const after = reported(before, { version: 2, status: "done", message: "in force" }, NOW);
  expect(states(after)).toEqual(["former", "in-force", "wanted"]);
  expect(after?.update).toBeUndefined();
  expect(reported(before, { version: 2, status: "failed", message: "no" }, NOW)).toBeUndefined();
});
