import { sql } from "kysely";
import type { Migration } from "kysely/migration";
import { expect, test } from "vitest";
import { migrate, pendingMigrations } from "./migrate.ts";
import { testDatabase } from "./testing/index.ts";

const table = (name: string): Migration => ({
  up: async (tables) => {
    await tables.schema.createTable(name).addColumn("id", "integer").execute();
    await tables.schema.createIndex(`${name}_id`).on(name).column("id").execute();
  },
});

const ONE = { "0001-one": table("one") };
const TWO = { ...ONE, "0002-two": table("two") };

test("makes each migration once, in order, and tells of it", async () => {
  await using test = await testDatabase(false);
  const told: string[] = [];
  const progress = (name: string) => told.push(name);
  expect(await migrate(test.database, { migrations: ONE, progress })).toEqual(["0001-one"]);
  expect(await pendingMigrations(test.database, TWO)).toEqual(["0002-two"]);
  expect(await migrate(test.database, { migrations: TWO, progress })).toEqual(["0002-two"]);
  expect(await migrate(test.database, { migrations: TWO, progress })).toEqual([]);
  expect(told).toEqual(["0001-one", "0002-two"]);
});

test("two servers at once make each migration once", async () => {
  await using test = await testDatabase(false);
  const made = await Promise.all([1, 2, 3].map(() => migrate(test.database, { migrations: TWO })));
  expect(made.flat().toSorted()).toEqual(["0001-one", "0002-two"]);
});

test("goes on with a migration that died in the middle", async () => {
  await using test = await testDatabase(false);
  const dying: Migration = {
    up: async (tables) => {
      await table("one").up(tables);
      throw new Error("killed");
    },
  };
  await expect(migrate(test.database, { migrations: { "0001-one": dying } })).rejects.toThrow(
    "killed",
  );
  expect(await migrate(test.database, { migrations: ONE })).toEqual(["0001-one"]);
  const { rows } = await sql`SHOW INDEX FROM one`.execute(test.database);
  expect(rows).toHaveLength(1);
});

test("a database of a newer version is refused and left as it is", async () => {
  await using test = await testDatabase(false);
  await migrate(test.database, { migrations: TWO });
  await expect(migrate(test.database, { migrations: ONE })).rejects.toMatchObject({
    code: "DATABASE_NEWER",
    message: expect.stringContaining("0002-two"),
  });
  await expect(pendingMigrations(test.database, ONE)).rejects.toMatchObject({
    code: "DATABASE_NEWER",
  });
});

test("the migrations of this version can be made, and made again after all was lost but the tables", async () => {
  await using test = await testDatabase();
  await sql`DROP TABLE IF EXISTS kysely_migration`.execute(test.database);
  await migrate(test.database);
  expect(await pendingMigrations(test.database)).toEqual([]);
});
