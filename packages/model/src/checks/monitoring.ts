import type { DraftFile } from "../cluster-file/draft.ts";
import { type Problem, problem } from "../cluster-file/problem.ts";
import { providerOf } from "./provider.ts";

/** Logs that are neither sent away nor kept are gone. */
export function* logRotation(file: DraftFile): Generator<Problem> {
  const logs = file.Monitoring?.Logs;
  if (providerOf(file) !== "aws" || logs?.CloudWatch?.Enabled !== false) return;
  if (logs.Rotation === null || (logs.Rotation?.Enabled ?? true) !== true) return;
  if (logs.Rotation?.Enabled === null) return;
  const message = "logs do not go to CloudWatch, and old ones are removed from the machines";
  const suggestion = "write Rotation: {Enabled: false} to keep them, or send them to CloudWatch";
  const path = ["Monitoring", "Logs", "CloudWatch", "Enabled"];
  yield problem("LogRotationValidator", path, message, suggestion, { level: "WARNING" });
}

/** Each metric of each machine is paid for. */
export function* detailedMonitoring(file: DraftFile): Generator<Problem> {
  if (providerOf(file) !== "aws" || file.Monitoring?.DetailedMonitoring !== true) return;
  const message = "metrics every minute are paid for, machine by machine";
  const suggestion = "write false where every five minutes will do";
  const path = ["Monitoring", "DetailedMonitoring"];
  yield problem("DetailedMonitoringValidator", path, message, suggestion, { level: "WARNING" });
}
