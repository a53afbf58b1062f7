import type { JobTimelineStep } from "@sluice/api";
import { describe, expect, it } from "vitest";
import { fits } from "../fits.ts";
import { phasesOf, secondsOf } from "./phases.ts";
import { arrayOf, concerns } from "./reference.ts";

const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
const step = (kind: string, from: number, until?: number): JobTimelineStep =>
  ({
    ...{ kind, round: 1, time: at(from), text: "" },
    ...(until === undefined ? {} : { until: at(until) }),
    ...{ nodes: [], tried: [], details: [], reason: "", state: "", exitCode: 0, signal: 0 },
  }) as unknown as JobTimelineStep;

describe("on what a job's time went", () => {
  it("is one phase after the other", () => {
    const steps = [
      step("submitted", 0),
      step("waiting", 0, 10),
      step("machines", 10, 12),
      step("booting", 12, 41),
      // Slurm tells whole seconds: it begins before the last machine was told of.
      step("running", 40, 100),
      step("ended", 100),
    ];
    expect(phasesOf(steps, 999_000)).toEqual([
      { kind: "waiting", seconds: 12, isOpen: false },
      { kind: "booting", seconds: 28, isOpen: false },
      { kind: "running", seconds: 60, isOpen: false },
    ]);
  });

  it("goes on until now, in each round", () => {
    const steps = [
      step("submitted", 0),
      step("running", 5, 20),
      step("requeued", 30),
      step("waiting", 30),
    ];
    expect(phasesOf(steps, 90_000)).toEqual([
      { kind: "waiting", seconds: 5, isOpen: false },
      { kind: "running", seconds: 15, isOpen: false },
      { kind: "waiting", seconds: 60, isOpen: true },
    ]);
  });

  it("is told of each step that takes time", () => {
    expect(secondsOf(step("booting", 10, 30), 99_000)).toBe(20);
    expect(secondsOf(step("running", 10), 99_000)).toBe(89);
    expect(secondsOf(step("ended", 10), 99_000)).toBeUndefined();
  });
});

describe("a change of jobs", () => {
  it("concerns the job, its array, and may when there were many", () => {
    const task = { id: 45, label: "43_2", arrayJobId: 43 };
    for (const reference of ["43_2", "43", "43_[1-4]", "45"]) {
      expect(concerns(reference, task)).toBe(true);
    }
    for (const reference of ["44", "4", "4_2"]) expect(concerns(reference, task)).toBe(false);
    expect(concerns("7", { count: 400 })).toBe(true);
    expect(concerns("7", undefined)).toBe(true);
  });

  it("knows whole arrays", () => {
    expect([
      arrayOf("43", { id: 43 }),
      arrayOf("43_1", { id: 43 }),
      arrayOf("43", undefined),
    ]).toEqual([43, undefined, undefined]);
  });
});

describe("what can be done to a job", () => {
  const job = {
    ...{ cluster: "demo", user: "ada", state: "PENDING", reason: "Resources" },
    ...{ isLive: true, isFinished: false },
  };
  const can = (change: Partial<typeof job>) =>
    (["cancel", "hold", "release", "requeue"] as const).filter((one) =>
      fits(one, { ...job, ...change }),
    );

  it("follows from its state", () => {
    expect(can({})).toEqual(["cancel", "hold"]);
    expect(can({ reason: "JobHeldUser" })).toEqual(["cancel", "release"]);
    expect(can({ state: "RUNNING", reason: "" })).toEqual(["cancel", "requeue"]);
    expect(can({ state: "FAILED", isFinished: true })).toEqual(["requeue"]);
    expect(can({ state: "FAILED", isFinished: true, isLive: false })).toEqual([]);
  });
});
