import { SluiceError } from "@sluice/model";
import type {
  NodeUpdate,
  SlurmControl,
  SlurmJob,
  SlurmNode,
  SlurmReservation,
} from "../control.ts";
import type { SubmitOptions } from "./fake-job.ts";
import type {
  FakeConf,
  FakeSlurmHooks,
  FakeSlurmOptions,
  ReceivedSignal,
  RegisterOptions,
} from "./fake-options.ts";
import { FakeSlurmctld, refused } from "./fake-slurmctld.ts";

/** One call of `control`, as it arrived; failed ones are there too. */
export interface FakeCall {
  readonly method: keyof SlurmControl;
  readonly nodes?: readonly string[];
  readonly update?: NodeUpdate;
  readonly jobId?: number;
}

/**
 * slurmctld in memory, with the power saving of cloud nodes: see `fake-slurm.md` for what it
 * promises. It lives by the clock it is given; dispose of it to end its background work.
 */
export class FakeSlurm implements Disposable {
  readonly calls: FakeCall[] = [];
  readonly control: SlurmControl;
  readonly #slurmctld: FakeSlurmctld;
  #accountingAway = false;
  #failures = { left: 0, code: "SLURM_UNREACHABLE" };

  constructor(options: FakeSlurmOptions) {
    this.#slurmctld = new FakeSlurmctld(options);
    this.control = this.#makeControl(this.#slurmctld);
  }

  [Symbol.dispose](): void {
    this.#slurmctld[Symbol.dispose]();
  }

  /** What slurmctld runs; may be set, and replaced, at any time. */
  get hooks(): FakeSlurmHooks {
    return this.#slurmctld.hooks;
  }

  /**
   * slurmctld reads another slurm.conf: added nodes are powered down, those that are no more are gone
   * with no word, and what it had stays as it is.
   */
  reconfigure(conf: FakeConf): void {
    this.#slurmctld.reconfigure(conf);
  }

  /** @returns the job's id. It is scheduled before this returns. */
  submit(options: SubmitOptions = {}): number {
    return this.#slurmctld.submit(options);
  }

  /** The job's script ends with code 0. */
  finish(jobId: number): void {
    this.#slurmctld.finish(jobId);
  }

  cancel(jobId: number): void {
    this.#slurmctld.cancel(jobId);
  }

  /** @throws Error for a job that was never submitted. */
  job(id: number): SlurmJob {
    const job = this.#slurmctld.job(id);
    if (job === undefined) throw new Error(`the fake knows no job ${id}`);
    return job;
  }

  /** @throws Error for a node that no partition has. */
  node(name: string): SlurmNode {
    return this.#slurmctld.node(name);
  }

  /**
   * slurmd on the node's machine comes up and registers.
   * @returns false when slurmctld ignored it: the node is powered down or going down, or the
   * machine booted before it was asked for.
   */
  register(name: string, options: RegisterOptions = {}): boolean {
    return this.#slurmctld.register(name, options);
  }

  /** The machine dies, or its network does: its slurmd answers no more. */
  loseNode(name: string): void {
    this.#slurmctld.loseNode(name);
  }

  /** slurmctld is killed, and back at once with what it had written down. */
  loseLaunch(jobId: number): void {
    this.#slurmctld.loseLaunch(jobId);
  }

  crash(): void {
    this.#slurmctld.crash();
  }

  /** slurmdbd answers no more, or again. */
  set accountingAway(away: boolean) {
    this.#accountingAway = away;
  }

  /** What reached running jobs, oldest first. */
  get signals(): readonly ReceivedSignal[] {
    return this.#slurmctld.signals;
  }

  /** `scontrol create reservation`, for all of them at once: those of before are gone. */
  setReservations(reservations: readonly SlurmReservation[]): void {
    this.#slurmctld.setReservations(reservations);
  }

  /** The next `count` calls of `control` fail, as if slurmctld were down, or refused. */
  failNextCalls(
    count: number,
    code: "SLURM_UNREACHABLE" | "SLURM_REFUSED" = "SLURM_UNREACHABLE",
  ): void {
    this.#failures = { left: count, code };
  }

  #makeControl(slurm: FakeSlurmctld): SlurmControl {
    const call = async <T>(entry: FakeCall, signal: AbortSignal | undefined, body: () => T) => {
      this.calls.push(entry);
      signal?.throwIfAborted();
      if (this.#failures.left > 0) {
        this.#failures.left--;
        throw this.#failures.code === "SLURM_REFUSED"
          ? refused("access/permission denied")
          : unreachable("slurmctld does not answer");
      }
      return body();
    };
    return {
      nodes: (options) =>
        call({ method: "nodes" }, options?.signal, () => {
          const wanted = options?.names && new Set(options.names);
          return slurm.nodes().filter((node) => wanted?.has(node.name) ?? true);
        }),
      jobs: (options) => call({ method: "jobs" }, options?.signal, () => slurm.jobs()),
      job: (jobId, options) =>
        call({ method: "job", jobId }, options?.signal, () => slurm.job(jobId)),
      partitions: (options) =>
        call({ method: "partitions" }, options?.signal, () => slurm.partitions()),
      updateNodes: (nodes, update, options) =>
        call({ method: "updateNodes", nodes, update }, options?.signal, () =>
          slurm.updateNodes(nodes, update),
        ),
      updatePartition: (name, state, options) =>
        call({ method: "updatePartition" }, options?.signal, () =>
          slurm.updatePartition(name, state),
        ),
      requeue: (jobId, options) =>
        call({ method: "requeue", jobId }, options?.signal, () => slurm.requeue(jobId)),
      makeEligible: (jobId, options) =>
        call({ method: "makeEligible", jobId }, options?.signal, () =>
          slurm.makeEligible(jobId, options?.at),
        ),
      reservations: (options) =>
        call({ method: "reservations" }, options?.signal, () => slurm.reservations()),
      jobSignal: (jobId, options) =>
        call({ method: "jobSignal", jobId }, options?.signal, () => slurm.jobSignal(jobId)),
      signalJob: (jobId, wanted, options) =>
        call({ method: "signalJob", jobId }, options?.signal, () => slurm.signalJob(jobId, wanted)),
      cancel: (jobId, options) =>
        call({ method: "cancel", jobId }, options?.signal, () => slurm.cancel(jobId)),
      lastRuns: (jobIds, options) =>
        call({ method: "lastRuns" }, options?.signal, () => {
          if (this.#accountingAway) throw unreachable("slurmdbd does not answer");
          return slurm.runs(jobIds);
        }),
      saveNodes: (node, options) =>
        call({ method: "saveNodes", nodes: [node] }, options?.signal, () => slurm.saveNodes()),
      startedAt: (options) =>
        call({ method: "startedAt" }, options?.signal, () => slurm.startedAt()),
    };
  }
}

function unreachable(message: string): SluiceError {
  return new SluiceError("SLURM_UNREACHABLE", "system", message);
}

export function createFakeSlurm(options: FakeSlurmOptions): FakeSlurm {
  return new FakeSlurm(options);
}
