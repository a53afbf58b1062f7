import { type Application, type Field, LIST_TYPES, NUMBER_TYPES } from "./schema.ts";
import { holds, type TemplateField, type TemplateValue } from "./template/template.ts";
import { checkValue } from "./value.ts";

/** What is wrong with the value of one field; an empty name: with all together. */
export interface FieldError {
  readonly field: string;
  /** Lower case, without a full stop. */
  readonly message: string;
}

/** By field: what may be chosen, where that is found at the time. */
export type FoundChoices = ReadonlyMap<string, ReadonlySet<string>>;

export type CheckedValues =
  | { readonly ok: true; readonly values: ReadonlyMap<string, TemplateValue> }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

export function templateFields({
  Fields,
}: Pick<Application, "Fields">): ReadonlyMap<string, TemplateField> {
  return new Map(
    Fields.map(({ Name, Type }) => [
      Name,
      { isNumber: NUMBER_TYPES.has(Type), isList: LIST_TYPES.has(Type) },
    ]),
  );
}

/**
 * Reads the values of a form, from the first field to the last: what is not given has its default,
 * what `When` hides has none.
 */
export function checkValues(
  { Fields }: Pick<Application, "Fields">,
  given: Readonly<Record<string, unknown>>,
  choices: FoundChoices = new Map(),
): CheckedValues {
  const known = new Set(Fields.map(({ Name }) => Name));
  const errors: FieldError[] = Object.keys(given)
    .filter((name) => !known.has(name))
    .slice(0, 20)
    .map((name) => ({ field: name.slice(0, 60), message: "there is no such field" }));
  const values = new Map<string, TemplateValue>();
  for (const field of Fields) {
    if (!isAsked(field, values)) continue;
    const own = Object.hasOwn(given, field.Name) ? given[field.Name] : field.Default;
    const checked = checkValue(field, own, choices.get(field.Name));
    if (checked.ok) values.set(field.Name, checked.value);
    else errors.push({ field: field.Name, message: checked.message });
  }
  return errors.length === 0 ? { ok: true, values } : { ok: false, errors };
}

/** Whether the fields above are as `When` wants them. */
function isAsked({ When }: Field, values: ReadonlyMap<string, TemplateValue>): boolean {
  return Object.entries(When ?? {}).every(([field, wanted]) => {
    if (typeof wanted === "boolean") return holds({ field, isNegated: !wanted }, values);
    const list = Array.isArray(wanted) ? wanted : [wanted];
    return list.some((value) => holds({ field, value: String(value), isNegated: false }, values));
  });
}
