import { readFileSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { SluiceError } from "@sluice/model";
import type { ServerPaths } from "./paths.ts";

/** Where a running server is found. */
export interface ServerRecord {
  readonly pid: number;
  /** Where it listens, as others reach it: `https://127.0.0.1:8480`. */
  readonly url: string;
  /** SHA-256 of its certificate, where it made that itself. */
  readonly fingerprint?: string | undefined;
  readonly version: string;
  readonly startedAt: string;
}

/** Tells a process from a later one of the same number. */
interface StoredRecord extends ServerRecord {
  readonly ticks: string;
}

/**
 * One server for a state folder: SQLite's lock is the kernel's, and goes with the process.
 *
 * Errors: `SERVER_RUNNING`.
 */
export function claim({ lock: path }: ServerPaths): Disposable {
  const lock = new DatabaseSync(path);
  try {
    lock.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    throw new SluiceError("SERVER_RUNNING", "user", "a server runs here already", {
      hint: "see: sluice server status",
      cause,
    });
  }
  return { [Symbol.dispose]: () => lock.close() };
}

export async function writeRecord(paths: ServerPaths, record: ServerRecord): Promise<void> {
  const stored: StoredRecord = { ...record, ticks: startTicks(record.pid) ?? "" };
  const beside = `${paths.record}.new`;
  await writeFile(beside, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600 });
  await rename(beside, paths.record);
}

export async function removeRecord({ record }: ServerPaths): Promise<void> {
  await rm(record, { force: true });
}

/** The server that runs here, as soon as it listens; undefined when there is none. */
export function runningServer({ record }: ServerPaths): ServerRecord | undefined {
  try {
    const { ticks, ...found } = JSON.parse(readFileSync(record, "utf8")) as StoredRecord;
    return startTicks(found.pid) === ticks ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Clock ticks after the machine's start when a process began; undefined when there is none. */
function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
