import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  type ApiClient,
  applicationsRoutes,
  createClient,
  type OccurrenceView,
  type TriggerWish,
  triggersRoutes,
  usersRoutes,
} from "@sluice/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../harness.ts";
import {
  clientOf,
  serverPid,
  serverSite,
  signedIn,
  siteOfServer,
  startServerAgain,
  withPassword,
} from "./site.ts";

const { cluster } = siteOfServer();
const ME = `flora-${randomUUID().slice(0, 8)}`;
const APPLICATION = `e2e-${ME}`;
const WORDS = `/home/ben/${ME}.words`;

/** An account of this file's own, as it is disabled. Its jobs are ben's. */
let flora: ApiClient;
const clientWith = (token: string) =>
  createClient({ baseUrl: serverSite().url, headers: { authorization: `Bearer ${token}` } });

beforeAll(async () => {
  const { link } = await clientOf("admin").call(usersRoutes.createUser, {
    body: { name: ME, unixUser: "ben", grants: [{ role: "user" }] },
  });
  await withPassword(serverSite().url, link.url);
  flora = clientWith(await signedIn(serverSite().url, ME));
  const text = `Name: ${APPLICATION}
Title: Words
Fields:
  - { Name: word, Type: text, Required: true }
  - { Name: held, Type: boolean, Default: false }
Options: { partition: burst, job-name: ${ME}, hold: "{{held}}" }
Script: |
  #!/bin/bash
  printf '%s\\n' {{word}} >> ${WORDS}
`;
  await flora.call(applicationsRoutes.saveApplication, { body: { text } });
  const params = { application: APPLICATION };
  await flora.call(applicationsRoutes.publishApplication, { params, body: { version: 1 } });
});
afterAll(async () => {
  await cluster.ok("root", `scancel --name=${ME}; rm -f ${WORDS}; rm -rf /home/ben/${ME}.in`);
  const { items } = await clientOf("admin").call(triggersRoutes.listTriggers, {
    query: { all: "true" },
  });
  for (const { id, owner } of items) {
    if (owner !== ME) continue;
    await clientOf("admin").call(triggersRoutes.removeTrigger, { params: { trigger: id } });
  }
});

type Wish = Pick<TriggerWish, "name" | "values"> & {
  readonly source: Partial<TriggerWish["source"]>;
};

async function made(wish: Wish): Promise<{ id: string; address: string; secret: string }> {
  const body = { ...wish, cluster: "demo", application: APPLICATION, perMinute: 1000 };
  const trigger = await flora.call(triggersRoutes.createTrigger, { body: body as TriggerWish });
  return { id: trigger.id, address: trigger.address ?? "", secret: trigger.secret ?? "" };
}

const shown = (trigger: string) =>
  clientOf("admin").call(triggersRoutes.getTrigger, { params: { trigger } });

function counted(trigger: string, counts: object, seconds: number): Promise<unknown> {
  return cluster.until(
    `${JSON.stringify(counts)} of a trigger`,
    async () => {
      const now = await shown(trigger);
      return JSON.stringify(Object.entries(now.counts).toSorted()) ===
        JSON.stringify(Object.entries(counts).toSorted())
        ? now
        : undefined;
    },
    seconds,
  );
}

async function occurrences(trigger: string): Promise<readonly OccurrenceView[]> {
  const { items } = await flora.call(triggersRoutes.listOccurrences, {
    ...{ params: { trigger }, query: { limit: 1000 } },
  });
  return items;
}

/** Of all jobs of this file's in the queue. */
async function jobIds(): Promise<readonly number[]> {
  const queue = await cluster.ok("root", `squeue -h --name=${ME} -t PD -o %i`);
  return queue
    .split("\n")
    .filter(Boolean)
    .map(Number)
    .toSorted((a, b) => a - b);
}

/** Sent until it is taken, as whoever tells of something does. */
async function deliver(
  { address, secret }: { readonly address: string; readonly secret: string },
  delivery: string,
): Promise<boolean> {
  const body = JSON.stringify({ word: delivery });
  return until(
    `delivery ${delivery} to be taken`,
    async () => {
      const time = String(Math.floor(Date.now() / 1000));
      const hmac = createHmac("sha256", secret).update(`${time}.${delivery}.${body}`);
      const response = await fetch(address, {
        method: "POST",
        body,
        headers: {
          "content-type": "application/json",
          "sluice-timestamp": time,
          "sluice-delivery": delivery,
          "sluice-signature": `sha256=${hmac.digest("hex")}`,
        },
      });
      await response.text();
      return response.status === 202;
    },
    90,
  );
}

test("a trigger whose values are none of its application's is refused at once", async () => {
  const source = { kind: "web-hook" } as const;
  for (const values of [{ word: "x", words: "y" }, {}]) {
    await expect(made({ name: `bad ${ME}`, values, source })).rejects.toMatchObject({
      code: "TRIGGER_INVALID",
      hint: expect.stringContaining("word, held"),
    });
  }
});

test("files that come into a folder are one job each, whatever they are called", async () => {
  const folder = `/home/ben/${ME}.in`;
  await cluster.ok("ben", `mkdir ${folder} && echo old > ${folder}/old.txt`);
  const { id } = await made({
    name: "files",
    values: { word: "{{event.name}}" },
    source: { kind: "folder", path: folder, pattern: "*.txt", settleSeconds: 1, everySeconds: 2 },
  });
  await counted(id, { ignored: 1 }, 30);
  const hostile = "$(id) `id` 'x.txt";
  await cluster.ok("ben", `cd ${folder} && echo 1 > new.txt && echo 1 > other.csv`);
  await cluster.ok("ben", `cd ${folder} && echo 1 > "\\$(id) \\\`id\\\` 'x.txt"`);
  await counted(id, { ignored: 1, submitted: 2 }, 60);
  const words = await cluster.until(
    "both jobs to have run",
    async () => {
      const lines = (await cluster.ok("ben", `cat ${WORDS}`)).split("\n");
      return lines.length === 2 && lines;
    },
    120,
  );
  expect(words.toSorted()).toEqual([hostile, "new.txt"].toSorted());
  // More looks find nothing new; another content is another event.
  await cluster.ok("ben", `cd ${folder} && chmod 600 new.txt && echo more >> new.txt`);
  await counted(id, { ignored: 1, submitted: 3 }, 60);
  await delay(5000);
  expect((await shown(id)).counts).toEqual({ ignored: 1, submitted: 3 });
}, 240_000);

test("a flood of deliveries, each twice, with the server killed in the middle: each is one job", async () => {
  const count = 200;
  const hook = await made({
    name: "flood",
    values: { word: "{{event.body.word}}", held: true },
    source: { kind: "web-hook", scheme: "sluice" },
  });
  const deliveries = Array.from({ length: count }, (_, index) => `${ME}-${index}`);
  const waiting = [...deliveries, ...deliveries.toReversed()];
  let taken = 0;
  const senders = Array.from({ length: 20 }, async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      await deliver(hook, one);
      taken++;
    }
  });
  await until("some to be jobs", async () => taken > 40 && (await jobIds()).length >= 5, 60);
  process.kill(await serverPid(), "SIGKILL");
  await startServerAgain();
  await Promise.all(senders);
  expect(taken).toBe(2 * count);
  await counted(hook.id, { submitted: count }, 240);
  const jobs = await jobIds();
  const told = (await occurrences(hook.id)).map(({ jobId }) => jobId ?? 0);
  expect(new Set(told).size).toBe(count);
  expect(jobs).toEqual(told.toSorted((a, b) => a - b));
}, 420_000);

test("an owner who is disabled stops it; nothing is lost, and it goes on when resumed", async () => {
  const hook = await made({
    name: "stopped",
    values: { word: "{{event.body.word}}", held: true },
    source: { kind: "web-hook", scheme: "sluice" },
  });
  const before = await jobIds();
  const disable = (disabled: boolean) =>
    clientOf("admin").call(usersRoutes.updateUser, { params: { user: ME }, body: { disabled } });
  await disable(true);
  await deliver(hook, `${ME}-disabled`);
  const failing = await cluster.until(
    "the trigger to fail",
    async () => {
      const now = await shown(hook.id);
      return now.state === "failing" && now;
    },
    30,
  );
  expect(failing).toMatchObject({
    reason: "its owner's account is disabled or gone",
    counts: { received: 1 },
  });
  expect(await jobIds()).toEqual(before);
  await disable(false);
  flora = clientWith(await signedIn(serverSite().url, ME));
  await flora.call(triggersRoutes.resumeTrigger, { params: { trigger: hook.id } });
  await counted(hook.id, { submitted: 1 }, 60);
  expect(await jobIds()).toHaveLength(before.length + 1);
}, 180_000);
