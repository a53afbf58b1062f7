import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import { Region } from "../../region.ts";

let region: Region;
let sqs: SQSClient;
let QueueUrl: string;

beforeEach(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  const { name, endpoint, credentials } = region;
  sqs = new SQSClient({ region: name, endpoint, credentials, maxAttempts: 1 });
  ({ QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "notices" })));
});

afterEach(async () => {
  sqs.destroy();
  await region.close();
  expect(region.defects).toEqual([]);
});

const send = (MessageBody: string) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

async function receive(more: Partial<ReceiveMessageCommandInput> = {}, abortSignal?: AbortSignal) {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more });
  const { Messages = [] } = await sqs.send(command, abortSignal ? { abortSignal } : {});
  return Messages;
}

test("messages are hidden once received, and gone once deleted", async () => {
  await send("a");
  await send("b");
  const [a, b] = await receive();
  expect([a?.Body, b?.Body]).toEqual(["a", "b"]);
  expect(await receive()).toEqual([]);
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  expect(Attributes).toMatchObject({
    QueueArn: "arn:aws:sqs:eu-central-1:123456789012:notices",
    ApproximateNumberOfMessagesNotVisible: "2",
  });
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: a?.ReceiptHandle }));
  const Entries = [{ Id: "1", ReceiptHandle: b?.ReceiptHandle }];
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  const left = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ["ApproximateNumberOfMessagesNotVisible"],
    }),
  );
  expect(left.Attributes).toEqual({ ApproximateNumberOfMessagesNotVisible: "0" });
});

test("messages that were not deleted come again, to polls that wait too", async () => {
  await send("a");
  const [first] = await receive({ VisibilityTimeout: 1 });
  const [second] = await receive({ WaitTimeSeconds: 5 });
  expect(second?.MessageId).toBe(first?.MessageId);
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second?.ReceiptHandle }));
  expect(await receive()).toEqual([]);
});

test("a poll ends with the first message", async () => {
  const polled = receive({ WaitTimeSeconds: 20 });
  await send("late");
  expect((await polled).map(({ Body }) => Body)).toEqual(["late"]);
});

test("a poll that was given up takes nothing away", async () => {
  const given = new AbortController();
  const polled = receive({ WaitTimeSeconds: 20 }, given.signal);
  await expect.poll(() => region.answering).toBe(1);
  given.abort();
  await expect(polled).rejects.toMatchObject({ name: "AbortError" });
  await expect.poll(() => region.answering).toBe(0);
  await send("for another");
  expect(await receive()).toHaveLength(1);
});

test("queues are purged and deleted", async () => {
  await send("a");
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  expect(await receive()).toEqual([]);
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  await expect(send("b")).rejects.toMatchObject({ name: "QueueDoesNotExist" });
});

test("rules of EventBridge fill queues with what fits them", async () => {
  region.rules.set("interruptions", {
    pattern: {
      source: ["aws.ec2"],
      "detail-type": [{ prefix: "EC2 Spot" }],
      detail: { "instance-action": [{ "anything-but": "hibernate" }] },
    },
    targets: ["arn:aws:sqs:eu-central-1:123456789012:notices"],
  });
  const event = (detailType: string, action: string) =>
    region.emitEvent({
      source: "aws.ec2",
      detailType,
      detail: { "instance-id": "i-1", "instance-action": action },
    });
  await event("EC2 Spot Instance Interruption Warning", "terminate");
  await event("EC2 Spot Instance Interruption Warning", "hibernate");
  await event("EC2 Instance State-change Notification", "terminate");
  const bodies = (await receive()).map(({ Body = "" }) => JSON.parse(Body) as object);
  expect(bodies).toMatchObject([
    {
      source: "aws.ec2",
      "detail-type": "EC2 Spot Instance Interruption Warning",
      account: "123456789012",
      region: "eu-central-1",
      detail: { "instance-id": "i-1" },
    },
  ]);
});

test("rules with ARNs are let in by the queue's policy", async () => {
  const queue = "arn:aws:sqs:eu-central-1:123456789012:notices";
  const arn = "arn:aws:events:eu-central-1:123456789012:rule/interruptions";
  const pattern = { source: ["aws.ec2"] };
  region.rules.set("interruptions", { pattern, targets: [queue], arn });
  const emit = () => region.emitEvent({ source: "aws.ec2", detailType: "x", detail: {} });
  const letIn = (source: string) =>
    sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl,
        Attributes: {
          Policy: JSON.stringify({
            Statement: {
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sqs:SendMessage",
              Resource: queue,
              Condition: { ArnEquals: { "aws:SourceArn": source } },
            },
          }),
        },
      }),
    );
  await emit();
  await letIn(`${arn}-2`);
  await emit();
  expect(region.rules.keptOut).toEqual([queue, queue]);
  expect(await receive()).toEqual([]);
  await letIn(arn);
  await emit();
  expect(await receive()).toHaveLength(1);
});
