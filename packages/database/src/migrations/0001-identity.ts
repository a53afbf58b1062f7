import { type CreateTableBuilder, type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

type Columns = Readonly<Record<string, string>>;

/**
 * Columns as `TYPE`, `TYPE null` or `TYPE unique`. Names of people are compared as bytes, like all
 * else: who writes them brings them to one form first.
 */
const TABLES: Readonly<Record<string, { readonly columns: Columns; readonly key: string[] }>> = {
  users: {
    columns: {
      id: "char(36)",
      name: "varchar(120) unique",
      source: "varchar(60)",
      external_id: "varchar(255) null",
      display_name: "varchar(200) null",
      email: "varchar(200) null",
      unix_user: "varchar(32) null",
      password_hash: "varchar(255) null",
      disabled: "tinyint(1)",
      created_at: "datetime(3)",
      last_sign_in_at: "datetime(3) null",
    },
    key: ["id"],
  },
  user_grants: {
    columns: {
      user_id: "char(36)",
      role: "varchar(20)",
      cluster: "varchar(60)",
      account: "varchar(60)",
      origin: "varchar(10)",
    },
    key: ["user_id", "role", "cluster", "account", "origin"],
  },
  site_groups: {
    columns: {
      id: "char(36)",
      name: "varchar(60) unique",
      description: "varchar(500)",
      created_at: "datetime(3)",
    },
    key: ["id"],
  },
  group_grants: {
    columns: {
      group_id: "char(36)",
      role: "varchar(20)",
      cluster: "varchar(60)",
      account: "varchar(60)",
    },
    key: ["group_id", "role", "cluster", "account"],
  },
  group_members: {
    columns: { group_id: "char(36)", user_id: "char(36)", origin: "varchar(10)" },
    key: ["group_id", "user_id", "origin"],
  },
  sessions: {
    columns: {
      id: "char(36)",
      secret_hash: "char(64) unique",
      user_id: "char(36)",
      created_at: "datetime(3)",
      last_seen_at: "datetime(3)",
      expires_at: "datetime(3)",
      address: "varchar(64)",
    },
    key: ["id"],
  },
  tokens: {
    columns: {
      id: "char(36)",
      secret_hash: "char(64) unique",
      user_id: "char(36)",
      parent_id: "char(36) null",
      name: "varchar(120)",
      scopes: "longtext",
      clusters: "longtext null",
      created_at: "datetime(3)",
      expires_at: "datetime(3)",
      last_used_at: "datetime(3) null",
    },
    key: ["id"],
  },
  one_time_links: {
    columns: {
      id: "char(36)",
      secret_hash: "char(64) unique",
      user_id: "char(36) null",
      purpose: "varchar(10)",
      expires_at: "datetime(3)",
      used_at: "datetime(3) null",
    },
    key: ["id"],
  },
  sign_in_failures: {
    columns: {
      subject: "char(64)",
      failures: "integer",
      last_at: "datetime(3)",
      locked_until: "datetime(3)",
    },
    key: ["subject"],
  },
  oidc_flows: {
    columns: {
      state_hash: "char(64)",
      provider: "varchar(60)",
      nonce: "varchar(100)",
      verifier: "varchar(130)",
      browser_hash: "char(64)",
      destination: "longtext",
      expires_at: "datetime(3)",
    },
    key: ["state_hash"],
  },
  sign_in_codes: {
    columns: {
      code_hash: "char(64)",
      user_id: "char(36)",
      challenge: "varchar(64)",
      expires_at: "datetime(3)",
    },
    key: ["code_hash"],
  },
  identity_lock: { columns: { id: "integer" }, key: ["id"] },
  audit_log: {
    columns: {
      sequence: "bigint",
      time: "datetime(3)",
      user_id: "varchar(64) null",
      user_name: "varchar(255) null",
      via: "varchar(20) null",
      credential_id: "varchar(64) null",
      acting_as: "varchar(64) null",
      action: "varchar(120)",
      target: "varchar(1000)",
      address: "varchar(64)",
      request_id: "varchar(120)",
      result: "varchar(10)",
      detail: "longtext null",
      hash: "char(64)",
    },
    key: ["sequence"],
  },
  audit_head: {
    columns: { id: "integer", sequence: "bigint", hash: "char(64)" },
    key: ["id"],
  },
};

const INDEXES: readonly (readonly [table: string, ...columns: string[]])[] = [
  ["group_members", "user_id"],
  ["sessions", "user_id"],
  ["sessions", "expires_at"],
  ["tokens", "user_id"],
  ["tokens", "parent_id"],
  ["one_time_links", "user_id"],
  ["sign_in_failures", "last_at"],
  ["audit_log", "user_name", "sequence"],
  ["audit_log", "action", "sequence"],
  ["audit_log", "time"],
];

export const identity: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    for (const [name, { columns, key }] of Object.entries(TABLES)) {
      let table: CreateTableBuilder<string, string> = database.schema.createTable(name);
      for (const [column, type] of Object.entries(columns)) {
        const [, what = "", how] = /^(\S+)(?: (null|unique))?$/.exec(type) ?? [];
        table = table.addColumn(column, sql.raw(what), (built) => {
          if (how === "null") return built;
          return how === "unique" ? built.notNull().unique() : built.notNull();
        });
      }
      // In the table's own statement, which is made whole or not at all.
      for (const [of, ...indexed] of INDEXES.filter(([one]) => one === name)) {
        table = table.addIndex(`${of}_by_${indexed.join("_")}`, indexed);
      }
      if (name === "users") {
        table = table.addUniqueConstraint("users_by_source", ["source", "external_id"]);
      }
      await table
        .addPrimaryKeyConstraint(`${name}_key`, key)
        .modifyEnd(sql`default charset utf8mb4 collate utf8mb4_bin`)
        .execute();
    }
    await sql`insert ignore into identity_lock (id) values (1)`.execute(database);
    await sql`insert ignore into audit_head (id, sequence, hash) values (1, 0, ${"0".repeat(64)})`.execute(
      database,
    );
  },
};
