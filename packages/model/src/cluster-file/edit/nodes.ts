import {
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Path } from "../problem.ts";

/** Where a value hangs: under a key, in a list, or at the top. All offsets are in the text. */
export type Slot =
  | { readonly kind: "key"; readonly map: YAMLMap; readonly index: number }
  | { readonly kind: "entry"; readonly list: YAMLSeq; readonly index: number }
  | { readonly kind: "root"; readonly document: Document.Parsed };

export type Found =
  /** Outermost first, the slot that was looked for last. */
  | { readonly is: "there"; readonly slots: readonly Slot[] }
  /** The value at this path is an alias, or its key comes with `<<`: what is below is elsewhere. */
  | { readonly is: "elsewhere"; readonly path: Path; readonly isMerged: boolean }
  | { readonly is: "missing" };

export function find(document: Document.Parsed, path: Path): Found {
  const slots: Slot[] = [{ kind: "root", document }];
  let node: Node | null = document.contents;
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) return { is: "elsewhere", path: path.slice(0, depth), isMerged: false };
    const slot = slotIn(node, step);
    if (slot === undefined) {
      const isMerged = isMap(node) && node.items.some(isMerge);
      return isMerged
        ? { is: "elsewhere", path: path.slice(0, depth + 1), isMerged }
        : { is: "missing" };
    }
    slots.push(slot);
    node = nodeIn(slot);
  }
  return { is: "there", slots };
}

function slotIn(node: Node | null, step: string | number): Slot | undefined {
  if (isMap(node) && typeof step === "string") {
    const index = node.items.findIndex((pair) => keyOf(pair) === step && !isMerge(pair));
    return index === -1 ? undefined : { kind: "key", map: node, index };
  }
  if (!isSeq(node) || typeof step !== "number" || step >= node.items.length) return undefined;
  return { kind: "entry", list: node, index: step };
}

export function keyOf(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

function isMerge(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.value === "<<" && pair.key.type === "PLAIN";
}

export function nodeIn(slot: Slot): Node | null {
  switch (slot.kind) {
    case "key":
      return (slot.map.items[slot.index]?.value ?? null) as Node | null;
    case "entry":
      return (slot.list.items[slot.index] ?? null) as Node | null;
    case "root":
      return slot.document.contents;
    default:
      return slot satisfies never;
  }
}

/** Where the parts of a slot are. */
export interface Extent {
  /** Of the key or dash, with what belongs to it; of the value at the top and in a flow list. */
  readonly start: number;
  /** Behind the colon or dash; `start` where there is none. */
  readonly indicatorEnd: number;
  /** Of the value, with its anchor and tag; undefined when nothing is written. */
  readonly value: { readonly start: number; readonly end: number } | undefined;
  /** Of all of it, without the comments behind. */
  readonly end: number;
}

export function extentOf(slot: Slot): Extent {
  if (slot.kind === "root") {
    const value = valueExtent(nodeIn(slot), []);
    return {
      start: value?.start ?? 0,
      indicatorEnd: value?.start ?? 0,
      value,
      end: value?.end ?? 0,
    };
  }
  return slot.kind === "key" ? keyExtent(slot) : entryExtent(slot);
}

function keyExtent(slot: Extract<Slot, { kind: "key" }>): Extent {
  const pair = slot.map.items[slot.index];
  const token = pair?.srcToken;
  const key = pair?.key as Node;
  const [keyStart, keyEnd] = key.range ?? [0, 0];
  const start = Math.min(
    keyStart,
    ...(token?.start ?? []).filter(isPart).map(({ offset }) => offset),
  );
  const sep = token?.sep ?? [];
  const colon = sep.find(({ type }) => type === "map-value-ind");
  const indicatorEnd = colon === undefined ? keyEnd : endOfToken(colon);
  const value = valueExtent(nodeIn(slot), sep);
  return { start, indicatorEnd, value, end: value?.end ?? indicatorEnd };
}

function entryExtent(slot: Extract<Slot, { kind: "entry" }>): Extent {
  const tokens = entryTokens(slot.list)[slot.index]?.start ?? [];
  const dash = tokens.find(({ type }) => type === "seq-item-ind");
  const value = valueExtent(nodeIn(slot), tokens);
  const start = dash?.offset ?? value?.start ?? 0;
  const indicatorEnd = dash === undefined ? start : endOfToken(dash);
  return { start, indicatorEnd, value, end: value?.end ?? indicatorEnd };
}

/** One for each entry; the parser adds others for a last comma or last comments. */
export function entryTokens(list: YAMLSeq): readonly CST.CollectionItem[] {
  const items = itemTokens(list);
  if (list.srcToken?.type === "block-seq") {
    return items.filter(({ start }) => start.some(({ type }) => type === "seq-item-ind"));
  }
  return items.filter(({ key, sep, value }) => key || sep || value);
}

export function itemTokens(collection: YAMLMap | YAMLSeq): readonly CST.CollectionItem[] {
  const token = collection.srcToken;
  return token !== undefined && "items" in token ? (token.items as CST.CollectionItem[]) : [];
}

/** @param before the tokens between the indicator and the value, its anchor and tag among them. */
function valueExtent(
  node: Node | null,
  before: readonly CST.SourceToken[],
): { readonly start: number; readonly end: number } | undefined {
  const parts = before.filter(({ type }) => type === "anchor" || type === "tag");
  const end = endOfNode(node) ?? (parts.length === 0 ? undefined : endOfToken(parts.at(-1)));
  if (end === undefined) return undefined;
  const [start] = node?.range ?? [end];
  return { start: Math.min(start, ...parts.map(({ offset }) => offset)), end };
}

/** Behind the last character that belongs to a value; undefined when it has none. */
function endOfNode(node: Node | null): number | undefined {
  if (node === null || isAlias(node)) return node?.range?.[1];
  if (isCollection(node) && !isFlow(node)) {
    const last = node.items.length - 1;
    if (last < 0) return node.range?.[1];
    return extentOf(slotAt(node as YAMLMap | YAMLSeq, last)).end;
  }
  if (node.srcToken?.type === "block-scalar") return endOfBlockScalar(node.srcToken);
  const [start, end] = node.range ?? [0, 0];
  return end === start ? undefined : end;
}

/** Its last character that is no white space; empty lines behind it are left alone. */
function endOfBlockScalar({ props, source }: CST.BlockScalar): number {
  const parts = props.filter((prop): prop is CST.SourceToken => "source" in prop);
  const body = source.trimEnd();
  if (body !== "") return endOfToken(parts.at(-1)) + body.length;
  return endOfToken(parts.findLast(({ type }) => type === "block-scalar-header"));
}

export function slotAt(collection: YAMLMap | YAMLSeq, index: number): Slot {
  return isMap(collection)
    ? { kind: "key", map: collection, index }
    : { kind: "entry", list: collection as YAMLSeq, index };
}

export function isFlow(node: Node | null): boolean {
  return isCollection(node) && node.srcToken?.type === "flow-collection";
}

/** The comment behind `|` or `>`, with its `#`. */
export function headerComment(node: Node | null): string | undefined {
  if (node?.srcToken?.type !== "block-scalar") return undefined;
  const comment = node.srcToken.props.find(({ type }) => type === "comment");
  return comment !== undefined && "source" in comment ? comment.source : undefined;
}

/** The column of a block collection's keys or dashes. */
export function columnOf(collection: YAMLMap | YAMLSeq): number {
  const token = collection.srcToken;
  return token !== undefined && "indent" in token ? token.indent : 0;
}

function isPart({ type }: CST.SourceToken): boolean {
  return type === "anchor" || type === "tag" || type === "explicit-key-ind";
}

function endOfToken(token: CST.SourceToken | undefined): number {
  return token === undefined ? 0 : token.offset + token.source.length;
}
