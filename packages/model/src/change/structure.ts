import { z } from "zod";
import { clusterSchema } from "../cluster-file/schema/cluster.ts";
import { elementOf, metaOf, shapeOf, unwrap } from "../cluster-file/schema-tree.ts";
import { isSection } from "./same-value.ts";

/**
 * What two cluster files have in common in structure: how their sections and lists are laid side by
 * side. Comparing them and applying part of their differences both walk along this.
 */

type Schema = z.core.$ZodType;
export type Section = Readonly<Record<string, unknown>>;

export const ROOT: Schema = clusterSchema;

/** Two values at the same place of either file. */
export interface Pair<T = unknown> {
  readonly from: T;
  readonly to: T;
}

/**
 * Keys of one section that only make sense together: half of such a difference would be another
 * cluster than either file describes, or none.
 */
const TOGETHER = [
  ["MinCount", "MaxCount"],
  ["InstanceType", "Instances"],
  ["CapacityReservationId", "CapacityReservationResourceGroupArn"],
  ["Id", "Name"],
  ["Script", "Sequence"],
] as const;

/** One key of a section, or several that differ together. */
export interface Member {
  /** `MaxCount`, or `{MinCount,MaxCount}`. */
  readonly name: string;
  readonly keys: readonly string[];
}

/** How the values of a place are compared. */
export type Layout =
  | { readonly is: "section"; readonly pair: Pair<Section>; readonly members: readonly Member[] }
  | { readonly is: "list"; readonly element: Schema; readonly pair: Pair<Entries> }
  | { readonly is: "value" };

/** The entries of a list by what tells them apart, in the order of the file. */
export type Entries = ReadonlyMap<string, unknown>;

export function layoutOf(schema: Schema, { from, to }: Pair): Layout {
  const shape = shapeOf(schema);
  if (shape !== undefined) return sectionLayout(schema, Object.keys(shape), { from, to });
  const element = elementOf(schema);
  if (element !== undefined) return listLayout(element, { from, to });
  return isRecord(schema) ? settingsLayout({ from, to }) : { is: "value" };
}

/** A section that is missing and one that says nothing are the same, where nothing is required. */
function sectionLayout(schema: Schema, keys: readonly string[], { from, to }: Pair): Layout {
  const pair = { from: from ?? emptySection(schema), to: to ?? emptySection(schema) };
  if (!isSection(pair.from) || !isSection(pair.to)) return { is: "value" };
  const sections = { from: pair.from, to: pair.to };
  return { is: "section", pair: sections, members: membersOf(keys, sections) };
}

function settingsLayout({ from = {}, to = {} }: Pair): Layout {
  if (!isSection(from) || !isSection(to)) return { is: "value" };
  const keys = Object.keys({ ...from, ...to }).toSorted();
  return {
    is: "section",
    pair: { from, to },
    members: keys.map((key) => ({ name: key, keys: [key] })),
  };
}

function listLayout(element: Schema, { from = [], to = [] }: Pair): Layout {
  const pair = { from: entriesOf(element, from), to: entriesOf(element, to) };
  return pair.from === undefined || pair.to === undefined
    ? { is: "value" }
    : { is: "list", element, pair: { from: pair.from, to: pair.to } };
}

function membersOf(keys: readonly string[], { from, to }: Pair<Section>): readonly Member[] {
  const groups = TOGETHER.filter((group) =>
    group.every((key) => keys.includes(key) && from[key] !== to[key]),
  );
  return keys.flatMap((key): Member[] => {
    const group = groups.find((names) => names.some((name) => name === key));
    if (group === undefined) return [{ name: key, keys: [key] }];
    return group[0] === key ? [{ name: `{${group.join(",")}}`, keys: group }] : [];
  });
}

/** Undefined where an entry has nothing that tells it from the others. */
function entriesOf(element: Schema, list: unknown): Entries | undefined {
  const key = identityOf(element);
  if (key === undefined || !Array.isArray(list)) return undefined;
  const entries = new Map<string, unknown>();
  for (const entry of list) {
    const identity = isSection(entry) ? entry[key] : undefined;
    if (typeof identity !== "string" || entries.has(identity)) return undefined;
    entries.set(identity, entry);
  }
  return entries;
}

const IDENTITIES = ["Name", "Key", "InstanceType"] as const;

function identityOf(element: Schema): string | undefined {
  const shape = shapeOf(element);
  return shape && IDENTITIES.find((key) => Object.hasOwn(shape, key));
}

function isRecord(schema: Schema): boolean {
  return unwrap(schema) instanceof z.ZodRecord;
}

const empties = new WeakMap<Schema, { readonly section: unknown }>();

/**
 * What the schema makes of a section without keys; undefined where some are required, and where
 * none at all is something else.
 */
function emptySection(schema: Schema): unknown {
  let empty = empties.get(schema);
  if (empty === undefined) {
    const parsed = z.safeParse(unwrap(schema), {});
    const isNothing = parsed.success && metaOf(schema).byPresence !== true;
    empty = { section: isNothing ? parsed.data : undefined };
    empties.set(schema, empty);
  }
  return empty.section;
}

export function placeOfMember(path: string, { name }: Member): string {
  return path === "" ? name : `${path}.${name}`;
}

export function placeOfEntry(path: string, name: string): string {
  return `${path}[${name}]`;
}

/** The order of a list, of which the first place says enough. */
export function placeOfOrder(path: string): string {
  return `${path}[0]`;
}
