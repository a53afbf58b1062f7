import type { SlurmNode } from "@sluice/slurm";
import type { ResumeRequest } from "./contract.ts";
import { phaseOf } from "./observe/node-phase.ts";
import type { Demand } from "./observe/snapshot.ts";

/** What hooks said since the last pass. */
export interface HookNews {
  readonly resumed: ReadonlySet<string>;
  readonly suspended: ReadonlySet<string>;
}

/**
 * Takes down what Slurm's hooks say, in memory only: what is lost with the process shows in the
 * states of Slurm's nodes, which each pass reads.
 */
export class HookQueue {
  #resumed = new Set<string>();
  #suspended = new Set<string>();
  /** Kept until none of the job's nodes is starting any more, to launch gangs together. */
  readonly #jobs = new Map<number, readonly string[]>();

  resume({ nodes, jobs = [] }: ResumeRequest): void {
    for (const node of nodes) this.#resumed.add(node);
    for (const job of jobs) this.#jobs.set(job.id, job.nodes);
  }

  suspend(tokens: readonly string[]): void {
    for (const token of tokens) this.#suspended.add(token);
  }

  get hasNews(): boolean {
    return this.#resumed.size > 0 || this.#suspended.size > 0;
  }

  take(): HookNews {
    const news = { resumed: this.#resumed, suspended: this.#suspended };
    this.#resumed = new Set();
    this.#suspended = new Set();
    return news;
  }

  /** The pass that took them failed: the next one is to know. */
  putBack({ resumed, suspended }: HookNews): void {
    for (const node of resumed) this.#resumed.add(node);
    for (const token of suspended) this.#suspended.add(token);
  }

  demands(): readonly Demand[] {
    return [...this.#jobs].map(([jobId, nodes]) => ({
      jobId,
      nodes,
      canRequeue: undefined,
      waiting: false,
    }));
  }

  forgetSettled(nodes: readonly SlurmNode[]): void {
    if (this.#jobs.size === 0) return;
    const starting = new Set(
      nodes.filter((node) => phaseOf(node) === "starting").map((node) => node.name),
    );
    for (const [id, names] of this.#jobs) {
      const isFresh = names.some((name) => this.#resumed.has(name));
      if (!isFresh && !names.some((name) => starting.has(name))) this.#jobs.delete(id);
    }
  }
}
