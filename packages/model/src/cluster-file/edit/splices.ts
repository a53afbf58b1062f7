import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Path } from "../problem.ts";
import {
  type BlockStyle,
  blockLines,
  commentLines,
  commentsByPath,
  entryLines,
  indented,
  inlineText,
  isCollection,
  isEmpty,
} from "./block-text.ts";
import type { Operation } from "./edit.ts";
import { cutFromFlow, intoFlow } from "./flow.ts";
import { styleOf, TextLines } from "./layout.ts";
import {
  columnOf,
  type Extent,
  extentOf,
  find,
  headerComment,
  isFlow,
  nodeIn,
  type Slot,
  slotAt,
} from "./nodes.ts";
import { DoesNotFit } from "./operations.ts";
import { quoted } from "./scalar-text.ts";

/** A stretch of the text and what is to be in its place. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A text that operations are turned into splices of; it does not change. */
export class EditableText {
  readonly #document: Document.Parsed;
  readonly #lines: TextLines;
  readonly #style: BlockStyle;

  constructor(text: string, document: Document.Parsed) {
    this.#document = document;
    this.#lines = new TextLines(text);
    this.#style = styleOf(document.contents);
  }

  /**
   * @param treeAfter as the operation leaves it; what an alias or `<<` brings is written out from it.
   *
   * Errors: `DoesNotFit`.
   */
  splicesFor(operation: Operation, valueAfter: (path: Path) => unknown): Splice[] {
    const { kind, path } = operation;
    // An entry that is to be inserted is not there yet; what matters is where its list is.
    const target = kind === "add" || kind === "insert" ? path.slice(0, -1) : path;
    const found = find(this.#document, target);
    if (found.is === "elsewhere") {
      return this.#writeOut(operation, found.path, found.isMerged, valueAfter);
    }
    if (found.is === "missing") throw new DoesNotFit(NO_WAY);
    const { slots } = found;
    const slot = slots.at(-1) as Slot;
    if (target !== path && isAlias(nodeIn(slot))) {
      return this.#writeOut(operation, target, false, valueAfter);
    }
    const isInFlow = slots.slice(0, -1).some((above) => isFlow(nodeIn(above)));
    switch (operation.kind) {
      case "comment":
        return this.#comment(slots, operation.comment);
      case "replace": {
        const { value, comment } = operation;
        if (!isInFlow) return [this.#replace(slot, value, comment)];
        return [...this.#comment(slots, comment), this.#replaceInFlow(slot, value)];
      }
      case "remove":
        return isInFlow ? cutFromFlow(slot, this.#lines) : [this.#remove(slot)];
      case "add":
      case "insert": {
        const collection = nodeIn(slot);
        if (isFlow(collection) && (isInFlow || !isEmptyNode(collection))) {
          const splice = intoFlow(collection as YAMLMap | YAMLSeq, operation, this.#style);
          return [...this.#comment(slots, operation.comment), splice];
        }
        return [
          operation.kind === "add"
            ? this.#add(slot, operation)
            : this.#insert(slot, operation.path.at(-1) as number, operation),
        ];
      }
      default:
        return operation satisfies never;
    }
  }

  /** Where the value comes from elsewhere, this place gets one of its own. */
  #writeOut(
    operation: Operation,
    path: Path,
    isMerged: boolean,
    valueAfter: (path: Path) => unknown,
  ): Splice[] {
    if (operation.kind === "comment") {
      throw new DoesNotFit("the comment would stand inside a section that is used several times");
    }
    if (isMerged && operation.kind === "remove" && operation.path.length === path.length) {
      throw new DoesNotFit("the key comes with `<<` and can't be removed here");
    }
    const value = valueAfter(path);
    const own: Operation = isMerged
      ? { kind: "add", path, value }
      : { kind: "replace", path, value };
    return this.splicesFor(own, valueAfter);
  }

  #replaceInFlow(slot: Slot, value: unknown): Splice {
    const { value: old, indicatorEnd, start } = extentOf(slot);
    const text = this.#inlineLike(nodeIn(slot), value, true);
    if (old !== undefined) return { ...old, text };
    const hasColon = indicatorEnd > start && this.#lines.text[indicatorEnd - 1] === ":";
    return at(indicatorEnd, hasColon ? ` ${text}` : `: ${text}`);
  }

  #replace(slot: Slot, value: unknown, comment: string | undefined): Splice {
    const node = nodeIn(slot);
    const extent = extentOf(slot);
    const isInline = !isCollection(value) || isEmpty(value);
    if (isInline) return this.#replaceByLine(node, extent, this.#inlineLike(node, value, false));
    const commentAt = commentsByPath(
      comment === undefined ? [] : [{ path: [firstStep(value)], text: comment }],
    );
    const lines = blockLines(value, this.#style, commentAt);
    if (slot.kind !== "key") return this.#replaceByCompact(slot, extent, lines);
    const column = this.#columnBelow(slot, node, Array.isArray(value));
    return this.#replaceByBlock(node, extent, indented(lines, column));
  }

  #replaceByLine(node: Node | null, extent: Extent, text: string): Splice {
    const { indicatorEnd, value } = extent;
    if (value === undefined) return at(indicatorEnd, ` ${text}`);
    const isBlock = (isMap(node) || isSeq(node)) && !isFlow(node);
    if (isBlock && this.#isBelow(extent)) {
      // Comments above the first of what goes stay where they are.
      const kept = this.#lines.text.slice(indicatorEnd, this.#lines.startOf(value.start));
      return { start: indicatorEnd, end: this.#lines.nextOf(value.end), text: ` ${text}${kept}` };
    }
    const header = headerComment(node);
    return { ...value, text: header === undefined ? text : `${text} ${header}` };
  }

  /** In a list, or at the top: the first line is where the value was. */
  #replaceByCompact(slot: Slot, extent: Extent, lines: readonly string[]): Splice {
    const { indicatorEnd, value } = extent;
    const column = slot.kind === "entry" ? columnOf(slot.list) + 2 : 0;
    const text = this.#lines.joined(lines, column);
    if (value === undefined && slot.kind === "root") return this.#atTheEnd(lines);
    if (value === undefined) {
      const isAlone = this.#lines.after(indicatorEnd).trim() === "";
      if (isAlone) return { ...at(indicatorEnd, ` ${text}`) };
      const end = this.#lines.endOf(indicatorEnd);
      return at(end, this.#lines.lineEnd + " ".repeat(column) + text);
    }
    const { start, end } = value;
    const header = headerComment(nodeIn(slot));
    const own = start - this.#lines.startOf(start);
    return { start, end, text: this.#lines.joined(header ? [header, ...lines] : lines, own) };
  }

  #replaceByBlock(node: Node | null, extent: Extent, lines: readonly string[]): Splice {
    const { indicatorEnd, value } = extent;
    const text = lines.join(this.#lines.lineEnd);
    if (value === undefined) {
      return at(this.#lines.endOf(indicatorEnd), this.#lines.lineEnd + text);
    }
    if (this.#isBelow(extent)) {
      return { start: this.#lines.startOf(value.start), end: value.end, text };
    }
    const header = headerComment(node);
    const behind = this.#lines.after(value.end).trimEnd();
    const rest = header === undefined ? behind : ` ${header}`;
    return {
      start: indicatorEnd,
      end: this.#lines.endOf(value.end),
      text: `${rest}${this.#lines.lineEnd}${text}`,
    };
  }

  #add(slot: Slot, operation: Extract<Operation, { kind: "add" }>): Splice {
    const map = nodeIn(slot);
    const key = String(operation.path.at(-1));
    const lines = [
      ...commentLines(operation.comment),
      ...entryLines(key, operation.value, this.#style),
    ];
    if (map === null || isScalar(map)) return this.#atTheEnd(lines);
    if (!isMap(map)) throw new DoesNotFit(NO_WAY);
    if (map.items.length === 0) return this.#replaceByCompact(slot, extentOf(slot), lines);
    const found = operation.after === undefined ? -1 : indexOfKey(map, operation.after);
    const before = slotAt(map, found === -1 ? map.items.length - 1 : found);
    return this.#below(before, indented(lines, columnOf(map)));
  }

  #insert(slot: Slot, index: number, operation: Extract<Operation, { kind: "insert" }>): Splice {
    const list = nodeIn(slot);
    if (!isSeq(list)) throw new DoesNotFit(NO_WAY);
    const column = columnOf(list);
    const [first = "", ...rest] = blockLines(operation.value, this.#style);
    const gap = this.#gapIn(list);
    const lines = [
      ...commentLines(operation.comment),
      `-${" ".repeat(gap)}${first}`,
      ...indented(rest, 1 + gap),
    ];
    if (index > 0) return this.#below(slotAt(list, index - 1), indented(lines, column));
    const { start } = extentOf(slotAt(list, 0));
    return at(
      start,
      `${this.#lines.joined(lines, column)}${this.#lines.lineEnd}${" ".repeat(column)}`,
    );
  }

  /** Whole lines behind what is in this slot. */
  #below(slot: Slot, lines: readonly string[]): Splice {
    const end = this.#lines.endOf(extentOf(slot).end);
    return at(end, this.#lines.lineEnd + lines.join(this.#lines.lineEnd));
  }

  #atTheEnd(lines: readonly string[]): Splice {
    const { text, lineEnd } = this.#lines;
    const isFresh = text === "" || text.endsWith("\n") || text === "\ufeff";
    return at(text.length, `${isFresh ? "" : lineEnd}${lines.join(lineEnd)}${lineEnd}`);
  }

  #remove(slot: Slot): Splice {
    const { start, end } = extentOf(slot);
    const lines = this.#lines;
    if (lines.before(start).trim() === "") {
      const next = lines.nextOf(end);
      // The last line had no line end, so the one before it loses its own.
      const isLast = next === lines.text.length && !lines.text.endsWith("\n");
      const from = lines.startOf(start);
      return isLast && from > 1
        ? { start: lines.endOf(from - 1), end: next, text: "" }
        : { start: from, end: next, text: "" };
    }
    // It is the first behind a dash.
    const next = extentOf(following(slot)).start;
    const between = lines.text.slice(lines.endOf(end), next);
    if (!between.includes("#")) return { start, end: next, text: "" };
    return {
      start: start - (lines.text[start - 1] === " " ? 1 : 0),
      end: lines.endOf(end),
      text: "",
    };
  }

  /** On lines of their own above the innermost key or entry that is not in brackets. */
  #comment(slots: readonly Slot[], comment: string | undefined): Splice[] {
    if (comment === undefined) return [];
    const inner = slots.findIndex((slot) => isFlow(nodeIn(slot)));
    const slot = slots[inner === -1 ? slots.length - 1 : inner];
    if (slot === undefined) return [];
    const start = this.#lines.startOf(extentOf(slot).start);
    const column = /^ */.exec(this.#lines.after(start))?.[0] ?? "";
    const text = commentLines(comment).map((line) => `${column}${line}${this.#lines.lineEnd}`);
    return [at(start, text.join(""))];
  }

  /** Where the lines of a collection under this key start. */
  #columnBelow(slot: Extract<Slot, { kind: "key" }>, old: Node | null, isList: boolean): number {
    const isSameKind = isList ? isSeq(old) : isMap(old);
    if (isSameKind && !isFlow(old)) return columnOf(old as YAMLMap | YAMLSeq);
    return columnOf(slot.map) + (isList ? this.#style.dash : this.#style.step);
  }

  #isBelow({ indicatorEnd, value }: Extent): boolean {
    return this.#lines.text.slice(indicatorEnd, value?.start).includes("\n");
  }

  /** Spaces behind a dash of this list. */
  #gapIn(list: YAMLSeq): number {
    const { indicatorEnd, value } = extentOf(slotAt(list, 0));
    const between = this.#lines.text.slice(indicatorEnd, value?.start ?? indicatorEnd);
    return /^ +$/.test(between) ? between.length : 1;
  }

  /** A text in quotes stays in quotes. */
  #inlineLike(node: Node | null, value: unknown, inFlow: boolean): string {
    const type = isScalar(node) && typeof value === "string" ? node.type : undefined;
    if (type === "QUOTE_SINGLE") return quoted(String(value), "single");
    if (type === "QUOTE_DOUBLE") return quoted(String(value), "double");
    return inlineText(value, this.#style, inFlow);
  }
}

const NO_WAY = "the file is written in a way that this can't be done in";

function at(offset: number, text: string): Splice {
  return { start: offset, end: offset, text };
}

function firstStep(value: object): string | number {
  return Array.isArray(value) ? 0 : (Object.keys(value)[0] ?? "");
}

function isEmptyNode(node: Node | null): boolean {
  return (isMap(node) || isSeq(node)) && node.items.length === 0;
}

function indexOfKey(map: YAMLMap, key: string): number {
  return map.items.findIndex((pair) => isScalar(pair.key) && String(pair.key.value) === key);
}

function following(slot: Slot): Slot {
  if (slot.kind === "root") throw new DoesNotFit(NO_WAY);
  const { items } = slot.kind === "key" ? slot.map : slot.list;
  if (slot.index + 1 >= items.length) throw new DoesNotFit(NO_WAY);
  return { ...slot, index: slot.index + 1 };
}
