import { expect, it } from "vitest";
import { stepOf } from "./steps.ts";

it.each([
  ["Provider", "place"],
  ["Image.Os", "place"],
  ["HeadNode.Ssh.KeyName", "head-node"],
  ["HeadNode.Networking.SubnetId", "network"],
  ["Scheduling.SlurmQueues[0].Networking.SubnetIds[0]", "network"],
  ["Scheduling.SlurmQueues[0].Name", "queues"],
  ["SharedStorage[1].EbsSettings.Size", "storage"],
  ["Users[0].Name", "people"],
  ["Monitoring.Logs", undefined],
  ["", undefined],
])("%s is asked in the step %s", (path, step) => expect(stepOf(path)).toBe(step));
