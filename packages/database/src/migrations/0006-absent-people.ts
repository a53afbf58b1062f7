import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

export const absentPeople: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await database.schema
      .createTable("absent_people")
      .addColumn("user_id", "char(36)", (column) => column.primaryKey())
      .addColumn("since", "datetime(3)", (column) => column.notNull())
      .modifyEnd(sql`default charset utf8mb4 collate utf8mb4_bin`)
      .execute();
  },
};
