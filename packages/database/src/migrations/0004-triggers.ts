import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const CHARACTERS = sql`default charset utf8mb4 collate utf8mb4_bin`;

export const triggers: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await database.schema
      .createTable("triggers")
      .addColumn("id", "char(36)", (column) => column.primaryKey())
      .addColumn("name", "varchar(60)", (column) => column.notNull())
      .addColumn("owner_id", "varchar(64)", (column) => column.notNull())
      .addColumn("cluster", "varchar(60)", (column) => column.notNull())
      .addColumn("application", "varchar(60)", (column) => column.notNull())
      .addColumn("application_version", "integer")
      .addColumn("field_values", sql`longtext`, (column) => column.notNull())
      .addColumn("kind", "varchar(20)", (column) => column.notNull())
      .addColumn("source", sql`longtext`, (column) => column.notNull())
      .addColumn("state", "varchar(10)", (column) => column.notNull())
      .addColumn("state_reason", "varchar(1000)", (column) => column.notNull().defaultTo(""))
      .addColumn("retries", "integer", (column) => column.notNull())
      .addColumn("per_minute", "integer", (column) => column.notNull())
      .addColumn("keep_days", "integer", (column) => column.notNull())
      .addColumn("secret_generation", "integer", (column) => column.notNull().defaultTo(0))
      .addColumn("progress", sql`longtext`, (column) => column.notNull())
      .addColumn("look_at", "datetime(3)")
      .addColumn("leased_until", "datetime(3)")
      .addColumn("created_at", "datetime(3)", (column) => column.notNull())
      .addColumn("changed_at", "datetime(3)", (column) => column.notNull())
      .addUniqueConstraint("triggers_by_name", ["owner_id", "name"])
      .modifyEnd(CHARACTERS)
      .execute();
    await database.schema
      .createIndex("triggers_to_look_at")
      .on("triggers")
      .columns(["state", "look_at"])
      .execute();
    await database.schema
      .createTable("occurrences")
      .addColumn("id", "char(36)", (column) => column.primaryKey())
      .addColumn("trigger_id", "char(36)", (column) => column.notNull())
      .addColumn("identity_hash", "char(64)", (column) => column.notNull())
      .addColumn("identity", "varchar(1000)", (column) => column.notNull())
      .addColumn("event", sql`longtext`, (column) => column.notNull())
      .addColumn("state", "varchar(10)", (column) => column.notNull())
      .addColumn("attempts", "integer", (column) => column.notNull().defaultTo(0))
      .addColumn("next_at", "datetime(3)")
      .addColumn("leased_until", "datetime(3)")
      .addColumn("run_id", "char(36)")
      .addColumn("job_id", "bigint")
      .addColumn("error", sql`longtext`)
      .addColumn("replay_of", "char(36)")
      .addColumn("received_at", "datetime(3)", (column) => column.notNull())
      .addColumn("started_at", "datetime(3)")
      .addColumn("ended_at", "datetime(3)")
      .addUniqueConstraint("occurrences_once", ["trigger_id", "identity_hash"])
      .modifyEnd(CHARACTERS)
      .execute();
    const indexes = {
      occurrences_due: ["trigger_id", "next_at"],
      occurrences_history: ["trigger_id", "received_at"],
      occurrences_started: ["trigger_id", "started_at"],
    } as const;
    for (const [name, columns] of Object.entries(indexes)) {
      await database.schema
        .createIndex(name)
        .on("occurrences")
        .columns([...columns])
        .execute();
    }
  },
};
