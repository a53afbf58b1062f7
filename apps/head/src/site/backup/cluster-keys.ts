import { existsSync, readFileSync } from "node:fs";
import type { Cloud } from "@sluice/cloud";
import { backupKey } from "@sluice/lifecycle";
import { isSluiceError } from "@sluice/model";
import { install } from "../../setup/files.ts";

export type ClusterKeys = Readonly<Record<string, string>>;

/** Where this machine remembers what opens the clusters' own backups. */
export interface KeyMemory {
  read(): ClusterKeys;
  write(keys: ClusterKeys): void;
}

/** Root's alone, as the heads are that it asks. */
export function keyFile(path: string): KeyMemory {
  return {
    read: () => (existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as ClusterKeys) : {}),
    write: (keys) => install({ path, mode: 0o600, content: JSON.stringify(keys) }),
  };
}

/**
 * The keys of clusters whose backups are for keys of their own. Of a cluster whose head does not answer,
 * such as of one that is stopped, it is what was heard before.
 *
 * Errors: that of a head that does not answer, and of which nothing is remembered.
 */
export async function clusterKeys(
  cloud: Cloud,
  clusters: readonly string[],
  memory: KeyMemory,
): Promise<ClusterKeys> {
  const known = memory.read();
  const keys: Record<string, string> = {};
  for (const name of clusters) {
    try {
      keys[name] = await backupKey({ cloud, name });
    } catch (error) {
      // Its backups are for others, who have their keys.
      if (isSluiceError(error) && error.code === "BACKUP_KEY_ELSEWHERE") continue;
      const former = known[name];
      if (former === undefined) throw error;
      keys[name] = former;
    }
  }
  memory.write(keys);
  return keys;
}
