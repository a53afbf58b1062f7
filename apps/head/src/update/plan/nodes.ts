import { phaseOf } from "@sluice/capacity";
import { isOurReason, type NodeStateChange, type SlurmNode } from "@sluice/slurm";
import type { HeldNode } from "../../cluster-state.ts";
import type { Look } from "./look.ts";

export interface NodeAct {
  readonly kind: "nodes";
  readonly nodes: readonly string[];
  readonly state?: NodeStateChange;
  readonly reason?: string;
}

/** `gently`: its jobs end first. `by-force`: they go back to the queue. */
export type HowOff = "gently" | "by-force";

/**
 * What an update writes on nodes. The node manager takes it for somebody else's reason, which it
 * never undoes: an update and it don't work on the same node at the same time.
 */
const REASON = "sluice update";
/** The node manager's own again, which stands in nobody's way. */
const RELEASED = "sluice: updated";

export function isHeldByUpdate({ reason }: SlurmNode): boolean {
  return reason?.startsWith(REASON) ?? false;
}

/** It can't be given to a job. */
const isHeld = ({ base, flags }: SlurmNode): boolean => base === "DOWN" || flags.has("DRAIN");

/** Somebody wants it out of service, and says why. */
function isHeldByOthers(node: SlurmNode): boolean {
  const isSlurms = node.reasonUser === "slurm";
  return isHeld(node) && !isHeldByUpdate(node) && !isOurReason(node.reason) && !isSlurms;
}

/**
 * Nodes that are to be off: those that are up are told to go, and no node that is going or off may
 * be given to a job before its change is applied. Slurm forgets that a node was drained when it
 * powers it down, and until it has done so it gives it to nobody: each look comes sooner than that.
 */
export function nodeActs(
  { nodes, record }: Pick<Look, "nodes" | "record">,
  off: ReadonlyMap<string, HowOff>,
): readonly NodeAct[] {
  const reason = `${REASON}: version ${record.wanted.version}`;
  const acts = new Acts();
  for (const node of nodes) {
    const how = off.get(node.name);
    if (how === undefined) continue;
    const phase = phaseOf(node);
    switch (phase) {
      case "off":
      case "stopping":
      case "starting":
        if (!isHeldByUpdate(node) || !node.flags.has("DRAIN")) acts.add(node, "DRAIN", reason);
        break;
      case "up":
      case "silent":
      case "down":
        if (node.flags.has("POWER_DOWN")) break;
        acts.add(node, how === "by-force" ? "POWER_DOWN_FORCE" : "POWER_DOWN_ASAP", reason);
        break;
      default:
        phase satisfies never;
    }
  }
  return acts.all;
}

/** Nodes that others hold, as they were before the update put its own reason on them. */
export function heldNodes(
  { nodes, record }: Pick<Look, "nodes" | "record">,
  off: ReadonlyMap<string, HowOff>,
): readonly HeldNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const known = record.heldNodes.filter(({ node: name, reason }) => {
    const node = byName.get(name);
    return node !== undefined && (off.has(name) || node.reason !== reason);
  });
  const names = new Set(known.map(({ node }) => node));
  const found = nodes
    .filter((node) => off.has(node.name) && !names.has(node.name) && isHeldByOthers(node))
    .map(
      ({ name, base, reason = "" }): HeldNode => ({
        node: name,
        state: base === "DOWN" ? "DOWN" : "DRAIN",
        reason,
      }),
    );
  return [...known, ...found];
}

/** Nodes that need not be off any more, as they were: in service, or held by others. */
export function releaseActs(
  { nodes, record }: Pick<Look, "nodes" | "record">,
  off: ReadonlyMap<string, HowOff>,
): readonly NodeAct[] {
  const held = new Map(record.heldNodes.map((one) => [one.node, one]));
  const acts = new Acts();
  for (const node of nodes) {
    if (off.has(node.name) || !isHeldByUpdate(node)) continue;
    const theirs = held.get(node.name);
    if (theirs !== undefined) acts.add(node, theirs.state, theirs.reason);
    else if (node.base === "DOWN") acts.add(node, "RESUME");
    else if (node.flags.has("DRAIN")) acts.add(node, "UNDRAIN");
    else acts.add(node, undefined, RELEASED);
  }
  return acts.all;
}

/** The nodes of `look` that are off, can't be given to a job and have no machine. */
export function offNodes({
  nodes,
  machines,
}: Pick<Look, "nodes" | "machines">): (name: string) => boolean {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const withMachine = new Set(machines.map(({ node }) => node));
  return (name) => {
    const node = byName.get(name);
    const isOff = node === undefined || (phaseOf(node) === "off" && isHeld(node));
    return isOff && !withMachine.has(name);
  };
}

/** Machines that stay though their node is off: parked for a node that will be another one. */
export function machinesLeft(
  { nodes, machines }: Pick<Look, "nodes" | "machines">,
  off: ReadonlyMap<string, HowOff>,
): readonly string[] {
  const switchedOff = new Set(
    nodes.filter((node) => off.has(node.name) && phaseOf(node) === "off").map(({ name }) => name),
  );
  return machines
    .filter(({ node, state }) => switchedOff.has(node) && state !== "stopping")
    .map(({ id }) => id);
}

/** Updates of nodes, those that are alike in one. */
class Acts {
  readonly #byKind = new Map<string, NodeAct & { readonly nodes: string[] }>();

  add({ name }: SlurmNode, state: NodeStateChange | undefined, reason?: string): void {
    const key = JSON.stringify([state, reason]);
    const known = this.#byKind.get(key);
    if (known !== undefined) {
      known.nodes.push(name);
      return;
    }
    this.#byKind.set(key, {
      kind: "nodes",
      nodes: [name],
      ...(state === undefined ? {} : { state }),
      ...(reason === undefined ? {} : { reason }),
    });
  }

  get all(): readonly NodeAct[] {
    return [...this.#byKind.values()];
  }
}
