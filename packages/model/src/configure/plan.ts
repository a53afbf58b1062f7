import type { Os } from "../cluster-file/config.ts";

/** What an interview ends in, before it is a file. */
export type ClusterPlan = LocalPlan | CloudPlan;

export interface LocalPlan {
  readonly provider: "local";
  readonly os: string;
  readonly users: readonly string[];
  readonly queues: readonly string[];
  readonly maxCount: string;
  readonly idleTime: string;
}

export interface CloudPlan {
  readonly provider: "aws" | "azure";
  readonly region: string;
  readonly os: Os | string;
  readonly keyName: string | undefined;
  readonly sshFrom: string;
  readonly headType: string;
  /** Undefined: Sluice makes the network, and then no subnet is named at all. */
  readonly headSubnet: string | undefined;
  /** Undefined when nobody could be asked. */
  readonly headIsPublic: boolean | undefined;
  readonly computeSubnets: readonly string[];
  readonly queues: readonly QueuePlan[];
  readonly storage: StoragePlan;
  readonly database: DatabasePlan | undefined;
  readonly idleTime: string;
}

/** What jobs of a queue are like. */
export type Purpose = "mpi" | "throughput" | "gpu" | "interactive";

export interface QueuePlan {
  readonly name: string;
  readonly purpose: Purpose;
  /** One compute resource for each. */
  readonly types: readonly string[];
  /** Of each compute resource. */
  readonly maxCount: string;
  readonly isSpot: boolean;
  /** Idle nodes kept ready. */
  readonly warm: string;
}

export type StoragePlan =
  | { readonly kind: "none" }
  | { readonly kind: "efs" }
  | { readonly kind: "ebs" | "lustre"; readonly gib: string };

export type DatabasePlan = { readonly kind: "managed" } | DatabaseServerPlan;

export interface DatabaseServerPlan {
  readonly kind: "server";
  readonly uri: string;
  readonly userName: string;
  readonly passwordSecretArn: string;
}
