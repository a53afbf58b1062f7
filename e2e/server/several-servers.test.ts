import { createHash, createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  type ApiClient,
  applicationsRoutes,
  authenticationRoutes,
  createClient,
  jobsRoutes,
  serverRoutes,
  triggersRoutes,
  usersRoutes,
} from "@sluice/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../harness.ts";
import { type OneServer, type SeveralServers, severalServers } from "./several.ts";
import { PASSWORD, signedIn, siteOfServer, withPassword } from "./site.ts";

const { cluster } = siteOfServer();
const NAME = "several-servers";

let servers: SeveralServers;
let tokens: { readonly admin: string; readonly ada: string };

const at = (url: string, token: string): ApiClient =>
  createClient({ baseUrl: url, headers: { authorization: `Bearer ${token}` } });
const ada = (server: OneServer) => at(server.url(), tokens.ada);

beforeAll(async () => {
  servers = await severalServers();
  const { one, other } = servers;
  const link = one.firstLink() ?? other.firstLink() ?? "";
  const token = link.slice(link.lastIndexOf("/") + 1);
  const body = { token, name: "admin", password: PASSWORD };
  await createClient({ baseUrl: one.url() }).call(authenticationRoutes.useLink, { body });
  const admin = await signedIn(one.url(), "admin");
  const made = await at(one.url(), admin).call(usersRoutes.createUser, {
    body: { name: "ada", unixUser: "ada", grants: [{ role: "user" }] },
  });
  // Made at one, given a password at the other.
  await withPassword(other.url(), made.link.url);
  tokens = { admin, ada: await signedIn(other.url(), "ada") };
});
afterAll(async () => {
  await cluster.ok("root", `scancel --name=${NAME}; rm -f /home/ada/${NAME}.bin`);
  await servers[Symbol.asyncDispose]();
});

const submit = (server: OneServer, key: string) =>
  ada(server).call(jobsRoutes.submitJob, {
    params: { cluster: "demo" },
    body: {
      script: "#!/bin/sh\ntrue\n",
      options: ["--partition=burst", `--job-name=${NAME}`, `--comment=${key}`],
    },
    idempotencyKey: key,
  });

/** A stream of events, read until it breaks off. */
async function stream(url: string, token: string, since?: string) {
  const over = new AbortController();
  const answer = await fetch(`${url}/api/v1/events?topics=job,trigger,run`, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(since === undefined ? {} : { "last-event-id": since }),
    },
    signal: over.signal,
  });
  let text = "";
  const ended = (async () => {
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done) return;
      text += value;
    }
  })().catch(() => {});
  return {
    ids: () => [...text.matchAll(/^id: (\S+)\nevent: (?!lost)/gm)].map(([, id]) => id ?? ""),
    isLost: () => text.includes("event: lost"),
    ended,
    stop: async () => {
      over.abort();
      await ended;
    },
  };
}

test("both brought the tables up together, and each knows of the other", async () => {
  const { one, other } = servers;
  const state = await until(
    "both to be seen",
    async () => {
      const seen = await at(one.url(), tokens.admin).call(serverRoutes.getServerState, {});
      return seen.servers.length === 2 && seen;
    },
    10,
  );
  expect(state.servers.map((server) => server.state)).toEqual(["alive", "alive"]);
  expect(state.servers.filter(({ isThis }) => isThis)).toHaveLength(1);
  const names = await Promise.all(
    [one, other].map(async (server) =>
      (await fetch(`${server.url()}/health/ready`)).headers.get("x-sluice-server"),
    ),
  );
  expect(new Set(names).size).toBe(2);
  const holders = await servers.rows<{ holder: string }>("SELECT holder FROM leases");
  expect(holders).toHaveLength(4);
});

test("one is killed: streams, uploads, submissions and triggers go on at the other", async () => {
  const { one, other } = servers;
  const reference = await stream(other.url(), tokens.ada);
  const first = await stream(one.url(), tokens.ada);
  const hook = await hookOf(one);
  const upload = await beginUpload(one);
  const keys = Array.from({ length: 24 }, (_, index) => `${NAME}-${index}`);
  const taken = keys.slice(0, 8);
  for (const key of taken) await submit(one, key);
  await until("events to come", async () => first.ids().length >= 8, 15);
  // The same delivery to both at once, and some submissions when it dies.
  const dying = keys.slice(8).map((key) => submit(one, key).catch(() => undefined));
  await Promise.all([one, other].map((server) => deliver(server, hook, "delivery-1")));
  one.kill();
  const killedAt = Date.now();
  await first.ended;
  const since = first.ids().at(-1) ?? "";
  const second = await stream(other.url(), tokens.ada, since);
  await Promise.all(dying);
  // What was on its way may be anywhere; what was acknowledged, or comes now, is one job.
  const later = Array.from({ length: 8 }, (_, index) => `${NAME}-later-${index}`);
  const sure = [...taken, ...later];
  const jobs = await Promise.all(sure.map((key) => submit(other, key)));
  await deliver(other, hook, "delivery-1");
  await deliver(other, hook, "delivery-2");
  await upload.finish(other);

  expect(new Set(jobs.map(({ jobId }) => jobId)).size).toBe(sure.length);
  const told = await cluster.ok("root", `squeue -a -h -t all -n ${NAME} -o %k`);
  const words = told.split("\n").map((line) => line.split(" ")[0] ?? "");
  expect(new Set(words).size).toBe(words.length);
  expect(words).toEqual(expect.arrayContaining(sure));

  const trigger = { params: { trigger: hook.id } };
  await until(
    "the trigger's jobs",
    async () => {
      const { counts } = await ada(other).call(triggersRoutes.getTrigger, trigger);
      return (counts as Record<string, number>).submitted === 2;
    },
    40,
  );
  const holders = await until(
    "all that is done alone to be the other's",
    async () => {
      const held = await servers.rows<{ holder: string }>(
        "SELECT holder FROM leases WHERE held_until > UTC_TIMESTAMP(6)",
      );
      const whose = new Set(held.map(({ holder }) => holder));
      return held.length === 4 && whose.size === 1 && [...whose];
    },
    20,
  );
  console.info(`taken over after ${Date.now() - killedAt} ms by ${holders[0]?.slice(0, 8)}`);

  const count = `squeue -h -t PD,CF,R,CG -n ${NAME},${NAME}-hook | wc -l`;
  await cluster.until("the jobs to end", async () => (await cluster.ok("root", count)) === "0", 60);
  await until(
    "both streams to have the same end",
    async () => second.ids().length > 0 && second.ids().at(-1) === reference.ids().at(-1),
    10,
  );
  await Promise.all([second.stop(), reference.stop()]);
  expect(second.isLost()).toBe(false);
  expect([...first.ids(), ...second.ids()]).toEqual(reference.ids());
  expect(new Set(reference.ids()).size).toBe(reference.ids().length);
});

test("behind a balancer, a server that stops is missed by nobody", async ({ skip }) => {
  const { one, other, balancer } = servers;
  if (balancer === undefined) return skip("HAProxy is not installed here");
  await one.start();
  await until(
    "both to answer by the balancer",
    async () => {
      const all = await Promise.all([1, 2, 3, 4].map(() => fetch(`${balancer}/health/live`)));
      return new Set(all.map(({ headers }) => headers.get("x-sluice-server"))).size === 2;
    },
    15,
  );
  const headers = { authorization: `Bearer ${tokens.ada}` };
  const failures: string[] = [];
  let count = 0;
  let isOver = false;
  const asking = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      count += 1;
      const answer = await fetch(`${balancer}/api/v1/session`, { headers }).catch(
        (error: unknown) => ({ ok: false, status: String(error) }),
      );
      if (!answer.ok) failures.push(String(answer.status));
      await delay(5);
    }
  });
  const stop = await other.site.sluice(["server", "stop"]);
  isOver = true;
  await Promise.all(asking);
  expect(stop.code).toBe(0);
  expect(failures).toEqual([]);
  expect(count).toBeGreaterThan(100);
});

interface Hook {
  readonly id: string;
  readonly path: string;
  readonly secret: string;
}

async function hookOf(server: OneServer): Promise<Hook> {
  const text = `Name: ${NAME}
Title: Words
Fields:
  - { Name: word, Type: text, Required: true }
Options: { partition: burst, job-name: ${NAME}-hook }
Script: |
  #!/bin/bash
  true {{word}}
`;
  await ada(server).call(applicationsRoutes.saveApplication, { body: { text } });
  const params = { application: NAME };
  await ada(server).call(applicationsRoutes.publishApplication, { params, body: { version: 1 } });
  const trigger = await ada(server).call(triggersRoutes.createTrigger, {
    body: {
      ...{ name: NAME, cluster: "demo", application: NAME, perMinute: 1000 },
      values: { word: "{{event.body.word}}" },
      source: { kind: "web-hook", scheme: "sluice" },
    } as never,
  });
  const { pathname } = new URL(trigger.address ?? "", server.url());
  return { id: trigger.id, path: pathname, secret: trigger.secret ?? "" };
}

async function deliver(server: OneServer, hook: Hook, id: string): Promise<void> {
  const body = JSON.stringify({ word: "w" });
  const time = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", hook.secret).update(`${time}.${id}.${body}`);
  const headers = {
    "content-type": "application/json",
    "sluice-timestamp": time,
    "sluice-delivery": id,
    "sluice-signature": `sha256=${signature.digest("hex")}`,
  };
  const init = { method: "POST", body, headers };
  await fetch(`${server.url()}${hook.path}`, init).catch(() => undefined);
}

async function beginUpload(server: OneServer) {
  const content = randomBytes(3_000_000);
  const headers = { authorization: `Bearer ${tokens.ada}`, "tus-resumable": "1.0.0" };
  const query = new URLSearchParams({ path: `/home/ada/${NAME}.bin`, overwrite: "true" });
  const made = await fetch(`${server.url()}/api/v1/clusters/demo/files/uploads?${query}`, {
    method: "POST",
    headers: { ...headers, "upload-length": String(content.length) },
  });
  expect(made.status).toBe(201);
  const { pathname, search } = new URL(made.headers.get("location") ?? "", server.url());
  const path = `${pathname}${search}`;
  const send = async (to: OneServer, from: number, end: number) =>
    fetch(`${to.url()}${path}`, {
      method: "PATCH",
      headers: {
        ...headers,
        "upload-offset": String(from),
        "content-type": "application/offset+octet-stream",
      },
      body: content.subarray(from, end),
    });
  expect((await send(server, 0, 1_000_000)).status).toBe(204);
  return {
    finish: async (to: OneServer) => {
      const head = await fetch(`${to.url()}${path}`, { method: "HEAD", headers });
      expect(head.headers.get("upload-offset")).toBe("1000000");
      const last = await send(to, 1_000_000, content.length);
      const log = readFileSync(join(to.site.state, "server", "server.log"), "utf8");
      expect([last.status, await last.text()], log.slice(-3000)).toEqual([204, ""]);
      const sum = createHash("sha256").update(content).digest("hex");
      const there = await cluster.ok("ada", `sha256sum < /home/ada/${NAME}.bin`);
      expect(there.split(" ")[0]).toBe(sum);
    },
  };
}
