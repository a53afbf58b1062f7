import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const BINARY = sql`default charset utf8mb4 collate utf8mb4_bin`;

export const severalServers: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await database.schema
      .createTable("leases")
      .addColumn("name", "varchar(100)", (column) => column.primaryKey())
      .addColumn("holder", "varchar(100)", (column) => column.notNull())
      .addColumn("term", "bigint", (column) => column.notNull())
      .addColumn("held_until", "datetime(6)", (column) => column.notNull())
      .modifyEnd(BINARY)
      .execute();
    await database.schema
      .createTable("servers")
      .addColumn("id", "varchar(100)", (column) => column.primaryKey())
      .addColumn("host", "varchar(255)", (column) => column.notNull())
      .addColumn("address", "varchar(255)", (column) => column.notNull())
      .addColumn("version", "varchar(60)", (column) => column.notNull())
      .addColumn("is_leaving", "integer", (column) => column.notNull().defaultTo(0))
      .addColumn("since", "datetime(3)", (column) => column.notNull())
      .addColumn("seen_at", "datetime(3)", (column) => column.notNull())
      .modifyEnd(BINARY)
      .execute();
    await database.schema
      .createTable("event_order")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("epoch", "char(36)", (column) => column.notNull())
      .addColumn("last", "bigint", (column) => column.notNull())
      .addColumn("forgotten", "bigint", (column) => column.notNull())
      .modifyEnd(BINARY)
      .execute();
    await sql`INSERT IGNORE INTO event_order (id, epoch, last, forgotten)
      VALUES (1, UUID(), 0, 0)`.execute(database);
    await database.schema
      .createTable("events")
      .addColumn("id", "bigint", (column) => column.primaryKey())
      .addColumn("identity", "varchar(64)", (column) => column.notNull().unique())
      .addColumn("event", sql`mediumtext`, (column) => column.notNull())
      .addColumn("time", "datetime(3)", (column) => column.notNull())
      .modifyEnd(BINARY)
      .execute();
    await database.schema
      .createTable("placements")
      .addColumn("unix_user", "varchar(64)", (column) => column.notNull())
      .addColumn("key_hash", "char(64)", (column) => column.notNull())
      .addColumn("cluster", "varchar(60)", (column) => column.notNull())
      .addColumn("created_at", "datetime(3)", (column) => column.notNull())
      .addPrimaryKeyConstraint("placements_of_keys", ["unix_user", "key_hash"])
      .modifyEnd(BINARY)
      .execute();
  },
};
