import type { Progress } from "@sluice/cloud";
import type { ClusterConfig, ImageBuildConfig } from "@sluice/model";
import type { Principal } from "../../identity/principal.ts";
import type { ServedCloud } from "../directory.ts";

/** Long work that is asked for. Of a cluster that is there, its cloud is known by its name. */
export type OperationRequest =
  | {
      readonly kind: "create-cluster";
      readonly cluster: string;
      readonly place: ServedCloud;
      readonly config: ClusterConfig;
      readonly configText: string;
      readonly keepOnFailure: boolean;
    }
  | {
      readonly kind: "update-cluster";
      readonly cluster: string;
      readonly config: ClusterConfig;
      readonly configText: string;
    }
  | {
      readonly kind: "delete-cluster";
      readonly cluster: string;
      readonly retainAccounting: boolean;
      readonly retainStorage: boolean;
    }
  | { readonly kind: "stop-cluster" | "start-cluster"; readonly cluster: string }
  | {
      readonly kind: "update-compute-fleet";
      readonly cluster: string;
      readonly status: "START_REQUESTED" | "STOP_REQUESTED";
    }
  | {
      readonly kind: "build-image";
      readonly image: string;
      readonly place: ServedCloud;
      readonly config: ImageBuildConfig;
      readonly configText: string;
    }
  | {
      readonly kind: "delete-image";
      readonly image: string;
      readonly place: ServedCloud;
      readonly force: boolean;
    };

export type OperationKind = OperationRequest["kind"];

/**
 * ```
 *   running ──▶ done
 *      ├──────▶ failed      it did not work, or nobody can tell that it did
 *      └──────▶ cancelled   it was called off in time
 * ```
 */
export type OperationState = "running" | "done" | "failed" | "cancelled";

export interface OperationFailure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

export interface Operation {
  readonly id: string;
  readonly kind: OperationKind;
  /** One of both. */
  readonly cluster: string | undefined;
  readonly image: string | undefined;
  readonly provider: string;
  readonly region: string;
  readonly state: OperationState;
  /** Name of who asked for it. */
  readonly askedBy: string;
  readonly principalId: string;
  readonly createdAt: Date;
  readonly endedAt: Date | undefined;
  readonly error: OperationFailure | undefined;
  /** What lifecycle answered. */
  readonly result: unknown;
}

export interface ProgressLine extends Progress {
  /** From 1. */
  readonly number: number;
}

export interface OperationFilter {
  readonly cluster?: string;
  readonly state?: OperationState;
  readonly limit: number;
  /** Only older ones. */
  readonly before?: { readonly createdAt: Date; readonly id: string };
}

/**
 * Work that takes minutes, done by the server while nobody waits. It is written down before it begins
 * and outlives the server: the next one says what became of it from what the cloud says.
 */
export interface Operations extends AsyncDisposable {
  /**
   * Begins, and comes back. What can be told at once is thrown and leaves nothing behind:
   * `CLUSTER_BUSY`, `IMAGE_BUSY`, and what lifecycle's plan of the same thing throws.
   */
  start(request: OperationRequest, by: Pick<Principal, "id" | "name">): Promise<Operation>;
  /** Undefined when there is none. */
  get(id: string): Promise<Operation | undefined>;
  /** Newest first. */
  list(filter: OperationFilter): Promise<readonly Operation[]>;
  /** What it said, from after that line on. */
  progress(id: string, after?: number): Promise<readonly ProgressLine[]>;
  /** Calls it off; it ends some time later. `OPERATION_NOT_FOUND`, `OPERATION_OVER`. */
  cancel(id: string): Promise<Operation>;
  /** As it is when it has ended, or when the signal fires. */
  ended(id: string, signal: AbortSignal): Promise<Operation | undefined>;
}
