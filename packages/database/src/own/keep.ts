import { SluiceError } from "@sluice/model";
import { createConnection } from "mysql2/promise";
import type { DatabaseAddress } from "../connect.ts";
import { type Mariadbd, type MariadbdOptions, startMariadbd } from "./mariadbd.ts";

export interface KeepOptions extends MariadbdOptions {
  /** Name of the database, which is made. */
  readonly database: string;
  /** Waits between two starts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Told why it ended although nobody wanted that, and of starts that failed. */
  readonly onEnded?: (why: string) => void;
}

/** Milliseconds before it is started again: the first time, and at most. */
const AGAIN_FIRST = 100;
const AGAIN_MOST = 10_000;
/** One that ran so long, in milliseconds, did not die of its start. */
const SETTLED = 30_000;

/** A MariaDB that is started again whenever it ends; the address stays the same. */
export interface KeptMariadbd extends AsyncDisposable {
  readonly address: DatabaseAddress;
}

/** Throws as `startMariadbd` does, at the first start only. */
export async function keepMariadbd(options: KeepOptions): Promise<KeptMariadbd> {
  const { database, sleep, onEnded = () => {} } = options;
  const over = new AbortController();
  let running: Mariadbd | undefined = await startMariadbd(options);
  const address = running.address(database);
  try {
    await createDatabase(address, database);
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }

  const keep = async (): Promise<void> => {
    let pause = AGAIN_FIRST;
    let startedAt = performance.now();
    while (!over.signal.aborted) {
      const why = await running?.ended;
      if (over.signal.aborted) return;
      if (why !== undefined) onEnded(why);
      if (performance.now() - startedAt > SETTLED) pause = AGAIN_FIRST;
      await sleep(pause, over.signal);
      pause = Math.min(pause * 2, AGAIN_MOST);
      if (over.signal.aborted) return;
      startedAt = performance.now();
      running = await startMariadbd(options).catch((error: SluiceError) => {
        onEnded(error.message);
        return undefined;
      });
    }
  };
  const kept = keep();
  return {
    address,
    [Symbol.asyncDispose]: async () => {
      over.abort();
      await running?.[Symbol.asyncDispose]();
      await kept;
      // It may just have been started again.
      await running?.[Symbol.asyncDispose]();
    },
  };
}

async function createDatabase(address: DatabaseAddress, name: string): Promise<void> {
  if (!/^\w{1,64}$/.test(name)) {
    throw new SluiceError("DATABASE_NOT_STARTED", "user", `${name} is no name of a database`);
  }
  const { certificateAuthority: _, ...place } = address;
  const connection = await createConnection({ ...place, database: "mysql" });
  try {
    await connection.query(`CREATE DATABASE IF NOT EXISTS \`${name}\``);
  } finally {
    await connection.end();
  }
}
