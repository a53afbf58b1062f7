import type { MachineType } from "@sluice/model";
import type { Settings } from "./lines.ts";

/** Major and minor, as `slurmctld -V` says; the ones that are tested are 22.05 and 24.11. */
export type SlurmVersion = `${number}.${number}`;

/** Nodes of one compute resource that are alike: `prefix` followed by 1 to `count`. */
export interface NodeGroup {
  readonly queue: string;
  readonly computeResource: string;
  /** `static` nodes are always up; `dynamic` ones come and go. */
  readonly kind: "static" | "dynamic";
  /** For example `cpu-dy-large-`; names are `cpu-dy-large-1` and so on. */
  readonly prefix: string;
  readonly count: number;
  /** Those that may back these nodes, at least one: a node has what each of them offers. */
  readonly machineTypes: readonly MachineType[];
  /** Further features; kind, names of the machine types, compute resource and `gpu` are there. */
  readonly features?: readonly string[];
  /** Slurm fills low weights first. Missing: 1 for static, 1000 for dynamic nodes. */
  readonly weight?: number;
  /** False: one CPU a core. */
  readonly multithreading?: boolean;
  /** What jobs may ask of a node; missing: 95% of the machine type's. */
  readonly schedulableMemoryMiB?: number;
  /**
   * Nodes with the same name here are close to each other, and those of another leaf, or of none,
   * too far off for a job to have both. It has a dot, beside letters, digits, `-` and `_`.
   */
  readonly leafSwitch?: string;
  readonly customSettings?: Settings;
}

export interface QueueConf {
  readonly name: string;
  readonly isDefault: boolean;
  /** Whole nodes only. */
  readonly exclusive: boolean;
  /** Seconds its dynamic nodes stay without a job. Missing: `idleSeconds` of the cluster. */
  readonly idleSeconds?: number | "never";
  readonly customSettings?: Settings;
}

/** Absolute paths on the head, except `slurmdSpool` and `slurmdLog`, which are on every node. */
export interface SlurmPaths {
  readonly stateSave: string;
  readonly slurmctldLog: string;
  readonly slurmdLog: string;
  readonly slurmdSpool: string;
  readonly jwtKey: string;
  readonly hooks: {
    readonly resume: string;
    readonly resumeFail: string;
    readonly suspend: string;
    readonly prologSlurmctld: string;
  };
}

export interface SlurmConfInput {
  readonly clusterName: string;
  readonly slurmVersion: SlurmVersion;
  readonly head: { readonly hostName: string; readonly address: string };
  readonly groups: readonly NodeGroup[];
  readonly queues: readonly QueueConf[];
  /** Seconds a dynamic node stays without a job, where its queue does not say. */
  readonly idleSeconds: number | "never";
  /** Seconds from the request for a machine to its registration, after which the node is DOWN. */
  readonly resumeTimeout: number;
  /** Seconds after which a node that was powered down may be used again. */
  readonly suspendTimeout: number;
  /** Memory is allocated and kept apart like CPUs are. */
  readonly memoryScheduling: boolean;
  /**
   * `CustomSlurmSettings`: each map is a parameter or several; one that has NodeName,
   * PartitionName, NodeSet or DownNodes is a line of its own.
   */
  readonly customSettings: readonly Settings[];
  /**
   * Name of a file beside slurm.conf, read at its end: what it sets counts. Without a folder in it,
   * or slurmctld does not give the file to the nodes.
   */
  readonly include?: string;
  /** What the cloud needs, over our defaults and under the custom settings. */
  readonly traits: { readonly slurmConf: Settings; readonly cgroupConf: Settings };
  readonly paths: SlurmPaths;
  /** Missing: no accounting. `host` is where slurmdbd listens, as every node may call it. */
  readonly accounting?: {
    readonly host: string;
    /** Where another one does while the first is away. */
    readonly backupHost?: string;
    readonly port?: number;
  };
}

/** True when `version` is `major.minor` or newer. */
export function isAtLeast(version: SlurmVersion, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a > major || (a === major && b >= minor);
}

/** Host list of a group, or undefined when it has no node. */
export function groupHostList({
  prefix,
  count,
}: Pick<NodeGroup, "prefix" | "count">): string | undefined {
  if (count <= 0) return undefined;
  return count === 1 ? `${prefix}1` : `${prefix}[1-${count}]`;
}
