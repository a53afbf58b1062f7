import type { Interruption, OfferingKey, PoolKey } from "@sluice/cloud";
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
 * An accepted or registered one whose machine is gone has lost its machine. The way through `parked`
 * is drawn in `plan/parking.ts`.
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

/** `parked`: its machine is stopped, or about to be, and waits for its node to be wanted again. */
export type IntentState = "open" | "accepted" | "registered" | "parked" | "condemned";

/** Why and until when an offering is not asked for a pool. Kept for a while after `until`, so that
 * the next failure waits longer. */
export interface Unavailability {
  readonly pool: PoolKey;
  readonly offering: OfferingKey;
  /** `capacity`: the cloud said no. `boot`: machines of it do not register. `quota`: a limit of the
   * account, which time alone does not lift. */
  readonly cause: "capacity" | "boot" | "quota";
  readonly reason: string;
  /** The fewest machines that were asked for at once and refused: fewer may yet be had. */
  readonly size: number;
  /** In a row. */
  readonly failures: number;
  readonly until: Date;
}

/** A cloud's word that it will take a machine away. Kept until the machine is gone. */
export interface Notice {
  readonly machineId: string;
  readonly node: string;
  readonly kind: Interruption["kind"];
  /** When the machine goes, if the cloud said. */
  readonly deadline: Date | undefined;
  readonly noticedAt: Date;
  /** Jobs that got the signal they had asked for, and until when they have time. */
  readonly signalled: readonly { readonly jobId: number; readonly until: Date }[];
}

/** How the machines of a pool have been starting of late. */
export interface PoolHealth {
  readonly pool: PoolKey;
  /** Failed boots in a row. */
  readonly failures: number;
  /** Since when nothing is launched for the pool but probes; undefined when it is not protected. */
  readonly protectedAt: Date | undefined;
  /** When one machine is tried. */
  readonly probeAt: Date | undefined;
  /** Probes that failed since `protectedAt`. */
  readonly probes: number;
  /** Of the last machine that failed. */
  readonly last:
    | {
        readonly node: string;
        readonly machineId: string | undefined;
        readonly at: Date;
        readonly reason: string;
        /** The end of its console, once it was read. */
        readonly console: string | undefined;
      }
    | undefined;
}

/** The most nodes of a queue that were busy at once within a minute. */
export interface DemandPeak {
  readonly queue: string;
  /** The minute's beginning. */
  readonly minute: Date;
  readonly nodes: number;
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

  notices(): readonly Notice[];
  /** Inserts or replaces by machine. */
  saveNotices(notices: readonly Notice[], drop?: readonly string[]): void;

  /** Pools whose last boot failed, or that are protected. */
  health(): readonly PoolHealth[];
  saveHealth(items: readonly PoolHealth[]): void;
  dropHealth(pools: readonly PoolKey[]): void;

  /** Of the last day, oldest first. */
  peaks(): readonly DemandPeak[];
  /** Raises the peak of that minute, never lowers it; forgets what is older than a day. */
  savePeaks(peaks: readonly DemandPeak[]): void;

  /** Keeps the newest 5,000. */
  addEvents(events: readonly FleetEvent[]): void;
  /** Oldest first; of those after `after` the newest `limit`. */
  events(after: number, limit: number): readonly (FleetEvent & { readonly id: number })[];
}

export interface ReturnedJob {
  readonly jobId: number;
  readonly at: Date;
}
