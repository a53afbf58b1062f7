import { mergeFacts } from "../../../facts.ts";
import type { SynthesisedStack } from "../contract.ts";
import { readable } from "./readable.ts";
import { isRecord, type Template, type TemplateResource } from "./spec-walker.ts";

interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: object;
}

export function templatesOf(stack: SynthesisedStack): readonly Template[] {
  return [stack.template, ...Object.values(stack.nested)].map(
    (text) => JSON.parse(text) as Template,
  );
}

export function resourcesOf(
  stack: SynthesisedStack,
): readonly (readonly [string, TemplateResource])[] {
  return templatesOf(stack).flatMap(({ Resources }) => Object.entries(Resources));
}

/** Properties of a resource, readable. */
export function propertiesOf(resource: TemplateResource): Readonly<Record<string, unknown>> {
  return readable(resource.Properties ?? {}) as Readonly<Record<string, unknown>>;
}

/** Statements of roles and managed policies, by the resource that has them. */
export function statementsOf(
  stack: SynthesisedStack,
): readonly (PolicyStatement & { readonly holder: string })[] {
  return resourcesOf(stack).flatMap(([holder, resource]) => {
    const { Policies = [], PolicyDocument } = propertiesOf(resource) as {
      readonly Policies?: readonly { readonly PolicyDocument: unknown }[];
      readonly PolicyDocument?: unknown;
    };
    if (!resource.Type.startsWith("AWS::IAM::")) return [];
    const documents = [...Policies.map((policy) => policy.PolicyDocument), PolicyDocument];
    return documents.flatMap((document) => {
      const { Statement = [] } = (document ?? {}) as { readonly Statement?: PolicyStatement[] };
      return Statement.map((statement) => ({
        ...statement,
        // A parameter that is a list stands for all of its items.
        Resource: [statement.Resource].flat(),
        holder,
      }));
    });
  });
}

/** What the head will read: the merged parts, readable. */
export function factsOf(stack: SynthesisedStack) {
  const parts = resourcesOf(stack)
    .filter(([, { Type }]) => Type === "AWS::SSM::Parameter")
    .map(([, resource]) => JSON.parse(String(propertiesOf(resource).Value)) as unknown);
  return mergeFacts(parts);
}

/** One line for everything that people would want to see changed in a review. */
export function summary(stack: SynthesisedStack): readonly string[] {
  return [
    ...stack.parameters.map(({ name, ...question }) => `ask ${name}: ${JSON.stringify(question)}`),
    ...resourcesOf(stack)
      .filter(([, { Type }]) => Type !== "AWS::EC2::SecurityGroupIngress")
      .map(([id, resource]) => `make ${id}: ${described(resource)}`)
      .sort(),
    ...openings(stack).sort(),
    ...statementsOf(stack).map(
      ({ holder, Sid, Action, Resource, Condition }) =>
        `allow ${holder} ${Sid}: ${Action.join(" ")} on ${Resource.join(" ")}${
          Condition === undefined ? "" : ` if ${JSON.stringify(Condition)}`
        }`,
    ),
    ...leaves("fact", factsOf(stack)),
  ];
}

function described({ Type, DeletionPolicy, Condition }: TemplateResource): string {
  const stays = DeletionPolicy === undefined ? "" : ` (${DeletionPolicy})`;
  return `${Type}${stays}${Condition === undefined ? "" : ` if ${Condition}`}`;
}

interface Rule {
  readonly GroupId?: string;
  readonly IpProtocol: string;
  readonly FromPort?: number;
  readonly ToPort?: number;
  readonly Description?: string;
}

function openings(stack: SynthesisedStack): string[] {
  return resourcesOf(stack).flatMap(([id, resource]) => {
    const properties = propertiesOf(resource);
    if (resource.Type === "AWS::EC2::SecurityGroupIngress") {
      return [opening(undefined, properties as unknown as Rule)];
    }
    if (resource.Type !== "AWS::EC2::SecurityGroup") return [];
    const rules = (properties.SecurityGroupIngress ?? []) as readonly Rule[];
    return rules.map((rule) => opening(`<${id}.GroupId>`, rule));
  });
}

function opening(group: string | undefined, rule: Rule): string {
  const { GroupId = group, IpProtocol, FromPort, ToPort, Description } = rule;
  const ports = FromPort === ToPort ? String(FromPort ?? "all") : `${FromPort}-${ToPort}`;
  const source = Object.entries(rule).find(([key]) => /^(Cidr|Source)/.test(key))?.[1];
  return `open ${GroupId} ${IpProtocol} ${ports} to ${source}: ${Description}`;
}

function leaves(path: string, value: unknown): readonly string[] {
  if (!isRecord(value)) return [`${path}: ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, item]) => leaves(`${path}.${key}`, item));
}

/** A summary by how it differs from another. */
export function difference(base: readonly string[], lines: readonly string[]): readonly string[] {
  const before = new Set(base);
  const after = new Set(lines);
  return [
    ...base.filter((line) => !after.has(line)).map((line) => `- ${line}`),
    ...lines.filter((line) => !before.has(line)).map((line) => `+ ${line}`),
  ];
}
