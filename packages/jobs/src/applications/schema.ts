import { z } from "zod";

/** What a field holds. `words` is a text that is split as a shell would, without running anything. */
export const FIELD_TYPES = [
  ...["text", "words", "number", "integer", "boolean", "choice", "choices", "file", "files"],
  ...["folder", "cluster", "queue", "account", "licence", "duration", "memory", "date"],
] as const satisfies readonly string[];
export type FieldType =
  | "text"
  | "words"
  | "number"
  | "integer"
  | "boolean"
  | "choice"
  | "choices"
  | "file"
  | "files"
  | "folder"
  | "cluster"
  | "queue"
  | "account"
  | "licence"
  | "duration"
  | "memory"
  | "date";

const TYPES: readonly [FieldType, ...FieldType[]] = FIELD_TYPES as unknown as [
  FieldType,
  ...FieldType[],
];

/** Fields that can be several values. */
export const LIST_TYPES: ReadonlySet<FieldType> = new Set(["words", "choices", "files"]);
/** Fields whose values are digits, or true and false, and need no quotes anywhere. */
export const NUMBER_TYPES: ReadonlySet<FieldType> = new Set(["number", "integer", "boolean"]);

const line = (most: number) =>
  z
    .string()
    .max(most)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a line is what has none.
    .regex(/^[^\u0000-\u001f\u007f\u2028\u2029]*$/)
    .meta({ expects: `one line of at most ${most} characters` });

const fieldName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/)
  .meta({ expects: "a name of lower-case letters, digits and _, a letter first, at most 40" });

const scalar = z.union([z.string().max(4000), z.number(), z.boolean()]);

const choiceSchema = z.union([
  z.union([z.string().max(1000), z.number()]).transform((value) => ({
    Value: String(value),
    Label: String(value),
  })),
  z
    .strictObject({ Value: z.union([z.string().max(1000), z.number()]), Label: line(200) })
    .transform(({ Value, Label }) => ({ Value: String(Value), Label })),
]);

const choicesFromSchema = z.strictObject({
  /** Words of a command that prints a choice a line: `value` or `value<tab>label`. Run as the user. */
  Command: z.array(z.string().min(1).max(1000)).min(1).max(50).optional(),
  /** The entries of a folder. */
  Folder: z.string().min(1).max(1000).optional(),
  /** Of names in the folder, with * and ?. */
  Pattern: line(200).optional(),
});

const conditionSchema = z.record(fieldName, z.union([scalar, z.array(scalar).min(1).max(100)]));

export const fieldSchema = z.strictObject({
  Name: fieldName,
  Type: z.enum(TYPES),
  Label: line(200).optional(),
  Help: z.string().max(2000).optional(),
  Placeholder: line(200).optional(),
  Required: z.boolean().default(false),
  Default: z.union([scalar, z.array(scalar).max(1000)]).optional(),
  Min: z.union([z.number(), z.string().max(40)]).optional(),
  Max: z.union([z.number(), z.string().max(40)]).optional(),
  MinLength: z.int().min(0).max(100_000).optional(),
  MaxLength: z.int().min(1).max(100_000).optional(),
  /** The whole value has to match. */
  Pattern: line(300).optional(),
  /** Said when the pattern does not match. */
  PatternHelp: line(300).optional(),
  Multiline: z.boolean().default(false),
  Choices: z.array(choiceSchema).min(1).max(1000).optional(),
  ChoicesFrom: choicesFromSchema.optional(),
  /** Of files: copied into the run's folder before it is submitted, or used where they are. */
  Stage: z.enum(["copy", "use"]).default("use"),
  Section: line(100).optional(),
  When: conditionSchema.optional(),
});

export const applicationSchema = z.strictObject({
  Name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,59}$/)
    .meta({
      expects: "a name of lower-case letters, digits and hyphens, a letter first, at most 60",
    }),
  Title: line(100).min(1).meta({ expects: "one line of at most 100 characters" }),
  Description: z.string().max(5000).default(""),
  Category: line(60).default("General"),
  Icon: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/)
    .default("terminal")
    .meta({ expects: "the name of an icon: lower-case letters, digits and hyphens" }),
  /** The author's own; each save is counted by the server besides. */
  Version: line(40).optional(),
  Fields: z.array(fieldSchema).max(200).default([]),
  /** Of sbatch, long names. A value of true alone, a text in which {{name}} may stand. */
  Options: z.record(z.string().max(60), scalar).default({}),
  /** Fields of type words whose words are options of sbatch. */
  ExtraOptions: z.array(fieldName).max(10).default([]),
  /** How long a run is kept after its end: `30d`, `12h`; missing: as the server has it. */
  KeepFor: line(20).optional(),
  Script: z
    .string()
    .min(1)
    .max(200_000)
    .meta({ expects: "the script, as a block after Script: |" }),
});

export type Application = z.output<typeof applicationSchema>;
export type ApplicationInput = z.input<typeof applicationSchema>;
export type Field = z.output<typeof fieldSchema>;
