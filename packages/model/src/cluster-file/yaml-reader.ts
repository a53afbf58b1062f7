import { isAlias, isMap, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from "yaml";
import { CONTROL_CHARACTERS, showValue } from "./finding.ts";
import { type Path, type Problem, problem } from "./problem.ts";

/** Where a value stands in the text, as offsets, and what is inside it. */
export interface Place {
  readonly offset: number;
  readonly end: number;
  readonly keys: ReadonlyMap<string, { readonly offset: number; readonly place: Place }>;
  readonly items: readonly Place[];
}

/** A problem of the text itself, which has an offset rather than a path. */
export interface TextProblem extends Problem {
  readonly offset: number;
}

export const SYNTAX = "YamlSyntaxValidator";
export const MAX_DEPTH = 50;
export const MAX_PROBLEMS = 100;
/** Of values, each counted as often as aliases repeat it. One of 2,000 queues has about 130,000. */
export const MAX_VALUES = 300_000;
export const TOO_MANY_VALUES = `the file comes to more than ${MAX_VALUES} values`;

interface Read {
  readonly value: unknown;
  readonly place: Place;
}

/** What an alias repeats. */
interface Anchored extends Read {
  /** How many values it is, repeated ones counted each time. */
  readonly size: number;
  /** How many levels are below it. */
  readonly height: number;
}

type Entries = Map<string, { readonly offset: number; readonly read: Read }>;

/** Turns YAML nodes into plain data and their places, within limits. */
export class YamlReader {
  readonly problems: TextProblem[] = [];
  /** Undefined while the anchor's own value is being read. */
  readonly #anchors = new Map<string, Anchored | undefined>();
  #isTooLarge = false;
  #values = 0;
  /** Length of the longest path since the innermost anchor that is being read. */
  #deepest = 0;

  /** True when it gave up; what was read until then is of no use. */
  get isTooLarge(): boolean {
    return this.#isTooLarge;
  }

  /** @param from where the value would be, were there one. */
  read(node: unknown, path: Path, from = 0): Read {
    const at = placeOf(node, from);
    if (isAlias(node)) return this.#alias(node.source, at, path);
    if (!this.#enter(1, path.length, at)) return nothing(at);
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
    if (anchor === undefined) return this.#content(node, at, path);

    this.#anchors.set(anchor, undefined);
    const [values, deepest] = [this.#values, this.#deepest];
    this.#deepest = path.length;
    const read = this.#content(node, at, path);
    const size = this.#values - values + 1;
    this.#anchors.set(anchor, { ...read, size, height: this.#deepest - path.length });
    this.#deepest = Math.max(deepest, this.#deepest);
    return read;
  }

  /** False when that is too much: it has given up then. */
  #enter(values: number, depth: number, at: Place): boolean {
    this.#values += values;
    this.#deepest = Math.max(this.#deepest, depth);
    if (depth > MAX_DEPTH) this.#giveUp(at, `values are nested more than ${MAX_DEPTH} deep`);
    else if (this.#values > MAX_VALUES) {
      this.#giveUp(at, TOO_MANY_VALUES);
    }
    return !this.#isTooLarge;
  }

  #content(node: unknown, at: Place, path: Path): Read {
    if (isMap(node)) return this.#section(node, at, path);
    if (isSeq(node)) return this.#list(node, at, path);
    const value = isScalar(node) ? node.value : null;
    if (typeof value !== "object" || value === null) {
      return { value: value ?? null, place: at };
    }
    const message = "this value is neither text nor a number nor true or false";
    this.#report(at.offset, path, message, "write a plain value");
    return nothing(at);
  }

  #alias(name: string, at: Place, path: Path): Read {
    const read = this.#anchors.get(name);
    // What is wrong inside a repeated value is found, and pointed at, where it is written.
    if (read !== undefined) {
      if (!this.#enter(read.size, path.length + read.height, at)) return nothing(at);
      return { value: read.value, place: { ...read.place, offset: at.offset } };
    }
    const why = this.#anchors.has(name) ? "contains itself" : "is not defined above";
    const message = `the alias *${name.slice(0, 40)} ${why}`;
    this.#report(at.offset, path, message, "write the value itself");
    return nothing(at);
  }

  #list(node: YAMLSeq, at: Place, path: Path): Read {
    const items: Read[] = [];
    for (const [index, item] of node.items.entries()) {
      const read = this.read(item, [...path, index], at.offset);
      items.push(read);
      if (this.#isTooLarge) break;
    }
    return {
      value: items.map((item) => item.value),
      place: { ...at, items: items.map((item) => item.place) },
    };
  }

  #section(node: YAMLMap, at: Place, path: Path): Read {
    const entries: Entries = new Map();
    const merged: Read[] = [];
    for (const pair of node.items) {
      const key = this.#key(pair, at, path);
      if (key === undefined) continue;
      const { offset, end } = placeOf(pair.key, at.offset);
      const isMerge = key === "<<" && isScalar(pair.key) && pair.key.type === "PLAIN";
      const read = this.read(pair.value, isMerge ? path : [...path, key], end);
      if (this.#isTooLarge) break;
      if (isMerge) merged.push(read);
      else if (entries.has(key)) {
        const message = `the key ${showValue(key)} is here twice, and only one of its values can count`;
        this.#report(offset, [...path, key], message, "keep one of them");
      } else entries.set(key, { offset, read });
    }
    for (const read of merged) this.#merge(read, entries, path);

    const value: Record<string, unknown> = {};
    const keys = new Map<string, { offset: number; place: Place }>();
    for (const [key, { offset, read }] of entries) {
      value[key] = read.value;
      keys.set(key, { offset, place: read.place });
    }
    return { value, place: { ...at, keys } };
  }

  #key(pair: Pair, at: Place, path: Path): string | undefined {
    const { offset } = placeOf(pair.key, at.offset);
    const value = isScalar(pair.key) ? pair.key.value : undefined;
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
      this.#report(offset, path, "a key is missing or is not text", "write `Key: value`");
      return undefined;
    }
    const key = String(value);
    if (key === "__proto__" || CONTROL_CHARACTERS.test(key)) {
      this.#report(offset, path, `${showValue(key)} can't be a key`, "remove it");
      return undefined;
    }
    return key;
  }

  /** `<<: *base` adds the keys that the section does not have itself. */
  #merge(read: Read, entries: Entries, path: Path): void {
    const sources = Array.isArray(read.value)
      ? read.value.map((value, index) => ({ value, place: read.place.items[index] ?? read.place }))
      : [{ value: read.value, place: read.place }];
    for (const { value, place } of sources) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        const suggestion = "write the alias of a section";
        this.#report(read.place.offset, path, "`<<` takes a section", suggestion);
        continue;
      }
      for (const [key, child] of Object.entries(value)) {
        if (entries.has(key)) continue;
        const known = place.keys.get(key) ?? { offset: place.offset, place };
        const { offset } = known;
        entries.set(key, { offset, read: { value: child, place: known.place } });
      }
    }
  }

  #giveUp(at: Place, message: string): void {
    if (this.#isTooLarge) return;
    this.#isTooLarge = true;
    this.#report(at.offset, [], message, "check that this is the right file");
  }

  #report(offset: number, path: Path, message: string, suggestion: string): void {
    // The last word is why it gave up.
    if (this.problems.length >= MAX_PROBLEMS && !this.#isTooLarge) return;
    this.problems.push({ ...problem(SYNTAX, path, message, suggestion), offset });
  }
}

function nothing(at: Place): Read {
  return { value: null, place: at };
}

const NO_KEYS: Place["keys"] = new Map();
const NO_ITEMS: Place["items"] = [];

function placeOf(node: unknown, from: number): Place {
  const range = isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range : null;
  const [offset, end] = range ?? [from, from];
  return { offset, end, keys: NO_KEYS, items: NO_ITEMS };
}
