import type { ApplicationField } from "@sluice/api";
import { text } from "../../catalogue/index.ts";
import { number } from "../../frame/format.ts";

/** What a field holds while a form is filled in; `words` are one text, as on a command line. */
export type FormValue = string | boolean | readonly string[];
export type FormValues = Readonly<Record<string, FormValue>>;

/** Defaults, and over them what was given before, as by another run. */
export function initialValues(
  fields: readonly ApplicationField[],
  given: Readonly<Record<string, unknown>> = {},
): FormValues {
  const entries = fields.flatMap((field) => {
    const value = Object.hasOwn(given, field.name) ? given[field.name] : field.default;
    return value === undefined || value === null ? [] : [[field.name, formValue(field, value)]];
  });
  return Object.fromEntries(entries) as FormValues;
}

function formValue({ type, isList }: ApplicationField, value: unknown): FormValue {
  if (type === "boolean") return value === true || value === "true";
  const list = (Array.isArray(value) ? value : [value]).map(String);
  if (type === "words") return Array.isArray(value) ? list.map(quoted).join(" ") : String(value);
  return isList ? list : (list[0] ?? "");
}

/** So that splitting the text gives the word back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The fields that are asked for, as `When` has it. What one that is not asked for holds counts for nothing. */
export function askedFields(
  fields: readonly ApplicationField[],
  values: FormValues,
): readonly ApplicationField[] {
  const held = new Map<string, readonly string[]>();
  return fields.filter((field) => {
    const isAsked = Object.entries(field.when ?? {}).every(([name, wanted]) =>
      holds(held.get(name) ?? [], wanted),
    );
    const value = values[field.name];
    if (isAsked) held.set(field.name, listOf(value));
    return isAsked;
  });
}

type Wanted = NonNullable<ApplicationField["when"]>[string];

function holds(held: readonly string[], wanted: Wanted): boolean {
  if (typeof wanted === "boolean") {
    return held.some((one) => one !== "" && one !== "false") === wanted;
  }
  const list = (Array.isArray(wanted) ? wanted : [wanted]).map(String);
  return list.some((one) => held.includes(one) || (held.length === 0 && one === ""));
}

function listOf(value: FormValue | undefined): readonly string[] {
  if (value === undefined || value === "") return [];
  return typeof value === "object" ? value : [String(value)];
}

/** As the interface takes them. What was emptied says so where there is a default. */
export function requestValues(
  fields: readonly ApplicationField[],
  values: FormValues,
): Readonly<Record<string, unknown>> {
  const entries = askedFields(fields, values).flatMap((field) => {
    const value = values[field.name];
    if (listOf(value).length === 0) return field.default === undefined ? [] : [[field.name, ""]];
    return [[field.name, isNumeric(field) ? numberOf(String(value)) : value]];
  });
  return Object.fromEntries(entries) as Readonly<Record<string, unknown>>;
}

const isNumeric = ({ type }: ApplicationField): boolean => type === "number" || type === "integer";

function numberOf(written: string): number | string {
  const value = Number(written);
  return written.trim() !== "" && Number.isFinite(value) ? value : written;
}

/**
 * What is wrong with a value as far as this page can tell, at once. The server looks at all of it a
 * moment later: patterns are its affair alone, as one may run away.
 */
export function localProblem(
  field: ApplicationField,
  value: FormValue | undefined,
): string | undefined {
  const said = text.submit.checks;
  const list = listOf(value);
  if (list.length === 0) return field.required ? said.needed : undefined;
  if (isNumeric(field)) return numberProblem(field, String(value));
  if (typeof value !== "string") return undefined;
  if (field.maxLength !== undefined && value.length > field.maxLength) {
    return said.atMostCharacters(field.maxLength);
  }
  if (field.minLength !== undefined && value.length < field.minLength) {
    return said.atLeastCharacters(field.minLength);
  }
  return undefined;
}

function numberProblem({ type, min, max }: ApplicationField, value: string): string | undefined {
  const said = text.submit.checks;
  const given = numberOf(value);
  if (typeof given === "string") return said.number;
  if (type === "integer" && !Number.isSafeInteger(given)) return said.integer;
  if (min !== undefined && given < Number(min)) return said.atLeast(number(Number(min), 6));
  if (max !== undefined && given > Number(max)) return said.atMost(number(Number(max), 6));
  return undefined;
}

/** Fields in the order of the form, under the sections that they name. */
export function sectionsOf(
  fields: readonly ApplicationField[],
): readonly (readonly [string, readonly ApplicationField[]])[] {
  const sections = new Map<string, ApplicationField[]>();
  for (const field of fields) {
    const name = field.section ?? "";
    sections.set(name, [...(sections.get(name) ?? []), field]);
  }
  return [...sections];
}
