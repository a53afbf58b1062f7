import { isCloudError, type Standby, type TerminateOutcome } from "@sluice/cloud";
import { messageOf } from "@sluice/model";
import type { NodeManagerDeps } from "../contract.ts";
import type { Action } from "../plan/action.ts";
import type { CapacityPolicy } from "../policy.ts";
import type { Recorder } from "./recorder.ts";
import { withTimeout } from "./timeout.ts";

type Park = Extract<Action, { kind: "park" | "unpark" }>;

/** What was accepted is asked again only after this long; the plan repeats until it shows. */
const AGAIN_MILLISECONDS = 4000;

/** Switches machines off and on again, beside the passes. */
export class Parker {
  readonly #deps: NodeManagerDeps;
  readonly #policy: CapacityPolicy;
  readonly #recorder: Recorder;
  readonly #wake: () => void;
  readonly #askedAt = new Map<string, number>();
  /** What was last said of a machine. */
  readonly #said = new Map<string, Park["kind"]>();
  readonly #running = new Set<Promise<void>>();

  constructor(deps: NodeManagerDeps, policy: CapacityPolicy, recorder: Recorder, wake: () => void) {
    this.#deps = deps;
    this.#policy = policy;
    this.#recorder = recorder;
    this.#wake = wake;
  }

  begin(actions: readonly Park[], signal: AbortSignal): void {
    const { standby, clock } = this.#deps;
    const now = clock.now().getTime();
    for (const [id, at] of this.#askedAt) {
      if (now - at >= AGAIN_MILLISECONDS) this.#askedAt.delete(id);
    }
    if (standby === undefined) return;
    for (const kind of ["park", "unpark"] as const) {
      const due = actions.filter(
        (one) => one.kind === kind && !this.#askedAt.has(`${kind} ${one.machineId}`),
      );
      if (due.length === 0) continue;
      const event = kind === "park" ? "parked" : "unparked";
      for (const { machineId, node, reason } of due) {
        this.#askedAt.set(`${kind} ${machineId}`, now);
        // Asked again until it shows, and said once.
        if (this.#said.get(machineId) === kind) continue;
        this.#said.set(machineId, kind);
        this.#recorder.add(event, `machine ${machineId}: ${reason}`, { node, machineId });
      }
      const ids = due.map((one) => one.machineId);
      const run = this.#ask(standby, kind, ids, signal).finally(() => this.#running.delete(run));
      this.#running.add(run);
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #ask(
    standby: Standby,
    kind: Park["kind"],
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, log } = this.#deps;
    const failed = (machineId: string, error: unknown) => {
      this.#askedAt.delete(`${kind} ${machineId}`);
      log.warn({ machineId, error: messageOf(error) }, `${kind} failed`);
      if (isFinal(error)) this.#giveUp(machineId, kind, messageOf(error));
    };
    const call = (within: AbortSignal): Promise<readonly TerminateOutcome[]> =>
      kind === "park"
        ? standby.stop(ids, { signal: within })
        : standby.start(ids, { signal: within });
    try {
      const outcomes = await withTimeout(clock, this.#policy.callTimeoutSeconds, signal, call);
      for (const [index, id] of ids.entries()) {
        const outcome = outcomes[index];
        if (outcome?.ok === false) failed(id, outcome.error);
      }
    } catch (error) {
      if (!signal.aborted) for (const id of ids) failed(id, error);
    }
    this.#wake();
  }

  /** The machine is to go; a node that wants one gets a new one from the next pass. */
  #giveUp(machineId: string, kind: Park["kind"], why: string): void {
    const { store } = this.#deps;
    const state = kind === "park" ? "parked" : "accepted";
    this.#said.delete(machineId);
    const intent = store
      .intents()
      .find((one) => one.machineId === machineId && one.state === state);
    if (intent === undefined) return;
    store.saveIntents([{ ...intent, state: "condemned" }]);
    this.#recorder.add(`${kind}-refused`, `machine ${machineId} is given up: ${why}`, intent);
  }
}

/** Asking again would not help, or not soon. */
function isFinal(error: unknown): boolean {
  if (!isCloudError(error)) return false;
  const { kind } = error;
  switch (kind) {
    case "InsufficientCapacity":
    case "QuotaExceeded":
    case "LaunchRejected":
    case "NotFound":
      return true;
    case "Throttled":
    case "NotReady":
    case "Transient":
      return false;
    default:
      return kind satisfies never;
  }
}
