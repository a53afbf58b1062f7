import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { until } from "../harness.ts";
import { ask, type Person, serverPid, siteOfServer, startServerAgain } from "./site.ts";

const { cluster, site } = siteOfServer();

afterAll(async () => {
  await cluster.ok("root", "scancel --user=ada; scancel --user=ben");
});

/** @returns the job's number; undefined: nothing was acknowledged. */
async function submit(person: Person, name: string, key?: string): Promise<number | undefined> {
  const body = {
    job: {
      name,
      script: "#!/bin/sh\ntrue\n",
      partition: "burst",
      current_working_directory: "/tmp",
      environment: ["PATH=/usr/bin:/bin"],
      begin_time: { set: true, infinite: false, number: 4_000_000_000 },
    },
  };
  try {
    const response = await ask("/slurm/v0.0.41/job/submit", person, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as { readonly job_id?: number };
    return response.status === 200 ? answer.job_id : undefined;
  } catch {
    return undefined;
  }
}

/** Names of jobs in the queue that begin so, with their numbers and users. */
async function jobs(prefix: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const queue = await cluster.ok("root", "squeue -h -a -o '%j %i %u'");
  const found = new Map<string, string[]>();
  for (const line of queue.split("\n").filter((one) => one.startsWith(prefix))) {
    const [name = "", ...rest] = line.split(" ");
    found.set(name, [...(found.get(name) ?? []), rest.join(" ")]);
  }
  return found;
}

it("one key is one job", async () => {
  const key = randomUUID();
  const prefix = `once-${key.slice(0, 8)}`;
  const ids = await Promise.all(Array.from({ length: 10 }, () => submit("ada", prefix, key)));
  expect(new Set(ids).size).toBe(1);
  expect((await jobs(prefix)).get(prefix)).toHaveLength(1);
  const again = await submit("ada", prefix, key);
  expect(again).toBe(ids[0]);
  expect(await submit("ada", `${prefix}-other`, key)).toBeUndefined();
});

it("fifty jobs acknowledged, slurmctld killed at once: all are there, none twice, under their numbers", async () => {
  const prefix = `kill-${randomUUID().slice(0, 8)}`;
  // The queue is written down before, so that nothing of the fifty is.
  const first = await submit("ada", `${prefix}-first`);
  await cluster.saved(String(first));
  const pid = await cluster.ok("root", "systemctl show -p MainPID --value slurmctld");
  const made = await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      const person = i % 2 === 0 ? "ada" : "ben";
      return { name: `${prefix}-${i}`, person, id: await submit(person, `${prefix}-${i}`) };
    }),
  );
  await cluster.ok("root", `kill -9 ${pid}`);
  expect(made.every(({ id }) => id !== undefined)).toBe(true);
  const there = await cluster.until(
    "all jobs to be there",
    async () => {
      const queue = await jobs(prefix);
      return queue.size === 51 && queue;
    },
    60,
  );
  for (const { name, person, id } of made) {
    expect([name, there.get(name)]).toEqual([name, [`${id} ${person}`]]);
  }
  await cluster.saved(String(first));
  expect(await jobs(prefix)).toEqual(there);
});

it("the server killed in the middle of submissions: each key is one job", async () => {
  const prefix = `server-${randomUUID().slice(0, 8)}`;
  const keys = Array.from({ length: 60 }, (_, i) => `${prefix}-${i}`);
  const acknowledged = new Map<string, number>();
  const sending = keys.map(async (key, i) => {
    const id = await submit(i % 2 === 0 ? "ada" : "ben", key, key);
    if (id !== undefined) acknowledged.set(key, id);
  });
  await until("some to be acknowledged", async () => acknowledged.size >= 5, 20);
  process.kill(await serverPid(), "SIGKILL");
  await Promise.all(sending);
  await startServerAgain();
  const again = await Promise.all(
    keys.map((key, i) =>
      until(
        `${key} to be acknowledged`,
        async () => submit(i % 2 === 0 ? "ada" : "ben", key, key),
        90,
      ),
    ),
  );
  keys.forEach((key, i) => {
    if (acknowledged.has(key)) expect([key, again[i]]).toEqual([key, acknowledged.get(key)]);
  });
  const there = await jobs(prefix);
  expect(there.size).toBe(keys.length);
  expect([...there.values()].every((one) => one.length === 1)).toBe(true);
}, 180_000);

it("MariaDB killed in the middle: what was acknowledged is there, and each key once", async () => {
  const prefix = `maria-${randomUUID().slice(0, 8)}`;
  const keys = Array.from({ length: 40 }, (_, i) => `${prefix}-${i}`);
  const sending = keys.map((key) => submit("ada", key, key));
  await until("some to be on their way", async () => (await jobs(prefix)).size >= 3, 20);
  const pidFile = join(site.state, "server", "database", "mariadbd.pid");
  process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
  const first = await Promise.all(sending);
  const again = await Promise.all(
    keys.map((key) => until(`${key}`, async () => submit("ada", key, key), 60)),
  );
  keys.forEach((key, i) => {
    if (first[i] !== undefined) expect([key, again[i]]).toEqual([key, first[i]]);
  });
  const there = await jobs(prefix);
  expect(there.size).toBe(keys.length);
  expect([...there.values()].every((one) => one.length === 1)).toBe(true);
}, 180_000);
