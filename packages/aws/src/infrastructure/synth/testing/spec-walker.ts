import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec";
import type { Property, PropertyType, SpecDatabase } from "@aws-cdk/service-spec-types";

export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Type: string }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly CreationPolicy?: object;
  readonly UpdatePolicy?: object;
  readonly Condition?: string;
}

/** Resources that CloudFormation has by itself and the specification describes loosely or not at all. */
const CUSTOM = /^(Custom::|AWS::CloudFormation::CustomResource$)/;

let database: SpecDatabase | undefined;

/** What AWS's own specification knows of a resource type. */
export function specOf(type: string) {
  database ??= loadAwsServiceSpecSync();
  return database.lookup("resource", "cloudFormationType", "equals", type).at(0);
}

/** Every property of a template that AWS's specification does not have, or has otherwise. */
export function strayProperties(template: Template): readonly string[] {
  const found: string[] = [];
  for (const [id, { Type: type, Properties: properties = {} }] of Object.entries(
    template.Resources,
  )) {
    if (CUSTOM.test(type)) continue;
    const spec = specOf(type);
    if (spec === undefined) found.push(`${id}: no such type ${type}`);
    else walkObject(`${id} (${type})`, properties, spec.properties, found);
  }
  return found;
}

function walkObject(
  path: string,
  value: Readonly<Record<string, unknown>>,
  properties: Readonly<Record<string, Property>>,
  found: string[],
): void {
  for (const [key, item] of Object.entries(value)) {
    const property = properties[key];
    if (property === undefined) found.push(`${path}.${key}: unknown`);
    else found.push(...problems(`${path}.${key}`, item, property.type));
  }
  for (const [key, { required }] of Object.entries(properties)) {
    if (required === true && value[key] === undefined) found.push(`${path}.${key}: missing`);
  }
}

function problems(path: string, value: unknown, type: PropertyType): readonly string[] {
  if (isIntrinsic(value)) return [];
  switch (type.type) {
    case "string":
      return oneOf(path, value, type.allowedValues, typeof value === "string");
    case "integer":
      return oneOf(path, value, type.allowedValues, Number.isInteger(value));
    case "number":
    case "boolean":
      return oneOf(path, value, undefined, typeof value === type.type);
    case "date-time":
      return oneOf(path, value, undefined, typeof value === "string");
    case "json":
      return [];
    case "null":
      return [`${path}: must be nothing`];
    case "tag":
      return isRecord(value) && typeof value.Key === "string" ? [] : [`${path}: not a tag`];
    case "array":
      if (!Array.isArray(value)) return [`${path}: not a list`];
      return value.flatMap((item, index) => problems(`${path}[${index}]`, item, type.element));
    case "map":
      if (!isRecord(value)) return [`${path}: not a map`];
      return Object.entries(value).flatMap(([key, item]) =>
        problems(`${path}.${key}`, item, type.element),
      );
    case "ref": {
      if (!isRecord(value)) return [`${path}: not an object`];
      const found: string[] = [];
      const definition = database?.get("typeDefinition", type.reference.$ref);
      walkObject(path, value, definition?.properties ?? {}, found);
      return found;
    }
    case "union": {
      const tries = type.types.map((one) => problems(path, value, one));
      const [best = []] = tries.toSorted((a, b) => a.length - b.length);
      return best;
    }
    default:
      return type satisfies never;
  }
}

function oneOf(
  path: string,
  value: unknown,
  allowed: readonly unknown[] | undefined,
  isOfType: boolean,
): readonly string[] {
  if (!isOfType) return [`${path}: ${JSON.stringify(value)} is of another type`];
  if (allowed === undefined || allowed.includes(value)) return [];
  return [`${path}: ${JSON.stringify(value)} is none of ${allowed.join(", ")}`];
}

/** Values that CloudFormation finds out. */
function isIntrinsic(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const [key = "", ...others] = Object.keys(value);
  return others.length === 0 && (key === "Ref" || key.startsWith("Fn::"));
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
