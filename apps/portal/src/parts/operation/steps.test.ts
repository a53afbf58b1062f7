import { expect, test } from "vitest";
import { type ProgressLine, stepsOf } from "./steps.ts";

function lines(...said: readonly (readonly [string, ProgressLine["status"], string?])[]) {
  return said.map(([resource, status, message = ""], index) => ({
    number: index + 1,
    time: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(),
    resource,
    status,
    message,
  }));
}

test("a step goes from its start to its end, with what was said between", () => {
  const steps = stepsOf(
    lines(
      ["network", "started", "making it"],
      ["head", "started"],
      ["network", "info", "a bridge"],
      ["network", "done"],
    ),
    { state: "running" },
  );
  expect(steps).toMatchObject([
    { resource: "network", state: "done", messages: ["making it", "a bridge"] },
    { resource: "head", state: "running", endedAt: undefined },
  ]);
  expect(steps[0]?.endedAt).toBe("2026-01-01T00:00:03.000Z");
});

test("what is begun again is another step, and what is only told is one of its own", () => {
  const steps = stepsOf(
    lines(
      ["head", "started"],
      ["head", "failed", "no disk"],
      ["update", "info", "going back"],
      ["head", "started"],
    ),
    undefined,
  );
  expect(steps.map(({ resource, state }) => `${resource} ${state}`)).toEqual([
    "head failed",
    "update told",
    "head running",
  ]);
  expect(new Set(steps.map(({ id }) => id)).size).toBe(3);
});

test.each([
  ["done", "done"],
  ["failed", "failed"],
  ["cancelled", "stopped"],
] as const)("what is open when the operation is %s is %s", (state, shown) => {
  const endedAt = "2026-01-01T00:01:00.000Z";
  expect(stepsOf(lines(["head", "started"]), { state, endedAt })).toMatchObject([
    { state: shown, endedAt },
  ]);
});
