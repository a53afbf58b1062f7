import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

export const operations: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await database.schema
      .createTable("operations")
      .addColumn("id", "char(36)", (column) => column.primaryKey())
      .addColumn("kind", "varchar(40)", (column) => column.notNull())
      .addColumn("cluster", "varchar(60)")
      .addColumn("image", "varchar(128)")
      .addColumn("provider", "varchar(40)", (column) => column.notNull())
      .addColumn("region", "varchar(60)", (column) => column.notNull())
      .addColumn("holds", "varchar(150)", (column) => column.unique())
      .addColumn("state", "varchar(20)", (column) => column.notNull())
      .addColumn("principal_id", "varchar(64)", (column) => column.notNull())
      .addColumn("principal_name", "varchar(255)", (column) => column.notNull())
      .addColumn("request", sql`longtext`, (column) => column.notNull())
      .addColumn("error", sql`longtext`)
      .addColumn("result", sql`longtext`)
      .addColumn("server", "char(36)", (column) => column.notNull())
      .addColumn("lease_until", "datetime(3)", (column) => column.notNull())
      .addColumn("cancel_asked", sql`tinyint(1)`, (column) => column.notNull().defaultTo(0))
      .addColumn("created_at", "datetime(3)", (column) => column.notNull())
      .addColumn("ended_at", "datetime(3)")
      .modifyEnd(sql`default charset utf8mb4 collate utf8mb4_bin`)
      .execute();
    await database.schema
      .createIndex("operations_by_cluster")
      .on("operations")
      .columns(["cluster", "created_at"])
      .execute();
    await database.schema
      .createIndex("operations_by_state")
      .on("operations")
      .columns(["state", "lease_until"])
      .execute();
    await database.schema
      .createTable("operation_progress")
      .addColumn("operation", "char(36)", (column) => column.notNull())
      .addColumn("number", "integer", (column) => column.notNull())
      .addColumn("time", "datetime(3)", (column) => column.notNull())
      .addColumn("resource", "varchar(100)", (column) => column.notNull())
      .addColumn("status", "varchar(20)", (column) => column.notNull())
      .addColumn("message", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("operation_progress_key", ["operation", "number"])
      .modifyEnd(sql`default charset utf8mb4 collate utf8mb4_bin`)
      .execute();
  },
};
