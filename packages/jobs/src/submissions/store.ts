import type { Database, SubmissionsTable } from "@sluice/database";
import type { Clock } from "@sluice/model";
import { type ExpressionBuilder, type Selectable, sql } from "kysely";
import { gather } from "./gather.ts";
import { patiently } from "./patience.ts";

export type SubmissionRow = Selectable<SubmissionsTable>;

/** Without the request, of which there may be thousands. */
export type OpenRow = Pick<SubmissionRow, "id" | "state" | "controller_started_at">;

type NewRow = Pick<
  SubmissionRow,
  | "id"
  | "cluster"
  | "unix_user"
  | "principal_id"
  | "idempotency_key"
  | "request_hash"
  | "request"
  | "asked_at"
  | "created_at"
  | "leased_until"
>;

/** What Slurm made of a submission. */
export interface Ending {
  readonly id: string;
  readonly state: "accepted" | "refused";
  readonly jobId: number | null;
  readonly answer: string | null;
  readonly controllerStartedAt: Date | null;
}

export interface Hold {
  readonly now: Date;
  readonly until: Date;
  readonly asks?: boolean;
  readonly isHeld?: boolean;
}

/** The table of submissions, as one server process (`owner`) works on it. */
export class SubmissionStore {
  readonly #database: Database;
  readonly #owner: string;
  readonly #insert: (row: NewRow) => Promise<boolean>;
  readonly #end: (ending: Ending) => Promise<void>;
  readonly #clock: Clock;

  constructor(database: Database, owner: string, clock: Clock) {
    this.#database = database;
    this.#owner = owner;
    this.#clock = clock;
    this.#insert = gather((rows: readonly NewRow[]) => this.#try(() => this.#insertAll(rows)));
    this.#end = gather((endings: readonly Ending[]) => this.#try(() => this.#endAll(endings)));
  }

  #try<T>(statement: () => Promise<T>): Promise<T> {
    return patiently(this.#clock, statement);
  }

  /** @returns false when there is one already with this key, which is left as it is. */
  insert(row: NewRow): Promise<boolean> {
    return this.#insert(row);
  }

  /** Of a submission that this process holds. */
  end(ending: Ending): Promise<void> {
    return this.#end(ending);
  }

  byKey(cluster: string, user: string, key: string): Promise<SubmissionRow | undefined> {
    return this.#try(() =>
      this.#database
        .selectFrom("submissions")
        .selectAll()
        // A key that was used on a cluster that was lost is the job that was moved from there.
        .where((where) =>
          where.or([where("cluster", "=", cluster), where("moved_from", "=", cluster)]),
        )
        .where("unix_user", "=", user)
        .where("idempotency_key", "=", key)
        .orderBy("moved_from", "desc")
        .executeTakeFirst(),
    );
  }

  /**
   * Takes hold of a submission as it was read, or keeps hold of it when `isHeld`, and counts an
   * attempt if `asks`. False: somebody else was faster, or has it.
   */
  async claim(
    row: SubmissionRow,
    { now, until, asks = false, isHeld = false }: Hold,
  ): Promise<boolean> {
    const claiming = this.#database
      .updateTable("submissions")
      .set({
        owner: this.#owner,
        leased_until: until,
        ...(asks ? { state: "asked" as const, attempt: row.attempt + 1, asked_at: now } : {}),
      })
      .where("id", "=", row.id)
      .where("state", "=", row.state)
      .where("attempt", "=", row.attempt)
      .where((where) =>
        isHeld
          ? where("owner", "=", this.#owner)
          : where.or([where("leased_until", "is", null), where("leased_until", "<", now)]),
      );
    const { numUpdatedRows } = await this.#try(() => claiming.executeTakeFirst());
    return numUpdatedRows === 1n;
  }

  /** Lets go of one that is still to be found out about. */
  async release(
    id: string,
    change: {
      readonly state?: "called-off";
      /** Not looked at before; missing: at once. Null: there is nothing left to find out. */
      readonly notBefore?: Date | null;
      /** It is certain that Slurm was not asked. */
      readonly isUnasked?: boolean;
    } = {},
  ): Promise<void> {
    await this.#try(() =>
      this.#database
        .updateTable("submissions")
        .set({
          owner: null,
          leased_until: change.notBefore === undefined ? new Date(0) : change.notBefore,
          ...(change.state === undefined ? {} : { state: change.state }),
          ...(change.isUnasked === true ? { asked_at: null } : {}),
        })
        .where("id", "=", id)
        .where("owner", "=", this.#owner)
        .execute(),
    );
  }

  async remove(id: string): Promise<void> {
    await this.#try(() => this.#database.deleteFrom("submissions").where("id", "=", id).execute());
  }

  /** slurmctld has written them down: their requests are not needed any more, unless they are kept. */
  async saved(ids: readonly string[], keepsRequests = false): Promise<void> {
    if (ids.length === 0) return;
    await this.#try(() =>
      this.#database
        .updateTable("submissions")
        .set({ state: "saved", ...(keepsRequests ? {} : { request: "" }) })
        .where("id", "in", [...ids])
        .where("state", "=", "accepted")
        .execute(),
    );
  }

  /** This slurmctld has them. */
  async seen(ids: readonly string[], controllerStartedAt: Date): Promise<void> {
    if (ids.length === 0) return;
    await this.#try(() =>
      this.#database
        .updateTable("submissions")
        .set({ controller_started_at: controllerStartedAt })
        .where("id", "in", [...ids])
        .where("state", "=", "accepted")
        .execute(),
    );
  }

  /** What there is to do on a cluster, in order of job ids. */
  open(cluster: string, now: Date): Promise<readonly OpenRow[]> {
    return this.#try(() =>
      this.#database
        .selectFrom("submissions")
        .select(["id", "state", "controller_started_at"])
        .where("cluster", "=", cluster)
        .where((where) => isOpen(where, now))
        .orderBy("job_id")
        .orderBy("created_at")
        .limit(5000)
        .execute(),
    );
  }

  /** Whole, in order of job ids; those that are gone are left out. */
  async byIds(ids: readonly string[]): Promise<readonly SubmissionRow[]> {
    if (ids.length === 0) return [];
    return this.#try(() =>
      this.#database
        .selectFrom("submissions")
        .selectAll()
        .where("id", "in", [...ids])
        .orderBy("job_id")
        .orderBy("created_at")
        .execute(),
    );
  }

  async clustersWithOpen(now: Date): Promise<readonly string[]> {
    const rows = await this.#database
      .selectFrom("submissions")
      .select("cluster")
      .distinct()
      .where((where) => isOpen(where, now))
      .execute();
    return rows.map(({ cluster }) => cluster);
  }

  /** Forgets keys of before `keysBefore`, and what has none of before `othersBefore`. */
  async forget(keysBefore: Date, othersBefore: Date): Promise<void> {
    await this.#try(() =>
      this.#database
        .deleteFrom("submissions")
        .where("created_at", "<", othersBefore)
        .where((where) =>
          where.or([
            where.and([
              where("state", "in", ["saved", "refused"]),
              where.or([
                where("idempotency_key", "is", null),
                where("created_at", "<", keysBefore),
              ]),
            ]),
            where.and([
              where("state", "=", "asked"),
              where("leased_until", "is", null),
              where("created_at", "<", keysBefore),
            ]),
          ]),
        )
        .limit(10_000)
        .execute(),
    );
  }

  async #insertAll(rows: readonly NewRow[]): Promise<readonly boolean[]> {
    const { numInsertedOrUpdatedRows } = await this.#database
      .insertInto("submissions")
      .ignore()
      .values(rows.map((row) => ({ ...row, state: "asked" as const, owner: this.#owner })))
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === BigInt(rows.length)) return rows.map(() => true);
    const there = await this.#database
      .selectFrom("submissions")
      .select("id")
      .where(
        "id",
        "in",
        rows.map(({ id }) => id),
      )
      .execute();
    const ids = new Set(there.map(({ id }) => id));
    return rows.map(({ id }) => ids.has(id));
  }

  async #endAll(endings: readonly Ending[]): Promise<readonly undefined[]> {
    const chosen = (pick: (ending: Ending) => unknown) => {
      const cases = endings.map((ending) => sql`WHEN ${ending.id} THEN ${pick(ending)}`);
      return sql`CASE id ${sql.join(cases, sql` `)} END`;
    };
    await this.#database
      .updateTable("submissions")
      .set({
        state: chosen(({ state }) => state) as never,
        job_id: chosen(({ jobId }) => jobId) as never,
        answer: chosen(({ answer }) => answer) as never,
        controller_started_at: chosen(({ controllerStartedAt }) => controllerStartedAt) as never,
        owner: null,
        leased_until: null,
      })
      .where(
        "id",
        "in",
        endings.map(({ id }) => id),
      )
      .where("state", "=", "asked")
      .execute();
    return endings.map(() => undefined);
  }
}

type Where = ExpressionBuilder<{ submissions: SubmissionsTable }, "submissions">;

function isOpen(where: Where, now: Date) {
  return where.or([
    where("state", "=", "accepted"),
    where("state", "=", "called-off"),
    where.and([where("state", "=", "asked"), where("leased_until", "<", now)]),
  ]);
}
