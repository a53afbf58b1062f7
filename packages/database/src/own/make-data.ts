import { rm } from "node:fs/promises";
import { bootstrapSql, mariadbdPath } from "./installation.ts";
import { exitOf, lastLines, notStarted, openLog, ownFolder, spawnUnprivileged } from "./process.ts";

/**
 * Fills a folder with what an empty MariaDB has: no account can sign in. Whatever was in it is
 * removed. Throws `DATABASE_NOT_INSTALLED`, `DATABASE_NOT_STARTED`.
 */
export async function makeData(place: {
  readonly data: string;
  readonly temporary: string;
  readonly logFile: string;
}): Promise<void> {
  const { data, temporary, logFile } = place;
  await rm(data, { recursive: true, force: true });
  await ownFolder(data);
  const child = spawnUnprivileged(
    [
      mariadbdPath(),
      "--no-defaults",
      `--datadir=${data}`,
      `--tmpdir=${temporary}`,
      "--skip-log-bin",
      "--performance-schema=OFF",
      "--innodb-buffer-pool-size=64M",
      "--innodb-log-file-size=32M",
      "--bootstrap",
    ],
    await openLog(logFile),
    "KILL",
  );
  child.stdin?.on("error", () => {});
  child.stdin?.end(await bootstrapSql());
  const code = await exitOf(child);
  if (code !== 0) throw notStarted(await lastLines(logFile));
}
