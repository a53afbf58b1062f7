import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const CHARACTERS = sql`default charset utf8mb4 collate utf8mb4_bin`;

/** All of them doubles: sums of whole numbers are of decimals, which take several times as long. */
const MEASURES = [
  ...["jobs", "completed", "failed", "cancelled", "timed_out", "out_of_memory", "node_failed"],
  ...["requeues", "cpu_seconds", "gpu_seconds", "node_seconds", "memory_gib_seconds"],
  ...["used_cpu_seconds", "measured_cpu_seconds", "used_memory_gib_seconds"],
  ...["measured_memory_gib_seconds", "cost", "unpriced_node_seconds", "started"],
  ...["waited_seconds", ...Array.from({ length: 12 }, (_, index) => `wait_${index}`)],
];

export const usage: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    let rows = database.schema
      .createTable("usage_rows")
      .addColumn("cluster", "varchar(60)", (column) => column.notNull())
      .addColumn("cluster_id", "varchar(200)", (column) => column.notNull())
      .addColumn("end_day", "char(10)", (column) => column.notNull())
      .addColumn("day", "char(10)", (column) => column.notNull())
      .addColumn("user", "varchar(128)", (column) => column.notNull())
      .addColumn("account", "varchar(120)", (column) => column.notNull())
      .addColumn("partition", "varchar(120)", (column) => column.notNull())
      .addColumn("application", "varchar(60)", (column) => column.notNull());
    for (const name of MEASURES)
      rows = rows.addColumn(name, "double precision", (column) => column.notNull());
    await rows
      .addPrimaryKeyConstraint("usage_rows_key", [
        ...(["cluster", "end_day", "cluster_id", "day"] as const),
        ...(["user", "account", "partition", "application"] as const),
      ])
      .modifyEnd(CHARACTERS)
      .execute();
    await database.schema
      .createTable("usage_days")
      .addColumn("cluster", "varchar(60)", (column) => column.notNull())
      .addColumn("cluster_id", "varchar(200)", (column) => column.notNull())
      .addColumn("day", "char(10)", (column) => column.notNull())
      .addColumn("made_at", "datetime(3)", (column) => column.notNull())
      .addColumn("is_closed", sql`tinyint(1)`, (column) => column.notNull())
      .addPrimaryKeyConstraint("usage_days_key", ["cluster", "cluster_id", "day"])
      .modifyEnd(CHARACTERS)
      .execute();
  },
};
