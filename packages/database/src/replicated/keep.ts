import { keepLease, type Lease, type LeaseRecord, readLease, type Tenure } from "@sluice/lease";
import { SluiceError } from "@sluice/model";
import type {
  DatabaseStatus,
  Loss,
  ReplicatedDatabase,
  ReplicatedDatabaseOptions,
  Server,
} from "./contract.ts";
import { Follower } from "./follower.ts";
import { hasReached, missingOf } from "./gtid.ts";
import { keepInStep, nameOf } from "./in-step.ts";
import { applyAll, positionOf } from "./replica.ts";
import { claimOf, parseStanding, type Standing } from "./standing.ts";

/** Milliseconds before what a take-over needs is tried again. */
const AGAIN = 500;

/**
 * One machine's part in the site's database: the primary is where a lease over the cloud's registers
 * is.
 *
 * ```
 *   following ── the lease is free, and ──▶ promoting ── all received is applied, ──▶ primary
 *       ▲        nothing is missing here        │         the register names it,        │
 *       │                                       │         the address is here           │
 *       ├─────────── lost meanwhile ────────────┘                                       │
 *       └── mariadbd is killed, what hangs on it is stopped ◀── lease lost, resigned ───┘
 * ```
 *
 * What was acknowledged is never lost by it: a machine leads only when it was the last to be written
 * to, or when the lease names the life of its replica as in step (`keepInStep`). While one is named,
 * no write is acknowledged that it has not; so a former primary that does not know yet, or hangs,
 * acknowledges nothing more from the moment on at which its replica stops listening to it.
 */
export function keepReplicatedDatabase(options: ReplicatedDatabaseOptions): ReplicatedDatabase {
  return new KeptDatabase(options);
}

interface Leading {
  readonly server: Server;
  /** Whether somebody may have written to it. */
  isWritable: boolean;
}

class KeptDatabase implements ReplicatedDatabase {
  readonly #options: ReplicatedDatabaseOptions;
  readonly #follower: Follower;
  readonly #lease: Lease;
  readonly #register: string;
  #leading: Leading | undefined;
  #inStep: readonly string[] = [];
  #isForced = false;
  #refusal: string | undefined;

  constructor(options: ReplicatedDatabaseOptions) {
    this.#options = options;
    this.#register = options.register ?? "database";
    this.#follower = new Follower(options);
    const { leadership, name, clock, times, onHeldUntil, onError } = options;
    this.#lease = keepLease({
      registers: leadership.registers,
      name: this.#register,
      holder: `${name} ${leadership.self}`,
      clock,
      ...(times === undefined ? {} : { times }),
      ...(onHeldUntil === undefined ? {} : { onHeldUntil }),
      ...(onError === undefined ? {} : { onError }),
      isGone: (holder) => leadership.isGone(machineOf(holder)),
      mayTake: (record) => this.#mayTake(record),
      onHeld: (tenure) => this.#onHeld(tenure),
      onOver: () => this.#onOver(),
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#follower.start();
    const over = new AbortController();
    const end = async (): Promise<void> => {
      if (this.#inStep.length > 0) await this.handOver().catch(this.#tell);
      over.abort();
    };
    signal.addEventListener("abort", () => void end(), { once: true });
    if (signal.aborted) void end();
    await this.#lease.run(over.signal);
    await this.#follower.stop();
  }

  async handOver(): Promise<void> {
    const server = this.#leading?.server;
    const [life] = this.#inStep;
    if (server === undefined || !this.#lease.isHeld || life === undefined) {
      throw new SluiceError(
        "DATABASE_NOT_IN_STEP",
        "user",
        `${this.#options.name} has nobody to hand the database over to`,
        { hint: "Wait until the other machine is in step, and ask the one that is the primary" },
      );
    }
    // What is being written ends first; all of that is acknowledged, and so the other has it.
    try {
      await server.ask("SET GLOBAL read_only = ON");
    } catch (cause) {
      await server.ask("SET GLOBAL read_only = OFF");
      throw new SluiceError("DATABASE_BUSY", "system", "a transaction did not end within 8 s", {
        hint: "Try again later; the database goes on where it is",
        cause,
      });
    }
    await this.#lease.resign();
  }

  async force(): Promise<Loss> {
    const { name, leadership } = this.#options;
    const record = await readLease(leadership.registers, this.#register);
    const standing = parseStanding(record?.data);
    const claim = claimOf(standing, await this.#options.folder.copy(), this.#life);
    if (standing === undefined || claim === "empty") {
      throw new SluiceError("DATABASE_EMPTY", "user", `${name} has no copy of the database`, {
        hint: "Restore a backup",
      });
    }
    const server = this.#follower.server;
    const here = server === undefined ? "" : await positionOf(server);
    this.#isForced = true;
    return {
      here,
      lastKnown: standing.position,
      atLeast: claim === "behind" ? Number(missingOf(here, standing.position)) : 0,
      primary: standing.primary.name,
    };
  }

  async status(): Promise<DatabaseStatus> {
    const { leadership } = this.#options;
    const server = this.#leading?.server ?? this.#follower.server;
    const [record, position] = await Promise.all([
      readLease(leadership.registers, this.#register).catch(() => undefined),
      server === undefined ? undefined : positionOf(server).catch(() => undefined),
    ]);
    const standing = parseStanding(record?.data);
    const isReplica = this.#follower.following !== undefined;
    const role = this.#leading?.isWritable ? "primary" : isReplica ? "replica" : "waiting";
    return {
      role,
      primary: standing?.primary.name,
      inStep: standing?.inStep.map(nameOf) ?? [],
      position,
      trouble: role === "primary" ? undefined : (this.#follower.trouble ?? this.#refusal),
    };
  }

  get #life(): string | undefined {
    return this.#follower.following === undefined ? undefined : this.#follower.server?.life;
  }

  readonly #tell = (error: unknown): void => this.#options.onError?.(error);

  async #mayTake(record: LeaseRecord | undefined): Promise<boolean> {
    const standing = parseStanding(record?.data);
    const claim = claimOf(standing, await this.#options.folder.copy(), this.#life);
    const may = claim !== "behind" && claim !== "empty";
    const refusal =
      may || this.#isForced
        ? undefined
        : `nobody leads the database: the copy on ${this.#options.name} may lack what ` +
          `${standing?.primary.name} acknowledged after ${standing?.position}`;
    if (refusal !== undefined && refusal !== this.#refusal) this.#options.onEvent?.(refusal);
    this.#refusal = refusal;
    return may || (this.#isForced && claim !== "empty");
  }

  /** Until the lease is over. What rejects here resigns it. */
  async #onHeld(tenure: Tenure): Promise<void> {
    await this.#follower.pause();
    try {
      await this.#hold(tenure);
    } finally {
      // Also one that was only taken on when the lease was over.
      await this.#leading?.server.kill();
      this.#leading = undefined;
      this.#follower.start();
    }
  }

  async #hold(tenure: Tenure): Promise<void> {
    const { over } = tenure;
    let standing = parseStanding(tenure.data);
    this.#options.onEvent?.(`${this.#options.name} has the lease of the database`);
    while (!over.aborted) {
      standing = await this.#lead(tenure, standing);
      if (over.aborted) return;
      if (this.#inStep.length > 0) throw new Error("mariadbd ended, and a replica is in step");
      this.#leading = undefined;
      await this.#options.onOver?.();
      await this.#options.clock.sleep(AGAIN, over);
    }
  }

  /** Resolves when the lease is over or mariadbd ended; to what was published first. */
  async #lead(tenure: Tenure, before: Standing | undefined): Promise<Standing> {
    const { folder, name, clock, leadership, onEvent = () => {}, onPrimary } = this.#options;
    const { over } = tenure;
    const { server, isForced } = await this.#serverToLead(before, over);
    const copy = await folder.copy();
    if (copy === undefined) throw new Error("the data folder has no copy of the database");
    this.#inStep = [];
    const publish = async (inStep: readonly string[]): Promise<Standing> => {
      const position = await positionOf(server);
      const { lineage, id } = copy;
      const standing = { lineage, primary: { name, copy: id }, inStep, position };
      await this.#lease.setData(standing);
      this.#inStep = inStep;
      return standing;
    };
    const standing = await publish([]);
    over.throwIfAborted();
    const leading = { server, isWritable: true };
    this.#leading = leading;
    this.#isForced = false;
    if (isForced && tenure.former !== undefined) {
      await leadership.fence(machineOf(tenure.former), { signal: AbortSignal.timeout(5000) });
    }
    await folder.setHasLed(true);
    await server.ask("SET GLOBAL read_only = OFF");
    await this.#insist(over, () => leadership.takeAddress({ signal: over }));
    onEvent(`${name} is the primary of the database, from ${standing.position || "its beginning"}`);
    if (onPrimary !== undefined) await this.#insist(over, () => onPrimary(tenure));

    const ended = new AbortController();
    void server.ended.then((why) => {
      if (!over.aborted) onEvent(`the primary's mariadbd ended: ${why}`);
      ended.abort();
    });
    const names = this.#options.peers.map((peer) => peer.name);
    await keepInStep({
      server,
      clock,
      names,
      over: AbortSignal.any([over, ended.signal]),
      publish: async (inStep) => void (await publish(inStep)),
      onEvent,
      onError: this.#tell,
    });
    return standing;
  }

  async #serverToLead(
    standing: Standing | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly server: Server; readonly isForced: boolean }> {
    const { folder, clock } = this.#options;
    const claim = claimOf(standing, await folder.copy(), this.#life);
    if (claim === "first") await folder.bootstrap();
    if (claim === "first" || claim === "was-primary") {
      await this.#follower.give()?.kill();
      const server = await folder.start("as-primary");
      this.#leading = { server, isWritable: false };
      return { server, isForced: false };
    }
    if (claim === "empty" || (claim === "behind" && !this.#isForced)) {
      throw new Error("the replica was started anew while it took the lease");
    }
    // Where it stays until all is applied: a kill would lose what is not.
    const server = this.#follower.server ?? (await folder.start("as-primary"));
    await applyAll(server, { clock, signal });
    const position = await positionOf(server);
    if (claim === "in-step" && !hasReached(position, standing?.position ?? "")) {
      throw new Error(`the replica is at ${position}, before what was acknowledged`);
    }
    this.#follower.give();
    this.#leading = { server, isWritable: false };
    return { server, isForced: claim === "behind" };
  }

  /** The primary may not run longer than the lease; what hangs on it and the address go with it. */
  async #onOver(): Promise<void> {
    const leading = this.#leading;
    await leading?.server.kill();
    this.#leading = undefined;
    this.#inStep = [];
    const done = await Promise.allSettled([
      this.#options.onOver?.(),
      this.#options.leadership.dropAddress(),
    ]);
    const failed = done.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** A cloud that is slow or wrong once is asked again, as long as the lease is held. */
  async #insist(over: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!over.aborted) {
      try {
        return await work();
      } catch (error) {
        if (over.aborted) return;
        this.#tell(error);
        await this.#options.clock.sleep(AGAIN, over);
      }
    }
  }
}

function machineOf(holder: string): string {
  return holder.slice(holder.indexOf(" ") + 1);
}
