import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError } from "@sluice/model";
import { createConnection } from "mysql2/promise";
import type { DatabaseAddress } from "../connect.ts";
import { bootstrapSql, mariadbdPath } from "./installation.ts";

/**
 * Who a database of ours runs as when whoever starts it is root: a number that neither Debian nor
 * systemd gives to anybody (65520 to 65533), so that nobody else's process may touch its files.
 */
const UNPRIVILEGED = 65_528;

/** The one account of the database; it may do everything there. */
export const OWN_DATABASE_USER = "sluice";

/** Milliseconds between two looks whether it answers, and until that is given up. */
const POLL = 25;
const READY_WITHIN = 60_000;

/** The longest path that a unix socket may have. */
const SOCKET_PATH_LIMIT = 107;

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
  const socket = join(folder, "mariadbd.sock");
  if (Buffer.byteLength(socket) > SOCKET_PATH_LIMIT) {
    throw notStarted(`the path of its socket is longer than ${SOCKET_PATH_LIMIT}: ${socket}`);
  }
  const data = join(folder, "data");
  const logFile = join(folder, "mariadbd.log");
  const temporary = join(folder, "tmp");
  await ownFolder(folder);
  // Servers with one such folder remove each other's tables as what a dead one left.
  await rm(temporary, { recursive: true, force: true });
  await ownFolder(temporary);
  if (!existsSync(data)) await makeData({ binary, data, temporary, logFile });
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

/** Beside and then renamed: data that is there is whole. */
async function makeData(
  place: Folders & { readonly binary: string; readonly logFile: string },
): Promise<void> {
  const { binary, data, temporary, logFile } = place;
  const work = `${data}.new`;
  await rm(work, { recursive: true, force: true });
  await ownFolder(work);
  const child = spawnUnprivileged(
    [binary, ...settings({ data: work, temporary }, true), "--bootstrap"],
    await openLog(logFile),
    "KILL",
  );
  child.stdin?.on("error", () => {});
  child.stdin?.end(await bootstrapSql());
  const code = await exitOf(child);
  if (code !== 0) throw notStarted(await lastLines(logFile));
  await rename(work, data);
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

const isRoot = (): boolean => process.geteuid?.() === 0;

/** A child that dies with us, as nobody in particular when we are root. */
function spawnUnprivileged(
  argv: readonly string[],
  log: Awaited<ReturnType<typeof openLog>>,
  onDeath: string,
): ChildProcess {
  const who = isRoot()
    ? [`--reuid=${UNPRIVILEGED}`, `--regid=${UNPRIVILEGED}`, "--clear-groups", "--no-new-privs"]
    : [];
  try {
    return spawn("setpriv", [...who, `--pdeathsig=${onDeath}`, "--", ...argv], {
      cwd: "/",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8" },
      stdio: ["pipe", log.fd, log.fd],
    });
  } finally {
    void log.close();
  }
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once("error", () => resolve(-1));
    child.once("exit", (code) => resolve(code ?? -1));
  });
}

async function ownFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  if (isRoot()) await chown(folder, UNPRIVILEGED, UNPRIVILEGED);
}

async function writeOwned(file: string, text: string): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, text, { mode: 0o600, flag: "wx" });
  if (isRoot()) await chown(file, UNPRIVILEGED, UNPRIVILEGED);
}

/** Of this start only, so that it does not grow for ever. */
async function openLog(file: string) {
  const log = await open(file, "w", 0o600);
  if (isRoot()) await log.chown(UNPRIVILEGED, UNPRIVILEGED);
  return log;
}

async function lastLines(logFile: string): Promise<string> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  const telling = text
    .split("\n")
    .filter((line) => /\[(ERROR|Warning)\]|ERROR:|setpriv:/.test(line));
  return telling.slice(-3).join("; ") || "its log tells of no error";
}

async function answers(address: DatabaseAddress, ended: Promise<string>): Promise<void> {
  let isOver = false;
  const over = ended.then((lines) => {
    isOver = true;
    throw notStarted(lines);
  });
  over.catch(() => {});
  const deadline = performance.now() + READY_WITHIN;
  for (;;) {
    try {
      const connection = await createConnection({ ...address });
      await connection.query("SELECT 1");
      await connection.end();
      return;
    } catch (error) {
      if (isOver) await over;
      if (performance.now() > deadline) throw notStarted("it does not answer", error);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

function notStarted(why: string, cause?: unknown): SluiceError {
  return new SluiceError("DATABASE_NOT_STARTED", "system", `mariadbd did not start: ${why}`, {
    hint: "Look at mariadbd.log in the folder of the server's database",
    cause,
  });
}
