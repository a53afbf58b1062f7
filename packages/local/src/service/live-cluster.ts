import type { ClusterConfig } from "@sluice/model";
import type { Bind } from "../machines/process.ts";
import type { ClusterPaths } from "../paths.ts";
import type { Place } from "./place.ts";
import type { ClusterRow, NextHead } from "./rows.ts";

export interface HeadsFrom extends Pick<NextHead, "headUserData" | "imageRoot"> {
  readonly config: ClusterConfig;
}

/** A cluster with what is derived from its row, kept while the service runs. */
export interface LiveCluster extends Place {
  readonly kind: "cluster";
  readonly row: ClusterRow;
  /** Of the file in force, or of the stage that the head runs with on the way to another. */
  readonly config: ClusterConfig;
  /** From what its heads are made: the same, unless they are being made anew from another file. */
  readonly headsFrom: HeadsFrom;
  /** Names of every node that slurmctld may speak to. */
  readonly nodes: readonly string[];
  readonly paths: ClusterPaths;
  /** Folder of the keys that the heads of its site share; undefined outside of sites. */
  readonly siteKeys: string | undefined;
  /** Of its site: where heads put what the site wants backed up. */
  readonly siteBackups: string | undefined;
  /** Folders that every machine mounts. */
  readonly storage: readonly Bind[];
}
