import { CfnManagedPolicy } from "aws-cdk-lib/aws-iam";
import { Aws } from "aws-cdk-lib/core";
import type { Scope } from "../scope.ts";
import { type RoleSettings, rolePath } from "./roles.ts";
import { allow, policyOf } from "./statement.ts";

/** So many roles fit into the head's own policy, which holds 10,240 characters. */
const INLINE = 10;
/** So many fit into a policy of their own, which holds 6,144, or into a parameter. */
const CHUNK = 30;

/** Roles of queues that the file gives, which the head must be able to give to machines. */
export function foreignRoles({ config, parameters }: Scope): {
  readonly inline: readonly string[];
  readonly chunks: readonly (readonly string[])[];
} {
  const iams = config.Scheduling.SlurmQueues.flatMap(({ Iam }) => Iam ?? []);
  const profiles = [...new Set(iams.flatMap(({ InstanceProfile }) => InstanceProfile ?? []))];
  const roles = [...new Set(iams.flatMap(({ InstanceRole }) => InstanceRole ?? []))];
  const resolved = chunked(profiles).map((some, index) => parameters.profileRoles(some, index + 1));
  if (roles.length <= INLINE && profiles.length === 0) return { inline: roles, chunks: [] };
  return { inline: [], chunks: [...chunked(roles), ...resolved] };
}

function chunked(list: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(list.length / CHUNK);
  return Array.from({ length: count }, (_, index) =>
    list.slice(index * CHUNK, (index + 1) * CHUNK),
  );
}

/** Policies for what is too much for the head's own. @returns their ARNs. */
export function passRolePolicies(scope: Scope, settings: RoleSettings): readonly string[] {
  return foreignRoles(scope).chunks.map(
    (roles, index) =>
      new CfnManagedPolicy(scope.stack, `PassRoles${index + 1}`, {
        path: rolePath(settings, "head"),
        description: "Roles that the head gives to compute machines",
        policyDocument: policyOf([
          allow("PassRoles", ["iam:PassRole"], roles, {
            StringEquals: { "iam:PassedToService": `ec2.${Aws.URL_SUFFIX}` },
          }),
        ]),
      }).ref,
  );
}
