import { type Database, inTransaction } from "@sluice/database";
import { sql } from "kysely";

/** An event on its way into the database. */
export interface WrittenEvent {
  /** Of all that are the same event; 64 characters at most. */
  readonly identity: string;
  /** JSON. */
  readonly event: string;
}

export interface ReadEvent extends WrittenEvent {
  readonly number: number;
}

/** The table of events as it is now. */
export interface EventTable {
  readonly epoch: string;
  /** Number of the last. */
  readonly last: number;
  /** Number of the last that is forgotten. */
  readonly forgotten: number;
}

const FORGOTTEN_AT_ONCE = 5000;

/**
 * Events of all servers, in one order. Numbers are given under a lock that is held until the commit,
 * so that no number becomes visible after a higher one.
 */
export class EventStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async table(): Promise<EventTable> {
    const row = await this.#database
      .selectFrom("event_order")
      .selectAll()
      .executeTakeFirstOrThrow();
    return { epoch: row.epoch, last: Number(row.last), forgotten: Number(row.forgotten) };
  }

  /** All of them or none; those that are there already are left out. May be called again. */
  write(events: readonly WrittenEvent[]): Promise<void> {
    return inTransaction(this.#database, async (tables) => {
      const { last } = await tables
        .selectFrom("event_order")
        .select("last")
        .forUpdate()
        .executeTakeFirstOrThrow();
      const identities = events.map(({ identity }) => identity);
      const there = await tables
        .selectFrom("events")
        .select("identity")
        .where("identity", "in", identities)
        .execute();
      const known = new Set(there.map(({ identity }) => identity));
      const time = sql<Date>`UTC_TIMESTAMP(3)`;
      const rows = [...new Map(events.map((one) => [one.identity, one])).values()]
        .filter(({ identity }) => !known.has(identity))
        .map((one, index) => ({ ...one, id: Number(last) + 1 + index, time }));
      if (rows.length === 0) return;
      await tables.insertInto("events").values(rows).execute();
      await tables
        .updateTable("event_order")
        .set({ last: Number(last) + rows.length })
        .execute();
    });
  }

  /** Those after a number, in order, and how the table is. */
  async after(
    number: number,
    most: number,
  ): Promise<{ readonly table: EventTable; readonly events: readonly ReadEvent[] }> {
    const rows = await this.#database
      .selectFrom("event_order")
      .leftJoin("events", (join) => join.on("events.id", ">", number))
      .select(["epoch", "last", "forgotten", "events.id", "identity", "event"])
      .orderBy("events.id")
      .limit(most)
      .execute();
    const [first] = rows;
    if (first === undefined) throw new Error("the table of events has no order");
    return {
      table: {
        epoch: first.epoch,
        last: Number(first.last),
        forgotten: Number(first.forgotten),
      },
      events: rows.flatMap(({ id, identity, event }) =>
        id === null || identity === null || event === null
          ? []
          : [{ number: Number(id), identity, event }],
      ),
    };
  }

  /** Forgets some that are older; @returns whether there may be more. */
  forget(seconds: number): Promise<boolean> {
    return inTransaction(this.#database, async (tables) => {
      const { forgotten } = await tables
        .selectFrom("event_order")
        .select("forgotten")
        .forUpdate()
        .executeTakeFirstOrThrow();
      const old = await tables
        .selectFrom("events")
        .select("id")
        .where("time", "<", sql<Date>`TIMESTAMPADD(SECOND, ${-seconds}, UTC_TIMESTAMP(3))`)
        .orderBy("id")
        .limit(FORGOTTEN_AT_ONCE)
        .execute();
      const last = Number(old.at(-1)?.id ?? 0);
      if (last <= Number(forgotten)) return false;
      await tables.updateTable("event_order").set({ forgotten: last }).execute();
      await tables.deleteFrom("events").where("id", "<=", last).execute();
      return old.length === FORGOTTEN_AT_ONCE;
    });
  }
}
