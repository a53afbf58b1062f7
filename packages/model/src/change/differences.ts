import type { z } from "zod";
import type { ClusterConfig } from "../cluster-file/config.ts";
import type { UpdatePolicy } from "../cluster-file/schema/meta.ts";
import { childOf, metaOf } from "../cluster-file/schema-tree.ts";
import { sameValue } from "./same-value.ts";
import {
  type Entries,
  layoutOf,
  type Member,
  type Pair,
  placeOfEntry,
  placeOfMember,
  placeOfOrder,
  ROOT,
  type Section,
} from "./structure.ts";

/** One difference between two cluster files, before it is known what it does to a cluster. */
export interface Difference extends Pair {
  /** Such as `Scheduling.SlurmQueues[cpu].ComputeResources[large].MaxCount`. */
  readonly path: string;
  /** `order`: of the entries of a list. */
  readonly kind: "changed" | "added" | "removed" | "order";
  /** True for an entry of a list that comes or goes whole. */
  readonly isEntry: boolean;
  readonly policy: UpdatePolicy;
  readonly where: Where;
}

/** Which entries of the file's lists a path leads through, by their names. */
export interface Where {
  readonly queue?: string;
  readonly resource?: string;
  readonly pool?: string;
  readonly storage?: string;
  readonly machineType?: string;
  readonly user?: string;
}

const ENTRY_OF: Readonly<Record<string, keyof Where>> = {
  SlurmQueues: "queue",
  ComputeResources: "resource",
  Pools: "pool",
  SharedStorage: "storage",
  MachineTypes: "machineType",
  Users: "user",
};

interface At {
  readonly path: string;
  /** The last key on the way. */
  readonly key: string;
  readonly policy: UpdatePolicy;
  readonly where: Where;
}

/** In the order of the schema and of the new file; entries that are removed come last. */
export function differencesOf(from: ClusterConfig, to: ClusterConfig): readonly Difference[] {
  return differencesIn(ROOT, { from, to });
}

/** The same of two files of another kind, both read by `root`. */
export function differencesIn(root: z.core.$ZodType, pair: Pair): readonly Difference[] {
  const found: Difference[] = [];
  compare(root, pair, { path: "", key: "", policy: "UNSUPPORTED", where: {} }, found);
  const isRemoval = ({ kind, isEntry }: Difference) => isEntry && kind === "removed";
  return [...found.filter((one) => !isRemoval(one)), ...found.filter(isRemoval)];
}

function compare(schema: z.core.$ZodType, pair: Pair, at: At, found: Difference[]): void {
  if (pair.from === pair.to) return;
  const layout = layoutOf(schema, pair);
  switch (layout.is) {
    case "section":
      for (const member of layout.members) compareMember(schema, member, layout.pair, at, found);
      return;
    case "list":
      compareEntries(layout.element, layout.pair, at, found);
      return;
    case "value":
      if (!sameValue(pair.from, pair.to)) found.push(valueDifference(pair, at));
      return;
    default:
      layout satisfies never;
  }
}

function compareMember(
  schema: z.core.$ZodType,
  member: Member,
  { from, to }: Pair<Section>,
  at: At,
  found: Difference[],
): void {
  const [key = "", ...others] = member.keys;
  const child = childOf(schema, key);
  if (child === undefined) return;
  const place: At = {
    path: placeOfMember(at.path, member),
    key,
    policy: policyOf(childOf(schema, others.at(-1) ?? key) ?? child, at.policy),
    where: at.where,
  };
  if (others.length === 0) {
    compare(child, { from: from[key], to: to[key] }, place, found);
    return;
  }
  const all = (section: Section) =>
    Object.fromEntries(member.keys.map((name) => [name, section[name]]));
  found.push(valueDifference({ from: all(from), to: all(to) }, place));
}

function compareEntries(
  element: z.core.$ZodType,
  { from, to }: Pair<Entries>,
  at: At,
  found: Difference[],
): void {
  const order = orderOf(at.key, from, to);
  if (order !== undefined) {
    const place = { ...at, path: placeOfOrder(at.path) };
    found.push({ ...valueDifference(order, place), kind: "order" });
  }
  for (const [name, entry] of to) {
    const place = placeOfEntryAt(at, name);
    if (!from.has(name)) found.push(entryDifference({ from: undefined, to: entry }, place));
    // Most entries of a long list are the same, and that is sooner said than where they differ.
    else if (!sameValue(from.get(name), entry))
      compare(element, { from: from.get(name), to: entry }, place, found);
  }
  for (const [name, entry] of from) {
    if (to.has(name)) continue;
    found.push(entryDifference({ from: entry, to: undefined }, placeOfEntryAt(at, name)));
  }
}

function placeOfEntryAt(at: At, name: string): At {
  const list = ENTRY_OF[at.key];
  return {
    ...at,
    path: placeOfEntry(at.path, name),
    where: list === undefined ? at.where : { ...at.where, [list]: name },
  };
}

/** Of the lists whose order means something: the first queue is the default one. */
function orderOf(key: string, from: Entries, to: Entries): Pair | undefined {
  if (key === "SlurmQueues") {
    const [[before], [after]] = [[...from.keys()], [...to.keys()]];
    return before === after ? undefined : { from: before, to: after };
  }
  if (key !== "Instances") return undefined;
  const kept = (one: Entries, other: Entries) => [...one.keys()].filter((name) => other.has(name));
  return sameValue(kept(from, to), kept(to, from))
    ? undefined
    : { from: [...from.keys()], to: [...to.keys()] };
}

function valueDifference({ from, to }: Pair, { path, policy, where }: At): Difference {
  const kind = from === undefined ? "added" : to === undefined ? "removed" : "changed";
  return { path, policy, where, from, to, kind, isEntry: false };
}

function entryDifference(pair: Pair, at: At): Difference {
  return { ...valueDifference(pair, at), isEntry: true };
}

/**
 * Keys without a policy of their own have that of what they are in. A section that is not compared
 * itself says nothing about keys that don't either, and what nobody allowed is not allowed.
 */
function policyOf(schema: z.core.$ZodType, inherited: UpdatePolicy): UpdatePolicy {
  return metaOf(schema).update ?? (inherited === "IGNORED" ? "UNSUPPORTED" : inherited);
}
