import type { OfferingKey, PoolKey } from "@sluice/cloud";
import type { ComputeFleetStatus } from "@sluice/model";
import type { JobSignal, NodeUpdate } from "@sluice/slurm";
import type { Intent, Notice, PoolHealth, Unavailability } from "../store/contract.ts";

export interface LaunchItem {
  readonly node: string;
  readonly pool: PoolKey;
  /** What the cloud may give instead; missing: nothing. */
  readonly alternatives?: readonly OfferingKey[];
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
  /** Time alone did not open these offerings: a call may find out at once. */
  | {
      readonly kind: "ease-offerings";
      readonly save: readonly Unavailability[];
      readonly reason: string;
    }
  /** The job's hook is answered no, and the job is made eligible as soon as it is pending, or at
   * `notBefore`. */
  | {
      readonly kind: "give-back";
      readonly jobId: number;
      readonly notBefore?: Date;
      readonly reason: string;
    }
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
      /** It never registered: its console is read before it goes, and kept for that pool. */
      readonly consoleFor?: PoolKey;
      readonly reason: string;
    }
  /** The machine is switched off and its disk kept, for the next time that its node is wanted. */
  | {
      readonly kind: "park";
      readonly machineId: string;
      readonly node: string;
      readonly reason: string;
    }
  /** A parked machine is switched on again; its intent is remembered as accepted. */
  | {
      readonly kind: "unpark";
      readonly machineId: string;
      readonly node: string;
      readonly token: string;
      readonly reason: string;
    }
  /** Notices as they are from now on; those of the machines in `drop` end. */
  | {
      readonly kind: "notices";
      readonly save: readonly Notice[];
      readonly drop: readonly string[];
      readonly reason: string;
    }
  | { readonly kind: "health"; readonly item: PoolHealth; readonly reason: string }
  | { readonly kind: "healthy"; readonly pool: PoolKey; readonly reason: string }
  | {
      readonly kind: "signal-job";
      readonly jobId: number;
      readonly signal: Pick<JobSignal, "signal" | "batchOnly">;
      readonly reason: string;
    }
  /** A running job goes back to the queue and is made eligible as soon as it is pending. */
  | { readonly kind: "requeue"; readonly jobId: number; readonly reason: string }
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
