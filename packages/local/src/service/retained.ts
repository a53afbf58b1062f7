import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterPaths } from "../paths.ts";
import type { ClusterRow } from "./store.ts";

/** What outlives its cluster, below the state's folder `kept`. */
export interface Retained {
  readonly retainAccounting: boolean;
  /** Homes and shared folders. */
  readonly retainStorage: boolean;
}

/**
 * Moves what is to outlive a cluster into `folder`, under names that no other cluster has.
 *
 * @returns where it is now.
 */
export async function keepRetained(
  { name, id }: Pick<ClusterRow, "name" | "id">,
  { retainAccounting, retainStorage }: Retained,
  { paths, folder }: { readonly paths: ClusterPaths; readonly folder: string },
): Promise<readonly string[]> {
  const kept: string[] = [];
  const keep = async (source: string, target: string): Promise<void> => {
    if (!existsSync(source)) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rename(source, join(folder, target));
    kept.push(join(folder, target));
  };
  const unique = `${name}-${id}`;
  if (retainAccounting) await keep(join(paths.volume, "mysql"), unique);
  if (retainStorage) await keep(paths.storage, `${unique}-storage`);
  return kept;
}
