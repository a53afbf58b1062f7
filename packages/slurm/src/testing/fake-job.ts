import type { JobSignal, SlurmJob } from "../control.ts";
import { compressHostList } from "../host-list.ts";
import { date } from "./fake-node.ts";

export type JobState = "PENDING" | "CONFIGURING" | "RUNNING" | "COMPLETING" | OverState;

export type OverState = "COMPLETED" | "CANCELLED" | "FAILED" | "NODE_FAIL";

const OVER: ReadonlySet<JobState> = new Set<OverState>([
  "COMPLETED",
  "CANCELLED",
  "FAILED",
  "NODE_FAIL",
]);

export interface SubmitOptions {
  /** Missing: the first partition. */
  readonly partition?: string;
  /** Missing: 1. Jobs take whole nodes. */
  readonly nodes?: number;
  readonly name?: string;
  readonly user?: string;
  /** False: `salloc` or an interactive `srun`. */
  readonly isBatch?: boolean;
  /** False: `--no-requeue`. */
  readonly requeue?: boolean;
  /** Missing: it runs until `finish`. */
  readonly runSeconds?: number;
  /** `--signal`, which its script handles; any other signal ends the job: FAILED. */
  readonly signal?: JobSignal;
  /** It writes a checkpoint at its signal, and ends so many seconds later with code 0. */
  readonly checkpointSeconds?: number;
  /** `--reservation`: it runs on the nodes of this one alone, and while it is active. */
  readonly reservation?: string;
}

/** A job's record in slurmctld's memory. Times are milliseconds since the epoch. */
export class FakeJob {
  readonly id: number;
  readonly partition: string;
  readonly wanted: number;
  readonly options: SubmitOptions;
  state: JobState = "PENDING";
  reason = "None";
  nodes: readonly string[] = [];
  submittedAt: number;
  eligibleAt: number;
  startedAt: number | undefined;
  /** When the checkpoint that it was asked for is written. */
  checkpointAt: number | undefined;
  endedAt: number | undefined;
  restarts = 0;
  /** PrologSlurmctld still runs; the job cannot be scheduled again before it ends. */
  prologRunning = false;
  /** slurmctld forgot that it ended: no node runs it. */
  isGhost = false;
  /** Its script never came to its node. */
  isLost = false;
  /** Nodes whose slurmd was given it, while slurmctld does not know that. */
  readonly rememberedBy = new Set<string>();
  #revoked: { readonly second: number; readonly nodes: ReadonlySet<string> } | undefined;
  /** Nodes that have yet to answer that they ended its last run. */
  cleaningNodes: readonly string[] = [];

  constructor(id: number, partition: string, options: SubmitOptions, now: number) {
    this.id = id;
    this.partition = partition;
    this.wanted = options.nodes ?? 1;
    this.options = options;
    this.submittedAt = now;
    this.eligibleAt = now;
  }

  get isBatch(): boolean {
    return this.options.isBatch ?? true;
  }

  get canRequeue(): boolean {
    return this.isBatch && (this.options.requeue ?? true);
  }

  get isOver(): boolean {
    return OVER.has(this.state);
  }

  get isCleaning(): boolean {
    return this.prologRunning || this.cleaningNodes.length > 0;
  }

  get holdsNodes(): boolean {
    return this.state === "CONFIGURING" || this.state === "RUNNING";
  }

  /** True once a running job has come to the end of what it was to do. */
  isDone(now: number): boolean {
    if (this.isGhost || this.isLost) return false;
    const { runSeconds } = this.options;
    const ranOut = runSeconds !== undefined && now >= (this.startedAt ?? now) + runSeconds * 1000;
    return ranOut || (this.checkpointAt !== undefined && now >= this.checkpointAt);
  }

  /** Its nodes are told to end it. */
  revoke(now: number): void {
    this.#revoked = { second: Math.floor(now / 1000), nodes: new Set(this.nodes) };
  }

  /** slurmd refuses it still: it compares whole seconds. */
  isRevoked(now: number): boolean {
    const { second = -1, nodes } = this.#revoked ?? {};
    return Math.floor(now / 1000) <= second && this.nodes.some((name) => nodes?.has(name));
  }

  view(): SlurmJob {
    const cleaning = this.state === "PENDING" && this.isCleaning;
    return {
      id: this.id,
      label: String(this.id),
      name: this.options.name ?? "wrap",
      user: this.options.user ?? "alice",
      account: "",
      partition: this.partition,
      state: this.state,
      reason: cleaning ? "Cleaning" : this.reason,
      nodes: compressHostList(this.nodes),
      nodeCount: this.nodes.length === 0 ? this.wanted : this.nodes.length,
      isBatch: this.isBatch,
      ...(this.isBatch && this.nodes[0] !== undefined ? { batchHost: this.nodes[0] } : {}),
      canRequeue: this.canRequeue,
      submitTime: date(this.submittedAt),
      eligibleTime: date(this.eligibleAt),
      startTime: date(this.startedAt),
    };
  }
}
