import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { FileVersion } from "@sluice/cloud";
import { type ClusterConfig, findingsError, parseStoredClusterFile } from "@sluice/model";

/** What Slurm and the node manager of this head run with: a file, or a stage on the way to one. */
export type InForce =
  | ({ readonly kind: "file" } & FileVersion)
  | {
      readonly kind: "stage";
      /** Of the file that it is on the way to. */
      readonly version: number;
      readonly config: ClusterConfig;
    };

/** A node that somebody else had drained or set down before an update switched it off. */
export interface HeldNode {
  readonly node: string;
  readonly state: "DRAIN" | "DOWN";
  readonly reason: string;
}

/** An update that is under way. What it does to nodes, queues and the fleet is noted first. */
export interface UpdateRecord {
  /** What the cluster shall be. */
  readonly wanted: FileVersion;
  /** What it was when this began, to go back to. */
  readonly base: InForce;
  /** Why it goes back, once it does. */
  readonly failed?: string;
  /** What is in force is not loaded yet for certain; with what was before, if it can be gone back to. */
  readonly loading?: { readonly before?: InForce };
  readonly fleetStopped: boolean;
  /** Queues that take no new jobs because of it. */
  readonly drainedQueues: readonly string[];
  readonly heldNodes: readonly HeldNode[];
  /** Jobs that it sent back to the queue, where Slurm lets them wait. */
  readonly requeuedJobs: readonly number[];
}

export interface ClusterState {
  readonly inForce: InForce;
  readonly update?: UpdateRecord;
  /** A version that it could not go back to, and does not try again. */
  readonly gaveUpOn?: number;
}

/** On the head's volume: it outlives the machine, and is durable when it is written. */
export interface ClusterStateFile {
  /** Undefined on a volume that is new. */
  read(): ClusterState | undefined;
  write(state: ClusterState): void;
}

export function clusterStateFile(path: string): ClusterStateFile {
  return {
    read() {
      try {
        return JSON.parse(readFileSync(path, "utf8")) as ClusterState;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    write(state) {
      const temporary = `${path}.new`;
      writeFileSync(temporary, JSON.stringify(state), { mode: 0o600 });
      flush(temporary);
      renameSync(temporary, path);
      flush(dirname(path));
    },
  };
}

function flush(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Throws `CLUSTER_FILE_INVALID`: a file that this version of the head can't read. */
export function configOf(inForce: InForce): ClusterConfig {
  return inForce.kind === "stage" ? inForce.config : configOfFile(inForce);
}

/** Throws `CLUSTER_FILE_INVALID`. */
export function configOfFile({ version, text }: FileVersion): ClusterConfig {
  const parsed = parseStoredClusterFile(text, `version ${version} of the cluster file`);
  if (!parsed.ok) throw findingsError(parsed.findings);
  return parsed.config;
}
