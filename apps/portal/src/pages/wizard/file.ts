import { type Edit, editText, type Path, readYaml } from "@sluice/model";

/** A cluster file as the steps see it: plain data, whatever is written there. */
export type FileValue = Readonly<Record<string, unknown>>;

export type Reading =
  | { readonly is: "read"; readonly value: FileValue }
  /** Line and column are from 1. */
  | {
      readonly is: "unreadable";
      readonly line: number;
      readonly column: number;
      readonly message: string;
      readonly suggestion: string;
    };

/** Reads the text of a cluster file as the server does, without judging what it says. */
export function readFile(text: string): Reading {
  const source = readYaml(text);
  const [problem] = source.problems;
  if (problem !== undefined) {
    const { message, suggestion } = problem;
    return { is: "unreadable", ...source.position(problem.offset), message, suggestion };
  }
  return { is: "read", value: sectionOf(source.value) };
}

/** The line, from 1, of the first of these keys that the file has at its top. */
export function lineOfKey(text: string, keys: readonly string[]): number | undefined {
  const { place, position } = readYaml(text);
  const key = keys.map((one) => place.keys.get(one)).find((found) => found !== undefined);
  return key && position(key.offset).line;
}

/** What stands at the path; undefined where nothing does. */
export function valueAt(value: unknown, path: Path): unknown {
  let current: unknown = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) {
      return undefined;
    }
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}

export function sectionOf(value: unknown): FileValue {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as FileValue)
    : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** As it is shown in a field; empty for nothing and for what is no plain value. */
export function wordOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? `${value}`
    : "";
}

/** The text of a field as the file has it: whole numbers as numbers. */
export function scalarOf(word: string): string | number {
  return /^-?\d{1,15}$/.test(word) ? Number(word) : word;
}

/** The edits that give a key this value, or take it and the sections away that it leaves empty. */
export function setEdits(value: unknown, path: Path, next: unknown): readonly Edit[] {
  if (next !== undefined) return [{ kind: "set", path, value: next }];
  if (valueAt(value, path) === undefined) return [];
  let last = path;
  while (last.length > 1) {
    const above = last.slice(0, -1);
    const holder = valueAt(value, above);
    if (typeof above.at(-1) === "number" || Array.isArray(holder)) break;
    if (Object.keys(sectionOf(holder)).length !== 1) break;
    last = above;
  }
  return [{ kind: "remove", path: last }];
}

/** The edits that take an entry out of its list, and the list with the last one. */
export function removeEntryEdits(value: unknown, path: Path): readonly Edit[] {
  const list = path.slice(0, -1);
  const isLast = listOf(valueAt(value, list)).length === 1;
  return [{ kind: "remove", path: isLast ? list : path }];
}

export type Edited = { readonly text: string } | { readonly problem: string };

export function editFile(text: string, edits: readonly Edit[]): Edited {
  const result = editText(text, edits);
  if ("text" in result) return result;
  const [first] = result.problems;
  return { problem: first === undefined ? "" : `${first.message}; ${first.suggestion}` };
}

/** A name that none of the list has: `queue`, then `queue-2`. */
export function freeName(base: string, taken: readonly unknown[]): string {
  const names = new Set(taken.map((entry) => sectionOf(entry).Name));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!names.has(name)) return name;
  }
}
