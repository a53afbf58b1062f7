import { CreateQueueCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sqsObjectEvents } from "./object-events.ts";
import { IdleHypervisor } from "./testing/region/idle-hypervisor.ts";
import { Region } from "./testing/region/region.ts";

let region: Region;
beforeAll(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
});
afterAll(() => region.close());

const event = (key: string, versionId?: string) =>
  JSON.stringify({
    Records: [
      {
        eventName: "ObjectCreated:Put",
        eventTime: "2026-01-01T00:00:00.000Z",
        s3: {
          bucket: { name: "raw" },
          object: { key, size: 3, eTag: "e", sequencer: "0055", ...(versionId && { versionId }) },
        },
      },
    ],
  });

it("a queue's messages come until they are acknowledged, and what is no event stays", async () => {
  const { QueueUrl = "" } = await region.call(CreateQueueCommand, { QueueName: "uploads" });
  await using events = sqsObjectEvents(
    { raw: QueueUrl },
    { region: region.name, endpoint: region.endpoint, credentials: region.credentials },
  );
  for (const MessageBody of [event("a+b.txt", "v7"), event("c.txt"), "no event"]) {
    await region.call(SendMessageCommand, { QueueUrl, MessageBody });
  }
  const { signal } = new AbortController();
  const messages = await events.receive("raw", signal);
  const objects = messages.flatMap((one) => one.objects);
  expect(objects.toSorted((a, b) => a.key.localeCompare(b.key))).toEqual([
    { bucket: "raw", key: "a b.txt", version: "v7", size: 3, time: new Date("2026-01-01") },
    { bucket: "raw", key: "c.txt", version: "0055", size: 3, time: new Date("2026-01-01") },
  ]);
  for (const one of messages) await one.acknowledge();
});

it("waiting ends with the signal", async () => {
  const { QueueUrl = "" } = await region.call(CreateQueueCommand, { QueueName: "empty" });
  await using events = sqsObjectEvents(
    { raw: QueueUrl },
    { region: region.name, endpoint: region.endpoint, credentials: region.credentials },
  );
  const stop = new AbortController();
  const waiting = events.receive("raw", stop.signal);
  stop.abort();
  expect(await waiting).toEqual([]);
});
