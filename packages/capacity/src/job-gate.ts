import { type Clock, messageOf, SluiceError } from "@sluice/model";
import { expandHostList, type SlurmControl, type SlurmJob, type SlurmNode } from "@sluice/slurm";
import type { AwaitedJob, JobVerdict, Log } from "./contract.ts";
import { isBusy, isDown, isReady } from "./observe/node-phase.ts";
import type { Demand } from "./observe/snapshot.ts";
import { Waker } from "./waker.ts";

const FLOOR_MILLISECONDS = 75;
/** A read that takes long is made less often, so that polling costs slurmctld a fifth at most. */
const CALL_TIME_FACTOR = 4;
/** But not less often than this: what waits is somebody's job. */
const CEILING_MILLISECONDS = 1000;
const QUIET_MILLISECONDS = 500;
const QUIET_AFTER_MILLISECONDS = 5000;
const JOBS_EVERY_MILLISECONDS = 3000;
const JOBS_WHEN_ODD_MILLISECONDS = 250;
const ONE_BY_ONE = 4;

interface JobGateDeps {
  readonly slurm: SlurmControl;
  readonly clock: Clock;
  readonly log: Log;
  /** Before this time, milliseconds since the epoch, the job does not start, ready or not. */
  readonly launchableAt: (jobId: number) => number;
}

interface Waiter {
  readonly job: AwaitedJob;
  readonly answers: Set<(verdict: JobVerdict | undefined) => void>;
}

/**
 * Where PrologSlurmctld waits. All jobs share one poller of their nodes, which runs while there are
 * any.
 *
 * ```
 *   waiting ── all nodes ready ─────────────────────────▶ start
 *      │ ───── a node is DOWN, or capacity gave it back ─▶ no start
 *      └────── the job is gone, pending or elsewhere ────▶ no start
 * ```
 *
 * While the gate is held no job starts; the other answers are given.
 */
export class JobGate {
  readonly #slurm: SlurmControl;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #launchableAt: (jobId: number) => number;
  readonly #waker: Waker;
  readonly #waiters = new Map<number, Waiter>();
  readonly #closing = new AbortController();
  #polling: Promise<void> | undefined;
  #jobsReadAt = 0;
  #odd = false;
  #lastNews = 0;
  #ready = -1;
  #isHeld = false;

  constructor(deps: JobGateDeps) {
    this.#slurm = deps.slurm;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#launchableAt = deps.launchableAt;
    this.#waker = new Waker(deps.clock);
  }

  /** @throws SluiceError `CAPACITY_STOPPED` when the manager stops before there is an answer. */
  await(job: AwaitedJob, signal: AbortSignal): Promise<JobVerdict> {
    if (this.#closing.signal.aborted) return Promise.reject(stopped(job.jobId));
    if (signal.aborted) return Promise.resolve({ start: false, reason: "the caller is gone" });
    const there = this.#waiters.get(job.jobId);
    const same = there !== undefined && sameNodes(there.job.nodes, job.nodes);
    if (there !== undefined && !same) this.#answer(there, no("the job has other nodes now"));
    const answers = same ? there.answers : new Set<(verdict: JobVerdict | undefined) => void>();
    this.#waiters.set(job.jobId, { job, answers });
    return new Promise((resolve, reject) => {
      const answer = (verdict: JobVerdict | undefined) => {
        signal.removeEventListener("abort", leave);
        answers.delete(answer);
        if (verdict === undefined) reject(stopped(job.jobId));
        else resolve(verdict);
      };
      const leave = () => {
        answer(no("the caller is gone"));
        const waiter = this.#waiters.get(job.jobId);
        if (waiter?.answers.size === 0) this.#waiters.delete(job.jobId);
      };
      answers.add(answer);
      signal.addEventListener("abort", leave, { once: true });
      this.#lastNews = this.#now();
      this.#waker.wake();
      this.#polling ??= this.#poll().finally(() => {
        this.#polling = undefined;
      });
    });
  }

  /** The nodes that waiting jobs are about. */
  demands(): readonly Demand[] {
    return [...this.#waiters.values()].map(({ job }) => ({
      jobId: job.jobId,
      nodes: job.nodes,
      canRequeue: job.canRequeue,
      waiting: true,
    }));
  }

  giveBack(jobId: number, reason: string): void {
    const waiter = this.#waiters.get(jobId);
    if (waiter !== undefined) this.#answer(waiter, no(reason));
  }

  /** A machine is about to register: look closely again. */
  hint(): void {
    this.#lastNews = this.#now();
    if (this.#waiters.size > 0) this.#waker.wake();
  }

  /** No job starts until `release`. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.hint();
  }

  /** Rejects who still waits, so that their hooks call the next process. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const waiter of [...this.#waiters.values()]) this.#answer(waiter, undefined);
    await this.#polling;
  }

  #now(): number {
    return this.#clock.now().getTime();
  }

  #answer(waiter: Waiter, verdict: JobVerdict | undefined): void {
    if (this.#waiters.get(waiter.job.jobId) === waiter) this.#waiters.delete(waiter.job.jobId);
    for (const answer of [...waiter.answers]) answer(verdict);
  }

  async #poll(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#waiters.size > 0 && !signal.aborted) {
      const began = this.#now();
      try {
        await this.#look([...this.#waiters.values()], signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#log.debug({ error: messageOf(error) }, "slurm does not answer; jobs wait");
      }
      if (this.#waiters.size === 0) return;
      const took = this.#now() - began;
      const quiet = this.#now() - this.#lastNews > QUIET_AFTER_MILLISECONDS;
      const pause = Math.max(
        quiet ? QUIET_MILLISECONDS : FLOOR_MILLISECONDS,
        Math.min(CEILING_MILLISECONDS, took * CALL_TIME_FACTOR),
      );
      // A new waiter or a hint shortens the pause, but never below what the last read cost.
      if (await this.#waker.sleep(pause, signal)) await this.#clock.sleep(took, signal);
    }
  }

  async #look(waiters: readonly Waiter[], signal: AbortSignal): Promise<void> {
    const names = [...new Set(waiters.flatMap(({ job }) => job.nodes))];
    const found = await this.#slurm.nodes({ names, signal });
    const nodes = new Map(found.map((node) => [node.name, node]));
    let ready = 0;
    for (const waiter of waiters) ready += this.#judge(waiter, nodes);
    if (ready !== this.#ready) this.#lastNews = this.#now();
    this.#ready = ready;

    const every = this.#odd ? JOBS_WHEN_ODD_MILLISECONDS : JOBS_EVERY_MILLISECONDS;
    const left = [...this.#waiters.values()].filter((waiter) => waiters.includes(waiter));
    if (left.length === 0 || this.#now() - this.#jobsReadAt < every) return;
    this.#odd = false;
    this.#jobsReadAt = this.#now();
    const jobs = await this.#jobsOf(left, signal);
    for (const waiter of left) {
      const why = whyGone(jobs.get(waiter.job.jobId), waiter.job);
      if (why !== undefined) this.#answer(waiter, no(why));
    }
  }

  /** Few jobs are asked for one by one: the whole queue may be long. */
  async #jobsOf(
    waiters: readonly Waiter[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, SlurmJob>> {
    const found =
      waiters.length > ONE_BY_ONE
        ? await this.#slurm.jobs({ signal })
        : await Promise.all(waiters.map(({ job }) => this.#slurm.job(job.jobId, { signal })));
    return new Map(found.flatMap((job) => (job === undefined ? [] : [[job.id, job]])));
  }

  /** @returns how many of the job's nodes are ready. */
  #judge(waiter: Waiter, nodes: ReadonlyMap<string, SlurmNode>): number {
    let ready = 0;
    for (const name of waiter.job.nodes) {
      const node = nodes.get(name);
      if (node === undefined || !isBusy(node)) this.#odd = true;
      if (node === undefined) continue;
      if (isDown(node)) {
        this.#answer(waiter, no(`node ${name} is down: ${node.reason ?? "no reason given"}`));
        return ready;
      }
      if (isReady(node)) ready += 1;
    }
    const isReadyToGo = ready === waiter.job.nodes.length && !this.#isHeld;
    if (isReadyToGo && this.#now() >= this.#launchableAt(waiter.job.jobId)) {
      this.#answer(waiter, { start: true });
    }
    return ready;
  }
}

function whyGone(job: SlurmJob | undefined, awaited: AwaitedJob): string | undefined {
  if (job === undefined) return "the job is gone";
  if (job.state !== "CONFIGURING" && job.state !== "RUNNING") return `the job is ${job.state}`;
  if (job.nodes !== "" && !sameNodes(expandHostList(job.nodes), awaited.nodes)) {
    return "the job has other nodes now";
  }
  return undefined;
}

function sameNodes(some: readonly string[], others: readonly string[]): boolean {
  const set = new Set(others);
  return new Set(some).size === set.size && some.every((name) => set.has(name));
}

function no(reason: string): JobVerdict {
  return { start: false, reason };
}

function stopped(jobId: number): SluiceError {
  return new SluiceError(
    "CAPACITY_STOPPED",
    "system",
    `the node manager stops and can't say whether job ${jobId} may start`,
    { hint: "ask again: the next process answers" },
  );
}
