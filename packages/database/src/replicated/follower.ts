import { readLease } from "@sluice/lease";
import { SluiceError } from "@sluice/model";
import type { DatabaseFolder, Peer, ReplicatedDatabaseOptions, Server } from "./contract.ts";
import { isContained } from "./gtid.ts";
import { positionOf, replicaState } from "./replica.ts";
import { parseStanding, type Standing } from "./standing.ts";

/** Milliseconds between two looks, and before what failed is done again, at most. */
const LOOK = 500;
const AGAIN_MOST = 30_000;

/** MariaDB's: what the replica wants is not in the primary's log, or not in its history. */
const NOT_IN_THE_LOG = 1236;

/**
 * A machine that does not lead.
 *
 * ```
 *   waiting: nobody else is known to have led since this copy did, or nobody answers
 *      │ the register names another primary
 *      ▼
 *   no copy of its lineage ──▶ made from the primary ─┐
 *   a copy ──▶ started as a replica ◀─────────────────┘
 *      │ it holds what the primary has not ──▶ set aside, told ──▶ made from the primary
 *      ▼
 *   following ── what it wants is in no log, or can't be applied ──▶ made from the primary
 * ```
 *
 * A copy that was the last primary is not started here: as a replica it would lose what only it knows
 * to be acknowledged.
 */
export class Follower {
  readonly #options: ReplicatedDatabaseOptions;
  readonly #folder: DatabaseFolder;
  #server: Server | undefined;
  #following: string | undefined;
  #run: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  trouble: string | undefined;

  constructor(options: ReplicatedDatabaseOptions) {
    this.#options = options;
    this.#folder = options.folder;
  }

  get server(): Server | undefined {
    return this.#server;
  }

  start(): void {
    if (this.#run !== undefined) return;
    const stop = new AbortController();
    this.#run = { stop, done: this.#loop(stop.signal) };
  }

  /** Resolves when nothing is under way; the server runs on. */
  async pause(): Promise<void> {
    const run = this.#run;
    run?.stop.abort();
    await run?.done;
    if (this.#run === run) this.#run = undefined;
  }

  /** Hands the server over to who leads. */
  give(): Server | undefined {
    const server = this.#server;
    this.#server = undefined;
    this.#following = undefined;
    return server;
  }

  /** Name of the machine that the server replicates from. */
  get following(): string | undefined {
    return this.#following;
  }

  async stop(): Promise<void> {
    await this.pause();
    await this.#kill();
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { clock, onError } = this.#options;
    let pause = LOOK;
    while (!signal.aborted) {
      try {
        await this.#step(signal);
        pause = LOOK;
      } catch (error) {
        if (signal.aborted) return;
        this.trouble = error instanceof Error ? error.message : String(error);
        onError?.(error);
        pause = Math.min(pause * 2, AGAIN_MOST);
      }
      await clock.sleep(pause, signal);
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { leadership, register = "database", name, peers } = this.#options;
    const record = await readLease(leadership.registers, register, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    });
    const standing = parseStanding(record?.data);
    const copy = await this.#folder.copy();
    if (standing === undefined || standing.primary.copy === copy?.id) return;
    const primary = peers.find((peer) => peer.name === standing.primary.name);
    if (primary === undefined) {
      throw new SluiceError(
        "DATABASE_LOST_HERE",
        "system",
        `the database was last written to on ${standing.primary.name}, and is not there any more`,
        { hint: `Force it on another machine, or restore a backup; this is ${name}` },
      );
    }
    if (copy?.lineage !== standing.lineage) return this.#remake(primary, standing, signal);
    if (this.#following !== undefined && this.#following !== primary.name) await this.#kill();
    if (this.#server === undefined) {
      const recovery = (await this.#folder.hasLed()) ? "as-replica" : "as-primary";
      this.#adopt(await this.#folder.start(recovery));
    }
    if (this.#following === undefined) await this.#begin(primary, standing, signal);
    else await this.#look(primary, standing, signal);
  }

  #adopt(server: Server): void {
    if (this.#server === server) return;
    this.#server = server;
    this.#following = undefined;
    void server.ended.then((why) => {
      if (this.#server !== server) return;
      this.#server = undefined;
      this.#following = undefined;
      this.#options.onEvent?.(`the replica's mariadbd ended: ${why}`);
    });
  }

  async #begin(primary: Peer, standing: Standing, signal: AbortSignal): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    const theirs = await this.#folder.positionsOf(primary);
    // Not yet promoted, or no longer: what it has is not the history yet.
    if (theirs.isReadOnly) return;
    const own = await positionOf(server);
    if (isContained(own, theirs.state)) {
      // What it has, the primary has.
      await this.#folder.setHasLed(false);
      await server.follow(primary);
      this.#following = primary.name;
      this.trouble = undefined;
      return;
    }
    await this.#kill();
    const kept = await this.#folder.setAside();
    this.#options.onEvent?.(
      `the copy here holds what ${primary.name} never had, up to ${own}: it is kept as ${kept}`,
    );
    await this.#remake(primary, standing, signal);
  }

  async #look(primary: Peer, standing: Standing, signal: AbortSignal): Promise<void> {
    const state = this.#server && (await replicaState(this.#server));
    if (state === undefined) return;
    const fault = state.applyError ?? state.receiveError;
    const isHopeless =
      state.applyError !== undefined || state.receiveError?.number === NOT_IN_THE_LOG;
    this.trouble = fault?.text;
    if (!isHopeless) {
      // Of a promotion that was broken off. What was received and not applied stays.
      if (state.isStopped && state.isApplying) await this.#server?.ask("START SLAVE IO_THREAD");
      else if (state.isStopped && fault === undefined) await this.#kill();
      return;
    }
    this.#options.onEvent?.(`the copy here is made anew from ${primary.name}: ${fault?.text}`);
    await this.#remake(primary, standing, signal);
  }

  async #remake(primary: Peer, standing: Standing, signal: AbortSignal): Promise<void> {
    await this.#kill();
    const copy = await this.#folder.copy();
    // Of another site, or made by a first start that another was faster than.
    if (copy !== undefined && copy.lineage !== standing.lineage) {
      const kept = await this.#folder.setAside();
      this.#options.onEvent?.(`the copy here is of another database: it is kept as ${kept}`);
    }
    this.trouble = `the copy is being made from ${primary.name}`;
    await this.#folder.remake(primary, standing.lineage, signal);
    this.#options.onEvent?.(`the copy here was made anew from ${primary.name}`);
    this.trouble = undefined;
  }

  async #kill(): Promise<void> {
    const server = this.give();
    await server?.kill();
  }
}
