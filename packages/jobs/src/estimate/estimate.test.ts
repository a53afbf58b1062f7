import { describe, expect, test } from "vitest";
import { askedTres } from "./asked-tres.ts";
import { knownStart, testOnlyOf } from "./test-only.ts";
import { askedTimeLimit, partitionTimeLimit } from "./time-limit.ts";

describe("what sbatch says of a submission that it tries", () => {
  test("is when, where and with how many processors", () => {
    const stderr =
      "sbatch: Job 12 to start at 2030-01-01T00:00:00 using 4 processors on nodes q-dy-a-[1-2] in partition q\n";
    expect(testOnlyOf({ exitCode: 0, stdout: "", stderr })).toEqual({
      ...{ accepted: true, cpus: 4, partition: "q", nodes: ["q-dy-a-1", "q-dy-a-2"] },
      startTime: new Date("2030-01-01T00:00:00Z"),
    });
  });

  test("or why not, in its words", () => {
    const stderr =
      "sbatch: error: Batch job submission failed\nallocation failure: Too many nodes\n";
    expect(testOnlyOf({ exitCode: 1, stdout: "", stderr })).toEqual({
      ...{ accepted: false, problem: "Batch job submission failed; Too many nodes" },
    });
    expect(testOnlyOf({ exitCode: 9, stdout: "", stderr: "" })).toMatchObject({
      problem: "sbatch ended with 9",
    });
  });
});

test("a start behind jobs without a time limit is not known", () => {
  const now = new Date("2026-11-21T23:00:00Z");
  const soon = new Date("2026-11-28T23:00:00Z");
  expect(knownStart(soon, now)).toBe(soon);
  expect(knownStart(new Date("2027-11-21T23:05:39Z"), now)).toBeUndefined();
  expect(knownStart(new Date("4749-12-07T08:30:39Z"), now)).toBeUndefined();
  expect(knownStart(undefined, now)).toBeUndefined();
});

describe("the time limit", () => {
  test.each([
    ["", ["--time=90"], 5400],
    ["", ["--time=1:30"], 90],
    ["", ["--time=1:00:00", "--time=2-0"], 172_800],
    ["#!/bin/sh\n#SBATCH --time=30\n", [], 1800],
    ["#!/bin/sh\n#SBATCH -t 1-12:00\n", [], 129_600],
    ["#!/bin/sh\n#SBATCH --time=30\n", ["--time=10"], 600],
    ["#!/bin/sh\necho\n#SBATCH --time=30\n", [], undefined],
    ["", ["--time=UNLIMITED"], undefined],
    ["", ["--time=$(id)"], undefined],
  ])("of %j and %j is %s s", (script, options, seconds) => {
    expect(askedTimeLimit(script, options)).toBe(seconds);
  });

  test.each([
    ["DefaultTime=01:00:00 MaxTime=1-00:00:00", 3600],
    ["DefaultTime=NONE MaxTime=1-00:00:00", 86_400],
    ["DefaultTime=NONE MaxTime=UNLIMITED", undefined],
  ])("of a partition with %s is %s s", async (stdout, seconds) => {
    const worker = { command: async () => ({ exitCode: 0, stdout, stderr: "" }) };
    expect(await partitionTimeLimit(worker, "q")).toBe(seconds);
  });
});

test.each([
  ["", [], ""],
  ["#!/bin/sh\n#SBATCH --mem=2G\n", [], "mem=4096M"],
  ["#!/bin/sh\n#SBATCH --mem=2G\n", ["--mem=512"], "mem=1024M"],
  ["", ["--mem-per-cpu=1G", "--gres=gpu:a100:2"], "mem=8192M,gres/gpu=4"],
  ["", ["--gpus=3"], "gres/gpu=3"],
  ["", ["--gpus-per-node=v100:1", "--mem=$(id)"], "gres/gpu=2"],
])("memory and GPUs of %j and %j are %j", (script, options, tres) => {
  expect(askedTres(script, options, { nodes: 2, cpus: 8 })).toBe(tres);
});
