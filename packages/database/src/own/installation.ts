import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { SluiceError } from "@sluice/model";

const BINARIES = ["/usr/sbin/mariadbd", "/usr/libexec/mariadbd", "/usr/bin/mariadbd"];

/** In order; each release has one of the two names, in one of the two folders. */
const SCRIPTS = [
  ["mysql_system_tables.sql", "mariadb_system_tables.sql"],
  ["mysql_performance_tables.sql", "mariadb_performance_tables.sql"],
  ["mysql_system_tables_data.sql", "mariadb_system_tables_data.sql"],
];
const FOLDERS = ["/usr/share/mysql", "/usr/share/mariadb"];

/** Throws `DATABASE_NOT_INSTALLED`. */
export function mariadbdPath(): string {
  const found = BINARIES.find((path) => existsSync(path));
  if (found === undefined) throw notInstalled("mariadbd");
  return found;
}

/** What an empty data folder is filled with; no account can sign in then. */
export async function bootstrapSql(): Promise<string> {
  const scripts = SCRIPTS.map((names) => {
    const paths = FOLDERS.flatMap((folder) => names.map((name) => `${folder}/${name}`));
    const found = paths.find((path) => existsSync(path));
    if (found === undefined) throw notInstalled(names[0] ?? "");
    return readFile(found, "utf8");
  });
  return [
    "CREATE DATABASE IF NOT EXISTS mysql;",
    "USE mysql;",
    "SET @skip_auth_anonymous=1;",
    "SET @current_hostname='localhost';",
    ...(await Promise.all(scripts)),
    "",
  ].join("\n");
}

function notInstalled(what: string): SluiceError {
  return new SluiceError("DATABASE_NOT_INSTALLED", "system", `${what} is not on this machine`, {
    hint: "Install mariadb-server-core, or name a database server in the server's file",
  });
}
