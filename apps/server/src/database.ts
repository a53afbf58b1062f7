import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import {
  connect,
  type Database,
  type DatabaseAddress,
  isDatabaseAway,
  keepMariadbd,
  migrate,
  pendingMigrations,
} from "@sluice/database";
import { type Clock, isSluiceError, messageOf, SluiceError } from "@sluice/model";
import type { ServerConfig } from "@sluice/server";
import type { Logger } from "pino";
import type { ServerPaths } from "./paths.ts";

type Given = NonNullable<ServerConfig["Database"]>;

export interface OpenedDatabase extends AsyncDisposable {
  readonly database: Database;
}

export interface OpenOptions {
  readonly config: ServerConfig;
  readonly paths: ServerPaths;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** A database elsewhere may be starting too; seconds for which it is waited for. */
const PATIENCE = 30;
/** Connections of a database of ours, beside those of the pool. */
const SPARE = 10;
const OWN_CONNECTIONS = 20;

/**
 * The site's database with this version's tables: the one that the file names, else one of the
 * server's own beside it, which is kept running.
 *
 * Errors: `DATABASE_UNREACHABLE`, `DATABASE_NEWER`, `DATABASE_NOT_INSTALLED`, `DATABASE_NOT_STARTED`.
 */
export async function openDatabase(options: OpenOptions): Promise<OpenedDatabase> {
  await using stack = new AsyncDisposableStack();
  const { config, clock, log, signal } = options;
  const place = config.Database;
  const address = place === undefined ? await own(options, stack) : await addressOf(place);
  const database = connect(address, place?.Connections ?? OWN_CONNECTIONS);
  stack.defer(() => database.destroy());
  const deadline = clock.now().getTime() + PATIENCE * 1000;
  for (;;) {
    try {
      await pendingMigrations(database);
      break;
    } catch (error) {
      const isOver = signal.aborted || clock.now().getTime() > deadline;
      if (isOver || !isDatabaseAway(error) || isRefusal(error)) throw unreachable(address, error);
      log.warn({ why: messageOf(error) }, "the database does not answer yet");
      await clock.sleep(1000, signal);
    }
  }
  await migrate(database, { progress: (name) => log.info({ name }, "migrating the database") });
  const opened = stack.move();
  return { database, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function own(options: OpenOptions, stack: AsyncDisposableStack): Promise<DatabaseAddress> {
  const { paths, clock, log } = options;
  const kept = stack.use(
    await keepMariadbd({
      folder: paths.databaseFolder,
      password: await ownPassword(paths),
      isDurable: true,
      connections: OWN_CONNECTIONS + SPARE,
      database: "sluice",
      sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
      onEnded: (why) => log.error({ why }, "the database ended and is started again"),
    }),
  );
  return kept.address;
}

async function ownPassword({ databasePassword: file }: ServerPaths): Promise<string> {
  const made = randomBytes(24).toString("hex");
  try {
    await writeFile(file, `${made}\n`, { mode: 0o600, flag: "wx", flush: true });
    return made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const known = (await readFile(file, "utf8")).trim();
  // It may have been cut short by a machine that lost power: every start sets it anew.
  if (known.length === made.length) return known;
  await writeFile(file, `${made}\n`, { mode: 0o600, flush: true });
  return made;
}

/**
 * What would hinder a start with this database, as an error; else the names of migrations that a
 * start would make.
 */
export async function tryDatabase(place: Given): Promise<readonly string[]> {
  const address = await addressOf(place);
  const database = connect(address, 2);
  try {
    return await pendingMigrations(database);
  } catch (error) {
    throw unreachable(address, error);
  } finally {
    await database.destroy();
  }
}

async function addressOf(place: Given): Promise<DatabaseAddress> {
  const { Host, Port, SocketPath, User, PasswordFile, Name, CertificateAuthorityFile } = place;
  const read = async (file: string) =>
    readFile(file, "utf8").catch((error: unknown) => {
      throw new SluiceError("SECRET_MISSING", "user", `${file}: ${messageOf(error)}`, {
        hint: "correct Database in the server's file",
        cause: error,
      });
    });
  return {
    ...(SocketPath === undefined ? { host: Host ?? "", port: Port } : { socketPath: SocketPath }),
    user: User,
    ...(PasswordFile === undefined
      ? {}
      : { password: (await read(PasswordFile)).replace(/\r?\n$/, "") }),
    database: Name,
    ...(CertificateAuthorityFile === undefined
      ? {}
      : { certificateAuthority: await read(CertificateAuthorityFile) }),
  };
}

const isRefusal = (error: unknown): boolean =>
  (error as { readonly code?: unknown }).code === "ER_ACCESS_DENIED_ERROR";

function unreachable(address: DatabaseAddress, cause: unknown): unknown {
  if (isSluiceError(cause)) return cause;
  const where = address.socketPath ?? `${address.host}:${address.port}`;
  return new SluiceError(
    "DATABASE_UNREACHABLE",
    "system",
    `the database ${address.database} at ${where} can't be used: ${messageOf(cause)}`,
    { hint: "look whether it runs, and at Database in the server's file", cause },
  );
}
