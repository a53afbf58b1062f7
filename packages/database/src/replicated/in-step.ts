import type { MonotonicClock } from "@sluice/lease";
import type { Connection } from "mysql2/promise";
import type { Server } from "./contract.ts";
import { KEEPER_DATABASE } from "./settings.ts";

/** Milliseconds between two looks. */
const LOOK = 500;
/** For so long writers wait for a replica that does not answer, in milliseconds. */
const PATIENCE = 3000;
/** In which a replica that has caught up must answer before it is waited for. */
const JOIN_WITHIN = 2000;
/** After one that did not: at first, and at most. */
const AGAIN_FIRST = 1000;
const AGAIN_MOST = 30_000;

export interface InStepOptions {
  readonly server: Server;
  readonly clock: MonotonicClock;
  /** Fires when this is no primary any more, or its server has ended. */
  readonly over: AbortSignal;
  /** Names of the machines that may be replicas. */
  readonly names: readonly string[];
  /** Writes durably who is in step; rejects when this is no primary any more. */
  readonly publish: (inStep: readonly string[]) => Promise<void>;
  readonly onEvent: (event: string) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Keeps the promise of the list of who is in step.
 *
 * ```
 *   apart: nobody on the list, writers wait for nobody
 *     │ a replica has been sent all: writers wait for it from now on, and a write of our own comes back
 *     ▼
 *   on the list, durably ──▶ in step: each write waits until the replica has it
 *     │ it is away, or a write waits for longer than 3 s
 *     ▼
 *   off the list, durably ──▶ apart: who waits is let go
 * ```
 *
 * Between the arrows writers wait, so that the list never promises what is not so. The list names the
 * life of a replica: one that was started anew is off it without anybody's doing.
 */
export async function keepInStep(options: InStepOptions): Promise<void> {
  const { clock, over, onError } = options;
  const watch = new Watch(options);
  while (!over.aborted) {
    try {
      await watch.look();
    } catch (error) {
      if (!over.aborted) onError(error);
    }
    await clock.sleep(LOOK, over);
  }
}

interface Waiting {
  readonly clients: number;
  readonly sessions: number;
  readonly acknowledged: number;
  readonly isOn: boolean;
}

class Watch {
  readonly #options: InStepOptions;
  /** The life that is on the list, or may be. */
  #listed: string | undefined;
  /** Since when nothing moves, and how many had been acknowledged then. */
  #stuck: { readonly since: number; readonly acknowledged: number } | undefined;
  #pause = AGAIN_FIRST;
  #notBefore = 0;

  constructor(options: InStepOptions) {
    this.#options = options;
  }

  async look(): Promise<void> {
    const present = await this.#present();
    if (this.#listed === undefined) {
      const now = this.#options.clock.milliseconds();
      if (present?.hasAll && now >= this.#notBefore) await this.#join(present.life);
      return;
    }
    if (present !== undefined && present.life !== this.#listed) {
      await this.#leave(`${nameOf(this.#listed)} was started anew`);
    } else if (await this.#isStuck(present !== undefined)) {
      await this.#leave(`${nameOf(this.#listed)} does not answer`);
    }
  }

  /** The replica that is connected, and whether it was sent all there is. */
  async #present(): Promise<{ readonly life: string; readonly hasAll: boolean } | undefined> {
    const { server, names } = this.#options;
    const hosts = await server.ask<{ Host: string }>("SHOW SLAVE HOSTS");
    const known = hosts.find(({ Host }) => names.includes(nameOf(Host)));
    if (known === undefined) return undefined;
    const processes = await server.ask<{ Command: string; State: string | null }>(
      "SHOW PROCESSLIST",
    );
    const hasAll = processes.some(
      ({ Command, State }) => Command === "Binlog Dump" && /sent all binlog/.test(State ?? ""),
    );
    return { life: known.Host, hasAll };
  }

  async #join(life: string): Promise<void> {
    const { server, publish, clock, onEvent } = this.#options;
    await server.ask("SET GLOBAL rpl_semi_sync_master_enabled = ON");
    const isAnswered = await this.#write();
    const present = await this.#present();
    const { isOn } = await this.#waiting();
    if (!isAnswered || !isOn || present?.life !== life) {
      // It is not on the list: nobody was promised anything.
      await server.ask("SET GLOBAL rpl_semi_sync_master_enabled = OFF");
      this.#notBefore = clock.milliseconds() + this.#pause;
      this.#pause = Math.min(this.#pause * 2, AGAIN_MOST);
      return;
    }
    this.#listed = life;
    this.#stuck = undefined;
    this.#pause = AGAIN_FIRST;
    await publish([life]);
    onEvent(`${nameOf(life)} is in step: it may take the database over`);
  }

  async #leave(why: string): Promise<void> {
    const { server, publish, onEvent } = this.#options;
    // When this fails, writers go on waiting, and it is tried again.
    await publish([]);
    await server.ask("SET GLOBAL rpl_semi_sync_master_enabled = OFF");
    this.#listed = undefined;
    onEvent(`${why}: the database goes on without a replica that may take it over`);
  }

  async #isStuck(isPresent: boolean): Promise<boolean> {
    const { clock } = this.#options;
    const { clients, sessions, acknowledged } = await this.#waiting();
    const isMoving = isPresent && clients > 0 && sessions === 0;
    if (isMoving || (this.#stuck && acknowledged > this.#stuck.acknowledged)) {
      this.#stuck = undefined;
    }
    if (isMoving) return false;
    this.#stuck ??= { since: clock.milliseconds(), acknowledged };
    return clock.milliseconds() - this.#stuck.since >= PATIENCE;
  }

  async #waiting(): Promise<Waiting> {
    const rows = await this.#options.server.ask<{ Variable_name: string; Value: string }>(
      "SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_master_%'",
    );
    const value = (name: string): string | undefined =>
      rows.find((row) => row.Variable_name === `Rpl_semi_sync_master_${name}`)?.Value;
    return {
      clients: Number(value("clients") ?? 0),
      sessions: Number(value("wait_sessions") ?? 0),
      acknowledged: Number(value("yes_tx") ?? 0),
      isOn: value("status") === "ON",
    };
  }

  /** Whether a write of our own is acknowledged by a replica in time. */
  async #write(): Promise<boolean> {
    const { server, clock, over } = this.#options;
    const connection = await server.open();
    const late = new AbortController();
    try {
      return await Promise.race([
        beat(connection),
        clock.sleep(JOIN_WITHIN, AbortSignal.any([over, late.signal])).then(() => false),
      ]);
    } finally {
      late.abort();
      connection.destroy();
    }
  }
}

async function beat(connection: Connection): Promise<boolean> {
  try {
    await connection.query(`UPDATE ${KEEPER_DATABASE}.beat SET n = n + 1`);
    return true;
  } catch {
    return false;
  }
}

/** Name of the machine that a life is one of. */
export function nameOf(life: string): string {
  return life.slice(0, life.lastIndexOf("."));
}
