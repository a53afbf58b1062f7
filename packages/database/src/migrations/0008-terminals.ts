import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

export const terminals: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await database.schema
      .createTable("terminals")
      .addColumn("id", "char(36)", (column) => column.primaryKey())
      .addColumn("cluster", "varchar(60)", (column) => column.notNull())
      .addColumn("user_id", "char(36)", (column) => column.notNull())
      .addColumn("user_name", "varchar(255)", (column) => column.notNull())
      .addColumn("via", "varchar(20)", (column) => column.notNull())
      .addColumn("credential_id", "varchar(64)", (column) => column.notNull())
      .addColumn("unix_user", "varchar(64)", (column) => column.notNull())
      .addColumn("address", "varchar(64)", (column) => column.notNull())
      .addColumn("opened_at", "datetime(3)", (column) => column.notNull())
      .addColumn("ended_at", "datetime(3)")
      .addColumn("reason", "varchar(20)")
      .addColumn("exit_code", "integer")
      .addColumn("exit_signal", "integer")
      .modifyEnd(sql`default charset utf8mb4 collate utf8mb4_bin`)
      .execute();
    // Those that live are looked at all the time.
    await database.schema
      .createIndex("terminals_by_end")
      .on("terminals")
      .columns(["ended_at"])
      .execute();
  },
};
