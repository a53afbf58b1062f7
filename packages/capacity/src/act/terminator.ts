import { messageOf } from "@sluice/model";
import type { NodeManagerDeps } from "../contract.ts";
import type { Action } from "../plan/action.ts";
import type { CapacityPolicy } from "../policy.ts";
import type { Recorder } from "./recorder.ts";
import { withTimeout } from "./timeout.ts";

type Terminate = Extract<Action, { kind: "terminate" }>;

/** A termination that was accepted is asked again only after this long. */
const AGAIN_MILLISECONDS = 4000;

/** Asks for machines to be taken away, beside the passes; the plan repeats until they are gone. */
export class Terminator {
  readonly #deps: NodeManagerDeps;
  readonly #policy: CapacityPolicy;
  readonly #recorder: Recorder;
  readonly #askedAt = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();

  constructor(deps: NodeManagerDeps, policy: CapacityPolicy, recorder: Recorder) {
    this.#deps = deps;
    this.#policy = policy;
    this.#recorder = recorder;
  }

  begin(actions: readonly Terminate[], signal: AbortSignal): void {
    const now = this.#deps.clock.now().getTime();
    for (const [id, at] of this.#askedAt) {
      if (now - at >= AGAIN_MILLISECONDS) this.#askedAt.delete(id);
    }
    const due = actions.filter(({ machineId }) => !this.#askedAt.has(machineId));
    if (due.length === 0) return;
    for (const { machineId, node, reason } of due) {
      this.#askedAt.set(machineId, now);
      this.#recorder.add("terminated", `machine ${machineId}: ${reason}`, { node, machineId });
    }
    const run = this.#ask(
      due.map((one) => one.machineId),
      signal,
    ).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #ask(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const { clock, machines, log } = this.#deps;
    const failed = (id: string, error: unknown) => {
      this.#askedAt.delete(id);
      log.warn({ machineId: id, error: messageOf(error) }, "termination will be asked again");
    };
    try {
      const outcomes = await withTimeout(clock, this.#policy.callTimeoutSeconds, signal, (within) =>
        machines.terminate(ids, { signal: within }),
      );
      for (const [index, id] of ids.entries()) {
        const outcome = outcomes[index];
        if (outcome?.ok === false && outcome.error.kind !== "NotFound") failed(id, outcome.error);
      }
    } catch (error) {
      if (!signal.aborted) for (const id of ids) failed(id, error);
    }
  }
}
