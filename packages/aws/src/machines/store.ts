import { DatabaseSync } from "node:sqlite";
import {
  type Interruption,
  journalMode,
  type Market,
  type OfferingKey,
  type PoolKey,
} from "@sluice/cloud";

/** What is said of a launch before it is asked for. `input` is what EC2 is sent, again and again. */
export interface KeptBatch {
  /** Also its client token and its tag. */
  readonly id: string;
  readonly call: "RunInstances" | "CreateFleet";
  readonly pool: PoolKey;
  /** What was asked first; a fleet's machines may have become something else. */
  readonly offering: OfferingKey;
  readonly atomic: boolean;
  readonly createdAt: Date;
  /** JSON; undefined once EC2 has answered. */
  readonly input: string | undefined;
}

/** A machine that was asked for: which token and node, and once it is known, which instance. */
export interface Slot {
  readonly batch: string;
  readonly token: string;
  readonly node: string;
  readonly instanceId: string | undefined;
}

/** After so long nobody asks with a token again, and EC2 has long forgotten its machine. */
const KEPT_MILLISECONDS = 7 * 24 * 3600 * 1000;

/**
 * Which machine is which node. One call asks for many machines that are alike to EC2; which of them is
 * whose is decided here, once, and is kept: a head that was killed at any instant knows what it had
 * asked for, asks the same again, and is given the same machines.
 *
 * Every method is synchronous and durable when it returns.
 */
export class MachineStore implements Disposable {
  readonly #db: DatabaseSync;
  // There is one writer, so what was written is what is there.
  readonly #batches = new Map<string, KeptBatch>();
  readonly #byToken = new Map<string, Slot>();
  readonly #byInstance = new Map<string, Slot>();
  /** Tokens by batch, in the order in which they were asked for. */
  readonly #tokens = new Map<string, string[]>();

  /** @param path of the database file, made if missing; `:memory:` for one that is not kept. */
  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(`
      PRAGMA journal_mode = ${journalMode(path)};
      PRAGMA synchronous = FULL;
      PRAGMA busy_timeout = 5000;
      CREATE TABLE IF NOT EXISTS batches (
        id TEXT PRIMARY KEY, call TEXT NOT NULL, queue TEXT NOT NULL,
        compute_resource TEXT NOT NULL, instance_type TEXT NOT NULL, zone TEXT NOT NULL,
        market TEXT NOT NULL, atomic INTEGER NOT NULL,
        created_at INTEGER NOT NULL, input TEXT
      ) STRICT;
      CREATE TABLE IF NOT EXISTS slots (
        token TEXT PRIMARY KEY, batch TEXT NOT NULL, position INTEGER NOT NULL,
        node TEXT NOT NULL, instance_id TEXT UNIQUE
      ) STRICT;
      CREATE TABLE IF NOT EXISTS notices (
        instance_id TEXT PRIMARY KEY, kind TEXT NOT NULL, deadline INTEGER
      ) STRICT;
    `);
    this.#read();
  }

  batch(id: string): KeptBatch | undefined {
    return this.#batches.get(id);
  }

  slot(token: string): Slot | undefined {
    return this.#byToken.get(token);
  }

  slotOfInstance(instanceId: string): Slot | undefined {
    return this.#byInstance.get(instanceId);
  }

  slotsOf(batch: string): readonly Slot[] {
    const tokens = this.#tokens.get(batch) ?? [];
    return tokens.flatMap((token) => this.#byToken.get(token) ?? []);
  }

  /** Writes a launch down that is about to be asked for. */
  open(batch: KeptBatch, slots: readonly Pick<Slot, "token" | "node">[]): void {
    const putBatch = this.#db.prepare("INSERT INTO batches VALUES (?,?,?,?,?,?,?,?,?,?)");
    const putSlot = this.#db.prepare("INSERT INTO slots VALUES (?,?,?,?,NULL)");
    const { id, call, pool, offering, atomic, createdAt, input = null } = batch;
    const where = [pool.queue, pool.computeResource];
    const what = [offering.instanceType, offering.zone, offering.market];
    this.#transaction(() => {
      this.#forgetOld(createdAt);
      putBatch.run(id, call, ...where, ...what, Number(atomic), createdAt.getTime(), input);
      for (const [position, { token, node }] of slots.entries()) {
        putSlot.run(token, id, position, node);
      }
    });
    this.#batches.set(id, batch);
    for (const { token, node } of slots) {
      this.#keep({ batch: id, token, node, instanceId: undefined });
    }
  }

  /**
   * Gives each instance of a batch a slot of it, unless it has one; those beyond the batch get none.
   *
   * @param instanceIds in the order of their launch, as far as that is known.
   */
  assign(batch: string, instanceIds: readonly string[]): void {
    const fresh = instanceIds.filter((id) => !this.#byInstance.has(id));
    if (fresh.length === 0) return;
    const free = this.slotsOf(batch).filter((slot) => slot.instanceId === undefined);
    const put = this.#db.prepare("UPDATE slots SET instance_id = ? WHERE token = ?");
    const given = fresh.flatMap((instanceId, index) => {
      const slot = free[index];
      return slot === undefined ? [] : [{ ...slot, instanceId }];
    });
    this.#transaction(() => {
      for (const { instanceId, token } of given) put.run(instanceId, token);
    });
    for (const slot of given) this.#keep(slot);
  }

  /** EC2 has answered: slots without an instance will never have one. */
  close(batch: string): void {
    const kept = this.#batches.get(batch);
    if (kept === undefined) return;
    const slots = this.slotsOf(batch);
    const empty = slots.filter((slot) => slot.instanceId === undefined);
    const isRefused = empty.length === slots.length;
    this.#transaction(() => {
      this.#db.prepare("DELETE FROM slots WHERE batch = ? AND instance_id IS NULL").run(batch);
      const end = isRefused ? "DELETE FROM batches" : "UPDATE batches SET input = NULL";
      this.#db.prepare(`${end} WHERE id = ?`).run(batch);
    });
    for (const { token } of empty) this.#byToken.delete(token);
    if (isRefused) {
      this.#batches.delete(batch);
      this.#tokens.delete(batch);
    } else this.#batches.set(batch, { ...kept, input: undefined });
  }

  notices(): readonly Interruption[] {
    return this.#db
      .prepare("SELECT * FROM notices")
      .all()
      .map(({ instance_id: machineId, kind, deadline }) => ({
        machineId: String(machineId),
        kind: kind as Interruption["kind"],
        deadline: deadline === null ? undefined : new Date(Number(deadline)),
      }));
  }

  saveNotice({ machineId, kind, deadline }: Interruption): void {
    this.#db
      .prepare("INSERT OR REPLACE INTO notices VALUES (?,?,?)")
      .run(machineId, kind, deadline?.getTime() ?? null);
  }

  dropNotices(machineIds: readonly string[]): void {
    const drop = this.#db.prepare("DELETE FROM notices WHERE instance_id = ?");
    this.#transaction(() => {
      for (const id of machineIds) drop.run(id);
    });
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #read(): void {
    for (const row of this.#db.prepare("SELECT * FROM batches").all()) {
      this.#batches.set(String(row.id), {
        id: String(row.id),
        call: row.call as KeptBatch["call"],
        pool: { queue: String(row.queue), computeResource: String(row.compute_resource) },
        offering: {
          instanceType: String(row.instance_type),
          zone: String(row.zone),
          market: row.market as Market,
        },
        atomic: row.atomic === 1,
        createdAt: new Date(Number(row.created_at)),
        input: row.input === null ? undefined : String(row.input),
      });
    }
    for (const row of this.#db.prepare("SELECT * FROM slots ORDER BY batch, position").all()) {
      this.#keep({
        batch: String(row.batch),
        token: String(row.token),
        node: String(row.node),
        instanceId: row.instance_id === null ? undefined : String(row.instance_id),
      });
    }
  }

  #keep(slot: Slot): void {
    if (!this.#byToken.has(slot.token)) {
      const tokens = this.#tokens.get(slot.batch);
      if (tokens === undefined) this.#tokens.set(slot.batch, [slot.token]);
      else tokens.push(slot.token);
    }
    this.#byToken.set(slot.token, slot);
    if (slot.instanceId !== undefined) this.#byInstance.set(slot.instanceId, slot);
  }

  /** Launches that nobody asked about again. A machine keeps its batch for as long as it lives. */
  #forgetOld(now: Date): void {
    const before = now.getTime() - KEPT_MILLISECONDS;
    const old = [...this.#batches.values()].filter(({ createdAt }) => createdAt.getTime() < before);
    for (const { id } of old) {
      const slots = this.slotsOf(id);
      if (slots.some(({ instanceId }) => instanceId !== undefined)) continue;
      this.#db.prepare("DELETE FROM slots WHERE batch = ?").run(id);
      this.#db.prepare("DELETE FROM batches WHERE id = ?").run(id);
      for (const { token } of slots) this.#byToken.delete(token);
      this.#batches.delete(id);
      this.#tokens.delete(id);
    }
  }

  /** Machines that are gone, and long enough for nobody to ask for them again. */
  forget(instanceIds: readonly string[]): void {
    const slots = instanceIds.flatMap((id) => this.#byInstance.get(id) ?? []);
    const drop = this.#db.prepare("DELETE FROM slots WHERE token = ?");
    this.#transaction(() => {
      for (const { token } of slots) drop.run(token);
    });
    for (const { token, instanceId } of slots) {
      this.#byToken.delete(token);
      if (instanceId !== undefined) this.#byInstance.delete(instanceId);
    }
  }

  #transaction(work: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}
