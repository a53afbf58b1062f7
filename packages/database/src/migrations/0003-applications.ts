import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const CHARACTERS = sql`default charset utf8mb4 collate utf8mb4_bin`;

export const applications: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await database.schema
      .createTable("applications")
      .addColumn("id", "char(36)", (column) => column.primaryKey())
      .addColumn("name", "varchar(60)", (column) => column.notNull().unique())
      .addColumn("owner_id", "varchar(64)", (column) => column.notNull())
      .addColumn("owner_name", "varchar(255)", (column) => column.notNull())
      .addColumn("latest_version", "integer", (column) => column.notNull())
      .addColumn("published_version", "integer")
      .addColumn("is_library", sql`tinyint(1)`, (column) => column.notNull().defaultTo(0))
      .addColumn("created_at", "datetime(3)", (column) => column.notNull())
      .addColumn("changed_at", "datetime(3)", (column) => column.notNull())
      .modifyEnd(CHARACTERS)
      .execute();
    await database.schema
      .createTable("application_versions")
      .addColumn("application_id", "char(36)", (column) => column.notNull())
      .addColumn("version", "integer", (column) => column.notNull())
      .addColumn("text", sql`longtext`, (column) => column.notNull())
      .addColumn("saved_by", "varchar(255)", (column) => column.notNull())
      .addColumn("saved_at", "datetime(3)", (column) => column.notNull())
      .addColumn("note", "varchar(500)", (column) => column.notNull())
      .addPrimaryKeyConstraint("application_versions_key", ["application_id", "version"])
      .modifyEnd(CHARACTERS)
      .execute();
    await database.schema
      .createTable("application_shares")
      .addColumn("application_id", "char(36)", (column) => column.notNull())
      .addColumn("kind", "varchar(10)", (column) => column.notNull())
      .addColumn("name", "varchar(255)", (column) => column.notNull())
      .addColumn("access", "varchar(10)", (column) => column.notNull())
      .addPrimaryKeyConstraint("application_shares_key", ["application_id", "kind", "name"])
      .modifyEnd(CHARACTERS)
      .execute();
    await makeRuns(database);
  },
};

async function makeRuns(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable("runs")
    .addColumn("id", "char(36)", (column) => column.primaryKey())
    .addColumn("name", "varchar(120)", (column) => column.notNull())
    .addColumn("owner_id", "varchar(64)", (column) => column.notNull())
    .addColumn("owner_name", "varchar(255)", (column) => column.notNull())
    .addColumn("cluster", "varchar(60)", (column) => column.notNull())
    .addColumn("unix_user", "varchar(64)", (column) => column.notNull())
    .addColumn("application_id", "char(36)")
    .addColumn("application_name", "varchar(60)", (column) => column.notNull())
    .addColumn("application_version", "integer", (column) => column.notNull())
    .addColumn("folder", "varchar(4096)", (column) => column.notNull())
    .addColumn("field_values", sql`longtext`, (column) => column.notNull())
    .addColumn("state", "varchar(20)", (column) => column.notNull())
    .addColumn("request", sql`longtext`)
    .addColumn("job_id", "bigint")
    .addColumn("job_state", "varchar(40)")
    .addColumn("error", sql`longtext`)
    .addColumn("client_key", "varchar(200)")
    .addColumn("client_key_hash", "char(64)")
    .addColumn("keep_seconds", "bigint")
    .addColumn("created_at", "datetime(3)", (column) => column.notNull())
    .addColumn("submitted_at", "datetime(3)")
    .addColumn("started_at", "datetime(3)")
    .addColumn("ended_at", "datetime(3)")
    .addColumn("expires_at", "datetime(3)")
    .addColumn("purge_error", "text")
    .addColumn("purge_next_at", "datetime(3)")
    .addColumn("purge_attempts", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("changed_at", "datetime(3)", (column) => column.notNull())
    .addUniqueConstraint("runs_by_client_key", ["owner_id", "client_key"])
    .modifyEnd(CHARACTERS)
    .execute();
  const indexes = {
    runs_by_owner: ["owner_id", "created_at"],
    runs_by_state: ["state", "changed_at"],
    runs_by_expiry: ["expires_at"],
    runs_by_job: ["cluster", "job_id"],
  } as const;
  for (const [name, columns] of Object.entries(indexes)) {
    await database.schema
      .createIndex(name)
      .on("runs")
      .columns([...columns])
      .execute();
  }
  await database.schema
    .createTable("run_shares")
    .addColumn("run_id", "char(36)", (column) => column.notNull())
    .addColumn("kind", "varchar(10)", (column) => column.notNull())
    .addColumn("name", "varchar(255)", (column) => column.notNull())
    .addPrimaryKeyConstraint("run_shares_key", ["run_id", "kind", "name"])
    .modifyEnd(CHARACTERS)
    .execute();
}
