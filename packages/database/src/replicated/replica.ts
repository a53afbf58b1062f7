import type { MonotonicClock } from "@sluice/lease";
import { SluiceError } from "@sluice/model";
import type { Server } from "./contract.ts";
import { hasReached } from "./gtid.ts";

/** What a replica says of itself. */
export interface ReplicaState {
  /** Of the transactions that arrived whole. */
  readonly received: string;
  /** Receives nothing, and does not try to. */
  readonly isStopped: boolean;
  readonly isApplying: boolean;
  /** Number and text of what stopped it; 1236: the primary has not what it wants. */
  readonly receiveError: Fault | undefined;
  readonly applyError: Fault | undefined;
}

interface Fault {
  readonly number: number;
  readonly text: string;
}

/** Milliseconds between two looks at what is being applied. */
const LOOK = 20;

/** Undefined when it replicates from nobody. */
export async function replicaState(server: Server): Promise<ReplicaState | undefined> {
  const [row] = await server.ask<Readonly<Record<string, unknown>>>("SHOW SLAVE STATUS");
  if (row === undefined) return undefined;
  const fault = (kind: "IO" | "SQL"): Fault | undefined => {
    const number = Number(row[`Last_${kind}_Errno`] ?? 0);
    return number === 0 ? undefined : { number, text: String(row[`Last_${kind}_Error`]) };
  };
  return {
    received: String(row.Gtid_IO_Pos ?? ""),
    isStopped: row.Slave_IO_Running === "No",
    isApplying: row.Slave_SQL_Running === "Yes",
    receiveError: fault("IO"),
    applyError: fault("SQL"),
  };
}

/** How far a server is, with all that it applied. */
export async function positionOf(server: Server): Promise<string> {
  const [row] = await server.ask<{ position: string }>(
    "SELECT @@global.gtid_binlog_pos AS position",
  );
  return row?.position ?? "";
}

/**
 * Makes a replica one that follows nobody: what it received is applied first, however long that
 * takes. Can be asked again when it was broken off. Throws `DATABASE_NOT_APPLIED` when it can't be.
 */
export async function applyAll(
  server: Server,
  { clock, signal }: { readonly clock: MonotonicClock; readonly signal: AbortSignal },
): Promise<void> {
  const before = await replicaState(server);
  if (before === undefined) return;
  await server.ask("STOP SLAVE IO_THREAD");
  for (;;) {
    signal.throwIfAborted();
    const state = await replicaState(server);
    if (state === undefined) return;
    if (await isApplied(server, state.received)) break;
    if (!state.isApplying) throw notApplied(state.applyError?.text ?? "it was stopped");
    await clock.sleep(LOOK, signal);
  }
  await server.ask("STOP SLAVE");
  await server.ask("RESET SLAVE ALL");
}

async function isApplied(server: Server, received: string): Promise<boolean> {
  const [row] = await server.ask<{ position: string }>(
    "SELECT @@global.gtid_slave_pos AS position",
  );
  return hasReached(row?.position ?? "", received);
}

function notApplied(why: string): SluiceError {
  return new SluiceError(
    "DATABASE_NOT_APPLIED",
    "system",
    `the replica can't apply what it received: ${why}`,
    { hint: "Bring the former primary back; it takes over by itself" },
  );
}
