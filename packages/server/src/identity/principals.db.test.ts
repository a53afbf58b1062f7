import { randomBytes, randomUUID } from "node:crypto";
import type { Database } from "@sluice/database";
import { testDatabase } from "@sluice/database/testing";
import { expect, test } from "vitest";
import { clock as real } from "../http/testing/frame.ts";
import { createPrincipals } from "./principals.ts";
import { createSessions } from "./sessions.ts";

test("while the database is away, who was somebody minutes ago may read, and nothing else", async () => {
  await using site = await testDatabase();
  let fault: "refuses" | "hangs" | undefined;
  const database: Database = site.database.withPlugin({
    transformQuery: ({ node }) => {
      if (fault !== "refuses") return node;
      throw Object.assign(new Error("cut"), { code: "ECONNREFUSED", errno: -111 });
    },
    transformResult: ({ result }) =>
      fault === "hangs" ? new Promise(() => {}) : Promise.resolve(result),
  });
  let ahead = 0;
  const clock = { ...real, now: () => new Date(Date.now() + ahead) };
  const random = { bytes: (count: number) => randomBytes(count), id: () => randomUUID() as string };
  const sessions = createSessions({
    ...{ database, clock, random },
    config: { IdleMinutes: 60, HoursAtMost: 12 } as never,
  });
  const id = randomUUID();
  await site.database
    .insertInto("users")
    .values({
      ...{ id, name: "ada", source: "local", disabled: 0, created_at: clock.now() },
    } as never)
    .execute();
  const { secret } = await sessions.begin(id, "127.0.0.1");
  const principals = createPrincipals({ database, clock, sessions, tokens: undefined as never });
  const ask = (mayBeOld: boolean) => principals.bySession(secret, { mayBeOld });
  expect(await ask(false)).toMatchObject({ name: "ada" });
  ahead += 5000;
  fault = "refuses";
  expect(await ask(true)).toMatchObject({ name: "ada" });
  await expect(ask(false)).rejects.toThrow();
  await expect(principals.bySession("another", { mayBeOld: true })).rejects.toThrow();
  ahead += 5000;
  fault = "hangs";
  const began = performance.now();
  expect(await ask(true)).toMatchObject({ name: "ada" });
  expect(performance.now() - began).toBeLessThan(5000);
  fault = "refuses";
  ahead += 301_000;
  await expect(ask(true)).rejects.toThrow();
  fault = undefined;
  ahead += 5000;
  expect(await ask(true)).toMatchObject({ name: "ada" });
  principals.forget();
  fault = "refuses";
  // Somebody changed something: what was known then counts no more.
  await expect(ask(true)).rejects.toThrow();
});
