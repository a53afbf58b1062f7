import type { YAMLMap, YAMLSeq } from "yaml";
import { type BlockStyle, inlineText } from "./block-text.ts";
import type { Operation } from "./edit.ts";
import type { TextLines } from "./layout.ts";
import { extentOf, itemTokens, type Slot, slotAt } from "./nodes.ts";
import { scalarText } from "./scalar-text.ts";
import type { Splice } from "./splices.ts";

/** A new key or entry between brackets. */
export function intoFlow(
  collection: YAMLMap | YAMLSeq,
  operation: Extract<Operation, { kind: "add" | "insert" }>,
  style: BlockStyle,
): Splice {
  const value = inlineText(operation.value, style, true);
  const step = operation.path.at(-1) ?? 0;
  const { length } = collection.items;
  const isKey = typeof step === "string";
  const text = isKey
    ? `${scalarText(step, { quote: style.quote, inFlow: true })}: ${value}`
    : value;
  if (length === 0) {
    const inside = (collection.range?.[0] ?? 0) + 1;
    return { start: inside, end: inside, text: isKey ? ` ${text} ` : text };
  }
  if (typeof step === "number" && step < length) {
    const { start } = extentOf(slotAt(collection, step));
    return { start, end: start, text: `${text}, ` };
  }
  const { end } = extentOf(slotAt(collection, length - 1));
  return { start: end, end, text: `, ${text}` };
}

/** Takes a key or entry out, and one comma with it. It is never the only one. */
export function cutFromFlow(slot: Slot, lines: TextLines): Splice[] {
  if (slot.kind === "root") return [];
  const collection = slot.kind === "key" ? slot.map : slot.list;
  const { start, end } = extentOf(slot);
  const commas = commasOf(collection);
  const behind = commas.find((comma) => comma >= end);
  const isLast = slot.index === collection.items.length - 1;
  if (behind !== undefined) {
    const next = isLast ? behind + 1 : extentOf({ ...slot, index: slot.index + 1 }).start;
    const between = lines.text.slice(end, next);
    if (!isLast && !/[#\n]/.test(between)) return [{ start, end: next, text: "" }];
    return cut(start, behind + 1, lines);
  }
  const before = commas.findLast((comma) => comma < start) ?? start;
  const between = lines.text.slice(before + 1, start);
  if (!/[#\n]/.test(between)) return [{ start: before, end, text: "" }];
  return [{ start: before, end: before + 1, text: "" }, ...cut(start, end, lines)];
}

function cut(start: number, end: number, lines: TextLines): Splice[] {
  const isAlone = lines.before(start).trim() === "" && lines.after(end).trim() === "";
  return isAlone
    ? [{ start: lines.startOf(start), end: lines.nextOf(end), text: "" }]
    : [{ start, end, text: "" }];
}

function commasOf(collection: YAMLMap | YAMLSeq): number[] {
  return itemTokens(collection).flatMap(({ start }) =>
    start.flatMap(({ type, offset }) => (type === "comma" ? [offset] : [])),
  );
}
