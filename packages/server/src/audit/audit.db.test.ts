import { testDatabase } from "@sluice/database/testing";
import { expect, test } from "vitest";
import { MovedClock, world } from "../identity/testing/world.ts";
import { createAudit } from "./audit.ts";
import type { AuditEntry } from "./contract.ts";

const entry = (changes: Partial<AuditEntry> = {}): AuditEntry => ({
  principal: { id: "1", name: "ada", via: "session", credentialId: "2" },
  action: "cancelJob",
  target: "job demo/17",
  from: "192.0.2.1",
  requestId: "r",
  result: "done",
  ...changes,
});

test("records keep their order, also from two servers at once, and nothing can be taken out", async () => {
  await using site = await testDatabase();
  const { database } = site;
  const clock = new MovedClock();
  const servers = [createAudit({ database, clock }), createAudit({ database, clock })];
  const writes = Array.from({ length: 300 }, (_, index) =>
    servers[index % 2]?.write(entry({ target: `job demo/${index}`, detail: { index } })),
  );
  await Promise.all(writes);
  const [log] = servers;
  expect(await log?.check()).toEqual({ records: 300, isWhole: true });

  const rows = await database.selectFrom("audit_log").select(["sequence", "target"]).execute();
  for (const parity of [0, 1]) {
    const numbers = rows
      .toSorted((one, other) => one.sequence - other.sequence)
      .map(({ target }) => Number(target.split("/")[1]))
      .filter((number) => number % 2 === parity);
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  }

  await database
    .updateTable("audit_log")
    .set({ user_name: "ben" })
    .where("sequence", "=", 7)
    .execute();
  expect(await log?.check()).toMatchObject({ isWhole: false, firstBroken: 7 });
  await database
    .updateTable("audit_log")
    .set({ user_name: "ada" })
    .where("sequence", "=", 7)
    .execute();
  expect(await log?.check()).toMatchObject({ isWhole: true });
  await database.deleteFrom("audit_log").where("sequence", "=", 300).execute();
  expect(await log?.check()).toMatchObject({ isWhole: false, firstBroken: 300 });
});

test("a write that fails says so, and the next is written", async () => {
  await using site = await testDatabase();
  const { database } = site;
  const log = createAudit({ database, clock: new MovedClock() });
  await database.schema.alterTable("audit_log").renameTo("gone").execute();
  await expect(log.write(entry())).rejects.toThrow("audit_log");
  await database.schema.alterTable("gone").renameTo("audit_log").execute();
  await log.write(entry());
  expect(await log.check()).toEqual({ records: 1, isWhole: true });
});

test("what is too long or strange is kept as far as it goes, and still fits its hash", async () => {
  await using site = await testDatabase();
  const { database } = site;
  const log = createAudit({ database, clock: new MovedClock() });
  await log.write(entry({ target: "😀".repeat(2000), action: "x".repeat(500) }));
  await log.write(entry({ target: "lone \ud800 half", detail: { text: "\ud800", nul: "\0" } }));
  await log.write(entry({ detail: { much: "x".repeat(100_000) } }));
  expect(await log.check()).toEqual({ records: 3, isWhole: true });
  const { items } = await log.query({ limit: 10 });
  expect(items[0]?.detail).toEqual({ omitted: "100011 bytes" });
});

test("changes are found by who, what, which, when and how it ended, a page at a time", async () => {
  await using site = await world();
  const as = await site.administrator();
  const ask = (query: object) =>
    site.ask({ method: "GET", url: "/api/v1/audit", as, query: query as Record<string, string> });
  await site.ask({ method: "POST", url: "/api/v1/groups", as, payload: { name: "g_1" } });
  site.clock.move(60_000);
  await site.ask({ method: "DELETE", url: "/api/v1/users/root-admin", as });
  const password = "not to be seen";
  await site.ask({ method: "POST", url: "/api/v1/session", payload: { name: "ada", password } });

  const all = await ask({});
  expect(all.body).not.toMatch(/not to be seen|correct horse/);
  expect(all.json().items).toMatchObject([
    { action: "signIn", target: "user ada", result: "refused", from: "192.0.2.1" },
    { action: "deleteUser", target: "user root-admin", result: "refused", user: "root-admin" },
    { action: "createGroup", target: "group g_1", result: "done", via: "session" },
    { action: "useLink", result: "done", user: "root-admin" },
  ]);
  const actions = async (query: object) =>
    (await ask(query)).json().items.map(({ action }: { action: string }) => action);
  expect(await actions({ target: "group g_" })).toEqual(["createGroup"]);
  expect(await actions({ target: "group g%" })).toEqual([]);
  expect(await actions({ result: "refused", user: "root-admin" })).toEqual(["deleteUser"]);
  expect(await actions({ until: "2026-05-01T10:00:30Z" })).toEqual(["createGroup", "useLink"]);
  const page = (await ask({ limit: 3 })).json();
  expect(await actions({ limit: 3, cursor: page.next })).toEqual(["useLink"]);
  for (const cursor of ["1e999", "-1", "x", ""]) {
    expect((await ask({ cursor })).json()).toMatchObject({ code: "PAGE_CURSOR_INVALID" });
  }
  const check = await site.ask({ method: "GET", url: "/api/v1/audit/check", as });
  expect(check.json()).toEqual({ records: 4, isWhole: true });
});
