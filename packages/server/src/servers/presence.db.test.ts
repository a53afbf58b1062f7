import { setTimeout as delay } from "node:timers/promises";
import { testDatabase } from "@sluice/database/testing";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { clock } from "../http/testing/frame.ts";
import { createPresence } from "./presence.ts";

test("servers know of each other: who lives, who leaves, who died", async () => {
  await using site = await testDatabase();
  const { database } = site;
  const start = (id: string) => {
    const self = { id, host: `${id}.site`, address: "", version: "1", since: clock.now() };
    // A beat is a few milliseconds.
    const hasty = { ...clock, sleep: (_: number, signal?: AbortSignal) => clock.sleep(5, signal) };
    const presence = createPresence({ database, clock: hasty, self });
    const over = new AbortController();
    const running = presence.run(over.signal);
    const stop = async () => {
      over.abort();
      await running;
    };
    return { presence, stop };
  };
  const alive = async (of: { alive(): number }, count: number) => {
    while (of.alive() !== count) await delay(5);
  };
  const [a, b, c] = [start("a"), start("b"), start("c")];
  await alive(a.presence, 3);
  await b.presence.leave();
  await alive(a.presence, 2);
  const listed = await a.presence.servers();
  expect(listed.map(({ id, isLeaving }) => [id, isLeaving]).toSorted()).toEqual([
    ["a", false],
    ["b", true],
    ["c", false],
  ]);
  await b.stop();
  expect((await a.presence.servers()).map(({ id }) => id).toSorted()).toEqual(["a", "c"]);
  await c.stop();
  await database
    .insertInto("servers")
    .values({
      ...{ id: "dead", host: "h", address: "", version: "1", since: clock.now() },
      seen_at: sql<Date>`TIMESTAMPADD(SECOND, -60, UTC_TIMESTAMP(3))`,
    })
    .execute();
  await alive(a.presence, 1);
  expect((await a.presence.servers()).find(({ id }) => id === "dead")?.silentSeconds).toBeCloseTo(
    60,
    -1,
  );
  await a.stop();
});
