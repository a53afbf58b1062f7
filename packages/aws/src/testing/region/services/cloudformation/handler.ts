import { createHash } from "node:crypto";
import type { CommandClass, InputOf, OutputOf } from "../../contract.ts";
import type { Region } from "../../region.ts";
import type { Stack } from "./stack.ts";
import type { Json, JsonObject } from "./template.ts";

/** A resource that is there. */
export interface Made {
  /** Its physical id, which is what `Ref` gives unless `ref` says otherwise. */
  readonly id: string;
  readonly ref?: string;
  readonly attributes?: Readonly<Record<string, Json>>;
}

/** Everything that is known where a resource is made. */
export interface ResourceContext {
  readonly region: Region;
  readonly stack: Stack;
  readonly logicalId: string;
  readonly type: string;
  /** Fires when the stack's work is called off. */
  readonly signal: AbortSignal;
  /** Calls another service of the region with the rights of who asked for the stack. */
  call<C extends CommandClass>(command: C, input: InputOf<C>): Promise<OutputOf<C>>;
}

/** How resources of one type are made, changed and removed, by calls of the region's services. */
export interface ResourceHandler {
  create(properties: JsonObject, context: ResourceContext): Promise<Made>;
  /** In place. Missing: any change replaces. */
  update?(
    made: Made,
    properties: JsonObject,
    context: ResourceContext,
    former: JsonObject,
  ): Promise<Made>;
  /** Properties whose change replaces the resource. */
  readonly replacedBy?: readonly string[];
  /** Removing what is gone already succeeds. */
  delete(made: Made, properties: JsonObject, context: ResourceContext): Promise<void>;
  /** With DeletionPolicy `Snapshot`, before it is deleted. */
  snapshot?(made: Made, context: ResourceContext): Promise<void>;
}

/** A name as CloudFormation makes them up: `STACK-RESOURCE-RANDOM`. */
export function madeUpName(context: ResourceContext, most = 64): string {
  const { stack, logicalId } = context;
  const end = hashOf(`${stack.id}/${logicalId}/${stack.events.length}`, 12);
  const room = most - end.length - 2;
  const first = stack.name.slice(0, Math.ceil(room / 2));
  return `${first}-${logicalId.slice(0, room - first.length)}-${end}`;
}

export function hashOf(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

/** A resource's own tags and those of its stack, as most services write them. */
export function tagsOf(
  properties: JsonObject,
  { stack }: ResourceContext,
): { Key: string; Value: string }[] {
  const own = (properties.Tags ?? []) as readonly { Key: string; Value: Json }[];
  const all = new Map<string, string>([
    ...Object.entries(stack.root.input.tags),
    ...own.map(({ Key, Value }): [string, string] => [Key, String(Value)]),
  ]);
  return [...all].map(([Key, Value]) => ({ Key, Value }));
}

/** As a member of an EC2 call's TagSpecifications. */
export function tagSpecification<T extends string>(
  type: T,
  properties: JsonObject,
  context: ResourceContext,
): { ResourceType: T; Tags: { Key: string; Value: string }[] }[] {
  return [{ ResourceType: type, Tags: tagsOf(properties, context) }];
}

/** Milliseconds between two tries, and in all: EC2 gives resources back a while after it said so. */
const TRY_EVERY = 50;
const TRY_FOR = 30_000;

/** Repeats what fails only because something else still uses the resource. */
export async function whenFree(work: () => Promise<unknown>, signal?: AbortSignal): Promise<void> {
  const until = Date.now() + TRY_FOR;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (isGone(error)) return;
      if (!/DependencyViolation|InUse|VolumeInUse|DeleteConflict/.test(nameOf(error))) throw error;
      if (Date.now() > until || signal?.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, TRY_EVERY));
    }
  }
}

export async function unlessGone(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  return /NotFound|NoSuch|NonExistent|DoesNotExist|not found|does not exist/i.test(
    `${nameOf(error)} ${error instanceof Error ? error.message : ""}`,
  );
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

/** CloudFormation writes numbers and booleans as strings where the template does. */
export function bool(value: Json | undefined): boolean | undefined {
  return value === undefined ? undefined : value === true || value === "true";
}

export function number(value: Json | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

export function text(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** Leaves out what is undefined, for inputs that must not have it. */
export function given<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
