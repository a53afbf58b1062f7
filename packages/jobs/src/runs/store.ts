import { type Database, inTransaction, type RunsTable } from "@sluice/database";
import { SluiceError } from "@sluice/model";
import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import { demandKnown } from "../applications/shared-with.ts";
import type { Run, RunListing, RunShare, RunState, RunViewer } from "./contract.ts";

export type RunRow = Selectable<RunsTable>;

/** Live as far as is known: their jobs are looked at. */
export const FOLLOWED: readonly RunState[] = ["queued", "running"];

/** Rows of runs; every change of a state says from which. */
export class RunStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns the row of the same client's key when there is one. */
  async insert(row: Insertable<RunsTable>): Promise<RunRow> {
    await this.#database.insertInto("runs").ignore().values(row).execute();
    const found = await this.row(row.id);
    if (found !== undefined) return found;
    return this.#database
      .selectFrom("runs")
      .selectAll()
      .where("owner_id", "=", row.owner_id)
      .where("client_key", "=", row.client_key ?? "")
      .executeTakeFirstOrThrow();
  }

  row(id: string): Promise<RunRow | undefined> {
    return this.#database.selectFrom("runs").selectAll().where("id", "=", id).executeTakeFirst();
  }

  byClientKey(ownerId: string, key: string): Promise<RunRow | undefined> {
    return this.#database
      .selectFrom("runs")
      .selectAll()
      .where("owner_id", "=", ownerId)
      .where("client_key", "=", key)
      .executeTakeFirst();
  }

  /** @returns false when it is in none of these states any more. */
  async update(
    id: string,
    from: readonly RunState[],
    change: Updateable<RunsTable>,
  ): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable("runs")
      .set(change)
      .where("id", "=", id)
      .where("state", "in", [...from])
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  async remove(id: string): Promise<void> {
    await inTransaction(this.#database, async (tables) => {
      await tables.deleteFrom("runs").where("id", "=", id).execute();
      await tables.deleteFrom("run_shares").where("run_id", "=", id).execute();
    });
  }

  /** Their jobs were being made, and nobody has gone on with that since then. */
  interrupted(since: Date, limit: number): Promise<RunRow[]> {
    return this.#database
      .selectFrom("runs")
      .selectAll()
      .where("state", "=", "submitting")
      .where("changed_at", "<=", since)
      .orderBy("changed_at")
      .limit(limit)
      .execute();
  }

  /** In order of their ids. */
  followed(afterId: string, limit: number): Promise<RunRow[]> {
    return this.#database
      .selectFrom("runs")
      .selectAll()
      .where("state", "in", [...FOLLOWED])
      .where("id", ">", afterId)
      .orderBy("id")
      .limit(limit)
      .execute();
  }

  /** To be purged now, by whoever claims them. */
  expired(now: Date, limit: number): Promise<RunRow[]> {
    return this.#database
      .selectFrom("runs")
      .selectAll()
      .where("expires_at", "<=", now)
      .where("state", "in", ["draft", "done", "failed", "cancelled"])
      .where((is) => is.or([is("purge_next_at", "is", null), is("purge_next_at", "<=", now)]))
      .orderBy("expires_at")
      .limit(limit)
      .execute();
  }

  /** Only one server has it until then. */
  async claimPurge(row: RunRow, now: Date, until: Date): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable("runs")
      .set({ purge_next_at: until, purge_attempts: sql`purge_attempts + 1` })
      .where("id", "=", row.id)
      .where("expires_at", "<=", now)
      .where((is) => is.or([is("purge_next_at", "is", null), is("purge_next_at", "<=", now)]))
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  async shares(id: string): Promise<readonly RunShare[]> {
    const rows = await this.#database
      .selectFrom("run_shares")
      .select(["kind", "name"])
      .where("run_id", "=", id)
      .orderBy("kind")
      .orderBy("name")
      .execute();
    return rows;
  }

  /** Errors: `USER_NOT_FOUND`, `GROUP_NOT_FOUND`. */
  async replaceShares(id: string, shares: readonly RunShare[]): Promise<void> {
    const rows = new Map(
      shares.map(({ kind, name }) => [`${kind} ${name}`, { run_id: id, kind, name }]),
    );
    await inTransaction(this.#database, async (tables) => {
      await demandKnown(tables, shares);
      await tables.selectFrom("runs").select("id").where("id", "=", id).forUpdate().execute();
      await tables.deleteFrom("run_shares").where("run_id", "=", id).execute();
      if (rows.size > 0)
        await tables
          .insertInto("run_shares")
          .values([...rows.values()])
          .execute();
    });
  }

  async isShared(id: string, viewer: RunViewer): Promise<boolean> {
    return (await this.shares(id)).some(({ kind, name }) =>
      kind === "user" ? name === viewer.name : viewer.groups.includes(name),
    );
  }

  /** Newest first. */
  async list(
    viewer: RunViewer,
    listing: RunListing,
  ): Promise<{ readonly rows: readonly RunRow[]; readonly next?: string; readonly total: number }> {
    const { of, states, cluster, application, text, limit } = listing;
    const { operates } = viewer;
    let query = this.#database.selectFrom("runs");
    if (of === "own") query = query.where("owner_id", "=", viewer.id);
    else if (of === "shared") {
      const names = viewer.groups.length === 0 ? [""] : [...viewer.groups];
      query = query.where("id", "in", (tables) =>
        tables
          .selectFrom("run_shares")
          .select("run_id")
          .where((is) =>
            is.or([
              is.and([is("kind", "=", "user"), is("name", "=", viewer.name)]),
              is.and([is("kind", "=", "group"), is("name", "in", names)]),
            ]),
          ),
      );
    } else if (operates !== "all") {
      query = query.where((is) =>
        is.or([
          is("owner_id", "=", viewer.id),
          ...(operates.length === 0 ? [] : [is("cluster", "in", [...operates])]),
        ]),
      );
    }
    if (states !== undefined && states.length > 0) query = query.where("state", "in", [...states]);
    if (cluster !== undefined) query = query.where("cluster", "=", cluster);
    if (application !== undefined) query = query.where("application_name", "=", application);
    if (text !== undefined)
      query = query.where(sql`instr(lower(name), ${text.toLowerCase()})`, ">", 0);
    const { total } = await query
      .select((is) => is.fn.countAll<number>().as("total"))
      .executeTakeFirstOrThrow();
    const from = listing.cursor === undefined ? undefined : readCursor(listing.cursor);
    if (from !== undefined) {
      query = query.where((is) =>
        is.or([
          is("created_at", "<", from.at),
          is.and([is("created_at", "=", from.at), is("id", "<", from.id)]),
        ]),
      );
    }
    const rows = await query
      .selectAll()
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(limit + 1)
      .execute();
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    const page = { rows: rows.slice(0, limit), total: Number(total) };
    return last === undefined ? page : { ...page, next: `${last.created_at.getTime()}.${last.id}` };
  }
}

function readCursor(text: string): { readonly at: Date; readonly id: string } {
  const [, time, id] = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(text) ?? [];
  if (time !== undefined && id !== undefined) return { at: new Date(Number(time)), id };
  throw new SluiceError("PAGE_CURSOR_INVALID", "user", "that cursor is of no list of runs", {
    hint: "give `next` of the page before, or none",
  });
}

export function runOf(row: RunRow, viewer?: Pick<RunViewer, "id">): Run {
  return {
    id: row.id,
    name: row.name,
    owner: row.owner_name,
    isOwn: row.owner_id === viewer?.id,
    cluster: row.cluster,
    unixUser: row.unix_user,
    application: { name: row.application_name, version: row.application_version },
    folder: row.folder,
    values: JSON.parse(row.field_values) as Readonly<Record<string, unknown>>,
    state: row.state as RunState,
    jobId: row.job_id ?? undefined,
    jobState: row.job_state ?? undefined,
    error: row.error === null ? undefined : (JSON.parse(row.error) as Run["error"]),
    keepSeconds: row.keep_seconds ?? undefined,
    createdAt: row.created_at,
    submittedAt: row.submitted_at ?? undefined,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    expiresAt: row.expires_at ?? undefined,
    purgeError: row.purge_error ?? undefined,
  };
}
