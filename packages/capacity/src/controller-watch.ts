import { messageOf } from "@sluice/model";
import { isUnreachable } from "@sluice/slurm";
import type { Recorder } from "./act/recorder.ts";
import type { Returner } from "./act/returner.ts";
import type { NodeManagerDeps } from "./contract.ts";
import { eachOf } from "./each-of.ts";
import type { JobGate } from "./job-gate.ts";
import { findLostLaunches } from "./lost-launches.ts";
import { type Ghost, ghostsOf, suspects } from "./plan/ghosts.ts";

const ASK_AGAIN_MILLISECONDS = 250;
const LOOK_AGAIN_FIRST_MILLISECONDS = 2000;
const LOOK_AGAIN_LAST_MILLISECONDS = 60_000;

interface Deps extends Pick<NodeManagerDeps, "slurm" | "clock" | "log"> {
  readonly gate: JobGate;
  readonly recorder: Recorder;
  readonly returner: Returner;
  readonly settleSeconds: number;
}

/**
 * What follows from a start of slurmctld. It writes its state up to five seconds late, so that one
 * that was killed comes back with jobs as they were then.
 *
 * ```
 *   told, or this process began
 *     └▶ held ── slurmctld answers ──▶ held ── settleSeconds ──▶ jobs start
 * ```
 *
 * Then those that it has as running, and that are over or never began, are ended.
 *
 * Nobody tells of a start while this process is away, so its own beginning counts as one, back to
 * the time that slurmctld names.
 */
export class ControllerWatch {
  readonly #deps: Deps;
  #wasTold = false;
  #newer = new AbortController();

  constructor(deps: Deps) {
    this.#deps = deps;
    deps.gate.hold();
  }

  started(): void {
    this.#wasTold = true;
    this.#deps.gate.hold();
    this.#newer.abort();
  }

  /** Works until `signal` fires. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wasTold = this.#wasTold;
      this.#newer = new AbortController();
      const untilNext = AbortSignal.any([signal, this.#newer.signal]);
      await this.#follow(wasTold, untilNext, signal);
      await fired(untilNext);
    }
  }

  async #follow(wasTold: boolean, untilNext: AbortSignal, signal: AbortSignal): Promise<void> {
    const { clock, gate, recorder, settleSeconds } = this.#deps;
    const startedAt = await this.#answer(untilNext);
    const isNew = !wasTold && startedAt !== undefined && (await this.#isNew(startedAt, untilNext));
    // Whoever told of the next start holds the gate.
    if (untilNext.aborted) return;
    if (isNew) return gate.release();
    const now = clock.now().getTime();
    // It names whole seconds.
    const began = startedAt === undefined ? now : Math.min(now, startedAt.getTime() + 1000);
    const until = (wasTold ? now : began) + settleSeconds * 1000;
    if (wasTold) {
      recorder.add("slurmctld-started", `jobs that are ready wait for ${settleSeconds} s`);
    }
    await clock.sleep(Math.max(0, until - now), untilNext);
    if (untilNext.aborted) return;
    gate.release();
    if (startedAt === undefined) return;
    await Promise.all([
      this.#layGhosts(startedAt, untilNext, signal),
      findLostLaunches(this.#deps, { startedAt, until: untilNext, signal }),
    ]);
  }

  /** @returns when slurmctld was started, as soon as it answers; undefined when it does not say. */
  async #answer(untilNext: AbortSignal): Promise<Date | undefined> {
    const { slurm, clock, log } = this.#deps;
    while (!untilNext.aborted) {
      try {
        return await slurm.startedAt({ signal: untilNext });
      } catch (error) {
        // Jobs are not to wait for ever for an answer that does not come.
        if (!untilNext.aborted && !isUnreachable(error)) {
          log.warn({ error: messageOf(error) }, "slurmctld does not say when it was started");
          return undefined;
        }
      }
      await clock.sleep(ASK_AGAIN_MILLISECONDS, untilNext);
    }
    return undefined;
  }

  /** Nothing can have been forgotten when no job is older than slurmctld, as in a new cluster. */
  async #isNew(startedAt: Date, untilNext: AbortSignal): Promise<boolean> {
    try {
      const jobs = await this.#deps.slurm.jobs({ signal: untilNext });
      return jobs.every(({ submitTime }) => submitTime !== undefined && submitTime > startedAt);
    } catch {
      return false;
    }
  }

  /** Until none is left, or slurmctld is started again. */
  async #layGhosts(startedAt: Date, untilNext: AbortSignal, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps;
    let pause = LOOK_AGAIN_FIRST_MILLISECONDS;
    while (!untilNext.aborted) {
      try {
        const ghosts = await this.#ghosts(startedAt, untilNext);
        if (ghosts.length === 0) return;
        await eachOf(ghosts, (ghost) => this.#end(ghost, signal));
      } catch (error) {
        const what = "jobs that are over may hold nodes; looked again soon";
        if (!untilNext.aborted) log.warn({ error: messageOf(error) }, what);
      }
      await clock.sleep(pause, untilNext);
      pause = Math.min(pause * 2, LOOK_AGAIN_LAST_MILLISECONDS);
    }
  }

  async #ghosts(startedAt: Date, signal: AbortSignal): Promise<readonly Ghost[]> {
    const { slurm } = this.#deps;
    const jobs = await slurm.jobs({ signal });
    const ids = suspects(jobs, startedAt).map(({ id }) => id);
    if (ids.length === 0) return [];
    return ghostsOf(jobs, await slurm.lastRuns(ids, { signal }), startedAt);
  }

  async #end({ jobId, canRequeue, reason }: Ghost, signal: AbortSignal): Promise<void> {
    const { slurm, recorder, returner } = this.#deps;
    if (!canRequeue) {
      await slurm.cancel(jobId, { signal });
      recorder.add("job-cancelled", reason, { jobId });
      return;
    }
    // Written down first: requeued and forgotten it would wait for half a minute.
    returner.add([jobId], signal);
    await slurm.requeue(jobId, { signal });
    recorder.add("job-requeued", reason, { jobId });
  }
}

function fired(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
