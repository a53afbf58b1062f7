import type { PoolKey } from "@sluice/cloud";
import { messageOf } from "@sluice/model";
import type { NodeManagerDeps } from "../contract.ts";
import type { Action } from "../plan/action.ts";
import type { CapacityPolicy } from "../policy.ts";
import type { Recorder } from "./recorder.ts";
import { withTimeout } from "./timeout.ts";

type Terminate = Extract<Action, { kind: "terminate" }>;

/** A machine that is to go does not wait longer than this for its console to be read. */
const CONSOLE_SECONDS = 5;
const CONSOLE_LINES = 20;

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
    const ids = (some: readonly Terminate[]) => some.map((one) => one.machineId);
    const silent = due.filter((one) => one.consoleFor !== undefined);
    const calls = [
      { actions: due.filter((one) => one.consoleFor === undefined), first: async () => {} },
      ...silent.map((one) => ({ actions: [one], first: () => this.#keepConsole(one, signal) })),
    ].filter(({ actions: some }) => some.length > 0);
    for (const { actions: some, first } of calls) {
      const run = first()
        .then(() => this.#ask(ids(some), signal))
        .finally(() => this.#running.delete(run));
      this.#running.add(run);
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** What a machine that never registered said last, for whoever wants to know why. */
  async #keepConsole({ machineId, consoleFor }: Terminate, signal: AbortSignal): Promise<void> {
    const { clock, consoles, store, log } = this.#deps;
    try {
      const text = await withTimeout(clock, CONSOLE_SECONDS, signal, (within) =>
        consoles.read(machineId, { signal: within }),
      );
      const item = store.health().find((one) => isSamePool(one.pool, consoleFor));
      if (item?.last?.machineId !== machineId) return;
      store.saveHealth([{ ...item, last: { ...item.last, console: lastLines(text) } }]);
    } catch (error) {
      log.debug({ machineId, error: messageOf(error) }, "its console can't be read");
    }
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

function isSamePool(one: PoolKey, other: PoolKey | undefined): boolean {
  return one.queue === other?.queue && one.computeResource === other.computeResource;
}

function lastLines(text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return lines.slice(-CONSOLE_LINES).join("\n");
}
