import type { ApplicationDetail } from "@sluice/api";

export interface ShownValue {
  readonly name: string;
  readonly label: string;
  /** Lines of a text; one where it is one. */
  readonly value: string;
  readonly isLong: boolean;
}

type Field = ApplicationDetail["fields"][number];

/** A value that has more is shown as a text. */
const LONG = 80;

/** The values of a form by the labels of its fields, in their order; what the form has not, at the end. */
export function valuesShown(
  values: Readonly<Record<string, unknown>>,
  fields: readonly Field[],
): readonly ShownValue[] {
  const known = fields.filter(({ name }) => name in values);
  const others = Object.keys(values).filter((name) => !known.some((one) => one.name === name));
  return [
    ...known.map((field) => shown(field.name, field.label, values[field.name], field)),
    ...others.map((name) => shown(name, name, values[name], undefined)),
  ].filter(({ value }) => value !== "");
}

function shown(name: string, label: string, value: unknown, field: Field | undefined): ShownValue {
  const said = words(value, field);
  return { name, label, value: said, isLong: said.length > LONG || said.includes("\n") };
}

function words(value: unknown, field: Field | undefined): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map((one) => words(one, field)).join(", ");
  if (typeof value === "boolean") return value ? "✓" : "✗";
  if (typeof value === "object") return JSON.stringify(value);
  const said = String(value);
  return field?.choices?.find((choice) => choice.value === said)?.label ?? said;
}
