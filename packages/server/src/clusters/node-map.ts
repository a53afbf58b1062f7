import { DOING_LETTERS, type NodeMap } from "@sluice/api";
import type { ClusterSnapshot } from "@sluice/lifecycle";
import type { NodeView } from "@sluice/model";
import { doingOf } from "./node-states.ts";

type Group = NodeMap["groups"][number];

interface Span {
  readonly prefix: string;
  readonly first: number | null;
  does: string;
}

/** Every node by compute resource; 20,000 nodes are 20 KB. */
export function nodeMapOf({ fleet, nodes }: Pick<ClusterSnapshot, "fleet" | "nodes">): NodeMap {
  const groups = new Map<string, NodeView[]>();
  for (const node of nodes) {
    const key = `${node.queue}\0${node.computeResource}`;
    const there = groups.get(key);
    if (there === undefined) groups.set(key, [node]);
    else there.push(node);
  }
  const order = new Map(fleet.queues.map(({ name }, index) => [name, index]));
  const rank = (queue: string): number => order.get(queue) ?? order.size;
  return {
    groups: [...groups.values()].map(groupOf).sort((a, b) => rank(a.queue) - rank(b.queue)),
  };
}

/** Of one compute resource, which has a node at least. */
function groupOf(nodes: readonly NodeView[]): Group {
  const [{ queue, computeResource }] = nodes as [NodeView];
  const placed = nodes
    .map((node) => ({ node, ...partsOf(node.name) }))
    .sort((a, b) => compare(a.prefix, b.prefix) || (a.number ?? 0) - (b.number ?? 0));
  const spans: Span[] = [];
  for (const { node, prefix, number } of placed) {
    const letter = DOING_LETTERS[doingOf(node)];
    const last = spans.at(-1);
    const isNext =
      last?.prefix === prefix && last.first !== null && last.first + last.does.length === number;
    if (isNext) last.does += letter;
    else spans.push({ prefix, first: number, does: letter });
  }
  return { queue, computeResource, spans };
}

/** A number that its own digits would not give again, as that of `n007`, is a part of the name. */
function partsOf(name: string): { readonly prefix: string; readonly number: number | null } {
  const [, prefix, digits] = /^(.*?)(0|[1-9][0-9]{0,8})$/.exec(name) ?? [];
  if (prefix === undefined || digits === undefined || prefix.endsWith("0")) {
    return { prefix: name, number: null };
  }
  return { prefix, number: Number(digits) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
