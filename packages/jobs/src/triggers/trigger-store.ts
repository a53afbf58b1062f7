import type { Database, TriggersTable } from "@sluice/database";
import type { Clock } from "@sluice/model";
import type { Selectable, Updateable } from "kysely";
import { patiently } from "../submissions/patience.ts";
import type { EventData, Trigger } from "./contract.ts";
import type { TriggerSource } from "./source.ts";

type Row = Selectable<TriggersTable>;

/** Kinds of sources that are looked at; the others tell by themselves. */
export const LOOKED_AT = ["folder", "schedule"] as const;
export type LookedAt = (typeof LOOKED_AT)[number];

/** A trigger whose source is looked at, by this process alone. */
export interface HeldTrigger extends Trigger {
  /** How far its source is, in the source's own words; empty at first. */
  readonly progress: EventData;
}

/** The table of triggers. */
export class TriggerStore {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor({ database, clock }: { readonly database: Database; readonly clock: Clock }) {
    this.#database = database;
    this.#clock = clock;
  }

  async insert(trigger: Trigger, lookAt: Date | undefined): Promise<void> {
    await this.#database
      .insertInto("triggers")
      .values({
        id: trigger.id,
        name: trigger.name,
        owner_id: trigger.ownerId,
        cluster: trigger.cluster,
        application: trigger.application,
        application_version: trigger.applicationVersion ?? null,
        field_values: JSON.stringify(trigger.values),
        kind: trigger.source.kind,
        source: JSON.stringify(trigger.source),
        state: trigger.state,
        state_reason: trigger.stateReason,
        retries: trigger.retries,
        per_minute: trigger.perMinute,
        keep_days: trigger.keepDays,
        secret_generation: trigger.secretGeneration,
        progress: "{}",
        look_at: lookAt ?? null,
        created_at: trigger.createdAt,
        changed_at: trigger.changedAt,
      })
      .execute();
  }

  async update(id: string, change: Updateable<TriggersTable>): Promise<void> {
    const set = { ...change, leased_until: null, changed_at: this.#clock.now() };
    await patiently(this.#clock, () =>
      this.#database.updateTable("triggers").set(set).where("id", "=", id).execute(),
    );
  }

  /** With all of its history. */
  async remove(id: string): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await transaction.deleteFrom("triggers").where("id", "=", id).execute();
      await transaction.deleteFrom("occurrences").where("trigger_id", "=", id).execute();
    });
  }

  async get(id: string): Promise<Trigger | undefined> {
    const row = await this.#database
      .selectFrom("triggers")
      .selectAll()
      .where("id", "=", id)
      .executeTakeFirst();
    return row && triggerOf(row);
  }

  /** Of an owner, or of everybody; by name. */
  async list(ownerId?: string): Promise<readonly Trigger[]> {
    let query = this.#database.selectFrom("triggers").selectAll();
    if (ownerId !== undefined) query = query.where("owner_id", "=", ownerId);
    return (await query.orderBy("name").orderBy("id").limit(10_000).execute()).map(triggerOf);
  }

  async activeOf(kind: TriggerSource["kind"]): Promise<readonly Trigger[]> {
    const rows = await this.#database
      .selectFrom("triggers")
      .selectAll()
      .where("state", "=", "active")
      .where("kind", "=", kind)
      .execute();
    return rows.map(triggerOf);
  }

  /** Takes some whose sources are to be looked at; nobody else has them until `until`. */
  holdDue(kinds: readonly LookedAt[], most: number, until: Date): Promise<readonly HeldTrigger[]> {
    const now = this.#clock.now();
    return patiently(this.#clock, () =>
      this.#database.transaction().execute(async (transaction) => {
        const rows = await transaction
          .selectFrom("triggers")
          .selectAll()
          .where("state", "=", "active")
          .where("look_at", "<=", now)
          .where("kind", "in", [...kinds])
          .where((one) => one.or([one("leased_until", "is", null), one("leased_until", "<", now)]))
          .orderBy("look_at")
          .limit(most)
          .forUpdate()
          .skipLocked()
          .execute();
        if (rows.length === 0) return [];
        const ids = rows.map(({ id }) => id);
        await transaction
          .updateTable("triggers")
          .set({ leased_until: until })
          .where("id", "in", ids)
          .execute();
        return rows.map((row) => ({
          ...triggerOf(row),
          progress: JSON.parse(row.progress) as EventData,
        }));
      }),
    );
  }

  /**
   * Notes how far a source is, together with what was found there, and lets go of it. Of a trigger
   * that was changed meanwhile nothing is noted: it is looked at anew.
   *
   * @param work writes what was found, in the same transaction.
   */
  async advance(
    { id, changedAt }: Pick<HeldTrigger, "id" | "changedAt">,
    { progress, lookAt }: { readonly progress: EventData; readonly lookAt: Date | undefined },
    work: (transaction: Database) => Promise<void>,
  ): Promise<void> {
    await patiently(this.#clock, () =>
      this.#database.transaction().execute(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable("triggers")
          .set({ progress: JSON.stringify(progress), look_at: lookAt ?? null, leased_until: null })
          .where("id", "=", id)
          .where("changed_at", "=", changedAt)
          .executeTakeFirst();
        if (numUpdatedRows > 0n) await work(transaction);
      }),
    );
  }
}

export function triggerOf(row: Row): Trigger {
  return {
    id: row.id,
    name: row.name,
    ownerId: row.owner_id,
    cluster: row.cluster,
    application: row.application,
    applicationVersion: row.application_version ?? undefined,
    values: JSON.parse(row.field_values) as EventData,
    source: JSON.parse(row.source) as TriggerSource,
    state: row.state,
    stateReason: row.state_reason,
    retries: row.retries,
    perMinute: row.per_minute,
    keepDays: row.keep_days,
    secretGeneration: row.secret_generation,
    createdAt: row.created_at,
    changedAt: row.changed_at,
  };
}
