import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterConfig } from "@sluice/model";
import type { Bind } from "../machines/process.ts";
import { cloudSocketDir } from "../paths.ts";
import { headSlots } from "./head-slots.ts";
import type { LiveCluster } from "./live-cluster.ts";

/** Folders that every machine shares without being asked to. */
const ALWAYS_SHARED = ["/home", "/shared"];

/** The shared folders of a cluster, as every machine has them bound. */
export function sharedFolders(config: ClusterConfig, storage: string): readonly Bind[] {
  const targets = new Set([
    ...ALWAYS_SHARED,
    ...config.SharedStorage.map(({ MountDir }) => MountDir),
  ]);
  return [...targets].map((target) => ({
    mode: "rw",
    source: join(storage, target.slice(1).replaceAll("/", "_")),
    target,
  }));
}

/** Makes every folder of a cluster; those that are there stay as they are. */
export async function makeFolders(cluster: LiveCluster): Promise<void> {
  const { paths } = cluster;
  await mkdir(paths.root, { recursive: true, mode: 0o711 });
  for (const dir of [paths.volume, paths.names, paths.headNames, paths.munge])
    await mkdir(dir, { recursive: true, mode: 0o755 });
  const sockets = headSlots(cluster.headsFrom.config, cluster.range).map(({ node }) =>
    cloudSocketDir(paths, node),
  );
  for (const dir of [paths.machines, ...sockets])
    await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const { source, target } of cluster.storage) {
    await mkdir(source, { recursive: true });
    // Like /tmp: everybody may put things there, nobody may take another's away.
    await chmod(source, target === "/home" ? 0o755 : 0o1777);
  }
}
