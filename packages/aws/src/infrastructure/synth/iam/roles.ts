import type { ClusterConfig } from "@sluice/model";
import { CfnInstanceProfile, CfnRole } from "aws-cdk-lib/aws-iam";
import { Aws, type Stack } from "aws-cdk-lib/core";
import { given } from "../given.ts";
import { shortHash } from "../logical-id.ts";
import { policyOf, type Statement } from "./statement.ts";

/** What roles of a cluster have in common, from the file's `Iam`. */
export interface RoleSettings {
  readonly label: string;
  readonly prefix: string | undefined;
  readonly boundary: string | undefined;
}

export type RoleKind = "head" | "compute" | "login" | "clean-up" | "site";

/** Rights of a kind of machine, as the file has them. */
export interface NodeIam {
  readonly InstanceRole?: string | undefined;
  readonly InstanceProfile?: string | undefined;
  readonly AdditionalIamPolicies?: readonly { readonly Policy: string }[] | undefined;
}

export function roleSettings(config: ClusterConfig, label: string): RoleSettings {
  return { label, prefix: config.Iam?.ResourcePrefix, boundary: config.Iam?.PermissionsBoundary };
}

/**
 * Path of a cluster's roles of a kind: rights to pass them on are said by it. A prefix that begins
 * with a slash is the path's beginning, up to its last slash; the rest begins the names.
 */
export function rolePath({ label, prefix }: RoleSettings, kind: RoleKind): string {
  const first = prefix?.startsWith("/") ? prefix.slice(0, prefix.lastIndexOf("/") + 1) : "/";
  return `${first}sluice/${label}/${kind}/`;
}

const LONGEST_NAME = 64;

/** Undefined leaves the name to CloudFormation. */
function roleName({ label, prefix }: RoleSettings, id: string): string | undefined {
  const begins = prefix?.slice(prefix.lastIndexOf("/") + 1);
  if (begins === undefined || begins === "") return undefined;
  const name = `${begins}${label}-${id}`;
  if (name.length <= LONGEST_NAME) return name;
  return `${name.slice(0, LONGEST_NAME - 9)}-${shortHash(name)}`;
}

export function makeRole(
  stack: Stack,
  id: string,
  settings: RoleSettings,
  role: {
    readonly kind: RoleKind;
    readonly service: "ec2" | "lambda";
    readonly statements: readonly Statement[];
    readonly managedPolicies?: readonly string[];
  },
): CfnRole {
  const { kind, service, statements, managedPolicies = [] } = role;
  return new CfnRole(
    stack,
    id,
    given({
      path: rolePath(settings, kind),
      roleName: roleName(settings, id),
      permissionsBoundary: settings.boundary,
      assumeRolePolicyDocument: policyOf([
        {
          Effect: "Allow",
          Principal: { Service: principal(service) },
          Action: "sts:AssumeRole",
        } as unknown as Statement,
      ]),
      managedPolicyArns: managedPolicies.length === 0 ? undefined : [...managedPolicies],
      policies:
        statements.length === 0
          ? undefined
          : [{ policyName: "sluice", policyDocument: policyOf(statements) }],
    }),
  );
}

function principal(service: "ec2" | "lambda"): string {
  // EC2 is ec2.amazonaws.com.cn in China.
  return service === "ec2" ? `ec2.${Aws.URL_SUFFIX}` : "lambda.amazonaws.com";
}

/**
 * The instance profile of a kind of machine: that of the file, or one for the role of the file, or
 * one for a role that is made.
 *
 * @returns its name.
 */
export function instanceProfile(
  stack: Stack,
  id: string,
  settings: RoleSettings,
  node: {
    readonly kind: "head" | "compute" | "login" | "site";
    readonly iam: NodeIam | undefined;
    readonly statements: () => readonly Statement[];
  },
): string {
  const { kind, iam, statements } = node;
  if (iam?.InstanceProfile !== undefined) return lastOf(iam.InstanceProfile);
  const policies = iam?.AdditionalIamPolicies?.map(({ Policy }) => Policy) ?? [];
  const role =
    iam?.InstanceRole === undefined
      ? makeRole(stack, `${id}Role`, settings, {
          kind,
          service: "ec2",
          statements: statements(),
          managedPolicies: policies,
        }).ref
      : lastOf(iam.InstanceRole);
  const profile = new CfnInstanceProfile(
    stack,
    `${id}Profile`,
    given({
      path: rolePath(settings, kind),
      instanceProfileName: roleName(settings, id),
      roles: [role],
    }),
  );
  return profile.ref;
}

/** The name at the end of an ARN with a path. */
function lastOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
