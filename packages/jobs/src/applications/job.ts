import {
  extraOptionRefusal,
  optionRefusal,
  optionValueRefusal,
  optionWord,
} from "./sbatch-options.ts";
import type { Application } from "./schema.ts";
import { readPieces } from "./template/placeholder.ts";
import {
  compileTemplate,
  renderTemplate,
  type TemplateField,
  type TemplateValue,
} from "./template/template.ts";
import { type FieldError, templateFields } from "./values.ts";

/** What sbatch is to be given. */
export interface PreparedJob {
  readonly script: string;
  /** Each one word. */
  readonly options: readonly string[];
}

export type Prepared =
  | { readonly ok: true; readonly job: PreparedJob }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/**
 * The job that an application makes of values that `checkValues` took.
 *
 * @param defaults options where the application gives none.
 */
export function prepareJob(
  application: Application,
  values: ReadonlyMap<string, TemplateValue>,
  defaults: Readonly<Record<string, string>> = {},
): Prepared {
  const fields = templateFields(application);
  const compiled = compileTemplate(application.Script, fields);
  if (!compiled.ok) throw new Error(`the script of ${application.Name} was not checked`);
  const errors: FieldError[] = [];
  const options: string[] = [];
  for (const [name, template] of Object.entries(application.Options)) {
    const made = optionOf(name, template, values);
    if (!Array.isArray(made)) errors.push(made as FieldError);
    else options.push(...made);
  }
  for (const field of application.ExtraOptions) {
    for (const word of listOf(values.get(field))) {
      const refusal = extraOptionRefusal(word);
      if (refusal === undefined) options.push(word);
      else errors.push({ field, message: refusal });
    }
  }
  if (errors.length > 0) return { ok: false, errors };
  const given = new Set(options.map((word) => word.slice(2).split("=", 1)[0]));
  const missing = Object.entries(defaults).filter(([name]) => !given.has(name));
  const text = renderTemplate(compiled.template, fields, values);
  const script = `${text.startsWith("#!") ? "" : "#!/bin/bash\n"}${text}`;
  return {
    ok: true,
    job: {
      script: script.endsWith("\n") ? script : `${script}\n`,
      options: [...missing.map(([name, value]) => optionWord(name, value)), ...options],
    },
  };
}

/** Why an option of an application can't be; undefined when it can. */
export function optionProblem(
  name: string,
  template: string | number | boolean,
  fields: ReadonlyMap<string, TemplateField>,
): string | undefined {
  const refusal = optionRefusal(name);
  if (refusal !== undefined || typeof template !== "string") return refusal;
  if (optionValueRefusal(template) !== undefined) return optionValueRefusal(template);
  const { pieces, problems } = readPieces(template);
  if (problems[0] !== undefined) return problems[0].message;
  for (const piece of pieces) {
    if (piece.kind === "text") continue;
    if (piece.kind !== "value") return "{{#if}} has no place in an option";
    const field = fields.get(piece.field);
    if (field === undefined) return `there is no field ${piece.field}`;
    if (piece.as === "words" || (field.isList && piece.as === "word")) {
      return `an option is one word: write {{${piece.field} joined by ","}}`;
    }
  }
  return undefined;
}

/** None when a value in it is not given, or when it is false. */
function optionOf(
  name: string,
  template: string | number | boolean,
  values: ReadonlyMap<string, TemplateValue>,
): readonly string[] | FieldError {
  if (typeof template === "boolean") return template ? [optionWord(name, true)] : [];
  let isMissing = false;
  const { pieces } = readPieces(String(template));
  const texts = pieces.map((piece) => {
    if (piece.kind === "text") return piece.text;
    const text =
      piece.kind === "value" ? listOf(values.get(piece.field)).join(piece.separator) : "";
    isMissing ||= text === "";
    return text;
  });
  const value = texts.join("");
  const field = pieces.find((piece) => piece.kind === "value")?.field;
  if (isMissing) return [];
  // A switch that a field turns on or off.
  if (field !== undefined && value === "false") return [];
  if (field !== undefined && value === "true") return [optionWord(name, true)];
  const message = optionValueRefusal(value);
  return message === undefined ? [optionWord(name, value)] : { field: field ?? "", message };
}

function listOf(value: TemplateValue): readonly string[] {
  return value === undefined ? [] : typeof value === "string" ? [value] : value;
}
