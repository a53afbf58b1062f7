import type { Machines } from "@sluice/cloud";
import { type Clock, isSluiceError, messageOf } from "@sluice/model";
import type { SlurmControl } from "@sluice/slurm";
import type { Act } from "./plan/next-step.ts";
import type { NodeAct } from "./plan/nodes.ts";
import type { FleetControl } from "./updater.ts";

export interface DoerDeps {
  readonly slurm: SlurmControl;
  readonly machines: Pick<Machines, "terminate">;
  readonly fleet: FleetControl;
  readonly clock: Clock;
  readonly log: (message: string) => void;
}

/**
 * A requeued job that starts in the second in which it became pending is FAILED by the nodes that
 * it had; see `SlurmControl.makeEligible`.
 */
const REQUEUE_MILLISECONDS = 2000;

/** Does what an update decides. What Slurm refuses is logged and left to the next look. */
export class Doer {
  readonly #deps: DoerDeps;

  constructor(deps: DoerDeps) {
    this.#deps = deps;
  }

  async doAll(acts: readonly Act[]): Promise<void> {
    for (const act of acts) await this.#do(act);
  }

  async #do(act: Act): Promise<void> {
    const { slurm, machines, fleet, clock } = this.#deps;
    switch (act.kind) {
      case "queue":
        return this.#tried(act, () => slurm.updatePartition(act.queue, act.state));
      case "nodes":
        return this.#updateNodes(act);
      case "terminate":
        await machines.terminate(act.machineIds);
        return;
      case "eligible": {
        const at = new Date(clock.now().getTime() + REQUEUE_MILLISECONDS);
        return this.#tried(act, () => slurm.makeEligible(act.jobId, { at }));
      }
      case "stop-fleet":
        return fleet.stop();
      case "start-fleet":
        return fleet.start();
      default:
        act satisfies never;
    }
  }

  /** One node that Slurm refuses must not keep the others from it. */
  async #updateNodes({ kind: _, nodes, ...update }: NodeAct): Promise<void> {
    const { slurm } = this.#deps;
    try {
      await slurm.updateNodes(nodes, update);
    } catch (error) {
      if (!isRefused(error) || nodes.length === 1) return this.#left({ nodes, update }, error);
      for (const node of nodes) {
        await this.#tried({ node, update }, () => slurm.updateNodes([node], update));
      }
    }
  }

  async #tried(what: object, call: () => Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.#left(what, error);
    }
  }

  #left(what: object, error: unknown): void {
    if (!isRefused(error)) throw error;
    this.#deps.log(`left to the next look: ${JSON.stringify(what)}: ${messageOf(error)}`);
  }
}

function isRefused(error: unknown): boolean {
  return isSluiceError(error) && error.code === "SLURM_REFUSED";
}
