import { ServiceError } from "../../contract.ts";

/** Anything that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface ResourceDeclaration {
  readonly Type: string;
  readonly Properties?: JsonObject;
  readonly Condition?: string;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly CreationPolicy?: {
    readonly ResourceSignal?: { readonly Count?: number | string; readonly Timeout?: string };
  };
  readonly Metadata?: JsonObject;
}

export interface ParameterDeclaration {
  readonly Type: string;
  readonly Default?: string | number;
  readonly NoEcho?: boolean;
  readonly AllowedValues?: readonly string[];
}

export interface Template {
  readonly Transform?: string | readonly string[];
  readonly Parameters?: Readonly<Record<string, ParameterDeclaration>>;
  readonly Mappings?: JsonObject;
  readonly Conditions?: JsonObject;
  readonly Resources: Readonly<Record<string, ResourceDeclaration>>;
  readonly Outputs?: Readonly<
    Record<string, { readonly Value: Json; readonly Condition?: string; readonly Export?: Json }>
  >;
}

/** Bytes of a template in the call, and of one that is fetched. */
const MOST_INLINE = 51_200;
const MOST_FETCHED = 1_048_576;
const MOST_RESOURCES = 500;
const MOST_PARAMETERS = 200;

export function validationError(message: string): ServiceError {
  return new ServiceError("ValidationError", message);
}

/** Reads a template as JSON and refuses what CloudFormation would before it begins. */
export function parseTemplate(text: string, from: "call" | "bucket"): Template {
  const bytes = Buffer.byteLength(text);
  const most = from === "call" ? MOST_INLINE : MOST_FETCHED;
  if (bytes > most) {
    throw validationError(
      `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${most}`,
    );
  }
  let template: Template;
  try {
    template = JSON.parse(text) as Template;
  } catch {
    throw validationError("Template format error: JSON not well-formed.");
  }
  const resources = Object.entries(template.Resources ?? {});
  if (resources.length === 0) {
    throw validationError("Template format error: At least one Resources member must be defined.");
  }
  if (resources.length > MOST_RESOURCES) {
    throw validationError(
      `Template format error: Number of resources, ${resources.length}, is greater than maximum allowed, ${MOST_RESOURCES}`,
    );
  }
  if (Object.keys(template.Parameters ?? {}).length > MOST_PARAMETERS) {
    throw validationError("Template format error: Number of parameters is greater than 200");
  }
  checkReferences(template);
  return template;
}

function checkReferences(template: Template): void {
  const known = new Set([
    ...Object.keys(template.Resources),
    ...Object.keys(template.Parameters ?? {}),
  ]);
  const missing = new Set<string>();
  for (const declaration of Object.values(template.Resources)) {
    for (const id of [...referencesOf(declaration.Properties ?? {}), ...dependsOn(declaration)]) {
      if (!known.has(id)) missing.add(id);
    }
  }
  if (missing.size > 0) {
    throw validationError(
      `Template format error: Unresolved resource dependencies [${[...missing].join(", ")}] in the Resources block of the template`,
    );
  }
  const circle = circleIn(template);
  if (circle.length > 0) {
    throw validationError(`Circular dependency between resources: [${circle.join(", ")}]`);
  }
}

function circleIn(template: Template): readonly string[] {
  const left = new Map(
    Object.entries(template.Resources).map(([id, declaration]) => [
      id,
      dependenciesOf(declaration, template),
    ]),
  );
  for (let found = true; found; ) {
    found = false;
    for (const [id, needs] of left) {
      if (needs.some((need) => left.has(need))) continue;
      left.delete(id);
      found = true;
    }
  }
  return [...left.keys()];
}

function dependsOn({ DependsOn = [] }: ResourceDeclaration): readonly string[] {
  return typeof DependsOn === "string" ? [DependsOn] : DependsOn;
}

/** The resources that a resource needs first. */
export function dependenciesOf(
  declaration: ResourceDeclaration,
  template: Template,
): readonly string[] {
  const named = [...referencesOf(declaration.Properties ?? {}), ...dependsOn(declaration)];
  return [...new Set(named)].filter((id) => Object.hasOwn(template.Resources, id));
}

/** Logical ids in Ref, Fn::GetAtt and Fn::Sub; pseudo parameters are none. */
function referencesOf(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referencesOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value as JsonObject).flatMap(([key, inner]) => {
    if (key === "Ref" && typeof inner === "string") return pseudo(inner) ? [] : [inner];
    if (key === "Fn::GetAtt") {
      const [id] = typeof inner === "string" ? inner.split(".") : (inner as readonly string[]);
      return id === undefined ? [] : [id];
    }
    if (key === "Fn::Sub") return inSub(inner);
    return referencesOf(inner);
  });
}

function inSub(value: Json): readonly string[] {
  const [text, variables = {}] = (Array.isArray(value) ? value : [value]) as [string, JsonObject?];
  const names = [...text.matchAll(/\$\{([^!}][^}]*)\}/g)].map(
    ([, name = ""]) => name.split(".")[0] ?? "",
  );
  return [
    ...names.filter((name) => !pseudo(name) && !Object.hasOwn(variables, name)),
    ...referencesOf(variables),
  ];
}

function pseudo(name: string): boolean {
  return name.startsWith("AWS::");
}
