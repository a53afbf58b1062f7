import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lexer } from "yaml";
import { Tape, tapes, yamlTexts } from "../../testing/yaml-texts.ts";
import type { Path } from "../problem.ts";
import { valueAt } from "../schema-problems.ts";
import { readYaml } from "../yaml-source.ts";
import type { Edit } from "./edit.ts";
import { editText } from "./edit-text.ts";

const RUNS = Number(process.env.SLUICE_RUNS ?? 500);

/** Every path of the tree, that of the tree itself first. */
function pathsOf(tree: unknown, path: Path = []): Path[] {
  if (typeof tree !== "object" || tree === null) return [path];
  const steps = Array.isArray(tree) ? [...tree.keys()] : Object.keys(tree);
  return [
    path,
    ...steps.flatMap((step) =>
      pathsOf((tree as Record<string | number, unknown>)[step], [...path, step]),
    ),
  ];
}

function randomValue(tape: Tape, depth = 2): unknown {
  const kind = tape.next(depth === 0 ? 6 : 9);
  if (kind < 3)
    return tape.of([
      "new",
      "yes",
      "0123",
      "a: b",
      "1:30",
      "two\nlines",
      "it's",
      "",
      " x",
      "ä",
      "#x",
      "<<",
    ]);
  if (kind === 3) return tape.of([0, 7, -1.5, 1e21, -0]);
  if (kind < 6) return tape.of([true, false, null]);
  const length = tape.next(3);
  const values = Array.from({ length }, () => randomValue(tape, depth - 1));
  if (kind === 6) return values;
  return Object.fromEntries(
    values.map((value, index) => [tape.of(["Name", "New", "yes"]) + index, value]),
  );
}

/** What is to be done, and the same done to a tree in the plainest way. */
interface Plan {
  readonly edit: Edit;
  readonly apply: (tree: unknown) => unknown;
  /** Every comment is to stay. */
  readonly isAddition: boolean;
}

type Container = Record<string | number, unknown>;

function planFor(tree: unknown, tape: Tape): Plan {
  const paths = pathsOf(tree);
  const path = tape.of(paths);
  const value = randomValue(tape);
  const target = valueAt(tree, path);
  const parent = path.slice(0, -1);
  const last = path.at(-1) ?? "";
  const on = (at: Path, change: (container: never) => unknown) => (whole: unknown) => {
    const copy = structuredClone(whole);
    change(valueAt(copy, at) as never);
    return copy;
  };
  const comment = tape.oneIn(3) ? { comment: "said\nwhy" } : {};
  if (Array.isArray(target) && tape.oneIn(2)) {
    const apply = on(path, (list: unknown[]) => list.push(value));
    return { edit: { kind: "append", path, value, ...comment }, apply, isAddition: true };
  }
  if (target !== null && typeof target === "object" && !Array.isArray(target) && tape.next(4) > 0) {
    const apply = on(path, (section: Container) => {
      section.Fresh = value;
    });
    const after = tape.oneIn(2) ? { after: tape.of(Object.keys(target).concat("none")) } : {};
    const edit: Edit = { kind: "set", path: [...path, "Fresh"], value, ...after, ...comment };
    return { edit, apply, isAddition: !Object.hasOwn(target, "Fresh") };
  }
  if (target === null && path.length > 0 && tape.oneIn(2)) {
    const apply = on(parent, (container: Container) => {
      container[last] = { Deep: [value] };
    });
    const edit: Edit = { kind: "set", path: [...path, "Deep", 0], value, ...comment };
    return { edit, apply, isAddition: true };
  }
  if (path.length === 0) {
    const apply = on(path, (section: Container) => {
      section.Fresh = value;
    });
    const isAddition = !Object.hasOwn(tree ?? {}, "Fresh");
    return { edit: { kind: "set", path: ["Fresh"], value }, apply, isAddition };
  }
  if (typeof last === "number" && tape.oneIn(3)) {
    const apply = on(parent, (list: unknown[]) => list.splice(last, 0, value));
    return { edit: { kind: "insert", path, value, ...comment }, apply, isAddition: true };
  }
  if (tape.oneIn(3)) {
    const apply = on(parent, (container: Container) =>
      Array.isArray(container) ? container.splice(last as number, 1) : delete container[last],
    );
    return { edit: { kind: "remove", path }, apply, isAddition: false };
  }
  const apply = on(parent, (container: Container) => {
    container[last] = value;
  });
  const isAddition = typeof target !== "object";
  return { edit: { kind: "set", path, value, ...comment }, apply, isAddition };
}

/** Those that are comments; a text of several lines may look as if it held some. */
const commentsOf = (text: string) =>
  [...new Lexer().lex(text)].flatMap((token) =>
    token.startsWith("#") ? (/# c\d+$/.exec(token)?.[0] ?? []) : [],
  );
const isSound = (text: string) => readYaml(text).problems.length === 0;

/** Aliases make one value of several; a tree to be changed has its own of each. */
const unshared = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(unshared);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, unshared(child)]));
};

/** The line in which the thing at the path begins, from 0. */
function lineOf(text: string, path: Path): number {
  const { place, position } = readYaml(text);
  let found = place;
  let offset = place.offset;
  for (const step of path) {
    const entry = typeof step === "string" ? found.keys.get(step) : undefined;
    const next = typeof step === "number" ? found.items[step] : entry?.place;
    if (next === undefined) break;
    offset = entry?.offset ?? next.offset;
    found = next;
  }
  const { line } = position(offset);
  const before = text.split("\n").slice(0, line - 1);
  return before.filter(isOfTheFile).length;
}

/** Without the comments of the edits, which stand above the line in which brackets begin. */
const linesOf = (text: string) =>
  text
    .replace(/^\ufeff/, "")
    .split("\n")
    .filter(isOfTheFile);
const isOfTheFile = (line: string) => !/^\ufeff? *# (?:said|why)\r?$/.test(line);

/** The line of the first key at the top that is behind the one that the path goes through. */
function nextSection(text: string, path: Path): number {
  const keys = [...readYaml(text).place.keys.keys()];
  const index = keys.indexOf(String(path[0]));
  const next = index === -1 ? undefined : keys[index + 1];
  return next === undefined ? linesOf(text).length : lineOf(text, [next]);
}

/** Byte for byte: what is before the section that is edited, and the sections behind it. */
function expectTheRestUntouched(text: string, result: string, edit: Edit): void {
  // What comes with `<<` has its place where it is written.
  if (text.includes("<<: ")) return;
  // What is emptied is written anew itself.
  const parent = edit.path.slice(0, edit.kind === "remove" ? -2 : -1);
  const after = linesOf(result);
  const before = linesOf(text).slice(0, Math.max(0, lineOf(text, parent)));
  expect(after.slice(0, before.length)).toEqual(before);
  const behind = linesOf(text).slice(nextSection(text, edit.path));
  expect(after.slice(after.length - behind.length)).toEqual(behind);
}

/** Edits, one after the other on the text that the one before left. */
function play(text: string, tape: Tape, mayRefuse: boolean): void {
  let current = text;
  for (let count = 1 + tape.next(3); count > 0; count -= 1) {
    const tree = unshared(readYaml(current).value ?? null);
    const { edit, apply, isAddition } = planFor(tree, tape);
    const result = editText(current, [edit]);
    if ("problems" in result) {
      expect(mayRefuse, `${JSON.stringify(edit)} is refused: ${result.problems[0]?.message}`).toBe(
        true,
      );
      expect(result.problems[0]?.line).toBeGreaterThan(0);
      expect(result.problems[0]?.column).toBeGreaterThan(0);
      continue;
    }
    const after = readYaml(result.text);
    expect(after.problems).toEqual([]);
    expect(after.value).toEqual(apply(tree));
    if (isAddition) expect(commentsOf(result.text)).toEqual(commentsOf(current));
    else expect(commentsOf(current)).toEqual(expect.arrayContaining(commentsOf(result.text)));
    expectTheRestUntouched(current, result.text, edit);
    current = result.text;
  }
}

describe("editText", { timeout: 1_000_000 }, () => {
  it("says exactly what was asked for, and keeps comments, in files without rarities", () => {
    const texts = yamlTexts({ anchors: false, multiline: false, frames: false });
    fc.assert(
      fc.property(texts, tapes, (text, tape) => play(text, new Tape(tape), false)),
      { numRuns: RUNS },
    );
  });

  it("says exactly what was asked for, or refuses, in any file", () => {
    fc.assert(
      fc.property(yamlTexts().filter(isSound), tapes, (text, tape) =>
        play(text, new Tape(tape), true),
      ),
      { numRuns: RUNS },
    );
  });

  it("comes to the same with all edits at once as with one after the other", () => {
    const texts = yamlTexts().filter(isSound);
    fc.assert(
      fc.property(texts, tapes, (text, numbers) => {
        const tape = new Tape(numbers);
        const edits: Edit[] = [];
        let current = text;
        for (let count = 0; count < 4; count += 1) {
          const { edit } = planFor(unshared(readYaml(current).value ?? null), tape);
          const result = editText(current, [edit]);
          if ("problems" in result) continue;
          edits.push(edit);
          current = result.text;
        }
        const all = editText(text, edits);
        expect("text" in all && readYaml(all.text).value).toEqual(readYaml(current).value);
      }),
      { numRuns: RUNS },
    );
  });
});
