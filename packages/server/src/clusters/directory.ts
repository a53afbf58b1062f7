import type { Cloud, ClusterRecord } from "@sluice/cloud";
import type { Gateway } from "@sluice/gateway";

/** A cloud that this server looks after clusters in. */
export interface ServedCloud {
  readonly provider: string;
  /** `local` on the local cloud. */
  readonly region: string;
  readonly cloud: Cloud;
}

/** A cluster that this server serves. */
export interface ServedCluster extends ServedCloud {
  readonly name: string;
  /** As last seen; lists are read again every few seconds. */
  readonly record: ClusterRecord;
  /**
   * Its head; one connection pool for all who ask. Throws `CLUSTER_NOT_IN_SERVICE` while it is made,
   * stopped or deleted, `GATEWAY_UNREACHABLE` when the cloud has none.
   */
  gateway(): Promise<Gateway>;
}

/** A cloud that did not answer when its clusters were looked for: those of before are still listed. */
export interface UnansweredCloud {
  readonly provider: string;
  readonly region: string;
  readonly message: string;
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
  /** The configured clouds, opened; one that can't be opened is left out and is in `unanswered`. */
  clouds(): Promise<readonly ServedCloud[]>;
  /**
   * Where a cluster of this file would be made: without a region, the provider's first. Throws
   * `PROVIDER_NOT_SERVED`.
   */
  cloudFor(place: {
    readonly provider: string;
    readonly region?: string | undefined;
  }): Promise<ServedCloud>;
  /** Of the last look. */
  unanswered(): readonly UnansweredCloud[];
}
