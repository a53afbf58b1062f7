import { DOING_LETTERS, type NodeDoing, type NodeMap } from "@sluice/api";

type Span = NodeMap["groups"][number]["spans"][number];

/** The nodes of one compute resource in the order of their names. */
export interface NodeGroup {
  readonly id: string;
  readonly queue: string;
  readonly computeResource: string;
  readonly names: readonly string[];
  /** A letter each: see `DOING_LETTERS`. */
  readonly does: string;
}

const KIND_OF = new Map(
  Object.entries(DOING_LETTERS).map(([kind, letter]) => [letter as string, kind as NodeDoing]),
);

export function kindOf(letter: string | undefined): NodeDoing {
  return KIND_OF.get(letter ?? "") ?? "down";
}

export function groupsOf({ groups }: NodeMap): readonly NodeGroup[] {
  return groups.map(({ queue, computeResource, spans }) => ({
    id: `${queue}/${computeResource}`,
    queue,
    computeResource,
    names: spans.flatMap(namesOf),
    does: spans.map(({ does }) => does).join(""),
  }));
}

function namesOf({ prefix, first, does }: Span): readonly string[] {
  if (first === null) return [prefix];
  return Array.from(does, (_, index) => `${prefix}${first + index}`);
}

export function countKinds(groups: readonly Pick<NodeGroup, "does">[]): Record<NodeDoing, number> {
  const counts = { idle: 0, busy: 0, off: 0, starting: 0, stopping: 0, drained: 0, down: 0 };
  for (const { does } of groups) for (const letter of does) counts[kindOf(letter)] += 1;
  return counts;
}

/** A node by its place: in which group, and the how many-th there. */
export interface Place {
  readonly group: number;
  readonly index: number;
}

export function placeOf(groups: readonly NodeGroup[], name: string): Place | undefined {
  for (const [group, { names }] of groups.entries()) {
    const index = names.indexOf(name);
    if (index >= 0) return { group, index };
  }
  return undefined;
}

/** Pixels of a square and of the space behind it, for so many nodes. */
export function cellFor(count: number): { readonly size: number; readonly gap: number } {
  if (count <= 500) return { size: 20, gap: 3 };
  if (count <= 3_000) return { size: 13, gap: 2 };
  if (count <= 10_000) return { size: 9, gap: 1 };
  return { size: 7, gap: 1 };
}

/**
 * Where an arrow or another key leads from a node, in a picture that is `columns` squares wide;
 * undefined for keys that lead nowhere. Up and down go on in the group before and behind.
 */
export function stepFrom(
  { group, index }: Place,
  key: string,
  columns: number,
  sizes: readonly number[],
): Place | undefined {
  const size = sizes[group] ?? 0;
  const last = sizes.length - 1;
  const first = { group, index: 0 };
  const end = (of: number): Place => ({ group: of, index: Math.max(0, (sizes[of] ?? 1) - 1) });
  switch (key) {
    case "ArrowRight":
      if (index + 1 < size) return { group, index: index + 1 };
      return group < last ? { group: group + 1, index: 0 } : { group, index };
    case "ArrowLeft":
      if (index > 0) return { group, index: index - 1 };
      return group > 0 ? end(group - 1) : first;
    case "ArrowDown": {
      if (index + columns < size) return { group, index: index + columns };
      const isLastRow = Math.floor(index / columns) === Math.floor((size - 1) / columns);
      if (!isLastRow) return end(group);
      if (group === last) return { group, index };
      return { group: group + 1, index: Math.min(index % columns, (sizes[group + 1] ?? 1) - 1) };
    }
    case "ArrowUp": {
      if (index >= columns) return { group, index: index - columns };
      if (group === 0) return { group, index };
      const above = sizes[group - 1] ?? 1;
      const row = Math.floor((above - 1) / columns) * columns;
      return { group: group - 1, index: Math.min(row + index, above - 1) };
    }
    case "Home":
      return first;
    case "End":
      return end(group);
    case "PageDown":
      return { group: Math.min(last, group + 1), index: 0 };
    case "PageUp":
      return { group: Math.max(0, group - 1), index: 0 };
    default:
      return undefined;
  }
}
