import { type ClusterConfig, instanceTypes } from "../cluster-file/config.ts";
import { namesOnlyIn, type Resource } from "./clusters.ts";
import type { Effect } from "./contract.ts";
import type { Difference } from "./differences.ts";
import type { Clusters, Need } from "./need.ts";
import { needOf } from "./policies.ts";

/** A difference and what it takes to apply it. */
export interface Judged {
  readonly difference: Difference;
  readonly need: Need;
}

/**
 * Each difference by its own. Then, where nodes go off bit by bit: nodes that are added among those
 * whose machines are replaced would start the old way and stay, so they wait and come with the
 * change.
 */
export function judge(
  differences: readonly Difference[],
  clusters: Clusters,
  fleet: Fleet,
): readonly Judged[] {
  const judged = differences.map((difference) => ({
    difference,
    need: needOf(difference, clusters),
  }));
  const replacements = replacementsByScope(judged);
  if (replacements.size === 0 || !isGradual(clusters.after.config, fleet)) return judged;
  return judged.map((one) => {
    const waitsFor = grown(one.difference, clusters).flatMap((resource) =>
      scopesOf(resource).flatMap((scope) => replacements.get(scope) ?? []),
    );
    return waitsFor.length === 0 ? one : { ...one, need: together(one.need, waitsFor) };
  });
}

/** Machines that are replaced, and the first difference that asks for it. */
interface Replacement {
  readonly path: string;
  readonly names: readonly string[];
  readonly set: ReadonlySet<string>;
}

/** Differences of one scope are about the same nodes. */
function replacementsByScope(judged: readonly Judged[]): ReadonlyMap<string, Replacement> {
  const found = new Map<string, Replacement>();
  for (const { difference, need } of judged) {
    if (need.is !== "nodes-off" || !need.replaces) continue;
    const scope = scopeOf(difference);
    if (found.has(scope)) continue;
    const names = need.nodes();
    found.set(scope, { path: difference.path, names, set: new Set(names) });
  }
  return found;
}

function scopeOf({ where: { machineType, queue, resource } }: Difference): string {
  if (machineType !== undefined) return `type ${machineType}`;
  if (queue === undefined) return "";
  return resource === undefined ? queue : `${queue}/${resource}`;
}

function scopesOf({ queue, resource }: Resource): readonly string[] {
  const types = instanceTypes(resource).map((name) => `type ${name}`);
  return ["", queue.Name, `${queue.Name}/${resource.Name}`, ...types];
}

/** Compute resources that get nodes. */
function grown(
  { policy, kind, isEntry, where }: Difference,
  { before, after }: Clusters,
): readonly Resource[] {
  if (policy !== "RESIZE_UPDATE_STRATEGY_ON_REMOVE" || where.queue === undefined) return [];
  if (isEntry) return kind === "added" ? after.resources(where) : [];
  const [one] = before.resources(where);
  return after
    .resources(where)
    .filter((other) => one === undefined || namesOnlyIn(other, one).length > 0);
}

function together(need: Need, replacements: readonly Replacement[]): Need {
  if (need.is === "never" || need.is === "fleet-off") return need;
  const own = need.is === "nodes-off" ? need.nodes() : [];
  const [largest, ...others] = replacements.toSorted((a, b) => b.set.size - a.set.size);
  if (largest === undefined) return need;
  const more = [own, ...others.map(({ names }) => names)].flat();
  const missing = more.filter((name) => !largest.set.has(name));
  return {
    is: "nodes-off",
    why: `its new nodes would start without the change of ${largest.path}, so they come with it`,
    // Shared where it can be: a large fleet would be listed for each of many changes.
    nodes: () =>
      missing.length === 0 ? largest.names : [...new Set([...largest.names, ...missing])],
    replaces: false,
  };
}

export type Fleet = "running" | "stopped";

function isGradual({ Scheduling }: ClusterConfig, fleet: Fleet): boolean {
  return (
    fleet === "running" && Scheduling.SlurmSettings.QueueUpdateStrategy !== "COMPUTE_FLEET_STOP"
  );
}

/** How nodes come to be off, by the new file's word; with the fleet stopped they are. */
export function effectOf(need: Need, after: ClusterConfig, fleet: Fleet): Effect {
  if (need.is === "never") return "refused";
  if (need.is === "nothing" || fleet === "stopped") return "live";
  if (need.is === "fleet-off") return "fleet-stop";
  const strategy = after.Scheduling.SlurmSettings.QueueUpdateStrategy;
  switch (strategy) {
    case "DRAIN":
      return "drain";
    case "TERMINATE":
      return "terminate";
    case "COMPUTE_FLEET_STOP":
      return "fleet-stop";
    default:
      return strategy satisfies never;
  }
}
