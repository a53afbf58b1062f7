import { matchesPattern } from "./pattern.ts";
import { parseDuration, parseMemory, slurmDuration } from "./quantities.ts";
import { type Field, LIST_TYPES } from "./schema.ts";
import type { TemplateValue } from "./template/template.ts";
import { splitWords } from "./words.ts";

const MAX_PATH = 4096;
const MAX_TEXT = 10_000;
const MAX_ENTRIES = 1000;

export type CheckedValue =
  | { readonly ok: true; readonly value: TemplateValue }
  | { readonly ok: false; readonly message: string };

/** What can't be in one line, or in several. */
const CONTROLS = {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point.
  line: /[\u0000-\u0008\u000a-\u001f\u007f\u2028\u2029]/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point.
  lines: /[\u0000-\u0008\u000b-\u001f\u007f]/,
} as const;
/** Of clusters, partitions, accounts and licences. */
const SLURM_NAME = /^[A-Za-z0-9_][\w.@:+-]{0,99}$/;

/**
 * Reads what a person gave a field, which may be JSON of any shape.
 *
 * @param choices of a field whose choices are found at the time; missing: not known, all are taken.
 */
export function checkValue(
  field: Field,
  given: unknown,
  choices?: ReadonlySet<string>,
): CheckedValue {
  const isList = LIST_TYPES.has(field.Type);
  if (isNothing(given)) {
    return field.Required ? refuse("a value is needed") : { ok: true, value: undefined };
  }
  if (Array.isArray(given) && !isList) return refuse("one value is wanted, not several");
  if (!isList) return checkOne(field, given, choices);
  const isText = field.Type === "words" && typeof given === "string";
  const entries = Array.isArray(given) ? given : isText ? splitWords(given) : [given];
  if (entries === undefined) return refuse("a quote is not closed");
  return checkList(field, entries, choices);
}

function isNothing(given: unknown): boolean {
  const isEmpty = Array.isArray(given) && given.length === 0;
  return given === undefined || given === null || given === "" || isEmpty;
}

function checkList(
  field: Field,
  entries: readonly unknown[],
  choices: ReadonlySet<string> | undefined,
): CheckedValue {
  if (entries.length > MAX_ENTRIES) return refuse(`at most ${MAX_ENTRIES} are taken`);
  const { Min, Max } = field;
  if (typeof Min === "number" && entries.length < Min) return refuse(`at least ${Min} are wanted`);
  if (typeof Max === "number" && entries.length > Max) return refuse(`at most ${Max} are taken`);
  const list: string[] = [];
  for (const entry of entries) {
    const checked = checkOne(field, entry, choices);
    if (!checked.ok) return checked;
    list.push(String(checked.value));
  }
  return { ok: true, value: list };
}

function checkOne(
  field: Field,
  given: unknown,
  choices: ReadonlySet<string> | undefined,
): CheckedValue {
  if (!["string", "number", "boolean"].includes(typeof given)) return refuse("a text is wanted");
  const text = String(given);
  if (!text.isWellFormed()) return refuse("that is no text");
  switch (field.Type) {
    case "text":
    case "words":
      return checkText(field, text);
    case "number":
    case "integer":
      return checkNumber(field, given, text);
    case "boolean":
      if (text === "true" || text === "false") return { ok: true, value: text };
      return refuse("true or false is wanted");
    case "choice":
    case "choices":
      return checkChoice(field, text, choices);
    case "file":
    case "files":
    case "folder":
      return checkPath(field, text);
    case "cluster":
    case "queue":
    case "account":
    case "licence":
      if (!SLURM_NAME.test(text)) return refuse(`that is no name of a ${field.Type}`);
      return choices === undefined || choices.has(text)
        ? { ok: true, value: text }
        : refuse(`there is no such ${field.Type}, or it is not for you`);
    case "duration":
      return checkAmount(field, text, DURATION);
    case "memory":
      return checkAmount(field, text, MEMORY);
    case "date":
      return checkDate(field, text);
    default:
      return field.Type satisfies never;
  }
}

function checkText(field: Field, text: string): CheckedValue {
  const most = field.MaxLength ?? MAX_TEXT;
  if (text.length > most) return refuse(`at most ${most} characters are taken`);
  if (field.MinLength !== undefined && text.length < field.MinLength) {
    return refuse(`at least ${field.MinLength} characters are wanted`);
  }
  if (field.Multiline && CONTROLS.lines.test(text)) return refuse("it has a control character");
  if (!field.Multiline && CONTROLS.line.test(text)) {
    return refuse("one line is wanted, without control characters");
  }
  return withPattern(field, text);
}

function withPattern(field: Field, text: string): CheckedValue {
  if (field.Pattern !== undefined && !matchesPattern(field.Pattern, text)) {
    return refuse(field.PatternHelp ?? `it does not match ${field.Pattern}`);
  }
  return { ok: true, value: text };
}

function checkNumber(field: Field, given: unknown, text: string): CheckedValue {
  const isWritten = /^-?\d{1,300}(?:\.\d{1,300})?(?:e[+-]?\d{1,3})?$/i.test(text.trim());
  const number = Number(text);
  if (typeof given === "boolean" || !isWritten || !Number.isFinite(number)) {
    return refuse("a number is wanted");
  }
  if (field.Type === "integer" && !Number.isSafeInteger(number)) {
    return refuse("a whole number is wanted");
  }
  const { Min, Max } = field;
  if (Min !== undefined && number < Number(Min)) return refuse(`at least ${Min} is wanted`);
  if (Max !== undefined && number > Number(Max)) return refuse(`at most ${Max} is taken`);
  // Of -0, too, the digit alone.
  return { ok: true, value: String(number === 0 ? 0 : number) };
}

function checkChoice(
  field: Field,
  text: string,
  choices: ReadonlySet<string> | undefined,
): CheckedValue {
  const isKnown = field.Choices?.some(({ Value }) => Value === text) ?? choices?.has(text) ?? true;
  if (!isKnown) return refuse(`${JSON.stringify(text)} is none of the choices`);
  return CONTROLS.line.test(text) ? refuse("a choice is one line") : { ok: true, value: text };
}

function checkPath(field: Field, text: string): CheckedValue {
  if (text.length > MAX_PATH) return refuse("that path is too long");
  if (text.includes("\0")) return refuse("that is no path");
  const checked = withPattern(field, text);
  // A name that begins with a hyphen would be an option of the program that gets it.
  return checked.ok && text.startsWith("-") ? { ok: true, value: `./${text}` } : checked;
}

interface Quantity {
  readonly parse: (text: string) => number | undefined;
  readonly show: (amount: number) => string;
  readonly wanted: string;
}

const DURATION: Quantity = {
  parse: parseDuration,
  show: slurmDuration,
  wanted: "a time such as 90m, 12h or 1-12:00:00",
};
const MEMORY: Quantity = {
  parse: parseMemory,
  show: (mib) => `${mib}M`,
  wanted: "memory such as 500M or 4G",
};

function checkAmount(field: Field, text: string, { parse, show, wanted }: Quantity): CheckedValue {
  const amount = parse(text.trim());
  if (amount === undefined) return refuse(`${wanted} is wanted`);
  const least = field.Min === undefined ? undefined : parse(String(field.Min));
  const most = field.Max === undefined ? undefined : parse(String(field.Max));
  if (least !== undefined && amount < least) return refuse(`at least ${field.Min} is wanted`);
  if (most !== undefined && amount > most) return refuse(`at most ${field.Max} is taken`);
  return { ok: true, value: show(amount) };
}

function checkDate(field: Field, text: string): CheckedValue {
  const date = normalDate(text);
  if (date === undefined) return refuse("a date such as 2030-12-31 or 2030-12-31T18:00 is wanted");
  const least = field.Min === undefined ? undefined : normalDate(String(field.Min));
  const most = field.Max === undefined ? undefined : normalDate(String(field.Max));
  if (least !== undefined && date < least) return refuse(`${field.Min} or later is wanted`);
  if (most !== undefined && date > most) return refuse(`${field.Max} or earlier is wanted`);
  return { ok: true, value: date };
}

/** `2030-12-31T18:00:00`, in the cluster's own time. */
export function normalDate(text: string): string | undefined {
  const [, day, hours = "00", minutes = "00", seconds = "00"] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text) ?? [];
  if (day === undefined) return undefined;
  const date = new Date(`${day}T${hours}:${minutes}:${seconds}Z`);
  const normal = Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 19);
  return normal?.startsWith(day) === true ? normal : undefined;
}

function refuse(message: string): CheckedValue {
  return { ok: false, message };
}
