import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "@sluice/database";
import { type TestDatabase, testDatabase } from "@sluice/database/testing";
import { sql } from "kysely";
import { beforeEach, describe, expect, it } from "vitest";
import { clock } from "../http/testing/frame.ts";
import { EventStore } from "./event-store.ts";
import type { PublishedEvent, SiteEvent } from "./hub.ts";
import { createSharedEvents } from "./shared-events.ts";

let site: TestDatabase;

beforeEach(async () => {
  site = await testDatabase();
  return () => site[Symbol.asyncDispose]();
});

async function server({ remembered = 1000, database = site.database as Database } = {}) {
  const errors: unknown[] = [];
  const hub = await createSharedEvents({
    ...{ database, clock, remembered },
    random: { id: () => randomUUID() },
    onError: (error) => errors.push(error),
  });
  const over = new AbortController();
  const running = hub.run(over.signal);
  return {
    ...{ hub, errors },
    stop: async () => {
      over.abort();
      await running;
    },
  };
}
type Server = Awaited<ReturnType<typeof server>>;

const job = (id: number, state = "PENDING", order = 0): SiteEvent => ({
  ...{ topic: "job", kind: "changed", cluster: "demo", data: { id, state } },
  sighting: { subject: `job ${id}`, version: state, order },
});
const run = (id: number): SiteEvent => ({ topic: "run", kind: "changed", data: { id } });

function listen({ hub }: Server, since?: string) {
  const over = new AbortController();
  const seen: PublishedEvent[] = [];
  let lost = 0;
  hub.subscribe({
    ...(since === undefined ? {} : { since }),
    wants: () => true,
    listener: (event) => seen.push(event),
    signal: over.signal,
    onLost: () => {
      lost += 1;
    },
  });
  return {
    seen,
    ids: () => seen.map(({ id }) => id),
    data: () => seen.map(({ data }) => (data as { readonly id: number }).id),
    lost: () => lost,
    leave: () => over.abort(),
  };
}

async function until(look: () => boolean): Promise<void> {
  while (!look()) await delay(5);
}

describe("events of several servers", () => {
  it("are the same at each of them, in the same order, with the same ids", async () => {
    const servers = await Promise.all([server(), server(), server()]);
    const streams = servers.map((one) => listen(one));
    for (let id = 0; id < 300; id += 1) {
      servers[id % 3]?.hub.publish(run(id));
      if (id % 20 === 0) await delay(3);
    }
    await until(() => streams.every(({ seen }) => seen.length === 300));
    const [first, ...others] = streams.map((stream) => stream.ids());
    for (const other of others) expect(other).toEqual(first);
    expect(new Set(first).size).toBe(300);
    expect(servers.flatMap(({ errors }) => errors)).toEqual([]);
    await Promise.all(servers.map(({ stop }) => stop()));
  });

  it("go on at another server where one was left, wherever that was", async () => {
    const [one, other] = [await server(), await server()];
    const all = listen(one);
    for (let id = 0; id < 50; id += 1) one.hub.publish(run(id));
    await until(() => all.seen.length === 50);
    await one.stop();
    const late = await server();
    for (const [at, id] of all.ids().entries()) {
      for (const there of [other, late]) {
        const back = listen(there, id);
        await until(() => back.seen.length === 49 - at);
        expect(back.ids()).toEqual(all.ids().slice(at + 1));
        expect(back.lost()).toBe(0);
        back.leave();
      }
    }
    await Promise.all([other.stop(), late.stop()]);
  });

  it("miss nothing for who comes from a server that had read more", async () => {
    const ahead = await server();
    const behind = await createSharedEvents({
      ...{ database: site.database, clock, remembered: 100, random: { id: () => randomUUID() } },
    });
    const seen = listen(ahead);
    for (let id = 0; id < 5; id += 1) ahead.hub.publish(run(id));
    await until(() => seen.seen.length === 5);
    const back = listen({ ...ahead, hub: behind }, seen.ids()[2]);
    const over = new AbortController();
    const running = behind.run(over.signal);
    await until(() => back.seen.length === 2);
    expect(back.data()).toEqual([3, 4]);
    expect(back.lost()).toBe(0);
    const [before, never] = [seen.ids()[0], `${seen.ids()[0]?.slice(0, 36)}-99999`];
    const [known, unknown] = [before, never].map((id) => listen({ ...ahead, hub: behind }, id));
    await until(() => unknown?.lost() === 1);
    expect(known?.lost()).toBe(0);
    over.abort();
    await Promise.all([running, ahead.stop()]);
  });

  it("that each server sees for itself are told once", async () => {
    const servers = await Promise.all([server(), server(), server()]);
    const stream = listen(servers[1] as Server);
    const states = ["PENDING", "RUNNING", "PENDING", "RUNNING", "COMPLETED"];
    for (const [order, state] of states.entries()) {
      for (const { hub } of servers)
        for (let id = 0; id < 20; id += 1) hub.publish(job(id, state, order));
      await until(() => stream.seen.length >= (order + 1) * 20);
    }
    // One that was slow tells what the others told long ago.
    servers[2]?.hub.publish(job(1, "RUNNING", 3));
    servers[0]?.hub.publish(run(7));
    await until(() => stream.seen.at(-1)?.topic === "run");
    expect(stream.seen).toHaveLength(states.length * 20 + 1);
    for (let id = 0; id < 20; id += 1) {
      const of = stream.seen.filter(({ data }) => (data as { id: number }).id === id);
      expect(of.flatMap(({ data }) => (data as { state?: string }).state ?? [])).toEqual(states);
    }
    await Promise.all(servers.map(({ stop }) => stop()));
  });

  it("wait for a database that is away, and are told once when it is back", async () => {
    let isAway = false;
    const database = site.database.withPlugin({
      transformQuery: ({ node }) => {
        if (isAway) throw Object.assign(new Error("cut"), { code: "ECONNREFUSED", errno: -111 });
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const [one, other] = [await server({ database }), await server()];
    const stream = listen(other);
    isAway = true;
    for (let id = 0; id < 10; id += 1) one.hub.publish(id % 2 === 0 ? run(id) : job(id));
    await until(() => one.errors.length > 0);
    isAway = false;
    await until(() => stream.seen.length === 10);
    expect(stream.data()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await Promise.all([one.stop(), other.stop()]);
    expect(stream.seen).toHaveLength(10);
  });

  it("are forgotten after a while, and whoever asks for them hears that", async () => {
    const one = await server();
    const stream = listen(one);
    for (let id = 0; id < 10; id += 1) one.hub.publish(run(id));
    await until(() => stream.seen.length === 10);
    await sql`UPDATE events SET time = TIMESTAMPADD(HOUR, -1, time) WHERE id <= 5`.execute(
      site.database,
    );
    const store = new EventStore(site.database);
    expect(await store.forget(900)).toBe(false);
    expect(await store.table()).toMatchObject({ last: 10, forgotten: 5 });
    const late = await server();
    const [known, forgotten] = [listen(late, stream.ids()[4]), listen(late, stream.ids()[3])];
    expect([known.data(), known.lost()]).toEqual([[5, 6, 7, 8, 9], 0]);
    expect([forgotten.data(), forgotten.lost()]).toEqual([[], 1]);
    // Restored from a backup: numbers of before mean nothing.
    await sql`UPDATE event_order SET epoch = UUID()`.execute(site.database);
    await until(() => stream.lost() === 1);
    await Promise.all([one.stop(), late.stop()]);
  });
});
