import { once } from "node:events";
import { createServer, connect as dial, type Socket } from "node:net";
import { sql } from "kysely";
import { afterEach, expect, test } from "vitest";
import { connect, type Database, isDatabaseAway } from "./connect.ts";
import { testDatabase } from "./testing/index.ts";
import { inTransaction } from "./transaction.ts";

/** An address that moves from one database to another, as a site's does. */
async function movingAddress(first: string) {
  let target = first;
  const sockets = new Set<Socket>();
  const silent = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = dial(target);
    sockets.add(socket);
    for (const end of [socket, onward]) end.on("error", () => {});
    socket.on("data", (data) => silent.has(socket) || onward.write(data));
    onward.on("data", (data) => silent.has(socket) || socket.write(data));
    socket.on("close", () => onward.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  return {
    port,
    moveTo: (next: string) => {
      target = next;
      for (const socket of sockets) socket.resetAndDestroy();
      sockets.clear();
    },
    /** As a machine without power: connections stay and nobody answers. */
    silence: () => {
      for (const socket of sockets) silent.add(socket);
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function overMovingAddress() {
  const behind = await testDatabase(false);
  cleanups.push(async () => behind[Symbol.asyncDispose]());
  const { socketPath = "", ...account } = behind.address;
  const moving = await movingAddress(socketPath);
  const database: Database = connect({ ...account, host: "127.0.0.1", port: moving.port }, 2);
  cleanups.push(async () => {
    await database.destroy();
    moving.close();
  });
  await sql`CREATE TABLE t (n INT PRIMARY KEY)`.execute(database);
  return { database, moving, move: () => moving.moveTo(socketPath) };
}

const one = (database: Database) => sql`SELECT 1`.execute(database);

test("what is in flight when the address moves fails as away; what is asked next is answered", async () => {
  const { database, move } = await overMovingAddress();
  const slow = sql`SELECT SLEEP(20)`.execute(database).then(
    () => undefined,
    (error: unknown) => error,
  );
  await one(database);
  move();
  expect(isDatabaseAway(await slow)).toBe(true);
  const movedAt = performance.now();
  await one(database);
  expect(performance.now() - movedAt).toBeLessThan(1500);
});

test("a connection to a server that went silent while it was idle is given to nobody", async () => {
  const { database, moving } = await overMovingAddress();
  await one(database);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  moving.silence();
  const askedAt = performance.now();
  await one(database);
  expect(performance.now() - askedAt).toBeLessThan(2500);
});

test("a transaction that lost its server is made again; what was asked for is there once", async () => {
  const { database, move } = await overMovingAddress();
  let tries = 0;
  await inTransaction(database, async (tables) => {
    tries += 1;
    await sql`INSERT INTO t VALUES (1)`.execute(tables);
    if (tries === 1) move();
    await sql`INSERT INTO t VALUES (2)`.execute(tables);
  });
  expect(tries).toBe(2);
  const { rows } = await sql`SELECT n FROM t`.execute(database);
  expect(rows).toHaveLength(2);
});

test("a transaction whose server was lost while it committed is nobody's to make again", async () => {
  const { database, move } = await overMovingAddress();
  let tries = 0;
  const error = await inTransaction(database, async (tables) => {
    tries += 1;
    await sql`INSERT INTO t VALUES (1)`.execute(tables);
    move();
  }).catch((error: unknown) => error);
  expect(isDatabaseAway(error)).toBe(true);
  expect(tries).toBe(1);
});
