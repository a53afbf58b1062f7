import type { Database } from "@sluice/database";
import type { Clock } from "@sluice/model";
import { sql } from "kysely";
import type {
  Loss,
  MovableSubmission,
  MovedFilter,
  MovedJob,
  MovedSubmission,
} from "./contract.ts";

/** Losses, and the submissions that they move. Everything is one statement: a kill leaves no half. */
export class LossStore {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async declare(cluster: string, saidBy: string): Promise<void> {
    await this.#database
      .insertInto("cluster_losses")
      .ignore()
      .values({
        ...{ cluster, state: "lost" as const, said_by: saidBy.slice(0, 255) },
        ...{ since: this.#clock.now(), problem: null },
      })
      .execute();
  }

  async all(): Promise<readonly Loss[]> {
    const rows = await this.#database.selectFrom("cluster_losses").selectAll().execute();
    const counts = await this.#database
      .selectFrom("submissions")
      .select(["moved_from", ({ fn }) => fn.countAll<string>().as("count")])
      .where("moved_from", "is not", null)
      .groupBy("moved_from")
      .execute();
    const moved = new Map(counts.map((one) => [one.moved_from, Number(one.count)]));
    return rows.map(({ cluster, state, said_by, since, problem }) => ({
      ...{ cluster, state, since, saidBy: said_by },
      moved: moved.get(cluster) ?? 0,
      problem: problem ?? undefined,
    }));
  }

  /** @returns false when it is in another state by now. */
  async become(cluster: string, from: Loss["state"], to: Loss["state"]): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable("cluster_losses")
      .set({ state: to, problem: null })
      .where("cluster", "=", cluster)
      .where("state", "=", from)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  async problem(cluster: string, problem: string): Promise<void> {
    await this.#database
      .updateTable("cluster_losses")
      .set({ problem: problem.slice(0, 1000) })
      .where("cluster", "=", cluster)
      .execute();
  }

  async forget(cluster: string): Promise<void> {
    await this.#database.deleteFrom("cluster_losses").where("cluster", "=", cluster).execute();
  }

  /** Numbers of jobs whose requests are kept, by cluster; those of lost ones are left out. */
  async kept(lost: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>> {
    const rows = await this.#database
      .selectFrom("submissions")
      .select(["cluster", "job_id"])
      .where("state", "=", "saved")
      .where("request", "!=", "")
      .where("job_id", "is not", null)
      .$if(lost.length > 0, (query) => query.where("cluster", "not in", [...lost]))
      .execute();
    return new Map(
      [...Map.groupBy(rows, ({ cluster }) => cluster)].map(([cluster, of]) => [
        cluster,
        of.map(({ job_id }) => Number(job_id)),
      ]),
    );
  }

  /** Their requests are not needed any more. */
  async begun(cluster: string, jobIds: readonly number[]): Promise<void> {
    if (jobIds.length === 0) return;
    await this.#database
      .updateTable("submissions")
      .set({ request: "" })
      .where("cluster", "=", cluster)
      .where("state", "=", "saved")
      .where("job_id", "in", [...jobIds])
      .execute();
  }

  async begunOne(id: string): Promise<void> {
    await this.#database
      .updateTable("submissions")
      .set({ request: "" })
      .where("id", "=", id)
      .where("moved_from", "is", null)
      .execute();
  }

  /** Those whose job is not known to have started: their requests are still there. */
  async movable(cluster: string, most: number): Promise<readonly MovableSubmission[]> {
    const rows = await this.#database
      .selectFrom("submissions")
      .select(["id", "cluster", "unix_user", "principal_id", "job_id", "request"])
      .where("cluster", "=", cluster)
      .where("state", "in", ["accepted", "saved"])
      .where("request", "!=", "")
      .where("moved_from", "is", null)
      .orderBy("job_id")
      .limit(most)
      .execute();
    return rows.map(({ id, cluster: from, unix_user, principal_id, job_id, request }) => ({
      ...{ id, cluster: from, unixUser: unix_user, principalId: principal_id, request },
      jobId: job_id === null ? undefined : Number(job_id),
    }));
  }

  /**
   * From here on it is the other cluster's, where the keeper hands it in. The number is kept, as what
   * was acknowledged; there it gets one of its own. False: it is no longer what it was.
   */
  async move({ id, cluster }: MovableSubmission, target: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable("submissions")
      .set(({ ref }) => ({
        moved_from: ref("cluster"),
        moved_job_id: ref("job_id"),
        moved_at: this.#clock.now(),
        cluster: target,
        state: "asked" as const,
        owner: null,
        leased_until: new Date(0),
        asked_at: null,
        controller_started_at: null,
      }))
      .where("id", "=", id)
      .where("cluster", "=", cluster)
      .where("moved_from", "is", null)
      .where("state", "in", ["accepted", "saved"])
      .where("request", "!=", "")
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  async moved(cluster: string): Promise<readonly MovedSubmission[]> {
    const rows = await this.#database
      .selectFrom("submissions")
      .select(["id", "unix_user", "moved_job_id"])
      .where("moved_from", "=", cluster)
      .execute();
    return rows.map(({ id, unix_user, moved_job_id }) => ({
      ...{ id, unixUser: unix_user },
      jobId: moved_job_id === null ? undefined : Number(moved_job_id),
    }));
  }

  /**
   * Runs whose jobs were moved are followed where these are now. One statement, and again it changes
   * nothing.
   */
  async moveRuns(): Promise<void> {
    await sql`
      UPDATE runs JOIN submissions
        ON submissions.idempotency_key = CONCAT('run:', runs.id)
        AND submissions.moved_from = runs.cluster
        AND submissions.unix_user = runs.unix_user
      SET runs.cluster = submissions.cluster, runs.job_id = submissions.job_id
      WHERE submissions.moved_from IS NOT NULL
        AND submissions.state IN ('accepted', 'saved')
    `.execute(this.#database);
  }

  async movedJobs({ unixUser, from, limit }: MovedFilter): Promise<readonly MovedJob[]> {
    const rows = await this.#database
      .selectFrom("submissions")
      .select(["moved_from", "moved_job_id", "cluster", "job_id", "unix_user", "state"])
      .select("moved_at")
      .where("moved_from", "is not", null)
      .$if(unixUser !== undefined, (query) => query.where("unix_user", "=", unixUser ?? ""))
      .$if(from !== undefined, (query) => query.where("moved_from", "=", from ?? ""))
      .orderBy("created_at", "desc")
      .limit(limit)
      .execute();
    return rows.map((row) => {
      const isThere = row.state === "accepted" || row.state === "saved";
      return {
        ...{ from: row.moved_from ?? "", cluster: row.cluster, unixUser: row.unix_user },
        fromJobId: row.moved_job_id === null ? undefined : Number(row.moved_job_id),
        jobId: isThere && row.job_id !== null ? Number(row.job_id) : undefined,
        movedAt: row.moved_at ?? undefined,
        isRefused: row.state === "refused",
      };
    });
  }
}
