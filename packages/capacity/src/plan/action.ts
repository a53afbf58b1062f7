import type { OfferingKey, PoolKey } from "@sluice/cloud";
import type { ComputeFleetStatus } from "@sluice/model";
import type { NodeUpdate } from "@sluice/slurm";
import type { Intent, Unavailability } from "../store/contract.ts";

export interface LaunchItem {
  readonly node: string;
  readonly pool: PoolKey;
  readonly jobId: number | undefined;
  readonly attempts: number;
  /** Of an open intent that is asked again; undefined for a new one. */
  readonly token: string | undefined;
}

/**
 * What a plan wants done, each with the reason that people will read. The order of a plan is the
 * order in which its actions take effect.
 */
export type Action =
  /** Intents as they are from now on; those of `drop` end. */
  | {
      readonly kind: "remember";
      readonly save: readonly Intent[];
      readonly drop: readonly string[];
      readonly reason: string;
    }
  | {
      readonly kind: "offering-failed";
      readonly item: Unavailability;
      readonly reason: string;
    }
  | {
      readonly kind: "update-nodes";
      readonly nodes: readonly string[];
      readonly update: NodeUpdate;
      readonly reason: string;
    }
  /** The job's hook is answered no, and the job is made eligible as soon as it is pending. */
  | { readonly kind: "give-back"; readonly jobId: number; readonly reason: string }
  | {
      readonly kind: "launch";
      readonly offering: OfferingKey;
      readonly atomic: boolean;
      readonly items: readonly LaunchItem[];
      readonly reason: string;
    }
  | {
      readonly kind: "terminate";
      readonly machineId: string;
      readonly node: string;
      readonly reason: string;
    }
  | {
      readonly kind: "update-partition";
      readonly partition: string;
      readonly state: "UP" | "INACTIVE";
      readonly reason: string;
    }
  | {
      readonly kind: "fleet-status";
      readonly status: ComputeFleetStatus;
      readonly reason: string;
    };
