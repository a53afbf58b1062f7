import type { ClusterConfig, LocalMachineType } from "@sluice/model";
import type { Network } from "../host/network.ts";
import type { Bind } from "../machines/process.ts";
import type { ClusterPaths } from "../paths.ts";
import type { NamesFile } from "./names.ts";
import type { ClusterRow } from "./store.ts";

/** A cluster with what is derived from its row, kept while the service runs. */
export interface LiveCluster {
  readonly row: ClusterRow;
  /** Of the file in force, or of the stage that the head runs with on the way to another. */
  readonly config: ClusterConfig;
  readonly types: ReadonlyMap<string, LocalMachineType>;
  /** Names of every node that slurmctld may speak to. */
  readonly nodes: readonly string[];
  readonly network: Network;
  readonly paths: ClusterPaths;
  readonly names: NamesFile;
  /** Folders that every machine mounts. */
  readonly storage: readonly Bind[];
}
