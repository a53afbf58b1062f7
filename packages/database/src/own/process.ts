import { type ChildProcess, spawn } from "node:child_process";
import { chmod, chown, mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError } from "@sluice/model";
import { createConnection } from "mysql2/promise";
import type { DatabaseAddress } from "../connect.ts";

/**
 * Who a database of ours runs as when whoever starts it is root: a number that neither Debian nor
 * systemd gives to anybody (65520 to 65533), so that nobody else's process may touch its files.
 */
const UNPRIVILEGED = 65_528;

/** Milliseconds between two looks whether it answers, and until that is given up. */
const POLL = 25;
const READY_WITHIN = 60_000;

/** The longest path that a unix socket may have. */
const SOCKET_PATH_LIMIT = 107;

/** Path of the socket below a folder; throws `DATABASE_NOT_STARTED` when it is too long for one. */
export function socketIn(folder: string): string {
  const socket = join(folder, "mariadbd.sock");
  if (Buffer.byteLength(socket) > SOCKET_PATH_LIMIT) {
    throw notStarted(`the path of its socket is longer than ${SOCKET_PATH_LIMIT}: ${socket}`);
  }
  return socket;
}

const isRoot = (): boolean => process.geteuid?.() === 0;

/** A child that dies with us, as nobody in particular when we are root. */
export function spawnUnprivileged(
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

export function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once("error", () => resolve(-1));
    child.once("exit", (code) => resolve(code ?? -1));
  });
}

export async function ownFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  if (isRoot()) await chown(folder, UNPRIVILEGED, UNPRIVILEGED);
}

export async function writeOwned(file: string, text: string): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, text, { mode: 0o600, flag: "wx" });
  if (isRoot()) await chown(file, UNPRIVILEGED, UNPRIVILEGED);
}

/** Of this start only, so that it does not grow for ever. */
export async function openLog(file: string) {
  const log = await open(file, "w", 0o600);
  if (isRoot()) await log.chown(UNPRIVILEGED, UNPRIVILEGED);
  return log;
}

export async function lastLines(logFile: string): Promise<string> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  const telling = text
    .split("\n")
    .filter((line) => /\[(ERROR|Warning)\]|ERROR:|setpriv:/.test(line));
  return telling.slice(-3).join("; ") || "its log tells of no error";
}

export async function answers(address: DatabaseAddress, ended: Promise<string>): Promise<void> {
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

export function notStarted(why: string, cause?: unknown): SluiceError {
  return new SluiceError("DATABASE_NOT_STARTED", "system", `mariadbd did not start: ${why}`, {
    hint: "Look at mariadbd.log in the folder of the server's database",
    cause,
  });
}
