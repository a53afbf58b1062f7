import type { NewObject, ObjectEvents, ObjectMessage } from "@sluice/cloud";
import { type ClientOptions, Clients } from "./clients.ts";
import { sqs } from "./sdk.ts";
import { type UploadedObject, uploadedObjects } from "./upload-events.ts";

/** Seconds that SQS waits for messages; a call that is free of charge for its emptiness. */
const WAIT_SECONDS = 20;
/** Seconds until a message that is not acknowledged comes again. */
const HIDDEN_SECONDS = 60;
const MOST_MESSAGES = 10;

/**
 * Queues of SQS with events of S3, its own or EventBridge's. A message that is no such event stays,
 * for the queue's own dead letters.
 *
 * @param queues addresses by name.
 */
export function sqsObjectEvents(
  queues: Readonly<Record<string, string>>,
  options: ClientOptions = {},
): ObjectEvents & AsyncDisposable {
  const clients = new Clients(options);
  return {
    queues: Object.keys(queues),
    async receive(queue, signal) {
      const { sdk, client } = await sqs(clients);
      const QueueUrl = queues[queue];
      try {
        const { Messages = [] } = await client.send(
          new sdk.ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: MOST_MESSAGES,
            WaitTimeSeconds: WAIT_SECONDS,
            VisibilityTimeout: HIDDEN_SECONDS,
          }),
          { abortSignal: signal },
        );
        return Messages.flatMap(({ Body = "", ReceiptHandle }): ObjectMessage[] => {
          const objects = objectsIn(Body);
          if (objects === undefined) return [];
          const acknowledge = async (): Promise<void> => {
            await client.send(new sdk.DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
          };
          return [{ objects, acknowledge }];
        });
      } catch (error) {
        if (signal.aborted) return [];
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      clients.destroy();
    },
  };
}

function objectsIn(body: string): readonly NewObject[] | undefined {
  try {
    return uploadedObjects(body).map(newObject);
  } catch {
    return undefined;
  }
}

function newObject(object: UploadedObject): NewObject {
  const { bucket, key, versionId, sequencer, etag, size, time } = object;
  return { bucket, key, version: versionId ?? sequencer ?? etag ?? "", size, time };
}
