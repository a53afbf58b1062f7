import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** When a submission was moved, and a way to those that were which does not pass by all others. */
export const movedJobs: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    // Neither MariaDB nor MySQL takes back a change when a migration dies in the middle.
    const columns = await sql<{ name: string }>`
      SELECT column_name AS name FROM information_schema.columns
      WHERE table_schema = DATABASE() AND table_name = 'submissions'`.execute(database);
    if (!columns.rows.some(({ name }) => name === "moved_at")) {
      await sql`ALTER TABLE submissions ADD COLUMN moved_at DATETIME(3)`.execute(database);
    }
    const indexes = await sql<{ name: string }>`
      SELECT index_name AS name FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = 'submissions'`.execute(database);
    if (!indexes.rows.some(({ name }) => name === "submissions_by_moved")) {
      await sql`CREATE INDEX submissions_by_moved ON submissions (moved_from)`.execute(database);
    }
  },
};
