import type { ClusterConfig, ComputeResource, SlurmQueue } from "./config.ts";

export type NodeKind = "static" | "dynamic";

/** The nodes of a compute resource that are named alike: `{queue}-{st|dy}-{resource}-{1…}`. */
export interface NodeGroup {
  readonly queue: SlurmQueue;
  readonly computeResource: ComputeResource;
  readonly kind: NodeKind;
  /** What every name starts with, the last hyphen included: `cpu-dy-small-`. */
  readonly prefix: string;
  readonly count: number;
  names(): string[];
}

export interface NodeIdentity {
  readonly queue: string;
  readonly computeResource: string;
  readonly kind: NodeKind;
  /** Counted from 1. */
  readonly index: number;
}

/** Every group that has nodes, in the order of the file, static before dynamic. */
export function nodeGroups(config: ClusterConfig): NodeGroup[] {
  return config.Scheduling.SlurmQueues.flatMap((queue) =>
    queue.ComputeResources.flatMap((resource) => [
      nodeGroup(queue, resource, "static"),
      nodeGroup(queue, resource, "dynamic"),
    ]),
  ).filter((group) => group.count > 0);
}

function nodeGroup(queue: SlurmQueue, computeResource: ComputeResource, kind: NodeKind): NodeGroup {
  const { MinCount, MaxCount } = computeResource;
  const count = kind === "static" ? MinCount : MaxCount - MinCount;
  const prefix = nodePrefix(queue.Name, kind, computeResource.Name);
  return {
    queue,
    computeResource,
    kind,
    prefix,
    count,
    names: () => Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`),
  };
}

/** What the names of a group start with. */
export function nodePrefix(queue: string, kind: NodeKind, computeResource: string): string {
  return `${queue}-${kind === "static" ? "st" : "dy"}-${computeResource}-`;
}

/**
 * A look-up from node name to what the node is, made once per config. A name that the config does
 * not have, also one whose index is too high, gives undefined.
 */
export function nodeLookup(config: ClusterConfig): (name: string) => NodeIdentity | undefined {
  const groups = new Map(nodeGroups(config).map((group) => [group.prefix, group]));
  return (name) => {
    // Queues and resources may hold hyphens and even `-dy-`; only the last hyphen is certain.
    const end = name.lastIndexOf("-") + 1;
    const group = groups.get(name.slice(0, end));
    const digits = name.slice(end);
    if (group === undefined || !/^[1-9]\d{0,6}$/.test(digits)) return undefined;
    const index = Number(digits);
    if (index > group.count) return undefined;
    return {
      queue: group.queue.Name,
      computeResource: group.computeResource.Name,
      kind: group.kind,
      index,
    };
  };
}

const lookups = new WeakMap<ClusterConfig, ReturnType<typeof nodeLookup>>();

/** What the node of that name is; undefined when the config has none. The look-up is remembered. */
export function nodeOf(config: ClusterConfig, name: string): NodeIdentity | undefined {
  let lookup = lookups.get(config);
  if (lookup === undefined) {
    lookup = nodeLookup(config);
    lookups.set(config, lookup);
  }
  return lookup(name);
}
