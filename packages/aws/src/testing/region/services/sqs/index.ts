import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
} from "@aws-sdk/client-sqs";
import { handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { md5, Queue } from "./queue.ts";

const LONGEST_POLL_SECONDS = 20;
const MOST_MESSAGES = 10;

export function sqsService(region: Region): Service {
  const queues = new Map<string, Queue>();
  region.onClose(() => {
    for (const queue of queues.values()) queue.close();
  });
  const url = (name: string): string => `${region.endpoint}/${region.account}/${name}`;
  const arn = (name: string): string => `arn:aws:sqs:${region.name}:${region.account}:${name}`;
  const named = (name: string | undefined): Queue => {
    const queue = queues.get(name ?? "");
    if (queue !== undefined) return queue;
    throw new ServiceError("QueueDoesNotExist", "The specified queue does not exist.", 400, {
      "x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender",
    });
  };
  const at = (queueUrl: string | undefined): Queue => named(nameIn(queueUrl));

  return {
    name: "sqs",
    protocol: "json",
    operations: {
      CreateQueue: handle(CreateQueueCommand, ({ QueueName = "", Attributes = {}, tags }) => {
        if (!/^[A-Za-z0-9_-]{1,80}$/.test(QueueName)) {
          throw new ServiceError("InvalidParameterValue", `${QueueName} is not a queue's name`);
        }
        const queue = queues.get(QueueName) ?? new Queue(QueueName, region.now);
        queue.configure(Attributes);
        queue.tag(tags ?? {});
        queues.set(QueueName, queue);
        return { QueueUrl: url(QueueName) };
      }),
      DeleteQueue: handle(DeleteQueueCommand, ({ QueueUrl }) => {
        const queue = at(QueueUrl);
        queue.close();
        queues.delete(queue.name);
        return {};
      }),
      GetQueueUrl: handle(GetQueueUrlCommand, ({ QueueName }) => ({
        QueueUrl: url(named(QueueName).name),
      })),
      ListQueues: handle(ListQueuesCommand, ({ QueueNamePrefix = "" }) => ({
        QueueUrls: [...queues.keys()].filter((name) => name.startsWith(QueueNamePrefix)).map(url),
      })),
      GetQueueAttributes: handle(GetQueueAttributesCommand, ({ QueueUrl, AttributeNames }) => {
        const queue = at(QueueUrl);
        const all = { ...queue.attributes(), QueueArn: arn(queue.name) };
        const wanted = new Set<string>(AttributeNames);
        return {
          Attributes: Object.fromEntries(
            Object.entries(all).filter(([name]) => wanted.has("All") || wanted.has(name)),
          ),
        };
      }),
      SetQueueAttributes: handle(SetQueueAttributesCommand, ({ QueueUrl, Attributes }) => {
        at(QueueUrl).configure(Attributes ?? {});
        return {};
      }),
      TagQueue: handle(TagQueueCommand, ({ QueueUrl, Tags }) => {
        at(QueueUrl).tag(Tags ?? {});
        return {};
      }),
      ListQueueTags: handle(ListQueueTagsCommand, ({ QueueUrl }) => ({
        Tags: Object.fromEntries(at(QueueUrl).tags),
      })),
      PurgeQueue: handle(PurgeQueueCommand, ({ QueueUrl }) => {
        at(QueueUrl).purge();
        return {};
      }),
      SendMessage: handle(SendMessageCommand, ({ QueueUrl, MessageBody = "" }) => ({
        MessageId: at(QueueUrl).send(MessageBody),
        MD5OfMessageBody: md5(MessageBody),
      })),
      ReceiveMessage: handle(ReceiveMessageCommand, async (input, { gone }) => {
        const { MaxNumberOfMessages = 1, WaitTimeSeconds, VisibilityTimeout } = input;
        if (MaxNumberOfMessages < 1 || MaxNumberOfMessages > MOST_MESSAGES) {
          throw new ServiceError(
            "InvalidParameterValue",
            `Value ${MaxNumberOfMessages} for parameter MaxNumberOfMessages is invalid.`,
          );
        }
        const queue = at(input.QueueUrl);
        const messages = await queue.receive({
          most: MaxNumberOfMessages,
          waitMs: Math.min(WaitTimeSeconds ?? queue.waitSeconds, LONGEST_POLL_SECONDS) * 1000,
          hiddenSeconds: VisibilityTimeout,
          gone,
        });
        if (messages.length === 0) return {};
        return {
          Messages: messages.map(({ id, body, receipt, received }) => ({
            MessageId: id,
            Body: body,
            MD5OfBody: md5(body),
            ReceiptHandle: receipt,
            Attributes: { ApproximateReceiveCount: String(received) },
          })),
        };
      }),
      DeleteMessage: handle(DeleteMessageCommand, ({ QueueUrl, ReceiptHandle = "" }) => {
        at(QueueUrl).delete(ReceiptHandle);
        return {};
      }),
      DeleteMessageBatch: handle(DeleteMessageBatchCommand, ({ QueueUrl, Entries = [] }) => {
        if (Entries.length > MOST_MESSAGES) {
          throw new ServiceError("TooManyEntriesInBatchRequest", "at most 10 entries");
        }
        const queue = at(QueueUrl);
        for (const { ReceiptHandle = "" } of Entries) queue.delete(ReceiptHandle);
        return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
      }),
      ChangeMessageVisibility: handle(
        ChangeMessageVisibilityCommand,
        ({ QueueUrl, ReceiptHandle = "", VisibilityTimeout = 0 }) => {
          at(QueueUrl).hide(ReceiptHandle, VisibilityTimeout);
          return {};
        },
      ),
    },
    authorise(operation, input) {
      const { QueueUrl, QueueName } = input as {
        readonly QueueUrl?: string;
        readonly QueueName?: string;
      };
      const name = QueueName ?? nameIn(QueueUrl);
      const action = operation.replace(/MessageBatch$/, "Message");
      return {
        actions: [`sqs:${action}`],
        resources: [operation === "ListQueues" ? "*" : arn(name)],
      };
    },
  };
}

function nameIn(queueUrl: string | undefined): string {
  return queueUrl?.split("/").at(-1) ?? "";
}
