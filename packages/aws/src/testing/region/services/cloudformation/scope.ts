import type { Region } from "../../region.ts";
import type { Scope } from "./intrinsics.ts";
import { holds } from "./intrinsics.ts";
import { resolvedParameters } from "./parameters.ts";
import type { Stack, StackInput } from "./stack.ts";
import { validationError } from "./template.ts";

export async function scopeOf(
  stack: Stack,
  { template, parameters }: StackInput,
  region: Region,
): Promise<Scope> {
  return {
    template,
    parameters: await resolvedParameters(template, parameters, region),
    pseudo: {
      "AWS::AccountId": region.account,
      "AWS::NotificationARNs": [],
      "AWS::Partition": "aws",
      "AWS::Region": region.name,
      "AWS::StackId": stack.id,
      "AWS::StackName": stack.name,
      "AWS::URLSuffix": "amazonaws.com",
    },
    zones: region.zones,
    resource: (logicalId) => {
      const resource = stack.resources.get(logicalId);
      if (resource !== undefined) return resource;
      throw validationError(
        `Template format error: Unresolved resource dependencies [${logicalId}]`,
      );
    },
  };
}

/** Logical ids of the resources whose condition holds. */
export function wantedResources(scope: Scope): readonly string[] {
  return Object.entries(scope.template.Resources).flatMap(([id, { Condition }]) =>
    Condition === undefined || holds(Condition, scope) ? [id] : [],
  );
}
