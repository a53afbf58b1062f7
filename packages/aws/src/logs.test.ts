import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTrial, type Trial } from "./infrastructure/deploy/testing/trial.ts";
import { logGroupName } from "./names.ts";

const NOW = Date.now();

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
  const { region } = trial;
  const group = logGroupName("demo", "0a1b2c3d");
  for (const name of [group, logGroupName("demo-other", "0a1b2c3d")]) {
    await region.call(CreateLogGroupCommand, { logGroupName: name });
    await region.call(CreateLogStreamCommand, {
      logGroupName: name,
      logStreamName: "head/slurmctld",
    });
  }
  await region.call(PutLogEventsCommand, {
    logGroupName: group,
    logStreamName: "head/slurmctld",
    logEvents: Array.from({ length: 10 }, (_, line) => ({
      timestamp: NOW - 10_000 + line * 1000,
      message: `line ${line}`,
    })),
  });
});
afterAll(() => trial[Symbol.asyncDispose]());

const logs = () => {
  const { logs: streams } = trial.cloud;
  if (streams === undefined) throw new Error("no logs");
  return streams;
};

describe("logs of a cluster that is gone", () => {
  it("are listed", async () => {
    expect(await logs().list("demo")).toMatchObject([
      { name: "head/slurmctld", firstAt: new Date(NOW - 10_000), lastAt: new Date(NOW - 1000) },
    ]);
    expect(await logs().list("nothing")).toEqual([]);
  });

  it("are read from either end", async () => {
    const newest = await logs().read("demo", "head/slurmctld", { limit: 3, end: "newest" });
    expect(newest.events.map(({ text }) => text)).toEqual(["line 7", "line 8", "line 9"]);
    const oldest = await logs().read("demo", "head/slurmctld", { limit: 3, end: "oldest" });
    expect(oldest.events.map(({ text }) => text)).toEqual(["line 0", "line 1", "line 2"]);
    const next = { limit: 3, end: "oldest", next: oldest.next } as const;
    const more = await logs().read("demo", "head/slurmctld", { ...next, next: next.next ?? "" });
    expect(more.events.map(({ text }) => text)).toEqual(["line 3", "line 4", "line 5"]);
    // What has nothing at the end may have something before: the token tells.
    const rest = await logs().read("demo", "head/slurmctld", { end: "oldest" });
    const after = { end: "oldest", next: rest.next ?? "" } as const;
    expect(await logs().read("demo", "head/slurmctld", after)).toEqual({
      events: [],
      next: undefined,
    });
  });

  it("that are not there are missed by name", async () => {
    await expect(logs().read("demo", "head/other", {})).rejects.toMatchObject({
      code: "LOG_SOURCE_NOT_FOUND",
    });
    await expect(logs().read("nothing", "head/slurmctld", {})).rejects.toMatchObject({
      code: "LOG_SOURCE_NOT_FOUND",
    });
  });
});
