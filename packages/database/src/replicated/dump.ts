import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SluiceError } from "@sluice/model";
import type { DatabaseAddress } from "../connect.ts";
import { writeOwned } from "../own/process.ts";

export interface DumpOptions {
  readonly address: Omit<DatabaseAddress, "database" | "certificateAuthority">;
  /** Path of a PEM; missing: no TLS. */
  readonly certificateAuthorityFile?: string;
  /** Whole databases, of tables that know transactions. */
  readonly databases: readonly string[];
  /** Folder for a file with the password, which is removed at the end. Only its owner may read it. */
  readonly folder: string;
  /** With the position in the log of the server, for a replica to go on from. */
  readonly withPosition?: boolean;
}

export interface Dump {
  /** SQL. */
  readonly stream: Readable;
  /** Rejects with `DATABASE_DUMP_FAILED` when what came is not all. */
  readonly done: Promise<void>;
  /** Gives it up. */
  stop(): void;
}

/**
 * All of some databases as of one moment, while they are written to. The password is in no argument
 * and no environment.
 */
export async function dumpDatabases(options: DumpOptions): Promise<Dump> {
  const { address, databases, withPosition = false, folder } = options;
  const file = join(folder, `dump-${randomUUID()}.cnf`);
  await writeOwned(file, clientFile(options));
  const place =
    address.socketPath === undefined
      ? ["--protocol=tcp", `--host=${address.host}`, `--port=${address.port ?? 3306}`]
      : [`--socket=${address.socketPath}`];
  const child = spawn(
    "mariadb-dump",
    [
      `--defaults-file=${file}`,
      ...place,
      `--user=${address.user}`,
      "--single-transaction",
      "--quick",
      ...["--routines", "--events", "--triggers", "--hex-blob"],
      "--default-character-set=utf8mb4",
      "--max-allowed-packet=1G",
      ...(withPosition ? ["--master-data=1", "--gtid"] : []),
      "--databases",
      "--",
      ...databases,
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: PATHS },
  );
  const done = endOf(child).finally(() => rm(file, { force: true }));
  done.catch(() => {});
  return { stream: child.stdout, done, stop: () => void child.kill("SIGKILL") };
}

const PATHS = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

/** What the clients of MariaDB read instead of arguments. Throws for what would need quoting. */
function clientFile({
  address,
  certificateAuthorityFile,
}: Pick<DumpOptions, "address" | "certificateAuthorityFile">): string {
  const { password = "" } = address;
  if (/["\\\n\r]/.test(password + (certificateAuthorityFile ?? ""))) {
    throw dumpFailed("a password or a path has quotes or lines in it");
  }
  const tls =
    certificateAuthorityFile === undefined
      ? []
      : [`ssl-ca="${certificateAuthorityFile}"`, "ssl-verify-server-cert"];
  return ["[client]", `password="${password}"`, ...tls, ""].join("\n");
}

/** Has a server run the statements of a dump, as its administrator and past its log. */
export async function loadDump(options: {
  readonly address: Omit<DatabaseAddress, "database" | "certificateAuthority">;
  readonly folder: string;
  readonly statements: Readable;
}): Promise<void> {
  const { address, folder, statements } = options;
  const file = join(folder, "load.cnf");
  await writeOwned(file, clientFile({ address }));
  try {
    const child = spawn(
      "mariadb",
      [
        `--defaults-file=${file}`,
        `--socket=${address.socketPath}`,
        `--user=${address.user}`,
        "--init-command=SET SESSION sql_log_bin=0",
        "--default-character-set=utf8mb4",
        "--max-allowed-packet=1G",
      ],
      { stdio: ["pipe", "ignore", "pipe"], env: PATHS },
    );
    await Promise.all([pipeline(statements, child.stdin), endOf(child)]);
  } finally {
    await rm(file, { force: true });
  }
}

/** Rejects when it did not end well. */
function endOf(child: ChildProcess): Promise<void> {
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString()}`.slice(-2000);
  });
  return new Promise<void>((resolve, reject) => {
    child.once("error", (error) => reject(dumpFailed(error.message, error)));
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(dumpFailed(complaint.trim() || `it ended with ${code ?? signal}`));
    });
  });
}

function dumpFailed(why: string, cause?: unknown): SluiceError {
  return new SluiceError(
    "DATABASE_DUMP_FAILED",
    "system",
    `mariadb-dump did not end well: ${why}`,
    {
      hint: "Look whether mariadb-client is installed and the database answers",
      cause,
    },
  );
}
