import { readdirSync, readFileSync } from "node:fs";
import type { Log } from "@sluice/capacity";
import { type Clock, messageOf } from "@sluice/model";

/** What the guard sees of slurmctld, and may do to it. */
export interface GuardedController {
  /**
   * A process and the processor time that it has had, in ticks. `held` is one that a debugger has.
   * Undefined: there is none.
   */
  look(): { readonly pid: number; readonly ticks: number; readonly isHeld: boolean } | undefined;
  /** Rejects when there was no answer. */
  ping(signal: AbortSignal): Promise<void>;
  /** Ends it at once; systemd starts it again. */
  kill(): Promise<void>;
}

export interface ControllerGuardOptions {
  readonly controller: GuardedController;
  readonly clock: Clock;
  readonly log: Log;
  /** Told after each kill. */
  readonly onKilled: (why: string) => void;
}

const LOOK_MILLISECONDS = 1000;
/** Looks in a row without any processor time, until it is asked. */
const STILL_LOOKS = 3;
/** Milliseconds that it has for its answer then. */
const PATIENCE = 3000;

/**
 * Ends a slurmctld that hangs, so that systemd starts it again: one that gets no processor time for
 * six seconds while it is asked something. One that is slow because it has much to do is never ended,
 * as it has processor time, nor one that a debugger has stopped, nor one that has not answered yet
 * since it was started: it may wait for accounting. Runs until `signal` fires.
 */
export async function guardController(
  { controller, clock, log, onKilled }: ControllerGuardOptions,
  signal: AbortSignal,
): Promise<void> {
  let last: { pid: number; ticks: number } | undefined;
  let still = 0;
  let known = 0;
  while (!signal.aborted) {
    await clock.sleep(LOOK_MILLISECONDS, signal);
    const now = controller.look();
    if (now !== undefined && now.pid !== known && (await answers(controller, signal))) {
      known = now.pid;
    }
    const isStill = now?.pid === known && !now.isHeld && isSame(now, last);
    still = isStill ? still + 1 : 0;
    last = now;
    if (now === undefined || still < STILL_LOOKS || signal.aborted) continue;
    still = 0;
    if (await answers(controller, signal)) continue;
    const then = controller.look();
    if (signal.aborted || then === undefined || then.isHeld || !isSame(then, now)) continue;
    const why = `slurmctld did nothing for ${STILL_LOOKS + PATIENCE / 1000} s and did not answer`;
    try {
      await controller.kill();
      onKilled(why);
    } catch (error) {
      log.error({ error: messageOf(error) }, `${why}, and can't be ended`);
    }
  }
}

function isSame(
  one: { readonly pid: number; readonly ticks: number },
  other: { readonly pid: number; readonly ticks: number } | undefined,
): boolean {
  return one.pid === other?.pid && one.ticks === other.ticks;
}

async function answers(controller: GuardedController, signal: AbortSignal): Promise<boolean> {
  try {
    await controller.ping(AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]));
    return true;
  } catch {
    return false;
  }
}

/** @param text of /proc/PID/stat; a process may have brackets in its name. */
export function processStat(text: string): { readonly state: string; readonly ticks: number } {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", ticks: Number(fields[11]) + Number(fields[12]) };
}

/**
 * All threads of a process count in its ticks; its children, which end by themselves, do not.
 *
 * @param pidFile that slurmctld writes.
 */
export function lookAtProcess(pidFile: string): ReturnType<GuardedController["look"]> {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    const { state, ticks } = processStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    if (state === "Z") return undefined;
    return { pid, ticks, isHeld: state === "t" || isTraced(pid) };
  } catch {
    return undefined;
  }
}

/** Threads are stopped one by one; a debugger has all of them. */
function isTraced(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).some((task) =>
    /^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${pid}/task/${task}/status`, "utf8")),
  );
}
