import type { Readable } from "node:stream";
import type { Leadership } from "@sluice/cloud";
import type { LeaseTimes, MonotonicClock, Tenure } from "@sluice/lease";
import type { Connection, RowDataPacket } from "mysql2/promise";
import type { Copy } from "./standing.ts";

/** Where another machine's MariaDB listens. */
export interface Peer {
  /** As that machine calls itself: small letters, digits, dashes. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** How MariaDB recovers from a kill: see `DatabaseFolder.start`. */
export type Recovery = "as-primary" | "as-replica";

/** A MariaDB over the data folder; started read-only, replicating from nobody. */
export interface Server {
  readonly pid: number;
  /** `NAME.LIFE`, another for each start; what a primary sees of its replica. */
  readonly life: string;
  /** Resolves when it has ended, whyever, with the last lines of its log. */
  readonly ended: Promise<string>;
  /** Asks as administrator by its socket; nothing of that is replicated. Times out after 10 s. */
  ask<T = RowDataPacket>(statement: string, values?: readonly unknown[]): Promise<readonly T[]>;
  /** A connection of the administrator's, for what may have to wait; the caller destroys it. */
  open(): Promise<Connection>;
  /** Has it replicate from another; once in its life. */
  follow(peer: Peer): Promise<void>;
  /** Runs the statements of a dump; they do not go into its log. Throws `DATABASE_DUMP_FAILED`. */
  load(statements: Readable): Promise<void>;
  /** kill -9; resolves when it is gone. What was committed is there at the next start. */
  kill(): Promise<void>;
}

/** The data folder of a machine and who runs over it: one server at a time. */
export interface DatabaseFolder {
  /** Undefined when nothing whole is there. */
  copy(): Promise<Copy | undefined>;
  /** Whether it was written to since it last followed another: durable. */
  hasLed(): Promise<boolean>;
  setHasLed(hasLed: boolean): Promise<void>;
  /** Makes an empty database; what was there is set aside. */
  bootstrap(): Promise<Copy>;
  /** Makes the folder anew from a running primary; what was there goes when that is whole. */
  remake(from: Peer, lineage: string, signal: AbortSignal): Promise<Copy>;
  /** Keeps what is there under another name. Returns that, undefined when nothing was there. */
  setAside(): Promise<string | undefined>;
  /**
   * Starts MariaDB over it.
   *
   * After a kill, the log of a former primary ends in transactions that no client was told of.
   * `as-primary` keeps them; `as-replica` removes them, so that it can follow one that never had them,
   * and with them perhaps some that were acknowledged, which the one it follows has. A replica that
   * never led has nothing of its own to remove, and is started `as-primary` too.
   */
  start(recovery: Recovery): Promise<Server>;
  /** How far another machine's server is. Throws when it does not answer. */
  positionsOf(peer: Peer): Promise<{ readonly state: string; readonly isReadOnly: boolean }>;
}

export interface ReplicatedDatabaseOptions {
  /** Of this machine. */
  readonly name: string;
  /** The others, one at most of which is kept in step. */
  readonly peers: readonly Peer[];
  readonly folder: DatabaseFolder;
  readonly leadership: Leadership;
  /** Name of the register; `database`. */
  readonly register?: string;
  readonly clock: MonotonicClock;
  readonly times?: LeaseTimes;
  /** For the dead man's switch: see `LeaseOptions`. */
  readonly onHeldUntil?: (until: number) => void;
  /** Starts what hangs on the primary; the database can be written to and its address is here. */
  readonly onPrimary?: (tenure: Tenure) => Promise<void>;
  /** Stops that, at once. Also called when it was never started. */
  readonly onOver?: () => Promise<void>;
  /** A sentence for the site's log. */
  readonly onEvent?: (event: string) => void;
  readonly onError?: (error: unknown) => void;
}

/** What an operator who forces a promotion has to know. */
export interface Loss {
  /** How far the copy here is. */
  readonly here: string;
  /** How far the primary was when that was last written down; it went on from there. */
  readonly lastKnown: string;
  /** At least so many transactions that were acknowledged are not here. */
  readonly atLeast: number;
  readonly primary: string;
}

export interface DatabaseStatus {
  readonly role: "primary" | "replica" | "waiting";
  /** Name of the machine that is or was the primary; undefined when nobody ever was. */
  readonly primary: string | undefined;
  /** Names of the machines that may take over. */
  readonly inStep: readonly string[];
  readonly position: string | undefined;
  /** A sentence, when something keeps this machine from its role. */
  readonly trouble: string | undefined;
}

/** One machine's part in the site's database. */
export interface ReplicatedDatabase {
  /** Until the signal fires; then it hands over, if another is in step, and stops MariaDB. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Lets the replica that is in step take over; nothing that was acknowledged is lost, and what is
   * being written is waited for. Throws `DATABASE_NOT_IN_STEP` when this machine is not the primary or
   * nobody is in step, `DATABASE_BUSY` when a transaction did not end within 8 s.
   */
  handOver(): Promise<void>;
  /**
   * Lets this machine lead as soon as the lease is free, although it may lack what was acknowledged.
   * Throws `DATABASE_EMPTY` when it has no copy.
   */
  force(): Promise<Loss>;
  status(): Promise<DatabaseStatus>;
}
