import { ENTRY, type SchemaStep } from "./schema.ts";

/** What is being written at a place in the text, as its indentation says. */
export interface YamlContext {
  readonly is: "key" | "value";
  /** Of the section that a key would be in, or of the value. */
  readonly path: readonly SchemaStep[];
  /** Offset where the word begins that is being written. */
  readonly from: number;
  /** Keys that the section has already. */
  readonly siblings: readonly string[];
}

interface Line {
  /** Column of its first key or value, behind the hyphens of list entries. */
  readonly column: number;
  /** Columns of its hyphens. */
  readonly hyphens: readonly number[];
  readonly key: string | undefined;
}

const KEY = /^([A-Za-z_][\w.-]*):(?=\s|$)/;

/** Works while the text can't be read, as it mostly is while a word is being typed. */
export function yamlContext(text: string, offset: number): YamlContext | undefined {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const before = text.slice(start, offset);
  if (/(^|\s)#/.test(before)) return undefined;
  const above = text.slice(0, start).split("\n").slice(0, -1);
  const end = text.indexOf("\n", offset);
  const below = end < 0 ? [] : text.slice(end + 1).split("\n");
  const { column, hyphens } = prefixOf(before);
  const rest = before.slice(column);
  const [first] = hyphens;
  const own: readonly SchemaStep[] = [
    ...(first === undefined ? pathAbove(above, column) : pathAbove(above, first, true)),
    ...hyphens.map((): SchemaStep => ENTRY),
  ];
  const key = KEY.exec(rest)?.[1];
  if (key !== undefined) {
    const word = /\s*(.*)$/.exec(rest.slice(key.length + 1))?.[1] ?? "";
    if (rest.length === key.length + 1) return undefined;
    return { is: "value", path: [...own, key], from: offset - word.length, siblings: [] };
  }
  if (/[\s"'[{]/.test(rest)) return undefined;
  const siblings = [
    ...(hyphens.length > 0 ? [] : keysAbove(above, column)),
    ...keysBelow(below, column),
  ];
  return { is: "key", path: own, from: offset - rest.length, siblings };
}

/** The path of the key or value that stands at the offset. */
export function pathOfKeyAt(
  text: string,
  offset: number,
):
  | { readonly path: readonly SchemaStep[]; readonly from: number; readonly to: number }
  | undefined {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  const line = text.slice(start, end < 0 ? text.length : end);
  const { column } = prefixOf(line);
  const key = KEY.exec(line.slice(column))?.[1];
  if (key === undefined) return undefined;
  const from = start + column;
  const to = from + key.length;
  if (offset < from || offset > to) return undefined;
  const context = yamlContext(text, to);
  if (context === undefined) return undefined;
  return { path: [...context.path, key], from, to };
}

function prefixOf(line: string): Pick<Line, "column" | "hyphens"> {
  const hyphens: number[] = [];
  let column = 0;
  for (;;) {
    while (line[column] === " ") column += 1;
    if (line[column] !== "-" || !/^\s?$/.test(line[column + 1] ?? "")) break;
    hyphens.push(column);
    column += 1;
  }
  return { column, hyphens };
}

function lineOf(line: string): Line | undefined {
  if (/^\s*(#|$)/.test(line)) return undefined;
  const { column, hyphens } = prefixOf(line);
  return { column, hyphens, key: KEY.exec(line.slice(column))?.[1] };
}

/** What something at this column is in; with `isEntry` it is the hyphen of a list's entry. */
function pathAbove(
  lines: readonly string[],
  column: number,
  isEntry = false,
): readonly SchemaStep[] {
  const path: SchemaStep[] = [];
  let least = column;
  // The entries of a list may stand below its key without being indented.
  let takesEqual = isEntry;
  for (let index = lines.length - 1; index >= 0 && (least > 0 || takesEqual); index -= 1) {
    const line = lineOf(lines[index] ?? "");
    if (line === undefined) continue;
    const isAbove = line.column < least || (takesEqual && line.column === least);
    if (isAbove && line.key !== undefined) {
      path.unshift(line.key);
      least = line.column;
      takesEqual = false;
    }
    for (const hyphen of [...line.hyphens].reverse()) {
      if (hyphen >= least) continue;
      path.unshift(ENTRY);
      least = hyphen;
      takesEqual = true;
    }
  }
  return path;
}

/** Keys at the column that belong to the same section, up to where it begins. */
function keysAbove(lines: readonly string[], column: number): readonly string[] {
  const keys: string[] = [];
  for (const text of [...lines].reverse()) {
    const line = lineOf(text);
    if (line === undefined) continue;
    if (line.column < column) break;
    if (line.column === column && line.key !== undefined) keys.push(line.key);
    if (line.hyphens.some((hyphen) => hyphen < column)) break;
  }
  return keys;
}

/** The same, down to where it ends. */
function keysBelow(lines: readonly string[], column: number): readonly string[] {
  const keys: string[] = [];
  for (const text of lines) {
    const line = lineOf(text);
    if (line === undefined) continue;
    if (line.column < column || line.hyphens.some((hyphen) => hyphen < column)) break;
    if (line.column === column && line.key !== undefined) keys.push(line.key);
  }
  return keys;
}
