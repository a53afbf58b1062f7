import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import { Region } from "../../region.ts";

let region: Region;
let logs: CloudWatchLogsClient;
const logGroupName = "/sluice/demo-1";
const logStreamName = "head/slurmctld";

beforeEach(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  const { name, endpoint, credentials } = region;
  logs = new CloudWatchLogsClient({ region: name, endpoint, credentials, maxAttempts: 1 });
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
});

afterEach(async () => {
  logs.destroy();
  await region.close();
  expect(region.defects).toEqual([]);
});

const put = (...events: readonly (readonly [number, string])[]) =>
  logs.send(
    new PutLogEventsCommand({
      logGroupName,
      logStreamName,
      logEvents: events.map(([timestamp, message]) => ({ timestamp, message })),
    }),
  );

async function get(more: Partial<GetLogEventsCommandInput> = {}) {
  const { events = [], ...rest } = await logs.send(
    new GetLogEventsCommand({ logGroupName, logStreamName, limit: 2, ...more }),
  );
  return { messages: events.map(({ message }) => message), ...rest };
}

test("a stream is read forwards and backwards, and followed by its token", async () => {
  await put([1, "a"], [2, "b"], [3, "c"]);
  expect((await get()).messages).toEqual(["b", "c"]);
  const first = await get({ startFromHead: true });
  expect(first.messages).toEqual(["a", "b"]);
  const second = await get({ nextToken: first.nextForwardToken });
  expect(second.messages).toEqual(["c"]);
  const end = await get({ nextToken: second.nextForwardToken });
  expect(end).toMatchObject({ messages: [], nextForwardToken: second.nextForwardToken });
  await put([4, "d"]);
  expect((await get({ nextToken: end.nextForwardToken })).messages).toEqual(["d"]);
  expect((await get({ startTime: 2, endTime: 4 })).messages).toEqual(["b", "c"]);
});

test("batches that are out of order, too long or too large are refused", async () => {
  await expect(put([2, "b"], [1, "a"])).rejects.toThrow("chronological order");
  await expect(put([0, "a"], [86_400_001, "b"])).rejects.toThrow("24 hours");
  await expect(put([1, "x".repeat(1_048_551)])).rejects.toThrow("Upload too large");
  await expect(put()).rejects.toMatchObject({ name: "InvalidParameterException" });
});

test("events of a group are filtered by their words", async () => {
  await put([1, "error: no route"], [2, "all is well"], [3, "an error: bad node"]);
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName, filterPattern: '"error:" node' }),
  );
  expect(events).toMatchObject([{ message: "an error: bad node", logStreamName }]);
});

test("groups and streams tell of themselves, until they go", async () => {
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 14 }));
  await put([5, "a"]);
  const groups = () => logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/sluice" }));
  expect((await groups()).logGroups).toMatchObject([{ logGroupName, retentionInDays: 14 }]);
  const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }));
  expect(logStreams).toMatchObject([{ logStreamName, lastEventTimestamp: 5 }]);
  await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  expect((await groups()).logGroups).toEqual([]);
  await expect(put([6, "b"])).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
