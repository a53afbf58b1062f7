import type { Service } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { eventOperations } from "./events.ts";
import { groupOperations } from "./groups.ts";
import { LogGroups } from "./state.ts";

export function logsService(region: Region): Service {
  const groups = new LogGroups(region);
  return {
    name: "logs",
    protocol: "json",
    operations: { ...groupOperations(groups), ...eventOperations(groups) },
    authorise(operation, input) {
      const { logGroupName, logGroupIdentifier, logStreamName, resourceArn } = input as Readonly<
        Record<string, string | undefined>
      >;
      const group = logGroupName ?? logGroupIdentifier;
      if (resourceArn !== undefined) return { resources: [resourceArn] };
      if (group === undefined) return { resources: [groups.arn("")] };
      const isOfStream = STREAM_OPERATIONS.has(operation);
      const end = isOfStream ? `:log-stream:${logStreamName}` : ":*";
      return { resources: [`${groups.arn(group)}${end}`] };
    },
  };
}

/** Whose rights are given by the stream, not by the group. */
const STREAM_OPERATIONS = new Set(["PutLogEvents", "GetLogEvents", "DeleteLogStream"]);
