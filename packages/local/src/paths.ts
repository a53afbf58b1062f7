import { join } from "node:path";

/** Where the local cloud keeps everything; all of it is root-only. */
export interface StatePaths {
  readonly root: string;
  readonly images: string;
  readonly bundles: string;
  readonly service: string;
  /** The host-side socket: whoever opens it may do everything. */
  readonly hostSocket: string;
  readonly database: string;
  readonly clusters: string;
}

/** Images may be kept apart, so that several states share what takes long to make. */
export function statePaths(env: Readonly<Record<string, string | undefined>>): StatePaths {
  const root = env.SLUICE_STATE_DIR ?? "/var/lib/sluice";
  const service = join(root, "service");
  return {
    root,
    images: env.SLUICE_IMAGE_DIR ?? join(root, "images"),
    bundles: join(root, "bundles"),
    service,
    hostSocket: join(service, "local.sock"),
    database: join(service, "local.sqlite"),
    clusters: join(root, "clusters"),
  };
}

export interface ClusterPaths {
  readonly root: string;
  /** The volume that outlives the head machine. */
  readonly volume: string;
  /** Folders that every machine mounts, by name. */
  readonly storage: string;
  /** Bound into every compute machine; holds the hosts file. */
  readonly names: string;
  /** The same for the head. */
  readonly headNames: string;
  /** Bound into the head, where munged listens, and into light machines, which have no munged. */
  readonly munge: string;
  readonly machines: string;
}

export function clusterPaths(state: StatePaths, cluster: string): ClusterPaths {
  const root = join(state.clusters, cluster);
  return {
    root,
    volume: join(root, "volume"),
    storage: join(root, "storage"),
    names: join(root, "names"),
    headNames: join(root, "head-names"),
    munge: join(root, "munge"),
    machines: join(root, "machines"),
  };
}

/**
 * Bound into a head: the folder of the socket through which it reaches its own machines. Each head has
 * its own, by which the service knows which one asks.
 *
 * @param node of the head: `head`, or `head-1` and `head-2`.
 */
export function cloudSocketDir({ root }: Pick<ClusterPaths, "root">, node: string): string {
  return join(root, node.replace(/^head/, "cloud"));
}
