import { readFile } from "node:fs/promises";
import { SluiceError } from "@sluice/model";

/** Whose databases, by a password that only a file holds. */
export interface Account {
  readonly user: string;
  /** A line, of letters, digits and `_.~+/=-`. */
  readonly passwordFile: string;
  /** Of these the account may do everything; they are made. */
  readonly databases: readonly string[];
}

/** PEM files: the other machines' servers, and clients, are to have the same authority. */
export interface Tls {
  readonly authorityFile: string;
  /** Names this machine's address. */
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface FolderOptions {
  /** Name of this machine: small letters, digits, dashes, at most 32. */
  readonly name: string;
  /** Absolute, and the database's own. */
  readonly folder: string;
  /** IPv4 addresses of this machine, at which it listens. */
  readonly listen: readonly string[];
  /** 3306. */
  readonly port?: number;
  /** 1 and up, another for each machine. */
  readonly serverId: number;
  readonly tls: Tls;
  /** The others replicate by it. */
  readonly replicationPasswordFile: string;
  readonly accounts: readonly Account[];
  /** Of the machine's memory, for the database; 128 MiB. */
  readonly memoryMebibytes?: number;
  /** False only for tests. */
  readonly isDurable?: boolean;
  /** For names of folders that are set aside. */
  readonly now: () => Date;
}

export const REPLICATION_USER = "replication";
export const KEEPER_USER = "keeper";
export const KEEPER_DATABASE = "sluice_keeper";

/** How long slurmdbd may wait for a row, in seconds; Slurm asks for that. Others wait for 50. */
const SLURM_LOCK_WAIT = 900;

/**
 * Arguments of mariadbd that do not change while it runs. `--no-defaults` first: nothing of the
 * machine's own configuration counts.
 */
export function serverArguments(
  options: FolderOptions,
  place: { readonly data: string; readonly temporary: string },
): readonly string[] {
  const isDurable = options.isDurable ?? true;
  return [
    "--no-defaults",
    `--datadir=${place.data}`,
    `--tmpdir=${place.temporary}`,
    `--server-id=${options.serverId}`,
    "--read-only=1",
    // What is acknowledged is on this disk, and in the order in which it was.
    "--log-bin=binlog",
    "--relay-log=relay",
    "--log-slave-updates",
    "--binlog-format=ROW",
    `--sync-binlog=${isDurable ? 1 : 0}`,
    `--innodb-flush-log-at-trx-commit=${isDurable ? 1 : 0}`,
    ...(isDurable ? [] : ["--innodb-flush-method=nosync", "--innodb-doublewrite=OFF"]),
    "--gtid-strict-mode=ON",
    "--binlog-expire-logs-seconds=259200",
    "--max-binlog-size=128M",
    // A replica has it before a client is told; for how long that is waited for, the keeper says.
    "--rpl-semi-sync-master-wait-point=AFTER_SYNC",
    "--rpl-semi-sync-master-wait-no-slave=ON",
    "--rpl-semi-sync-master-timeout=4000000000",
    "--slave-net-timeout=4",
    // A replica that stops receiving tells its primary over a connection of its own, and waits for
    // that of one that is gone; 5 s by itself.
    "--rpl-semi-sync-slave-kill-conn-timeout=1",
    // Else one thread commits in a row what many committed together, and a promotion waits for it.
    "--slave-parallel-threads=4",
    "--slave-parallel-mode=optimistic",
    "--skip-slave-start",
    "--performance-schema=OFF",
    `--innodb-buffer-pool-size=${options.memoryMebibytes ?? 128}M`,
    "--innodb-log-file-size=64M",
    "--max-connections=500",
    "--max-allowed-packet=64M",
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_bin",
    "--default-time-zone=+00:00",
    "--skip-name-resolve",
    "--local-infile=OFF",
    `--init-connect=SET SESSION innodb_lock_wait_timeout = IF(CURRENT_USER() LIKE 'slurm%', ${SLURM_LOCK_WAIT}, 50)`,
  ];
}

/** What mariadbd does before it listens, without a word of it in its log. Throws `DATABASE_ACCOUNT`. */
export async function accountsSql(options: FolderOptions, keeperPassword: string): Promise<string> {
  const replication = await passwordIn(options.replicationPasswordFile);
  const accounts = await Promise.all(options.accounts.map(accountSql));
  const rights = [
    ...["REPLICATION SLAVE", "BINLOG MONITOR", "SELECT", "RELOAD", "LOCK TABLES", "PROCESS"],
    ...["SHOW VIEW", "EVENT", "TRIGGER"],
  ];
  return [
    "SET SESSION sql_log_bin=0;",
    ...user(`'${KEEPER_USER}'@'localhost'`, `IDENTIFIED BY '${keeperPassword}'`),
    `GRANT ALL ON *.* TO '${KEEPER_USER}'@'localhost' WITH GRANT OPTION;`,
    ...user(`'${REPLICATION_USER}'@'%'`, `IDENTIFIED BY '${replication}' REQUIRE SSL`),
    `GRANT ${rights.join(", ")} ON *.* TO '${REPLICATION_USER}'@'%';`,
    ...accounts.flat(),
    "",
  ].join("\n");
}

/** Databases of all accounts; a replica gets them by replication. */
export function databasesOf({ accounts }: Pick<FolderOptions, "accounts">): readonly string[] {
  return [...new Set(accounts.flatMap(({ databases }) => databases))];
}

export async function passwordIn(file: string): Promise<string> {
  const text = (await readFile(file, "utf8")).trim();
  if (/^[\w.~+/=-]{8,128}$/.test(text)) return text;
  throw refused(`the password in ${file} is too short, or has other signs than letters and digits`);
}

function user(account: string, identified: string): readonly string[] {
  return [`CREATE USER IF NOT EXISTS ${account};`, `ALTER USER ${account} ${identified};`];
}

async function accountSql(account: Account): Promise<readonly string[]> {
  const { user: name, databases } = account;
  if (!/^[a-z][a-z0-9_-]{0,31}$/.test(name) || [KEEPER_USER, REPLICATION_USER].includes(name)) {
    throw refused(`${name} is no name of an account`);
  }
  const wrong = databases.find((database) => !/^[a-z]\w{0,63}$/i.test(database));
  if (wrong !== undefined) throw refused(`${wrong} is no name of a database`);
  const password = await passwordIn(account.passwordFile);
  return [
    ...user(`'${name}'@'%'`, `IDENTIFIED BY '${password}' REQUIRE SSL`),
    // An underscore would stand for any letter.
    ...databases.map(
      (database) => `GRANT ALL ON \`${database.replaceAll("_", "\\_")}\`.* TO '${name}'@'%';`,
    ),
  ];
}

function refused(why: string): SluiceError {
  return new SluiceError("DATABASE_ACCOUNT", "user", why, {
    hint: "Mend the site's file or the password's file, and start again",
  });
}
