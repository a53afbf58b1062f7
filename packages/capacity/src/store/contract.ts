import type { OfferingKey, PoolKey } from "@sluice/cloud";
import type { ComputeFleetStatus, FleetEvent } from "@sluice/model";

/**
 * A launch, written down before it is asked for.
 *
 * ```
 *            accepted by the cloud,        node registered
 *            or found in its list
 *   open ──────────────────────▶ accepted ───────────────▶ registered
 *    │ │ throttled, transient:      │ did not register          │
 *    │ └─ asked again, same token   │ in time, not wanted       │ not wanted
 *    │ refused for good             ▼                           │
 *    │                          condemned ◀────────────────────┘
 *    ▼                              │ no longer listed
 * (forgotten) ◀─────────────────────┘
 * ```
 *
 * An accepted or registered one whose machine is no longer listed has lost its machine.
 */
export interface Intent {
  readonly token: string;
  readonly node: string;
  readonly pool: PoolKey;
  readonly offering: OfferingKey;
  readonly state: IntentState;
  /** Of the job that it was launched with, when known. */
  readonly jobId: number | undefined;
  /** How often a machine was asked for this node in a row, this time included. */
  readonly attempts: number;
  /** Calls that were made with this token and did not get a final answer. */
  readonly asks: number;
  readonly createdAt: Date;
  readonly acceptedAt: Date | undefined;
  readonly machineId: string | undefined;
  /** True once the cloud's list has shown the machine. */
  readonly listed: boolean;
  /** Not to be asked again before. */
  readonly notBefore: Date | undefined;
}

export type IntentState = "open" | "accepted" | "registered" | "condemned";

/** Why and until when an offering is not asked for a pool. Kept for a while after `until`, so that
 * the next failure waits longer. */
export interface Unavailability {
  readonly pool: PoolKey;
  readonly offering: OfferingKey;
  /** `capacity`: the cloud said no. `boot`: machines of it do not register. */
  readonly cause: "capacity" | "boot";
  readonly reason: string;
  /** In a row. */
  readonly failures: number;
  readonly until: Date;
}

export interface FleetRecord {
  readonly status: ComputeFleetStatus;
  readonly updatedAt: Date;
}

/**
 * What the node manager must not forget. Every method is synchronous and durable when it returns.
 * One process at a time.
 */
export interface CapacityStore extends Disposable {
  intents(): readonly Intent[];
  /** Inserts or replaces by token, all or none; `drop` are tokens that end in the same moment. */
  saveIntents(intents: readonly Intent[], drop?: readonly string[]): void;

  unavailable(): readonly Unavailability[];
  saveUnavailable(items: readonly Unavailability[]): void;
  dropUnavailable(items: readonly Pick<Unavailability, "pool" | "offering">[]): void;

  /** RUNNING in a new store. */
  fleet(): FleetRecord;
  saveFleet(record: FleetRecord): void;

  /** Jobs that were given back and are to be made eligible once they are pending. */
  returnedJobs(): readonly ReturnedJob[];
  addReturnedJobs(jobs: readonly ReturnedJob[]): void;
  dropReturnedJobs(jobIds: readonly number[]): void;

  /** Keeps the newest 5,000. */
  addEvents(events: readonly FleetEvent[]): void;
  /** Oldest first; of those after `after` the newest `limit`. */
  events(after: number, limit: number): readonly (FleetEvent & { readonly id: number })[];
}

export interface ReturnedJob {
  readonly jobId: number;
  readonly at: Date;
}
