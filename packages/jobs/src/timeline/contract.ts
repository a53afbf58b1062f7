import type { FleetEvent, NextStep, UnavailableOffering } from "@sluice/model";
import type { CachedJob } from "../cache/contract.ts";

/** One try of a job on nodes, as accounting keeps it: each requeue begins another. */
export interface Round {
  readonly submittedAt: Date;
  readonly eligibleAt: Date | undefined;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
  readonly state: string;
  /** Who cancelled it, where Slurm says so. */
  readonly cancelledBy: number | undefined;
  /** Of the job's user. */
  readonly uid: number | undefined;
  readonly exitCode: string;
  /** A host list. */
  readonly nodes: string;
}

/** Everything that a time line is told from. */
export interface JobStory {
  readonly job: CachedJob;
  /** Oldest first; none when accounting does not tell. */
  readonly rounds: readonly Round[];
  /** Of the whole cluster, oldest first. */
  readonly events: readonly FleetEvent[];
  /** What the cloud can't give now. */
  readonly unavailable: readonly UnavailableOffering[];
  /** What the node manager says of a job that waits. */
  readonly details: readonly string[];
  readonly next: readonly NextStep[];
  /** The name of whoever cancelled it through this server. */
  readonly cancelledBy: string | undefined;
  readonly now: Date;
}

export interface Offered {
  readonly instanceType?: string;
  readonly zone?: string;
  readonly market?: string;
}

export interface Tried extends Offered {
  readonly time: string;
  readonly nodes: readonly string[];
  readonly outcome: "accepted" | "no-capacity" | "quota" | "failed-boot";
  readonly until?: string;
  readonly text: string;
}

export interface BootingNode extends Offered {
  readonly name: string;
  readonly machineId?: string;
  readonly launchedAt?: string;
  readonly joinedAt?: string;
  readonly registeredAt?: string;
}

interface At {
  readonly round: number;
  readonly time: string;
  readonly until?: string;
  readonly text: string;
}

export type TimelineStep = At &
  (
    | { readonly kind: "submitted" | "requeued" }
    | { readonly kind: "waiting"; readonly reason: string; readonly details: readonly string[] }
    | { readonly kind: "machines"; readonly tried: readonly Tried[] }
    | { readonly kind: "booting"; readonly nodes: readonly BootingNode[] }
    | { readonly kind: "running"; readonly nodes: readonly string[] }
    | {
        readonly kind: "ended";
        readonly state: string;
        readonly exitCode: number;
        readonly signal: number;
        readonly advice?: string;
      }
  );
