import type { MovedJobView } from "@sluice/api";
import { expect, it, vi } from "vitest";

/** Modules of the page know where it came from. */
vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
const { isMove, movedOf } = await import("./use-moved.ts");

const moved: readonly MovedJobView[] = [
  { from: "left", fromJobId: 7, cluster: "right", jobId: 12, unixUser: "ada", refused: false },
  { from: "left", fromJobId: 8, cluster: "right", unixUser: "ada", refused: true },
];

it("finds a job by either of its numbers, on its own cluster only", () => {
  const find = (cluster: string, id: number, arrayJobId?: number) =>
    movedOf(moved, { cluster, id, arrayJobId })?.fromJobId;
  expect([find("left", 7), find("right", 12), find("left", 8)]).toEqual([7, 7, 8]);
  expect([find("right", 7), find("left", 12), find("far", 7)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  // Tasks of an array have numbers of their own.
  expect(find("right", 15, 12)).toBe(7);
  expect(movedOf(undefined, { cluster: "left", id: 7 })).toBeUndefined();
});

it("is read again for what tells of a move alone", () => {
  expect(isMove({ submissionId: "x", from: "left", fromJobId: 7, to: "right" })).toBe(true);
  expect([isMove({ id: 7, label: "7" }), isMove(null), isMove("moved")]).toEqual([
    false,
    false,
    false,
  ]);
});
