import { cpSync, existsSync, renameSync, rmSync } from "node:fs";
import { HEAD_LAYOUT, osFamily } from "@sluice/boot";
import { type Os, SluiceError } from "@sluice/model";
import { run } from "../run.ts";

/** Where the package leaves an empty one; the second from Debian 14 on. */
const FIRST_DATA = ["/var/lib/mysql", "/var/lib/mariadb"];

export const DATABASE = { name: "slurm_acct_db", user: "slurm" } as const;

/**
 * An empty MariaDB on the volume, from the one that its package left in the image. Where a package
 * leaves none, its service makes one.
 */
export function ensureDataDirectory(): void {
  if (existsSync(HEAD_LAYOUT.mysql)) return;
  const work = `${HEAD_LAYOUT.mysql}.new`;
  rmSync(work, { recursive: true, force: true });
  cpSync(FIRST_DATA.find((folder) => existsSync(folder)) ?? "/var/lib/mysql", work, {
    recursive: true,
    preserveTimestamps: true,
  });
  // Owners too, which the copy does not keep; whole before it has its name.
  renameSync(work, HEAD_LAYOUT.mysql);
}

/**
 * Who owns it has another number on another machine, and what SELinux lets MariaDB have is named by
 * folder.
 */
export async function giveToMariadb(): Promise<void> {
  await run(["chown", "-R", "mysql:mysql", HEAD_LAYOUT.mysql]);
  const hasSelinux = await run(["selinuxenabled"]).then(
    () => true,
    () => false,
  );
  if (hasSelinux) await run(["chcon", "-R", "-t", "mysqld_db_t", HEAD_LAYOUT.mysql]);
}

/** The accounting database and the account of slurmdbd, by MariaDB's own socket login of root. */
export async function ensureAccountingDatabase(password: string, os: Os): Promise<void> {
  const { name, user } = DATABASE;
  // It goes by standard input, so that no process list shows it.
  const quoted = `'${password.replaceAll(/['\\]/g, "\\$&")}'`;
  const sql = [
    `CREATE DATABASE IF NOT EXISTS ${name};`,
    `CREATE USER IF NOT EXISTS '${user}'@'localhost';`,
    `ALTER USER '${user}'@'localhost' IDENTIFIED BY ${quoted};`,
    `GRANT ALL ON ${name}.* TO '${user}'@'localhost';`,
  ].join("\n");
  try {
    await run([osFamily(os).mariadb.client, "--batch"], sql);
  } catch (error) {
    throw new SluiceError("DATABASE_NOT_READY", "system", "MariaDB did not accept its set-up", {
      cause: error,
    });
  }
}
