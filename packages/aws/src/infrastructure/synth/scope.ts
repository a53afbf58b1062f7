import type { ClusterConfig } from "@sluice/model";
import { Aws, type Stack, Tags } from "aws-cdk-lib/core";
import type { IConstruct } from "constructs";
import { TAGS } from "../../names.ts";
import type { SynthRequest } from "./contract.ts";
import type { FactsParts } from "./facts-parts.ts";
import type { Parameters } from "./parameters.ts";

/** What every part of a stack is made in. */
export interface Scope {
  readonly stack: Stack;
  readonly request: SynthRequest;
  readonly config: ClusterConfig;
  /** `NAME-UNIQUE`. */
  readonly label: string;
  readonly parameters: Parameters;
  readonly facts: FactsParts;
}

/** A resource that others must wait for. */
export type Awaited = { readonly node: IConstruct["node"] } & IConstruct;

/** An ARN in the stack's own account and region. */
export function arnOf(service: string, resource: string): string {
  return `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;
}

/** The tags of the cluster, on all of it that can have tags. */
export function clusterTags({
  config,
  name,
  unique,
}: SynthRequest): Readonly<Record<string, string>> {
  const own = Object.fromEntries(config.Tags.map(({ Key, Value }) => [Key, Value]));
  return { ...own, [TAGS.cluster]: name, [TAGS.clusterId]: unique };
}

export function tagAll(construct: IConstruct, tags: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(tags)) Tags.of(construct).add(key, value);
}

/** A launch template's own tags. */
export function templateTags(tags: Readonly<Record<string, string>>) {
  const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
  return [{ resourceType: "launch-template", tags: list }];
}

/** As launch templates want them, for machines and their disks. */
export function tagSpecifications(tags: Readonly<Record<string, string>>) {
  const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
  return ["instance", "volume"].map((resourceType) => ({ resourceType, tags: list }));
}
