import { cpSync, existsSync, renameSync, rmSync } from "node:fs";
import { HEAD_LAYOUT } from "@sluice/boot";
import { SluiceError } from "@sluice/model";
import { run } from "../run.ts";

export const DATABASE = { name: "slurm_acct_db", user: "slurm" } as const;

/** An empty MariaDB on the volume, from the one that its package left in the image. */
export function ensureDataDirectory(): void {
  if (existsSync(HEAD_LAYOUT.mysql)) return;
  const work = `${HEAD_LAYOUT.mysql}.new`;
  rmSync(work, { recursive: true, force: true });
  cpSync("/var/lib/mysql", work, { recursive: true, preserveTimestamps: true });
  // Owners too, which the copy does not keep; whole before it has its name.
  renameSync(work, HEAD_LAYOUT.mysql);
}

/** The accounting database and the account of slurmdbd, by MariaDB's own socket login of root. */
export async function ensureAccountingDatabase(password: string): Promise<void> {
  const { name, user } = DATABASE;
  // The password is hex digits. It goes by standard input, so that no process list shows it.
  const sql = [
    `CREATE DATABASE IF NOT EXISTS ${name};`,
    `CREATE USER IF NOT EXISTS '${user}'@'localhost';`,
    `ALTER USER '${user}'@'localhost' IDENTIFIED BY '${password}';`,
    `GRANT ALL ON ${name}.* TO '${user}'@'localhost';`,
  ].join("\n");
  try {
    await run(["mariadb", "--batch"], sql);
  } catch (error) {
    throw new SluiceError("DATABASE_NOT_READY", "system", "MariaDB did not accept its set-up", {
      cause: error,
    });
  }
}
