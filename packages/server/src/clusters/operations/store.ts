import type { Database, OperationsTable } from "@sluice/database";
import type { Selectable } from "kysely";
import type {
  Operation,
  OperationFailure,
  OperationFilter,
  OperationKind,
  OperationState,
  ProgressLine,
} from "./contract.ts";

type Row = Selectable<OperationsTable>;

/** How an operation ended. */
export interface Ending {
  readonly state: Exclude<OperationState, "running">;
  readonly error?: OperationFailure;
  readonly result?: unknown;
}

/** What a running operation is to the server that looks after it. */
export interface RunningOperation extends Operation {
  readonly cancelAsked: boolean;
  /** How it was asked for, as it was written down. */
  readonly request: Readonly<Record<string, unknown>>;
}

export interface NewOperation
  extends Pick<RunningOperation, "id" | "kind" | "cluster" | "image" | "provider" | "region"> {
  readonly principalId: string;
  readonly askedBy: string;
  readonly createdAt: Date;
  readonly request: Readonly<Record<string, unknown>>;
}

/** MySQL's number for a key that is there already. */
const DUPLICATE = 1062;
const MOST_MESSAGE = 4000;
const CLEARED_AT_ONCE = 200;

/** The operations in the database, as one server sees them. */
export class OperationStore {
  readonly #database: Database;
  /** Of the server that this is. */
  readonly #server: string;

  constructor(database: Database, server: string) {
    this.#database = database;
    this.#server = server;
  }

  /** False when another operation on the same thing is running. */
  async begin(operation: NewOperation, leaseUntil: Date): Promise<boolean> {
    const { id, kind, cluster, image, provider, region } = operation;
    try {
      await this.#database
        .insertInto("operations")
        .values({
          id,
          kind,
          cluster: cluster ?? null,
          image: image ?? null,
          provider,
          region,
          holds: cluster === undefined ? `image ${image}` : `cluster ${cluster}`,
          state: "running",
          principal_id: operation.principalId,
          principal_name: operation.askedBy,
          request: JSON.stringify(operation.request),
          error: null,
          result: null,
          server: this.#server,
          lease_until: leaseUntil,
          created_at: operation.createdAt,
          ended_at: null,
        })
        .execute();
      return true;
    } catch (error) {
      if ((error as { errno?: number }).errno === DUPLICATE) return false;
      throw error;
    }
  }

  /** The one that is at work on the cluster. */
  async at(cluster: string): Promise<Operation | undefined> {
    const row = await this.#database
      .selectFrom("operations")
      .selectAll()
      .where("holds", "=", `cluster ${cluster}`)
      .executeTakeFirst();
    return row === undefined ? undefined : operationOf(row);
  }

  async get(id: string): Promise<Operation | undefined> {
    const row = await this.#database
      .selectFrom("operations")
      .selectAll()
      .where("id", "=", id)
      .executeTakeFirst();
    return row === undefined ? undefined : operationOf(row);
  }

  async list({ cluster, state, limit, before }: OperationFilter): Promise<readonly Operation[]> {
    let query = this.#database
      .selectFrom("operations")
      .selectAll()
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(limit);
    if (cluster !== undefined) query = query.where("cluster", "=", cluster);
    if (state !== undefined) query = query.where("state", "=", state);
    if (before !== undefined) {
      const { createdAt, id } = before;
      query = query.where((column) =>
        column.or([
          column("created_at", "<", createdAt),
          column.and([column("created_at", "=", createdAt), column("id", "<", id)]),
        ]),
      );
    }
    return (await query.execute()).map(operationOf);
  }

  async progress(id: string, after: number): Promise<readonly ProgressLine[]> {
    const rows = await this.#database
      .selectFrom("operation_progress")
      .select(["number", "time", "resource", "status", "message"])
      .where("operation", "=", id)
      .where("number", ">", after)
      .orderBy("number")
      .execute();
    return rows.map((row) => ({ ...row, status: row.status as ProgressLine["status"] }));
  }

  /** Lines that are there already stay as they are: they may be told again after a lost answer. */
  async append(id: string, lines: readonly ProgressLine[]): Promise<void> {
    if (lines.length === 0) return;
    await this.#database
      .insertInto("operation_progress")
      .ignore()
      .values(
        lines.map(({ number, time, resource, status, message }) => ({
          operation: id,
          number,
          time,
          resource: resource.slice(0, 100),
          status,
          message: message.slice(0, MOST_MESSAGE),
        })),
      )
      .execute();
  }

  /** Only of one that is running and this server's. */
  async end(id: string, { state, error, result }: Ending, endedAt: Date): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable("operations")
      .set({
        state,
        error: error === undefined ? null : JSON.stringify(error),
        result: result === undefined ? null : JSON.stringify(result),
        ended_at: endedAt,
        holds: null,
      })
      .where("id", "=", id)
      .where("server", "=", this.#server)
      .where("state", "=", "running")
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  async askToCancel(id: string): Promise<void> {
    await this.#database
      .updateTable("operations")
      .set({ cancel_asked: 1 })
      .where("id", "=", id)
      .where("state", "=", "running")
      .execute();
  }

  /** Those of this server, with their leases renewed, and those of servers that are gone. */
  async take(now: Date, leaseUntil: Date): Promise<readonly RunningOperation[]> {
    await this.#database
      .updateTable("operations")
      .set({ server: this.#server, lease_until: leaseUntil })
      .where("state", "=", "running")
      .where((column) =>
        column.or([column("server", "=", this.#server), column("lease_until", "<", now)]),
      )
      .execute();
    const rows = await this.#database
      .selectFrom("operations")
      .selectAll()
      .where("state", "=", "running")
      .where("server", "=", this.#server)
      .execute();
    return rows.map((row) => ({
      ...operationOf(row),
      cancelAsked: row.cancel_asked !== 0,
      request: JSON.parse(row.request) as Record<string, unknown>,
    }));
  }

  /** Forgets what was over before then. */
  async clear(before: Date): Promise<void> {
    for (;;) {
      const rows = await this.#database
        .selectFrom("operations")
        .select("id")
        .where("state", "!=", "running")
        .where("ended_at", "<", before)
        .limit(CLEARED_AT_ONCE)
        .execute();
      const ids = rows.map(({ id }) => id);
      if (ids.length === 0) return;
      // Lines first: one that is left in the middle is cleared by the next.
      await this.#database.deleteFrom("operation_progress").where("operation", "in", ids).execute();
      await this.#database.deleteFrom("operations").where("id", "in", ids).execute();
    }
  }

  /** Whoever comes next may look after what this server leaves. */
  async release(now: Date): Promise<void> {
    await this.#database
      .updateTable("operations")
      .set({ lease_until: new Date(now.getTime() - 1) })
      .where("state", "=", "running")
      .where("server", "=", this.#server)
      .execute();
  }
}

function operationOf(row: Row): Operation {
  return {
    id: row.id,
    kind: row.kind as OperationKind,
    cluster: row.cluster ?? undefined,
    image: row.image ?? undefined,
    provider: row.provider,
    region: row.region,
    state: row.state,
    askedBy: row.principal_name,
    principalId: row.principal_id,
    createdAt: row.created_at,
    endedAt: row.ended_at ?? undefined,
    error: row.error === null ? undefined : (JSON.parse(row.error) as OperationFailure),
    result: row.result === null ? undefined : JSON.parse(row.result),
  };
}
