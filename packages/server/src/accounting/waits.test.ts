import { expect, it } from "vitest";
import { Waits } from "./waits.ts";

it("tells the median and the ninth tenth of a day and of a week", () => {
  const now = new Date("2026-11-21T12:00:00Z");
  const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
  const wait = (hours: number, seconds: number, partition = "cpu") => ({
    ...{ partition, startTime: hoursAgo(hours), seconds },
  });
  const asked: Date[] = [];
  const jobs = {
    waits: (_: string, since: Date) => {
      asked.push(since);
      return [...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => wait(1, n)), wait(48, 100, "old")];
    },
  };
  const waits = new Waits(jobs, { now: () => now });
  expect(waits.of("demo")).toEqual([
    {
      ...{ cluster: "demo", partition: "cpu" },
      lastDay: { started: 10, medianSeconds: 5, p90Seconds: 9 },
      lastWeek: { started: 10, medianSeconds: 5, p90Seconds: 9 },
    },
    {
      ...{ cluster: "demo", partition: "old" },
      lastWeek: { started: 1, medianSeconds: 100, p90Seconds: 100 },
    },
  ]);
  waits.of("demo");
  expect(asked).toEqual([hoursAgo(7 * 24)]);
});
