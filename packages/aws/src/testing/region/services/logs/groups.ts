import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  ListTagsForResourceCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { handle, type Service, ServiceError } from "../../contract.ts";
import { exists, type LogGroups, type LogStream, page } from "./state.ts";

const MOST_ROWS = 50;

export function groupOperations(groups: LogGroups): Service["operations"] {
  return {
    CreateLogGroup: handle(CreateLogGroupCommand, ({ logGroupName = "", kmsKeyId, tags }) => {
      if (!/^[\w./#-]{1,512}$/.test(logGroupName)) {
        throw new ServiceError(
          "InvalidParameterException",
          `${logGroupName} is not a group's name`,
        );
      }
      groups.create(logGroupName, kmsKeyId).tags = new Map(Object.entries(tags ?? {}));
      return {};
    }),
    DeleteLogGroup: handle(DeleteLogGroupCommand, ({ logGroupName }) => {
      groups.delete(logGroupName);
      return {};
    }),
    DescribeLogGroups: handle(DescribeLogGroupsCommand, (input) => {
      const { logGroupNamePrefix = "", nextToken, limit = MOST_ROWS } = input;
      const fitting = groups.all().filter(({ name }) => name.startsWith(logGroupNamePrefix));
      const { rows, ...rest } = page(fitting, nextToken, limit);
      return {
        ...rest,
        logGroups: rows.map(({ name, createdAt, retentionInDays, kmsKeyId }) => ({
          logGroupName: name,
          creationTime: createdAt,
          arn: `${groups.arn(name)}:*`,
          logGroupArn: groups.arn(name),
          ...(retentionInDays === undefined ? {} : { retentionInDays }),
          ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
        })),
      };
    }),
    PutRetentionPolicy: handle(PutRetentionPolicyCommand, ({ logGroupName, retentionInDays }) => {
      groups.group(logGroupName).retentionInDays = retentionInDays;
      return {};
    }),
    DeleteRetentionPolicy: handle(DeleteRetentionPolicyCommand, ({ logGroupName }) => {
      groups.group(logGroupName).retentionInDays = undefined;
      return {};
    }),
    TagResource: handle(TagResourceCommand, ({ resourceArn, tags }) => {
      const group = groups.group(resourceArn);
      group.tags = new Map([...group.tags, ...Object.entries(tags ?? {})]);
      return {};
    }),
    ListTagsForResource: handle(ListTagsForResourceCommand, ({ resourceArn }) => ({
      tags: Object.fromEntries(groups.group(resourceArn).tags),
    })),
    CreateLogStream: handle(CreateLogStreamCommand, ({ logGroupName, logStreamName = "" }) => {
      const { streams } = groups.group(logGroupName);
      if (streams.has(logStreamName)) throw exists("log stream");
      streams.set(logStreamName, { name: logStreamName, createdAt: groups.now(), events: [] });
      return {};
    }),
    DeleteLogStream: handle(DeleteLogStreamCommand, ({ logGroupName, logStreamName }) => {
      const { name } = groups.stream(logGroupName, logStreamName);
      groups.group(logGroupName).streams.delete(name);
      return {};
    }),
    DescribeLogStreams: handle(DescribeLogStreamsCommand, (input) => {
      const { logStreamNamePrefix = "", orderBy, descending, nextToken, limit = MOST_ROWS } = input;
      const group = groups.group(input.logGroupName ?? input.logGroupIdentifier);
      const key = (stream: LogStream): string | number =>
        orderBy === "LastEventTime" ? (stream.events.at(-1)?.timestamp ?? 0) : stream.name;
      const sign = descending === true ? -1 : 1;
      const fitting = [...group.streams.values()]
        .filter(({ name }) => name.startsWith(logStreamNamePrefix))
        .toSorted((a, b) => (key(a) < key(b) ? -sign : sign));
      const { rows, ...rest } = page(fitting, nextToken, limit);
      return {
        ...rest,
        logStreams: rows.map(({ name, createdAt, events }) => ({
          logStreamName: name,
          creationTime: createdAt,
          arn: `${groups.arn(group.name)}:log-stream:${name}`,
          ...times(events),
        })),
      };
    }),
  };
}

function times(events: LogStream["events"]) {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return {};
  return {
    firstEventTimestamp: first.timestamp,
    lastEventTimestamp: last.timestamp,
    lastIngestionTime: last.ingestionTime,
  };
}
