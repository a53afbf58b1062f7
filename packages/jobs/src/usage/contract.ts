import type { ClusterRecord } from "@sluice/cloud";
import type { Gateway } from "@sluice/gateway";
import type { JobVisibility } from "../cache/index.ts";
import type { Day } from "./days.ts";
import type { Measures } from "./measures.ts";

/** What use is told by, beside the cluster: weeks by their Monday, months as `2026-11`. */
export type UsageGroup =
  | "user"
  | "account"
  | "partition"
  | "application"
  | "day"
  | "week"
  | "month";

export interface UsageFilter {
  /** Both included. */
  readonly from: Day;
  readonly to: Day;
  /** Which, and what may be seen of each. */
  readonly clusters: ReadonlyMap<string, JobVisibility>;
  readonly user?: readonly string[];
  readonly account?: readonly string[];
  readonly partition?: readonly string[];
  readonly application?: readonly string[];
}

export interface Used extends Measures {
  readonly cluster: string;
  readonly group: Readonly<Partial<Record<UsageGroup, string>>>;
  /** Jobs that run now, whose use until now is in it. */
  readonly running: number;
}

export interface UsageStatus {
  readonly cluster: string;
  /** When accounting was last read for it; undefined: not yet. */
  readonly madeAt: Date | undefined;
  /** Days of the past that were not read yet. */
  readonly missingDays: number;
  /** Why the last question got no answer. */
  readonly problem: string | undefined;
}

/** A cluster whose accounting is read. */
export interface UsageSource {
  readonly name: string;
  readonly record: Pick<ClusterRecord, "id" | "configText" | "createdAt">;
  gateway(): Promise<Pick<Gateway, "history">>;
}

/**
 * What jobs used, by day, user, account, partition and application: read from Slurm's accounting and
 * kept, so that any span is answered at once, and after the cluster is gone. Jobs that run count up
 * to now.
 */
export interface SiteUsage {
  /** By cluster, and by what `by` says. */
  use(filter: UsageFilter, by: readonly UsageGroup[]): Promise<readonly Used[]>;
  /** Names of clusters that something is known of, those that are gone too. */
  clusters(): Promise<readonly string[]>;
  status(clusters: readonly string[]): Promise<readonly UsageStatus[]>;
  /** A job of the cluster ended: what accounting has is read soon. */
  expect(cluster: string): void;
  /** Keeps the days until the signal fires; several servers may do so at once. */
  run(signal: AbortSignal): Promise<void>;
}
