import { randomUUID } from "node:crypto";
import { PassThrough } from "node:stream";
import type { Database } from "@sluice/database";
import { testDatabase } from "@sluice/database/testing";
import type { OpenTerminal, TerminalEnd, TerminalState, Terminals } from "@sluice/gateway";
import { type Clock, SluiceError } from "@sluice/model";
import pino from "pino";
import { describe, expect, test } from "vitest";
import type { AuditEntry } from "../audit/contract.ts";
import { serverConfigSchema } from "../config/schema.ts";
import { person } from "../http/testing/frame.ts";
import { MovedClock, random } from "../identity/testing/world.ts";
import { keepTerminals } from "./keep-terminals.ts";
import { createSiteTerminals, type ShellParts } from "./terminals.ts";

/** A head's terminals, as the gateway tells of them. */
class Head implements Terminals {
  readonly states = new Map<string, TerminalState>();
  readonly wishes: OpenTerminal[] = [];
  refuses: SluiceError | undefined;

  async open(user: string, wish: OpenTerminal): Promise<void> {
    if (this.refuses !== undefined) throw this.refuses;
    this.wishes.push(wish);
    this.states.set(wish.id, { id: wish.id, user });
  }
  async list(): Promise<readonly TerminalState[]> {
    if (this.refuses !== undefined) throw this.refuses;
    return [...this.states.values()];
  }
  async end(id: string): Promise<void> {
    this.states.delete(id);
  }
  async connect(user: string, id: string) {
    const state = this.states.get(id);
    if (state?.user === user && state.ended === undefined) return new PassThrough();
    throw new SluiceError("TERMINAL_NOT_FOUND", "user", "there is no such terminal on the head");
  }
  ends(id: string, ended: TerminalEnd): void {
    this.states.set(id, { id, user: "ada", ended });
  }
}

const ADA = { ...person("ada", [{ role: "user", cluster: "*", account: "*" }]), id: randomUUID() };
const AWAY = new SluiceError("GATEWAY_UNREACHABLE", "system", "the head is away");

async function site(shell: object = {}) {
  const kept = await testDatabase();
  const { database } = kept;
  const head = new Head();
  const clock = new MovedClock();
  const audited: AuditEntry[] = [];
  let isGone = false;
  const cluster = { name: "demo", gateway: async () => ({ terminals: head }) };
  const parts = {
    audit: { write: async (entry: AuditEntry) => void audited.push(entry) },
    clock: clock as Clock,
    clusters: {
      get: async () => {
        if (isGone) throw new SluiceError("CLUSTER_NOT_FOUND", "user", "there is no cluster demo");
        return cluster;
      },
    },
    config: serverConfigSchema.parse({ Shell: shell }),
    database,
    log: pino({ level: "silent" }),
    random,
  } as unknown as ShellParts;
  const now = clock.now();
  const { id, name } = ADA;
  await database
    .insertInto("users")
    .values({
      ...{ id, name, source: "local", external_id: null, display_name: null, email: null },
      ...{ unix_user: name, password_hash: null, disabled: 0, created_at: now },
      last_sign_in_at: null,
    })
    .execute();
  await database
    .insertInto("user_grants")
    .values({ user_id: id, origin: "given", role: "user", cluster: "*", account: "*" })
    .execute();
  const terminals = createSiteTerminals(parts);
  return {
    database,
    head,
    clock,
    audited,
    terminals,
    open: () => terminals.open(ADA, { cluster: "demo", columns: 80, rows: 24, from: "192.0.2.7" }),
    loseCluster: () => {
      isGone = true;
    },
    /** One look of as many servers at once. */
    look: async (servers = 1) => {
      const looks = Array.from({ length: servers }, async () => {
        const over = new AbortController();
        const once: Clock = { now: () => clock.now(), sleep: async () => over.abort() };
        await keepTerminals({ ...parts, clock: once }, terminals, over.signal);
      });
      await Promise.all(looks);
    },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

const place = (terminal: string) => ({ cluster: "demo", terminal });
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (error: { readonly code?: string }) => error.code,
  );

test("one is opened with the site's limits, and is its owner's", async () => {
  await using one = await site({ IdleMinutes: 3, DetachedMinutes: 2, TerminalsOfUser: 5 });
  const { id } = await one.open();
  expect(one.head.wishes).toEqual([
    { id, columns: 80, rows: 24, idleSeconds: 180, detachedSeconds: 120, mostOfUser: 5 },
  ]);
  const { terminals } = one;
  expect(await terminals.list(ADA, "demo")).toMatchObject([
    { id, unixUser: "ada", from: "192.0.2.7" },
  ]);
  const others = [
    { ...ADA, id: randomUUID() },
    { ...ADA, unixUser: "ben" },
    { ...ADA, unixUser: undefined },
  ];
  for (const other of others) {
    expect(await codeOf(terminals.get(other, place(id)))).toBe("TERMINAL_NOT_FOUND");
    expect(await codeOf(terminals.end(other, place(id)))).toBe("TERMINAL_NOT_FOUND");
    expect(await codeOf(terminals.connect(other, place(id)))).toBe("TERMINAL_NOT_FOUND");
    expect(await terminals.list(other, "demo")).toEqual([]);
  }
  expect(await codeOf(terminals.get(ADA, { cluster: "other", terminal: id }))).toBe(
    "TERMINAL_NOT_FOUND",
  );
});

test("one that does not start leaves nothing", async () => {
  await using one = await site();
  one.head.refuses = new SluiceError("TERMINALS_TOO_MANY", "user", "as many as there may be");
  expect(await codeOf(one.open())).toBe("TERMINALS_TOO_MANY");
  expect(await one.terminals.list(ADA, "demo")).toEqual([]);
});

describe("an end", () => {
  test("is written down once, however many servers hear of it", async () => {
    await using one = await site();
    const { id } = await one.open();
    one.head.ends(id, { reason: "exited", exitCode: 3 });
    const told = one.terminals.over(id, { reason: "exited", exitCode: 3 });
    await Promise.all([told, one.look(4)]);
    expect(one.audited).toHaveLength(1);
    expect(one.audited[0]).toMatchObject({
      ...{ action: "terminalEnded", target: `cluster demo, terminal ${id}`, from: "192.0.2.7" },
      principal: { name: "ada", credentialId: "token-ada" },
      detail: { reason: "exited", exitCode: 3 },
    });
    expect((await one.terminals.get(ADA, place(id))).ended).toMatchObject({ reason: "exited" });
    expect(one.head.states.size).toBe(0);
    expect(await codeOf(one.terminals.connect(ADA, place(id)))).toBe("TERMINAL_ENDED");
  });

  test("has the reason of who asked for it, also when the head is heard first", async () => {
    await using one = await site();
    const { id } = await one.open();
    await one.terminals.condemn(id, "ended");
    await one.terminals.over(id, { reason: "lost" });
    await one.terminals.over(id, { reason: "ended" });
    expect(one.audited.map(({ detail }) => detail)).toMatchObject([{ reason: "ended" }]);
  });

  test("is found out when somebody comes back to it", async () => {
    await using one = await site();
    const { id } = await one.open();
    one.head.ends(id, { reason: "detached" });
    expect(await codeOf(one.terminals.connect(ADA, place(id)))).toBe("TERMINAL_ENDED");
    expect((await one.terminals.get(ADA, place(id))).ended).toMatchObject({ reason: "detached" });
  });

  test("is shown for a day", async () => {
    await using one = await site();
    const { id } = await one.open();
    await one.terminals.end(ADA, place(id));
    expect(await one.terminals.list(ADA, "demo")).toHaveLength(1);
    one.clock.move(90_000_000);
    await one.look();
    expect(await codeOf(one.terminals.get(ADA, place(id)))).toBe("TERMINAL_NOT_FOUND");
  });
});

describe("looking after them", () => {
  test("ends those of whoever may not have them any more", async () => {
    const changes = [
      (database: Database) => database.updateTable("users").set({ disabled: 1 }).execute(),
      (database: Database) => database.updateTable("users").set({ unix_user: "ben" }).execute(),
      (database: Database) =>
        database.updateTable("user_grants").set({ role: "read-only" }).execute(),
      (database: Database) =>
        database.updateTable("user_grants").set({ cluster: "another" }).execute(),
    ];
    for (const change of changes) {
      await using one = await site();
      await one.open();
      await one.look();
      expect([one.head.states.size, one.audited]).toEqual([1, []]);
      await change(one.database);
      await one.look(2);
      expect(one.head.states.size).toBe(0);
      expect(one.audited.map(({ detail }) => detail)).toMatchObject([{ reason: "access-lost" }]);
    }
  });

  test("ends all where the shell is switched off", async () => {
    await using one = await site({ Enabled: false });
    const { id } = await one.open();
    await one.look();
    expect((await one.terminals.get(ADA, place(id))).ended).toMatchObject({
      reason: "switched-off",
    });
  });

  test("gives up those that a head knows nothing of, but none that may be starting, or while it is away", async () => {
    await using one = await site();
    const { id } = await one.open();
    one.head.states.clear();
    await one.look();
    expect((await one.terminals.get(ADA, place(id))).ended).toBeUndefined();
    one.clock.move(120_000);
    one.head.refuses = AWAY;
    await one.look();
    expect((await one.terminals.get(ADA, place(id))).ended).toBeUndefined();
    one.head.refuses = undefined;
    await one.look();
    expect((await one.terminals.get(ADA, place(id))).ended).toMatchObject({ reason: "lost" });
  });

  test("gives up those of a cluster that is gone", async () => {
    await using one = await site();
    const { id } = await one.open();
    one.loseCluster();
    await one.look();
    expect((await one.terminals.get(ADA, place(id))).ended).toMatchObject({ reason: "lost" });
  });
});
