import { statfsSync } from "node:fs";
import { dirname } from "node:path";

/** As `statfs` names a file system that is another machine's. */
const NFS = 0x6969;

/**
 * How an SQLite file is kept durably where it is. A WAL needs memory that its readers share, and a
 * network file system has none; there a rollback journal is cut to nothing with each transaction.
 */
export function journalMode(
  path: string,
  typeOf: (folder: string) => number = (folder) => statfsSync(folder).type,
): "WAL" | "TRUNCATE" {
  return typeOf(dirname(path)) === NFS ? "TRUNCATE" : "WAL";
}
