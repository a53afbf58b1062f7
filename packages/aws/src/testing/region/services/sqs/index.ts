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
  const queues = new Queues(region);
  region.onClose(() => queues.close());
  return {
    name: "sqs",
    protocol: "json",
    operations: { ...queueOperations(queues), ...messageOperations(queues) },
    authorise(operation, input) {
      const { QueueUrl, QueueName } = input as {
        readonly QueueUrl?: string;
        readonly QueueName?: string;
      };
      return {
        actions: [`sqs:${operation.replace(/MessageBatch$/, "Message")}`],
        resources: [operation === "ListQueues" ? "*" : queues.arn(QueueName ?? nameIn(QueueUrl))],
      };
    },
  };
}

class Queues {
  readonly #region: Region;
  readonly #queues = new Map<string, Queue>();

  constructor(region: Region) {
    this.#region = region;
  }

  names(): readonly string[] {
    return [...this.#queues.keys()];
  }

  url(name: string): string {
    return `${this.#region.endpoint}/${this.#region.account}/${name}`;
  }

  arn(name: string): string {
    return `arn:aws:sqs:${this.#region.name}:${this.#region.account}:${name}`;
  }

  /** Made when it is not there yet. */
  make(name: string): Queue {
    const queue = this.#queues.get(name) ?? new Queue(name, this.#region.now);
    this.#queues.set(name, queue);
    return queue;
  }

  named(name: string | undefined): Queue {
    const queue = this.#queues.get(name ?? "");
    if (queue !== undefined) return queue;
    throw new ServiceError("QueueDoesNotExist", "The specified queue does not exist.", 400, {
      "x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender",
    });
  }

  at(queueUrl: string | undefined): Queue {
    return this.named(nameIn(queueUrl));
  }

  delete(queue: Queue): void {
    queue.close();
    this.#queues.delete(queue.name);
  }

  close(): void {
    for (const queue of this.#queues.values()) queue.close();
  }
}

function queueOperations(queues: Queues): Service["operations"] {
  return {
    CreateQueue: handle(CreateQueueCommand, ({ QueueName = "", Attributes = {}, tags }) => {
      if (!/^[A-Za-z0-9_-]{1,80}$/.test(QueueName)) {
        throw new ServiceError("InvalidParameterValue", `${QueueName} is not a queue's name`);
      }
      const queue = queues.make(QueueName);
      queue.configure(Attributes);
      queue.tag(tags ?? {});
      return { QueueUrl: queues.url(QueueName) };
    }),
    DeleteQueue: handle(DeleteQueueCommand, ({ QueueUrl }) => {
      queues.delete(queues.at(QueueUrl));
      return {};
    }),
    GetQueueUrl: handle(GetQueueUrlCommand, ({ QueueName }) => ({
      QueueUrl: queues.url(queues.named(QueueName).name),
    })),
    ListQueues: handle(ListQueuesCommand, ({ QueueNamePrefix = "" }) => ({
      QueueUrls: queues
        .names()
        .filter((name) => name.startsWith(QueueNamePrefix))
        .map((name) => queues.url(name)),
    })),
    GetQueueAttributes: handle(GetQueueAttributesCommand, ({ QueueUrl, AttributeNames }) => {
      const queue = queues.at(QueueUrl);
      const all = { ...queue.attributes(), QueueArn: queues.arn(queue.name) };
      const wanted = new Set<string>(AttributeNames);
      return {
        Attributes: Object.fromEntries(
          Object.entries(all).filter(([name]) => wanted.has("All") || wanted.has(name)),
        ),
      };
    }),
    SetQueueAttributes: handle(SetQueueAttributesCommand, ({ QueueUrl, Attributes }) => {
      queues.at(QueueUrl).configure(Attributes ?? {});
      return {};
    }),
    TagQueue: handle(TagQueueCommand, ({ QueueUrl, Tags }) => {
      queues.at(QueueUrl).tag(Tags ?? {});
      return {};
    }),
    ListQueueTags: handle(ListQueueTagsCommand, ({ QueueUrl }) => ({
      Tags: Object.fromEntries(queues.at(QueueUrl).tags),
    })),
    PurgeQueue: handle(PurgeQueueCommand, ({ QueueUrl }) => {
      queues.at(QueueUrl).purge();
      return {};
    }),
  };
}

function messageOperations(queues: Queues): Service["operations"] {
  return {
    SendMessage: handle(SendMessageCommand, ({ QueueUrl, MessageBody = "" }) => ({
      MessageId: queues.at(QueueUrl).send(MessageBody),
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
      const queue = queues.at(input.QueueUrl);
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
      queues.at(QueueUrl).delete(ReceiptHandle);
      return {};
    }),
    DeleteMessageBatch: handle(DeleteMessageBatchCommand, ({ QueueUrl, Entries = [] }) => {
      if (Entries.length > MOST_MESSAGES) {
        throw new ServiceError("TooManyEntriesInBatchRequest", "at most 10 entries");
      }
      const queue = queues.at(QueueUrl);
      for (const { ReceiptHandle = "" } of Entries) queue.delete(ReceiptHandle);
      return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
    }),
    ChangeMessageVisibility: handle(
      ChangeMessageVisibilityCommand,
      ({ QueueUrl, ReceiptHandle = "", VisibilityTimeout = 0 }) => {
        queues.at(QueueUrl).hide(ReceiptHandle, VisibilityTimeout);
        return {};
      },
    ),
  };
}

function nameIn(queueUrl: string | undefined): string {
  return queueUrl?.split("/").at(-1) ?? "";
}
