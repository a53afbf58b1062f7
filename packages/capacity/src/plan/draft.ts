import type { Machine, PoolKey } from "@sluice/cloud";
import { type NodeUpdate, REASON_PREFIX, type SlurmJob, type SlurmNode } from "@sluice/slurm";
import { isBusy, phaseOf } from "../observe/node-phase.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import { type NodePlace, offeringId, poolId } from "../pools.ts";
import type { Intent } from "../store/contract.ts";
import type { Action } from "./action.ts";
import { jobsByNode } from "./jobs.ts";
import { Protection } from "./protection.ts";
import { Shelf } from "./unavailability.ts";

/** A node that is to get a machine. With `again`, that intent is asked once more. */
export interface Want {
  readonly name: string;
  readonly place: NodePlace;
  readonly attempts: number;
  readonly again?: Intent;
}

/**
 * A plan in the making: the snapshot, indexed, and what has been decided so far. It lives for one
 * call of `plan` and touches nothing outside.
 */
export class Draft {
  readonly snapshot: Snapshot;
  readonly shelf: Shelf;
  readonly protection: Protection;
  readonly nodes: ReadonlyMap<string, SlurmNode>;
  readonly machines: ReadonlyMap<string, Machine>;
  /** By node: open, accepted and registered intents whose machine is there or may yet come. */
  readonly live = new Map<string, Intent[]>();
  /** By node: an intent whose machine was there and is gone. */
  readonly lost = new Map<string, Intent>();
  readonly wants: Want[] = [];
  /** By queue: whose machines are stopped, or about to be, in the order of their nodes. */
  readonly parked = new Map<string, readonly Intent[]>();
  /** Ids of jobs that can't keep their nodes, with the reason. */
  readonly returned = new Map<number, string>();
  /** When those of them may be placed again that would only come back before. */
  readonly heldBack = new Map<number, Date>();
  #jobs: ReadonlyMap<string, readonly SlurmJob[]> | undefined;
  readonly #saved = new Map<string, { readonly intent: Intent; readonly reason: string }>();
  readonly #dropped = new Map<string, string>();
  readonly #updates = new Map<string, { update: NodeUpdate; reason: string; nodes: string[] }>();
  readonly #changes = new Map<string, NodeUpdate["state"]>();
  readonly #early: Action[] = [];
  readonly #late: Action[] = [];

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
    this.shelf = new Shelf(snapshot.unavailable, snapshot);
    this.protection = new Protection(snapshot.health);
    this.nodes = new Map(snapshot.nodes.map((node) => [node.name, node]));
    this.machines = new Map(snapshot.machines.map((machine) => [machine.token, machine]));
  }

  /** Slurm's jobs on a node; undefined when the jobs were not read. */
  jobsOn(node: string): readonly SlurmJob[] | undefined {
    if (this.snapshot.jobs === undefined) return undefined;
    this.#jobs ??= jobsByNode(this.snapshot.jobs);
    return this.#jobs.get(node) ?? [];
  }

  save(intent: Intent, reason: string): void {
    this.#saved.set(intent.token, { intent, reason });
  }

  drop(token: string, reason: string): void {
    this.#saved.delete(token);
    this.#dropped.set(token, reason);
  }

  isDropped(token: string): boolean {
    return this.#dropped.has(token);
  }

  /**
   * The machine of `intent` is to go; what was never accepted is forgotten. With `consoleFor` its
   * console is kept for that pool.
   */
  condemn(intent: Intent, reason: string, consoleFor?: PoolKey): void {
    // The answer is on its way; the next pass knows which machine it is about.
    if (intent.state === "open" && this.snapshot.inFlight.has(intent.token)) return;
    this.#leave(intent);
    if (intent.state === "open") {
      this.drop(intent.token, reason);
      return;
    }
    this.save({ ...intent, state: "condemned" }, reason);
    this.terminate(this.machines.get(intent.token), intent, reason, consoleFor);
  }

  terminate(
    machine: Machine | undefined,
    intent: Intent | undefined,
    reason: string,
    consoleFor?: PoolKey,
  ): void {
    const machineId = machine?.id ?? intent?.machineId;
    if (machineId === undefined || machine?.state === "stopping") return;
    const node = machine?.node ?? intent?.node ?? "";
    this.#late.push({
      kind: "terminate",
      machineId,
      node,
      ...(consoleFor === undefined ? {} : { consoleFor }),
      reason,
    });
  }

  /** The offering does not deliver for this pool; `reason` has no prefix. */
  offeringFailed(intent: Intent, cause: "capacity" | "boot", reason: string): void {
    const failed = this.shelf.fail({ pool: intent.pool, offering: intent.offering, cause, reason });
    if (failed === undefined) return;
    const { item } = failed;
    const about = `${poolId(item.pool)} ${offeringId(item.offering)}`;
    this.#early.push({ kind: "offering-failed", item, reason: `${about}: ${reason}` });
  }

  updateNode(node: SlurmNode, update: NodeUpdate, reason: string): void {
    const id = `${update.state}\0${update.reason ?? ""}`;
    const group = this.#updates.get(id) ?? { update, reason, nodes: [] };
    group.nodes.push(node.name);
    this.#updates.set(id, group);
    this.#changes.set(node.name, update.state);
  }

  /** What this plan asks of a node so far. */
  changeOf(name: string): NodeUpdate["state"] {
    return this.#changes.get(name);
  }

  /** Sets a node DOWN, which sends its jobs back to the queue. A person's reason stays on it. */
  setDown(node: SlurmNode, reason: string): void {
    const drained = node.flags.has("DRAIN") && node.reason !== undefined && node.reason !== "";
    const text = drained ? (node.reason ?? "") : `${REASON_PREFIX}${reason}`;
    this.updateNode(node, { state: "DOWN", reason: text }, reason);
    if (!isBusy(node) && phaseOf(node) !== "starting") return;
    for (const job of this.jobsOn(node.name) ?? []) {
      if (job.canRequeue) this.returned.set(job.id, reason);
    }
  }

  /** After what is to be remembered, before Slurm hears of nodes. */
  act(action: Action): void {
    this.#early.push(action);
  }

  actLast(action: Action): void {
    this.#late.push(action);
  }

  finish(launches: readonly Action[]): readonly Action[] {
    const actions: Action[] = [];
    for (const [reason, save, drop] of this.#remembered()) {
      actions.push({ kind: "remember", save, drop, reason });
    }
    actions.push(...this.#early, ...launches);
    for (const { nodes, update, reason } of this.#updates.values()) {
      actions.push({ kind: "update-nodes", nodes, update, reason });
    }
    for (const [jobId, reason] of this.returned) {
      const notBefore = this.heldBack.get(jobId);
      const when = notBefore === undefined ? {} : { notBefore };
      actions.push({ kind: "give-back", jobId, ...when, reason });
    }
    return [...actions, ...this.#late];
  }

  #leave(intent: Intent): void {
    const rest = (this.live.get(intent.node) ?? []).filter((one) => one.token !== intent.token);
    this.live.set(intent.node, rest);
  }

  #remembered(): Iterable<readonly [string, Intent[], string[]]> {
    const groups = new Map<string, readonly [string, Intent[], string[]]>();
    const group = (reason: string) => {
      const found = groups.get(reason) ?? ([reason, [], []] as const);
      groups.set(reason, found);
      return found;
    };
    for (const { intent, reason } of this.#saved.values()) group(reason)[1].push(intent);
    for (const [token, reason] of this.#dropped) group(reason)[2].push(token);
    return groups.values();
  }
}
