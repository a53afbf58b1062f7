import type { Cloud, ClusterRecord } from "@sluice/cloud";
import type { Gateway } from "@sluice/gateway";

/** A cluster that this server serves. */
export interface ServedCluster {
  readonly name: string;
  readonly cloud: Cloud;
  /** As last seen; lists are read again every few seconds. */
  readonly record: ClusterRecord;
  /**
   * Its head; one connection pool for all who ask. Throws `CLUSTER_NOT_IN_SERVICE` while it is made,
   * stopped or deleted, `GATEWAY_UNREACHABLE` when the cloud has none.
   */
  gateway(): Promise<Gateway>;
}

/** The clusters of the site, by name. */
export interface ClusterDirectory extends AsyncDisposable {
  list(): Promise<readonly ServedCluster[]>;
  /** Throws `CLUSTER_NOT_FOUND`. */
  get(name: string): Promise<ServedCluster>;
  /** What a request means that names none: the configured one, or the only one. `CLUSTER_NOT_NAMED`. */
  defaultCluster(): Promise<ServedCluster>;
  /** Looks again now: something was created or deleted. */
  refresh(): Promise<void>;
}
