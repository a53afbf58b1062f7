import { expect, it } from "vitest";
import { leadMetrics } from "./lead-metrics.ts";

const state = {
  role: "leading",
  machine: "m-2",
  term: 3,
  since: "2030-01-01T00:00:00Z",
  other: "m-1",
  tookOver: {
    former: "m-0",
    because: "that machine is gone",
    steps: { fence: 0.1, "node manager": 0.9 },
    slurmctld: 0.4,
    total: 2.5,
  },
} as const;

const samples = (text: string): readonly string[] =>
  text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

it("says who leads, who could, and how long the last take-over took", () => {
  expect(samples(leadMetrics(state))).toEqual([
    "sluice_head_leading 1",
    "sluice_head_standing_by 1",
    "sluice_head_term 3",
    "sluice_head_take_over_seconds 2.5",
    'sluice_head_take_over_step_seconds{step="fence"} 0.1',
    'sluice_head_take_over_step_seconds{step="node_manager"} 0.9',
  ]);
});

it("has no times of a take-over that is not at its end, and nothing where there is one head", () => {
  const alone = { ...state, other: null, tookOver: null };
  expect(samples(leadMetrics(alone))).toEqual([
    "sluice_head_leading 1",
    "sluice_head_standing_by 0",
    "sluice_head_term 3",
  ]);
  expect(leadMetrics(undefined)).toBe("");
});
