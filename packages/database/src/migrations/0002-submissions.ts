import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

export const submissions: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await database.schema
      .createTable("submissions")
      .addColumn("id", "char(36)", (column) => column.primaryKey())
      .addColumn("cluster", "varchar(60)", (column) => column.notNull())
      .addColumn("unix_user", "varchar(64)", (column) => column.notNull())
      .addColumn("principal_id", "varchar(64)", (column) => column.notNull())
      .addColumn("idempotency_key", "varchar(200)")
      .addColumn("request_hash", "char(64)", (column) => column.notNull())
      .addColumn("request", sql`longtext`, (column) => column.notNull())
      .addColumn("state", "varchar(10)", (column) => column.notNull())
      .addColumn("attempt", "integer", (column) => column.notNull().defaultTo(1))
      .addColumn("job_id", "bigint")
      .addColumn("answer", sql`longtext`)
      .addColumn("controller_started_at", "datetime(3)")
      .addColumn("owner", "char(36)")
      .addColumn("leased_until", "datetime(3)")
      .addColumn("asked_at", "datetime(3)")
      .addColumn("created_at", "datetime(3)", (column) => column.notNull())
      .addUniqueConstraint("submissions_by_key", ["cluster", "unix_user", "idempotency_key"])
      .modifyEnd(sql`default charset utf8mb4 collate utf8mb4_bin`)
      .execute();
    for (const [name, columns] of [
      ["submissions_by_state", ["cluster", "state"]],
      ["submissions_by_age", ["created_at"]],
    ] as const) {
      await database.schema
        .createIndex(name)
        .on("submissions")
        .columns([...columns])
        .execute();
    }
  },
};
