import type { LogLine } from "@sluice/cloud";
import { expect, test } from "vitest";
import { awsSigns } from "./signs.ts";

test("signs are a line in the embedded metric format, each metric with its value", async () => {
  const kept: (readonly [string, LogLine])[] = [];
  const signs = awsSigns(
    {
      append: async (stream, lines) =>
        void kept.push(...lines.map((one) => [stream, one] as const)),
    },
    "demo-0a1b2c3d",
  );
  const time = new Date("2030-01-01T00:00:00Z");
  const used = { rootDiskUsedPercent: 12.5, stateDiskUsedPercent: 91, memoryUsedPercent: 40 };
  await signs.put({ time, ...used });
  const [[stream, line] = ["", { time, text: "{}" }]] = kept;
  expect([stream, line.time]).toEqual(["head/metrics", time]);
  const { _aws, ...values } = JSON.parse(line.text);
  expect(values).toEqual({
    ...{ Cluster: "demo-0a1b2c3d", Heartbeat: 1 },
    ...{ RootDiskUsed: 12.5, StateDiskUsed: 91, MemoryUsed: 40 },
  });
  const [{ Namespace, Dimensions, Metrics }] = _aws.CloudWatchMetrics;
  expect([_aws.Timestamp, Namespace, Dimensions]).toEqual([
    time.getTime(),
    "Sluice",
    [["Cluster"]],
  ]);
  expect(Metrics.map(({ Name }: { Name: string }) => typeof values[Name])).toEqual(
    Array(4).fill("number"),
  );
});
