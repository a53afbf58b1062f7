import type { Completion, CompletionSource } from "@codemirror/autocomplete";
import { text } from "../../../catalogue/index.ts";
import { sentence } from "../../../frame/format.ts";
import type { EditorProps, Hover } from "../../../parts/editor/contract.ts";
import { type JsonSchema, keysOf, type SchemaStep, schemaAt, shapeOf, valuesOf } from "./schema.ts";
import { pathOfKeyAt, yamlContext } from "./yaml-context.ts";

/** Names that the schema does not list, as those of machine types. */
export type FurtherValues = (key: SchemaStep) => readonly string[] | undefined;

/** Completes keys and values of a cluster file. */
export function completionsOf(
  schema: JsonSchema,
  further: FurtherValues = () => undefined,
): CompletionSource {
  return ({ state, pos, explicit }) => {
    const context = yamlContext(state.doc.toString(), pos);
    if (context === undefined) return null;
    // An empty line asks for nothing by itself.
    if (!explicit && context.is === "key" && context.from === pos) return null;
    const place = schemaAt(schema, context.path);
    if (place === undefined) return null;
    const options =
      context.is === "key"
        ? keyOptions(place, context.siblings)
        : valueOptions(place, further(context.path.at(-1) ?? ""));
    return { from: context.from, options, validFor: /^[\w.-]*$/ };
  };
}

function keyOptions(section: JsonSchema, siblings: readonly string[]): Completion[] {
  const required = new Set(section.required ?? []);
  return keysOf(section)
    .filter(([key]) => !siblings.includes(key))
    .map(([key, schema]) => ({
      label: key,
      type: "property",
      apply: shapeOf(schema) === "value" ? `${key}: ` : `${key}:`,
      detail: detailOf(schema),
      boost: required.has(key) ? 1 : 0,
      ...(schema.description === undefined ? {} : { info: schema.description }),
    }));
}

function valueOptions(schema: JsonSchema, further: readonly string[] = []): Completion[] {
  return [...valuesOf(schema), ...further].map((value) => ({
    label: value,
    type: "constant",
    ...(`${schema.default}` === value ? { detail: text.wizard.editor.isDefault } : {}),
  }));
}

function detailOf(schema: JsonSchema): string {
  const { shapes } = text.wizard.editor;
  const shape = shapeOf(schema);
  return shape === "value" ? (typeWord(schema) ?? "") : shapes[shape];
}

function typeWord(schema: JsonSchema): string | undefined {
  const { type, anyOf } = schema;
  const { types } = text.wizard.editor;
  const name = typeof type === "string" ? type : anyOf?.map((one) => one.type).find(isName);
  return typeof name === "string" && Object.hasOwn(types, name)
    ? types[name as keyof typeof types]
    : undefined;
}

function isName(type: JsonSchema["type"]): boolean {
  return typeof type === "string";
}

/** Says what the key means that is pointed at. */
export function hoverOf(schema: JsonSchema): NonNullable<EditorProps["hover"]> {
  return (file, offset): Hover | undefined => {
    const found = pathOfKeyAt(file, offset);
    const key = found && schemaAt(schema, found.path);
    if (key?.description === undefined) return undefined;
    const said = text.wizard.editor;
    const values = valuesOf(key);
    const words = [
      key.description,
      ...(values.length === 0 ? [] : [said.oneOf(values.join(", "))]),
      ...(isPlain(key.default) ? [said.defaultIs(`${key.default}`)] : []),
    ];
    const { from, to } = found as NonNullable<typeof found>;
    return {
      from,
      to,
      title: `${String(found?.path.at(-1))}`,
      text: words.map(sentence).join(" "),
    };
  };
}

function isPlain(value: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
