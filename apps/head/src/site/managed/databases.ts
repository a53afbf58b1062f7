import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ManagedDatabase, SITE_DATABASES, SITE_LAYOUT } from "@sluice/boot";
import { messageOf, SluiceError } from "@sluice/model";
import { run } from "../../run.ts";

/** Who makes databases, and for whom. */
export interface DatabaseAccounts {
  readonly place: ManagedDatabase;
  readonly masterPassword: string;
  /** Of the accounts of `SITE_DATABASES`. */
  readonly passwords: Readonly<Record<keyof typeof SITE_DATABASES, string>>;
  /** Where a file with the password may lie for a moment: in memory, root's alone. */
  readonly folder: string;
}

/**
 * Has the site's database have what Slurm and the servers keep theirs in, and their accounts, which
 * come in over TLS only. What is there stays; machines of the site may do it at the same time.
 *
 * Errors: `DATABASE_ACCOUNT`, `DATABASE_UNREACHABLE`.
 */
export async function makeDatabases(accounts: DatabaseAccounts): Promise<void> {
  await ask(accounts, databasesSql(accounts));
}

/** Errors: `DATABASE_ACCOUNT`. */
export function databasesSql({ passwords }: Pick<DatabaseAccounts, "passwords">): string {
  const names = Object.keys(SITE_DATABASES) as (keyof typeof SITE_DATABASES)[];
  return names
    .flatMap((name) => {
      const { user, database } = SITE_DATABASES[name];
      const account = `'${user}'@'%'`;
      // Slurm supports no collation that tells cases apart; all else is compared byte by byte.
      const collation = name === "slurm" ? "utf8mb4_general_ci" : "utf8mb4_bin";
      const identified = `${account} IDENTIFIED BY '${plain(passwords[name], user)}' REQUIRE SSL`;
      return [
        `CREATE DATABASE IF NOT EXISTS \`${database}\` CHARACTER SET utf8mb4 COLLATE ${collation};`,
        `CREATE USER IF NOT EXISTS ${identified};`,
        // A password that was changed since.
        `ALTER USER ${identified};`,
        // An underscore would stand for any letter.
        `GRANT ALL ON \`${database.replaceAll("_", "\\_")}\`.* TO ${account};`,
      ];
    })
    .join("\n");
}

/** That nothing has to be quoted in. */
function plain(password: string, user: string): string {
  if (/^[\w.~+/=-]{8,128}$/.test(password)) return password;
  const why = `the password of ${user} is too short, or has other signs than letters and digits`;
  throw new SluiceError("DATABASE_ACCOUNT", "user", why, {
    hint: "give the secret another password, then make the machine anew",
  });
}

/** The passwords are in no argument and no environment. */
async function ask({ place, masterPassword, folder }: DatabaseAccounts, sql: string) {
  const { host, port, user } = place;
  const file = join(folder, `master-${randomUUID()}.cnf`);
  writeFileSync(file, clientFile(masterPassword), { mode: 0o600, flag: "wx" });
  const client = ["mariadb", `--defaults-file=${file}`, "--protocol=tcp", "--connect-timeout=10"];
  try {
    await run([...client, `--host=${host}`, `--port=${port}`, `--user=${user}`], sql);
  } catch (error) {
    // It may repeat what it was told.
    const why = messageOf(error).replaceAll(/IDENTIFIED BY .*/g, "IDENTIFIED BY …");
    const message = `the site's database at ${host}:${port} can't be used: ${why}`;
    throw new SluiceError("DATABASE_UNREACHABLE", "system", message, {
      hint: "look whether it runs, and whether it takes its master's password",
    });
  } finally {
    rmSync(file, { force: true });
  }
}

/** Errors: `DATABASE_ACCOUNT`. */
export function clientFile(password: string): string {
  // Lines and quotes end what a file of settings has.
  if (/["\r\n]/.test(password)) {
    const why = "the password of the database's master has quotes or lines in it";
    throw new SluiceError("DATABASE_ACCOUNT", "user", why, {
      hint: "give the secret another password, then make the machine anew",
    });
  }
  return [
    "[client]",
    `password="${password.replaceAll("\\", "\\\\")}"`,
    `ssl-ca="${SITE_LAYOUT.authority}"`,
    "ssl-verify-server-cert",
    "",
  ].join("\n");
}
