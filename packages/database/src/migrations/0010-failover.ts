import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

export const failover: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await database.schema
      .createTable("cluster_losses")
      .addColumn("cluster", "varchar(60)", (column) => column.primaryKey())
      .addColumn("state", "varchar(20)", (column) => column.notNull())
      .addColumn("said_by", "varchar(255)", (column) => column.notNull())
      .addColumn("since", "datetime(3)", (column) => column.notNull())
      .addColumn("problem", sql`text`)
      .modifyEnd(sql`default charset utf8mb4 collate utf8mb4_bin`)
      .execute();
    // Neither MariaDB nor MySQL takes back a column when a migration dies in the middle.
    const { rows } = await sql<{ name: string }>`
      SELECT column_name AS name FROM information_schema.columns
      WHERE table_schema = DATABASE() AND table_name = 'submissions'`.execute(database);
    const names = new Set(rows.map(({ name }) => name));
    if (!names.has("moved_from")) {
      await sql`ALTER TABLE submissions ADD COLUMN moved_from VARCHAR(60)`.execute(database);
    }
    if (!names.has("moved_job_id")) {
      await sql`ALTER TABLE submissions ADD COLUMN moved_job_id BIGINT`.execute(database);
    }
  },
};
