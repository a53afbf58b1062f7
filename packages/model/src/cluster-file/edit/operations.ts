import { showValue } from "../finding.ts";
import { type Path, showPath } from "../problem.ts";
import { valueAt } from "../schema-problems.ts";
import { isCollection, isEmpty } from "./block-text.ts";
import type { Edit, Operation } from "./edit.ts";

/** Why an edit does not fit the file. */
export class DoesNotFit extends Error {}

/**
 * What an edit comes to in this tree.
 *
 * Errors: `DoesNotFit`.
 */
export function operationsOf(edit: Edit, tree: unknown): Operation[] {
  const comment = "comment" in edit && edit.comment !== undefined ? { comment: edit.comment } : {};
  switch (edit.kind) {
    case "set": {
      const after = edit.after === undefined ? {} : { after: edit.after };
      return setAt(edit.path, plain(edit.value), tree, { ...after, ...comment });
    }
    case "insert":
      return insertAt(edit.path, plain(edit.value), tree, comment);
    case "append": {
      const list = valueAt(tree, edit.path);
      const length = Array.isArray(list) ? list.length : 0;
      return insertAt([...edit.path, length], plain(edit.value), tree, comment);
    }
    case "remove":
      return removeAt(edit.path, tree);
    default:
      return edit satisfies never;
  }
}

interface Extras {
  readonly after?: string;
  readonly comment?: string;
}

function setAt(path: Path, value: unknown, tree: unknown, extras: Extras): Operation[] {
  if (path.length === 0 && !isSection(value)) throw new DoesNotFit("a cluster file is a section");
  if (has(tree, path)) {
    const changes = differences(path, valueAt(tree, path), value);
    const { comment } = extras;
    if (comment === undefined || changes.length === 0) return changes;
    return [{ kind: "comment", path, comment }, ...changes];
  }
  const depth = existingDepth(tree, path);
  const parent = path.slice(0, depth);
  const step = path[depth] ?? "";
  const container = checkedContainer(tree, parent, step);
  const made = nested(path.slice(depth + 1), value);
  const { comment } = extras;
  const isDirect = depth === path.length - 1;
  if (parent.length > 0 && (!isCollection(container) || isEmpty(container))) {
    if (typeof step === "number" && step > 0) throw new DoesNotFit(onlyFirst(step));
    return [
      {
        kind: "replace",
        path: parent,
        value: typeof step === "number" ? [made] : { [step]: made },
        ...(comment === undefined ? {} : { comment }),
      },
    ];
  }
  if (typeof step === "number") return insertAt([...parent, step], made, tree, extras);
  const { after, ...others } = extras;
  const behind = isDirect && after !== undefined ? { after } : {};
  return [{ kind: "add", path: [...parent, step], value: made, ...behind, ...others }];
}

function insertAt(path: Path, value: unknown, tree: unknown, { comment }: Extras): Operation[] {
  const index = path.at(-1);
  const parent = path.slice(0, -1);
  if (typeof index !== "number") throw new DoesNotFit("an entry is inserted at a number");
  const list = has(tree, parent) ? valueAt(tree, parent) : null;
  if (isCollection(list) && !Array.isArray(list) && !isEmpty(list)) {
    throw new DoesNotFit(`${name(parent)} is a section and has no entries`);
  }
  if (list !== null && !isCollection(list)) {
    throw new DoesNotFit(`${name(parent)} is ${showValue(list)} and has no entries`);
  }
  const length = Array.isArray(list) ? list.length : 0;
  if (!Number.isInteger(index) || index < 0 || index > length) {
    throw new DoesNotFit(`${name(parent)} has ${length} entries and can't get one at ${index}`);
  }
  const said = comment === undefined ? {} : { comment };
  if (length === 0) return setAt(parent, [value], tree, said);
  return [{ kind: "insert", path, value, ...said }];
}

function removeAt(path: Path, tree: unknown): Operation[] {
  if (path.length === 0) throw new DoesNotFit("the file as a whole can't be removed");
  if (!has(tree, path)) return [];
  const parent = path.slice(0, -1);
  const container = valueAt(tree, parent) as object;
  if (Object.keys(container).length > 1) return [{ kind: "remove", path }];
  return [{ kind: "replace", path: parent, value: Array.isArray(container) ? [] : {} }];
}

/** What turns one value into the other, as deep down as it can be said. */
function differences(path: Path, from: unknown, to: unknown): Operation[] {
  if (sameData(from, to)) return [];
  if (Array.isArray(from) && Array.isArray(to) && from.length > 0 && to.length > 0) {
    return listDifferences(path, from, to);
  }
  if (!isSection(from) || !isSection(to) || isEmpty(from) || isEmpty(to)) {
    return [{ kind: "replace", path, value: to }];
  }
  const [before, after] = [new Set(Object.keys(from)), Object.keys(to)];
  const kept = after.filter((key) => before.has(key));
  if (kept.length === 0) return [{ kind: "replace", path, value: to }];
  return [
    ...kept.flatMap((key) => differences([...path, key], from[key], to[key])),
    ...Object.keys(from)
      .filter((key) => !Object.hasOwn(to, key))
      .map((key): Operation => ({ kind: "remove", path: [...path, key] })),
    ...after
      .filter((key) => !before.has(key))
      .map((key): Operation => ({ kind: "add", path: [...path, key], value: to[key] })),
  ];
}

function listDifferences(
  path: Path,
  from: readonly unknown[],
  to: readonly unknown[],
): Operation[] {
  const least = Math.min(from.length, to.length);
  let start = 0;
  while (start < least && sameData(from[start], to[start])) start += 1;
  let end = 0;
  while (end < least - start && sameData(from.at(-1 - end), to.at(-1 - end))) end += 1;

  const middle = least - end;
  const changes: Operation[] = [];
  for (let index = start; index < middle; index += 1) {
    changes.push(...differences([...path, index], from[index], to[index]));
  }
  for (let index = from.length - end - 1; index >= middle; index -= 1) {
    changes.push({ kind: "remove", path: [...path, index] });
  }
  for (let index = middle; index < to.length - end; index += 1) {
    changes.push({ kind: "insert", path: [...path, index], value: to[index] });
  }
  return changes;
}

/** The tree after the operation; what is not on its path is shared with the old one. */
export function applied(tree: unknown, operation: Operation, path = operation.path): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return operation.kind === "replace" ? operation.value : tree;
  const isLast = rest.length === 0;
  if (Array.isArray(tree)) {
    const index = Number(step);
    if (isLast && operation.kind === "insert") return tree.toSpliced(index, 0, operation.value);
    if (isLast && operation.kind === "remove") return tree.toSpliced(index, 1);
    return tree.with(index, applied(tree[index], operation, rest));
  }
  const section = tree as Readonly<Record<string, unknown>>;
  if (isLast && operation.kind === "remove") {
    const { [step]: _, ...others } = section;
    return others;
  }
  const isAdded = isLast && operation.kind === "add";
  return {
    ...section,
    [step]: isAdded ? operation.value : applied(section[step], operation, rest),
  };
}

/** Whether both are the same data; the order of keys does not count. */
export function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isCollection(a) || !isCollection(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) &&
      sameData((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}

function isSection(value: unknown): value is Record<string, unknown> {
  return isCollection(value) && !Array.isArray(value);
}

function has(tree: unknown, path: Path): boolean {
  return existingDepth(tree, path) === path.length;
}

/** How many steps of the path there are. */
function existingDepth(tree: unknown, path: Path): number {
  let current = tree;
  for (const [depth, step] of path.entries()) {
    const isThere = isCollection(current) && isStepOf(current, step);
    if (!isThere || !Object.hasOwn(current as object, step)) return depth;
    current = (current as Record<string | number, unknown>)[step];
  }
  return path.length;
}

function isStepOf(container: object, step: string | number): boolean {
  return Array.isArray(container) === (typeof step === "number");
}

function checkedContainer(tree: unknown, path: Path, step: string | number): unknown {
  const container = path.length === 0 ? tree : valueAt(tree, path);
  if (container === null || container === undefined) return null;
  if (!isCollection(container)) {
    throw new DoesNotFit(`${name(path)} is ${showValue(container)} and has nothing below it`);
  }
  if (!isEmpty(container) && !isStepOf(container, step)) {
    const is = Array.isArray(container) ? "a list and has no keys" : "a section and has no entries";
    throw new DoesNotFit(`${name(path)} is ${is}`);
  }
  return container;
}

function nested(path: Path, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, step) => {
    if (typeof step === "string") return { [step]: inner };
    if (step === 0) return [inner];
    throw new DoesNotFit(onlyFirst(step));
  }, value);
}

function onlyFirst(index: number): string {
  return `the list has no entries, so none can be put at [${index}]`;
}

/** Without what is undefined, and with nothing that YAML has no word for. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item) ?? null);
  if (typeof value === "bigint" || typeof value === "function" || typeof value === "symbol") {
    throw new DoesNotFit(`${typeof value} is no plain value`);
  }
  if (!isCollection(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) =>
      child === undefined ? [] : [[key, plain(child)]],
    ),
  );
}

function name(path: Path): string {
  return path.length === 0 ? "the file" : showPath(path);
}
