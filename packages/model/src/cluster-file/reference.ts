import { z } from "zod";
import { clusterSchema } from "./schema/cluster.ts";
import { imageBuildSchema } from "./schema/image-build.ts";
import { elementOf, keysBelow, metaOf, type SchemaKey, shapeOf, unwrap } from "./schema-tree.ts";

/** `docs/cluster-file.md`, from what the schema says about itself. Ends with a line end. */
export function renderReference(): string {
  return renderSchema(clusterSchema, INTRODUCTION);
}

/** `docs/image-file.md`. */
export function renderImageBuildReference(): string {
  return renderSchema(imageBuildSchema, IMAGE_INTRODUCTION);
}

/** @param options.marked whether keys that ParallelCluster has not got are told apart. */
export function renderSchema(
  root: z.core.$ZodType,
  introduction: string,
  { marked }: { readonly marked: boolean } = { marked: true },
): string {
  const keys = [...keysBelow(root)].filter(({ schema }) => metaOf(schema).update);
  const sections = keys.filter(({ schema }) => keysIn(schema).length > 0);
  return [
    introduction,
    ...render("The file", "", root, { keys, marked }),
    ...sections.flatMap(({ path, schema }) =>
      render(`\`${path}\``, path, schema, { keys, marked }),
    ),
  ].join("\n");
}

/** JSON Schema of the file as it is written, for editors. */
export function clusterJsonSchema(): Record<string, unknown> {
  return { ...jsonSchemaOf(clusterSchema), title: "Sluice cluster file" };
}

export function imageBuildJsonSchema(): Record<string, unknown> {
  return { ...jsonSchemaOf(imageBuildSchema), title: "Sluice image file" };
}

export function jsonSchemaOf(schema: z.core.$ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, {
    io: "input",
    override: ({ jsonSchema }) => {
      for (const key of OURS) delete jsonSchema[key];
      // The bounds of exact integers say nothing about the file.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
}

/** Keys of our metadata that JSON Schema does not know. */
const OURS = [
  "update",
  "providers",
  "extension",
  "byPresence",
  "noEffect",
  "expects",
  "defaultText",
  "check",
  "refused",
] as const;

const INTRODUCTION = `# The cluster file

<!-- Written by scripts/docs.ts from packages/model/src/cluster-file/schema; do not edit. -->

One YAML file describes a cluster. Its format is that of AWS ParallelCluster's version 3, with the
same keys, defaults and names; keys marked **+** are Sluice's own. A complete example is
[examples/demo.yaml](../examples/demo.yaml), one with warm nodes and spot machines
[examples/elastic.yaml](../examples/elastic.yaml), one for AWS
[examples/aws.yaml](../examples/aws.yaml), and \`sluice validate\` checks a file without asking any
cloud.

- \`Provider\` says where the cluster runs. A key that does nothing there is reported as a warning.
- On the local cloud \`/home\` and \`/shared\` are the same folder on every machine without being
  named under \`SharedStorage\`.
- On AWS \`/home\` is a folder of the head node's disk that every machine mounts, unless
  \`SharedStorage\` or \`SharedStorageType\` puts something else there ([more](aws.md#storage)).
- Nodes are named \`{queue}-{st|dy}-{compute resource}-{number}\`: \`st\` for the MinCount static ones,
  \`dy\` for the rest up to MaxCount.
- A cluster on the local cloud is in one zone unless \`Local.Zones\` names more: then \`HeadNode.Standby\`
  is a second head in another one, and queues may say in which they are.
- A cluster may be one of several of a [site](site-file.md), which gives it users, zones, shared
  folders and accounting; its own file leaves these out.
- A duration is a whole number and its unit: \`90s\`, \`10m\`, \`1h\` or \`2d\`.
- Unknown keys, keys given twice and wrong values are errors, and all of them are listed at once.
- **Update** says when a change may be applied to a running cluster: \`SUPPORTED\` at any time;
  \`COMPUTE_FLEET_STOP\` with the fleet stopped; \`QUEUE_UPDATE_STRATEGY\` with the fleet stopped or as
  \`QueueUpdateStrategy\` says; \`RESIZE_UPDATE_STRATEGY_ON_REMOVE\` and \`COMPUTE_FLEET_STOP_ON_REMOVE\`
  so only when something is taken away; \`UNSUPPORTED\` never.
- Machine types of the local cloud are \`local.head\`, \`local.small\`, \`local.medium\` and
  \`local.large\`, which are booted systems, \`light.small\` and \`light.large\`, which are a slurmd
  alone, and those under \`Local.MachineTypes\`.

Editors that know JSON Schema complete and check the file with
[cluster.schema.json](cluster.schema.json).
`;

const IMAGE_INTRODUCTION = `# The image file

<!-- Written by scripts/docs.ts from packages/model/src/cluster-file/schema; do not edit. -->

One YAML file describes how a machine image is built, in the format of ParallelCluster's version 3.
\`sluice validate\` checks it as it does a [cluster file](cluster-file.md); it is known by its
\`Build\` section. \`sluice build-image\` builds the image.

Editors that know JSON Schema complete and check the file with
[image.schema.json](image.schema.json).
`;

function render(
  title: string,
  path: string,
  schema: z.core.$ZodType,
  { keys, marked }: { readonly keys: readonly SchemaKey[]; readonly marked: boolean },
): string[] {
  const prefix = path === "" ? "" : `${path}${elementOf(schema) === undefined ? "" : "[]"}.`;
  const { description } = metaOf(schema);
  return [
    `## ${title}`,
    "",
    ...(description === undefined ? [] : [description, ""]),
    "| key | value | default | update |",
    "| --- | --- | --- | --- |",
    ...keys.filter((key) => key.path === `${prefix}${key.name}`).map((key) => row(key, marked)),
    "",
  ];
}

function row({ name, schema }: SchemaKey, marked: boolean): string {
  const { description = "", update = "", extension, providers } = metaOf(schema);
  const only = providers === undefined ? "" : ` Only for ${providers.join(" and ")}.`;
  const mark = extension && marked ? " **+**" : "";
  const kind = kindOf(schema);
  const cells = [
    `\`${name}\`${mark}`,
    `${kind.charAt(0).toUpperCase()}${kind.slice(1)}. ${description}${only}`,
    defaultOf(schema),
    `\`${update}\``,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function keysIn(schema: z.core.$ZodType): string[] {
  const section = shapeOf(elementOf(schema) ?? schema) ?? {};
  return Object.entries(section).flatMap(([name, key]) => (metaOf(key).update ? name : []));
}

function kindOf(schema: z.core.$ZodType): string {
  const inner = unwrap(schema);
  const element = elementOf(schema);
  if (element !== undefined) {
    const isText = unwrap(element) instanceof z.ZodString;
    return isText
      ? "List of texts"
      : shapeOf(element) === undefined
        ? "List of settings"
        : "List of sections";
  }
  if (inner instanceof z.ZodEnum) {
    return inner.options.map((option) => `\`${option}\``).join(", ");
  }
  if (inner instanceof z.ZodUnion) return inner.options.map(kindOf).join(" or ").toLowerCase();
  if (inner instanceof z.ZodRecord) return "Settings";
  if (inner instanceof z.ZodObject) return sectionKind(Object.keys(inner.shape), schema);
  if (inner instanceof z.ZodBoolean) return "`true` or `false`";
  if (inner instanceof z.ZodNumber) return range(inner);
  return "Text";
}

/** Sections whose keys are not described one by one are at least listed. */
function sectionKind(names: readonly string[], schema: z.core.$ZodType): string {
  if (keysIn(schema).length > 0) return "Section";
  return `Section of ${names.map((name) => `\`${name}\``).join(", ")}`;
}

function range(number: z.ZodNumber): string {
  const { minValue, maxValue, format } = number;
  const kind = format === "safeint" ? "Whole number" : "Number";
  const from = minValue === null || minValue <= Number.MIN_SAFE_INTEGER ? "" : ` from ${minValue}`;
  const to = maxValue === null || maxValue >= Number.MAX_SAFE_INTEGER ? "" : ` to ${maxValue}`;
  return `${kind}${from}${Number.isFinite(maxValue) ? to : ""}`;
}

function defaultOf(schema: z.core.$ZodType): string {
  const { defaultText } = metaOf(schema);
  if (defaultText !== undefined) return defaultText;
  if (schema instanceof z.ZodOptional) return "";
  if (!(schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)) return "**required**";
  const value: unknown = schema.def.defaultValue;
  return typeof value === "object" ? "" : `\`${String(value)}\``;
}
