import { type Edit, editText } from "../cluster-file/edit/index.ts";
import { showValue } from "../cluster-file/finding.ts";
import { parseClusterFile } from "../cluster-file/parse.ts";
import { type Path, showPath } from "../cluster-file/problem.ts";
import { readYaml, type YamlSource } from "../cluster-file/yaml-source.ts";
import { type AdviceOptions, adviseOn } from "./advise.ts";
import type { Advice, AdviceFix, AdviceResult } from "./contract.ts";
import { evidenceAt } from "./evidence.ts";

export interface FixOptions extends AdviceOptions {
  /** Ids of rules whose edits are applied although they are for a person to decide on. */
  readonly accepted?: ReadonlySet<string>;
  /** The file is that of a cluster that runs: what it could not take over is left. */
  readonly isRunning?: boolean;
}

/** What an edit changed in the text. */
export interface TextChange {
  /** Such as `Scheduling.SlurmQueues[0].Name`. */
  readonly path: string;
  /** In the text before it, counted from 1. */
  readonly line: number;
  /** On one line; empty where there was nothing before, or is nothing after. */
  readonly from: string;
  readonly to: string;
}

export type AppliedAdvice = Advice & { readonly changes: readonly TextChange[] };

export type FixResult =
  | {
      readonly ok: true;
      /** The same as before when nothing was applied. */
      readonly text: string;
      /** In the order in which they were applied. */
      readonly applied: readonly AppliedAdvice[];
      /** What is still to be said about the new text. */
      readonly left: readonly Advice[];
    }
  | Extract<AdviceResult, { readonly ok: false }>;

/** An edit can bring another rule to speak, and that one's a third; more rounds are going in circles. */
const ROUNDS = 8;

/**
 * Applies what is safe to apply, and leaves a text that the checks accept, with comments and layout
 * as they were. To do it twice is to do it once.
 */
export function fixText(text: string, options: FixOptions): FixResult {
  const first = adviseOn(text, options);
  if (!first.ok) return first;
  let current = { text, advice: first.advice };
  const applied: AppliedAdvice[] = [];
  // Once is enough: what still speaks after its edit is left to a person.
  const tried = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const wanted = current.advice.filter(
      (one): one is Fixable => isWanted(one, options) && !tried.has(keyOf(one)),
    );
    const { text: next, done } = applyAll(current.text, apart(wanted));
    const again = adviseOn(next, options);
    if (next === current.text || !again.ok) break;
    const source = readYaml(current.text);
    applied.push(...done.map((one) => ({ ...one, changes: changesOf(one, source) })));
    for (const one of done) tried.add(keyOf(one));
    current = { text: next, advice: again.advice };
  }
  return { ok: true, text: current.text, applied, left: current.advice };
}

function changesOf({ fix }: Fixable, source: YamlSource): TextChange[] {
  return fix.edits.map((edit) => {
    const { path, line, value } = evidenceAt(source, edit.path);
    const to = edit.kind === "remove" ? "" : flat(edit.value);
    return { path, line, from: value, to };
  });
}

/** A section as YAML has it on one line. */
function flat(value: unknown): string {
  return typeof value === "object" && value !== null
    ? JSON.stringify(value)
        .replace(/"(\w+)":/g, "$1: ")
        .replaceAll(",", ", ")
    : showValue(value);
}

type Fixable = Advice & { readonly fix: AdviceFix };

function isWanted(advice: Advice, options: FixOptions): advice is Fixable {
  const { fix, id } = advice;
  if (fix === undefined || (options.isRunning === true && fix.takesNewCluster)) return false;
  return fix.safe || options.accepted?.has(id) === true;
}

function keyOf({ id, fix }: Fixable): string {
  return `${id} ${JSON.stringify(fix.edits)}`;
}

/** Those that don't touch the same place of the file; the rest waits for the next round. */
function apart(advice: readonly Fixable[]): Fixable[] {
  const taken = new Set<string>();
  const holders = new Set<string>();
  return advice.filter(({ fix }) => {
    const paths = fix.edits.map(({ path }) => path);
    const isFree = paths.every(
      (path) => !holders.has(showPath(path)) && prefixes(path).every((one) => !taken.has(one)),
    );
    if (!isFree) return false;
    for (const path of paths) {
      taken.add(showPath(path));
      for (const holder of prefixes(path)) holders.add(holder);
    }
    return true;
  });
}

/** Of `a.b[0]`: `a`, `a.b`, `a.b[0]`. */
function prefixes(path: Path): string[] {
  return path.map((_, depth) => showPath(path.slice(0, depth + 1)));
}

interface Applied {
  readonly text: string;
  readonly done: readonly Fixable[];
}

/** All at once; where the whole is refused in halves, down to those that it is about. */
function applyAll(text: string, wanted: readonly Fixable[]): Applied {
  const whole = edited(
    text,
    wanted.flatMap(({ fix }) => fix.edits),
  );
  if (whole !== undefined) return { text: whole, done: wanted };
  if (wanted.length < 2) return { text, done: [] };
  const half = Math.ceil(wanted.length / 2);
  const first = applyAll(text, wanted.slice(0, half));
  const second = applyAll(first.text, wanted.slice(half));
  return { text: second.text, done: [...first.done, ...second.done] };
}

/** Undefined when the edits don't fit, or the checks find more errors in what comes of them. */
function edited(text: string, edits: readonly Edit[]): string | undefined {
  const result = editText(text, edits);
  if (!("text" in result)) return undefined;
  return errorsIn(result.text) <= errorsIn(text) ? result.text : undefined;
}

/** A file whose owner suppresses a check may have some to begin with. */
function errorsIn(text: string): number {
  const result = parseClusterFile(text, { fileName: "" });
  return result.ok ? 0 : result.findings.filter(({ level }) => level === "ERROR").length;
}
