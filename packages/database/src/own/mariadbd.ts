import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseAddress } from "../connect.ts";
import { mariadbdPath } from "./installation.ts";
import { makeData } from "./make-data.ts";
import {
  answers,
  exitOf,
  lastLines,
  openLog,
  ownFolder,
  socketIn,
  spawnUnprivileged,
  writeOwned,
} from "./process.ts";

/** The one account of the database; it may do everything there. */
export const OWN_DATABASE_USER = "sluice";

export interface MariadbdOptions {
  /** Absolute; made when it is missing, and from then on its own. Holds data, socket and log. */
  readonly folder: string;
  /** Of the one account, which is made or given this password at every start. */
  readonly password: string;
  /** False only for tests: a machine that loses power loses what was written last. */
  readonly isDurable: boolean;
  /** Connections at a time; 150. */
  readonly connections?: number;
}

/** A MariaDB server beside this process, reached by its socket and by nothing else. */
export interface Mariadbd extends AsyncDisposable {
  readonly pid: number;
  address(database: string): DatabaseAddress;
  /** Resolves when it has ended, whyever; with the last lines of its log. */
  readonly ended: Promise<string>;
}

/**
 * Starts MariaDB over `folder`, which no other may use at that time, and resolves when it answers.
 * It ends with this process, however that ends. What was committed before a kill is there again.
 * Throws `DATABASE_NOT_INSTALLED`, `DATABASE_NOT_STARTED`.
 */
export async function startMariadbd(options: MariadbdOptions): Promise<Mariadbd> {
  const { folder } = options;
  const binary = mariadbdPath();
  const socket = socketIn(folder);
  const data = join(folder, "data");
  const logFile = join(folder, "mariadbd.log");
  const temporary = join(folder, "tmp");
  await ownFolder(folder);
  // Servers with one such folder remove each other's tables as what a dead one left.
  await rm(temporary, { recursive: true, force: true });
  await ownFolder(temporary);
  if (!existsSync(data)) {
    // Beside and then renamed: data that is there is whole.
    await makeData({ data: `${data}.new`, temporary, logFile });
    await rename(`${data}.new`, data);
  }
  const accounts = join(folder, "accounts.sql");
  await writeOwned(accounts, accountsSql(options.password));
  // What a killed one left would answer nobody, and be taken for ours.
  await rm(socket, { force: true });

  const child = spawnUnprivileged(
    [
      binary,
      ...settings({ data, temporary }, options.isDurable),
      `--socket=${socket}`,
      "--skip-networking",
      `--pid-file=${join(folder, "mariadbd.pid")}`,
      `--init-file=${accounts}`,
      `--max-connections=${options.connections ?? 150}`,
      "--character-set-server=utf8mb4",
      "--collation-server=utf8mb4_bin",
      "--default-time-zone=+00:00",
      "--skip-name-resolve",
    ],
    await openLog(logFile),
    "KILL",
  );
  const ended = exitOf(child).then(() => lastLines(logFile));
  const address = (database: string): DatabaseAddress => ({
    socketPath: socket,
    user: OWN_DATABASE_USER,
    password: options.password,
    database,
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  try {
    await answers(address("mysql"), ended);
  } catch (error) {
    await stop();
    throw error;
  }
  await rm(accounts, { force: true });
  return { pid: child.pid ?? 0, address, ended, [Symbol.asyncDispose]: stop };
}

interface Folders {
  readonly data: string;
  readonly temporary: string;
}

/** Of a small server: what it holds is people, runs and submissions, not jobs. */
function settings({ data, temporary }: Folders, isDurable: boolean): readonly string[] {
  return [
    "--no-defaults",
    `--datadir=${data}`,
    `--tmpdir=${temporary}`,
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=32M",
    `--innodb-flush-log-at-trx-commit=${isDurable ? 1 : 0}`,
    ...(isDurable ? [] : ["--innodb-doublewrite=OFF", "--innodb-flush-method=nosync"]),
    "--local-infile=OFF",
  ];
}

function accountsSql(password: string): string {
  if (!/^[\w-]+$/.test(password)) throw new Error("a password that SQL would have to quote");
  return [
    `CREATE USER IF NOT EXISTS '${OWN_DATABASE_USER}'@'localhost';`,
    `ALTER USER '${OWN_DATABASE_USER}'@'localhost' IDENTIFIED BY '${password}';`,
    `GRANT ALL ON *.* TO '${OWN_DATABASE_USER}'@'localhost' WITH GRANT OPTION;`,
    `DELETE FROM mysql.global_priv WHERE User NOT IN ('${OWN_DATABASE_USER}', 'mariadb.sys');`,
    "FLUSH PRIVILEGES;",
    "",
  ].join("\n");
}
