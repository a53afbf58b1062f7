import {
  type Placeholder,
  readPieces,
  type TemplateCondition,
  type TemplatePiece,
  type TemplateProblem,
} from "./placeholder.ts";
import {
  BLOCK_MARK,
  type Setting,
  type Spot,
  scanScript,
  TooIntricate,
  VALUE_MARK,
} from "./scan.ts";

/** What a template may know of a field. */
export interface TemplateField {
  /** Written as digits, so that it needs no quotes: `number` and `boolean`. */
  readonly isNumber: boolean;
  readonly isList: boolean;
}

/** A value as a script gets it; undefined: none was given. */
export type TemplateValue = string | readonly string[] | undefined;

type Compiled =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly placeholder: Placeholder; readonly setting: Setting }
  | {
      readonly kind: "block";
      readonly condition: TemplateCondition;
      readonly then: readonly Compiled[];
      readonly otherwise: readonly Compiled[];
    };

/** A script with places for values, each of which bash takes as exactly one argument. */
export interface ScriptTemplate {
  readonly parts: readonly Compiled[];
}

const VARIABLE = "put it into a variable on a line of its own, name={{name}}, and write $name here";

/**
 * Compiles a script for sh or bash. Refused are values in places where no quoting makes them one
 * exact argument, and shell that can't be followed well enough to know.
 */
export function compileTemplate(
  text: string,
  fields: ReadonlyMap<string, TemplateField>,
):
  | { readonly ok: true; readonly template: ScriptTemplate }
  | { readonly ok: false; readonly problems: readonly TemplateProblem[] } {
  const { pieces, problems } = readPieces(text);
  const unknown = unknownFields(pieces, fields);
  const found = [...shellProblems(text), ...problems, ...unknown];
  if (found.length > 0) return { ok: false, problems: found };

  const marked = markedText(pieces);
  let spots: readonly Spot[];
  try {
    spots = scanScript(marked);
  } catch (error) {
    if (!(error instanceof TooIntricate)) throw error;
    return { ok: false, problems: [intricate(error, marked, pieces)] };
  }
  const placeholders = pieces.filter((piece) => piece.kind === "value");
  const misplaced = placeholders.flatMap((placeholder, index) => {
    const spot = spots[index];
    const field = fields.get(placeholder.field);
    if (spot === undefined || field === undefined) throw new Error("a value without its place");
    return placeProblem(placeholder, spot, field);
  });
  if (misplaced.length > 0) return { ok: false, problems: misplaced };
  return { ok: true, template: { parts: compiledParts(pieces, spots) } };
}

/** @param values texts without NUL; of numbers their digits. */
export function renderTemplate(
  { parts }: ScriptTemplate,
  fields: ReadonlyMap<string, TemplateField>,
  values: ReadonlyMap<string, TemplateValue>,
): string {
  return parts
    .map((part) => {
      switch (part.kind) {
        case "text":
          return part.text;
        case "value":
          return renderValue(part.placeholder, part.setting, fields, values);
        case "block": {
          const chosen = holds(part.condition, values) ? part.then : part.otherwise;
          return renderTemplate({ parts: chosen }, fields, values);
        }
        default:
          return part satisfies never;
      }
    })
    .join("");
}

/** One word for a shell, whatever is in it but NUL. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function renderValue(
  { field, as, separator }: Placeholder,
  setting: Setting,
  fields: ReadonlyMap<string, TemplateField>,
  values: ReadonlyMap<string, TemplateValue>,
): string {
  const value = values.get(field);
  const list = value === undefined ? [] : typeof value === "string" ? [value] : value;
  if (as === "words") return list.map(shellWord).join(" ");
  const text = list.join(separator);
  if (text.includes("\0")) throw new Error(`a value of ${field} has a NUL`);
  if (fields.get(field)?.isNumber === true && text !== "") {
    if (!/^(?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false)$/.test(text)) {
      throw new Error(`${field} is no number`);
    }
    return text;
  }
  switch (setting) {
    case "word":
      return shellWord(text);
    case "single":
      return text.replaceAll("'", "'\\''");
    case "double":
      return text.replace(/["$`\\]/g, "\\$&");
    case "plain":
      return text;
    default:
      return setting satisfies never;
  }
}

/** False, no, nothing: what `{{#if name}}` and `When` take for not given. */
export function holds(
  { field, value, isNegated }: TemplateCondition,
  values: ReadonlyMap<string, TemplateValue>,
): boolean {
  const given = values.get(field);
  const list = given === undefined ? [] : typeof given === "string" ? [given] : given;
  const isSo =
    value === undefined
      ? list.some((one) => one !== "" && one !== "false")
      : list.includes(value) || (list.length === 0 && value === "");
  return isSo !== isNegated;
}

function shellProblems(text: string): TemplateProblem[] {
  const first = text.split("\n", 1)[0] ?? "";
  const isShell =
    /^#!\s*(?:\/usr\/bin\/env\s+(?:ba|da)?sh|(?:\/usr)?\/bin\/(?:ba|da)?sh)(?:\s+-[a-z]+)*\s*$/;
  if (!first.startsWith("#!") || isShell.test(first)) return [];
  const suggestion =
    "write #!/bin/bash, and start the other program from there with the values as its arguments";
  return [
    { line: 1, message: "values can be protected in scripts for sh and bash only", suggestion },
  ];
}

function unknownFields(
  pieces: readonly TemplatePiece[],
  fields: ReadonlyMap<string, TemplateField>,
): TemplateProblem[] {
  return pieces.flatMap((piece) => {
    const name =
      piece.kind === "value"
        ? piece.field
        : piece.kind === "if"
          ? piece.condition.field
          : undefined;
    if (name === undefined || fields.has(name) || piece.kind === "text") return [];
    const suggestion = `write one of ${[...fields.keys()].join(", ") || "the fields"}`;
    return [{ line: piece.line, message: `there is no field ${name}`, suggestion }];
  });
}

function placeProblem(
  { line, field, as }: Placeholder,
  { onlyNumbers, nothing, isWholeWord }: Spot,
  { isNumber, isList }: TemplateField,
): TemplateProblem[] {
  const refuse = (message: string, suggestion: string) => [{ line, message, suggestion }];
  if (isList && as === "word") {
    const suggestion = `write {{${field}...}} for several arguments, or {{${field} joined by ","}}`;
    return refuse(`${field} can be several values`, suggestion);
  }
  if (nothing !== undefined) {
    const isCommand = nothing.includes("command itself");
    const suggestion = isCommand ? `write srun, exec or env before it` : VARIABLE;
    return refuse(`no value can stand here: ${nothing}`, suggestion.replaceAll("name", field));
  }
  if (as === "words" && (!isWholeWord || onlyNumbers !== undefined)) {
    const suggestion = "set it apart by spaces, outside of quotes";
    return refuse(
      `several arguments can't stand here${onlyNumbers === undefined ? "" : `: ${onlyNumbers}`}`,
      suggestion,
    );
  }
  if (onlyNumbers !== undefined && !(isNumber && as === "word")) {
    return refuse(
      `quotes can't protect a value here: ${onlyNumbers}`,
      VARIABLE.replaceAll("name", field),
    );
  }
  return [];
}

function markedText(pieces: readonly TemplatePiece[]): string {
  return pieces
    .map((piece) =>
      piece.kind === "text" ? piece.text : piece.kind === "value" ? VALUE_MARK : BLOCK_MARK,
    )
    .join("");
}

function intricate(
  error: TooIntricate,
  marked: string,
  pieces: readonly TemplatePiece[],
): TemplateProblem {
  const before = marked.slice(0, error.offset);
  const blocks = pieces.filter((piece) => piece.kind !== "text" && piece.kind !== "value");
  const passed = before.split(BLOCK_MARK).length - 1;
  const line = Math.min(
    before.split("\n").length + passed,
    blocks[passed]?.line ?? Number.POSITIVE_INFINITY,
  );
  return { line, message: error.message, suggestion: "write it in a simpler way" };
}

function compiledParts(
  pieces: readonly TemplatePiece[],
  spots: readonly Spot[],
): readonly Compiled[] {
  let value = 0;
  let at = 0;
  const sequence = (): Compiled[] => {
    const parts: Compiled[] = [];
    for (; at < pieces.length; at += 1) {
      const piece = pieces[at] as TemplatePiece;
      if (piece.kind === "else" || piece.kind === "end") break;
      if (piece.kind === "text") parts.push(piece);
      else if (piece.kind === "value") {
        parts.push({ kind: "value", placeholder: piece, setting: spots[value]?.setting ?? "word" });
        value += 1;
      } else {
        at += 1;
        const then = sequence();
        const hasElse = pieces[at]?.kind === "else";
        if (hasElse) at += 1;
        const otherwise = hasElse ? sequence() : [];
        parts.push({ kind: "block", condition: piece.condition, then, otherwise });
      }
    }
    return parts;
  };
  return sequence();
}
