import { customNodes } from "./custom-lines.ts";
import { groupHostList, type SlurmConfInput } from "./input.ts";
import { settingsLine } from "./lines.ts";

/** For every other node: Slurm gives no job of several nodes those that are below no switch. */
const ELSEWHERE = "elsewhere";

type TopologyInput = Pick<SlurmConfInput, "groups" | "customSettings">;

/**
 * The SwitchName lines of topology.conf: leaf switches with nothing above them. A job of several
 * nodes is put below one leaf, of those with room the one whose nodes have the least weight, and is
 * refused when none is large enough. With a switch above the leaves the weights would come first,
 * and jobs would take what is left of the lightest nodes before those of another leaf.
 *
 * @returns undefined when the nodes of every queue are below one leaf, or when an administrator has
 * set another topology.
 * @throws SluiceError `SLURM_CONF_UNSAFE`.
 */
export function topologyLines({ groups, customSettings }: TopologyInput): string[] | undefined {
  if (customSettings.some((map) => Object.keys(map).some((key) => /^TopologyPlugin$/i.test(key)))) {
    return undefined;
  }
  const leavesOfQueue = new Map<string, Set<string>>();
  const nodesOfLeaf = new Map<string, string[]>();
  for (const group of groups) {
    const nodes = groupHostList(group);
    if (nodes === undefined) continue;
    const leaf = group.leafSwitch ?? ELSEWHERE;
    leavesOfQueue.set(group.queue, (leavesOfQueue.get(group.queue) ?? new Set()).add(leaf));
    nodesOfLeaf.set(leaf, [...(nodesOfLeaf.get(leaf) ?? []), nodes]);
  }
  if ([...leavesOfQueue.values()].every((leaves) => leaves.size === 1)) return undefined;
  const custom = customNodes(customSettings);
  if (custom.length > 0) {
    nodesOfLeaf.set(ELSEWHERE, [...(nodesOfLeaf.get(ELSEWHERE) ?? []), ...custom]);
  }
  return Array.from(nodesOfLeaf, ([name, nodes]) =>
    settingsLine({ SwitchName: name, Nodes: nodes.join(",") }),
  );
}
