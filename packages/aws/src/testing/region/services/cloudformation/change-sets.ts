import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Region } from "../../region.ts";
import { replaces } from "./deployer.ts";
import type { ResourceHandler } from "./handler.ts";
import { resolve, type Scope } from "./intrinsics.ts";
import { scopeOf, wantedResources } from "./scope.ts";
import type { ChangeSet, ResourceChange, Stack, StackInput } from "./stack.ts";
import type { Json, JsonObject } from "./template.ts";

const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

/** What a stack would become, looked at and not touched. */
export async function changeSetOf(options: {
  readonly name: string;
  readonly stack: Stack;
  readonly type: "CREATE" | "UPDATE";
  readonly input: StackInput;
  readonly onStackFailure: ChangeSet["onStackFailure"] | undefined;
  readonly region: Region;
  readonly handlerOf: (type: string) => ResourceHandler;
}): Promise<ChangeSet> {
  const { name, stack, type, input, onStackFailure, region } = options;
  const common = {
    id: `arn:aws:cloudformation:${region.name}:${region.account}:changeSet/${name}/${randomUUID()}`,
    name,
    stack,
    type,
    input,
    onStackFailure: onStackFailure ?? ("ROLLBACK" as const),
    isFailureGiven: onStackFailure !== undefined,
    createdAt: region.now(),
  };
  let failure: string | undefined;
  let changes: readonly ResourceChange[] = [];
  try {
    changes = await changesOf(options);
    const isSame = type === "UPDATE" && isDeepStrictEqual(input.tags, stack.input.tags);
    if (changes.length === 0 && isSame) failure = NO_CHANGES;
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  return {
    ...common,
    changes,
    status: failure === undefined ? "CREATE_COMPLETE" : "FAILED",
    statusReason: failure,
    executionStatus: failure === undefined ? "AVAILABLE" : "UNAVAILABLE",
  };
}

async function changesOf({
  stack,
  input,
  region,
  handlerOf,
}: Parameters<typeof changeSetOf>[0]): Promise<readonly ResourceChange[]> {
  const scope = unmade(await scopeOf(stack, input, region), stack);
  const wanted = wantedResources(scope);
  const gone = [...stack.resources.values()].filter(
    ({ logicalId, status }) => !wanted.includes(logicalId) && status !== "DELETE_COMPLETE",
  );
  return [
    ...wanted.flatMap((id): ResourceChange[] => {
      const declaration = input.template.Resources[id];
      const row = stack.resources.get(id);
      if (declaration === undefined) return [];
      const type = declaration.Type;
      const properties = resolve(declaration.Properties ?? {}, scope) as JsonObject;
      if (row === undefined) {
        return [
          { action: "Add", logicalId: id, type, physicalId: undefined, replacement: undefined },
        ];
      }
      if (isDeepStrictEqual(properties, row.properties)) return [];
      const replacement = replaces(handlerOf(type), row.properties, properties);
      return [{ action: "Modify", logicalId: id, type, physicalId: row.physicalId, replacement }];
    }),
    ...gone.map(
      ({ logicalId, type, physicalId }): ResourceChange => ({
        action: "Remove",
        logicalId,
        type,
        physicalId,
        replacement: undefined,
      }),
    ),
  ];
}

/** The scope with what is not made yet known after the deployment only. */
function unmade(scope: Scope, stack: Stack): Scope {
  const later = new Proxy<Readonly<Record<string, Json>>>(
    {},
    { get: () => "{{changeSet:KNOWN_AFTER_APPLY}}" },
  );
  return {
    ...scope,
    resource: (id) =>
      stack.resources.get(id) ?? { ref: "{{changeSet:KNOWN_AFTER_APPLY}}", attributes: later },
  };
}
