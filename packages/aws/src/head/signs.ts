import type { LogSink, SignSink } from "@sluice/cloud";
import { HEAD_METRICS } from "../names.ts";

/**
 * Metrics by the log group that the head writes to anyway: CloudWatch takes lines in its embedded
 * metric format for metrics, which needs no other right than that to write logs.
 *
 * @param cluster `NAME-UNIQUE`.
 */
export function awsSigns(logs: LogSink, cluster: string): SignSink {
  const { namespace, dimension, heartbeat, rootDisk, stateDisk, memory } = HEAD_METRICS;
  const metrics = [
    { Name: heartbeat, Unit: "Count" },
    ...[rootDisk, stateDisk, memory].map((Name) => ({ Name, Unit: "Percent" })),
  ];
  return {
    put({ time, rootDiskUsedPercent, stateDiskUsedPercent, memoryUsedPercent }, options) {
      const line = {
        _aws: {
          Timestamp: time.getTime(),
          CloudWatchMetrics: [
            { Namespace: namespace, Dimensions: [[dimension]], Metrics: metrics },
          ],
        },
        [dimension]: cluster,
        [heartbeat]: 1,
        [rootDisk]: rootDiskUsedPercent,
        [stateDisk]: stateDiskUsedPercent,
        [memory]: memoryUsedPercent,
      };
      return logs.append("head/metrics", [{ time, text: JSON.stringify(line) }], options);
    },
  };
}
