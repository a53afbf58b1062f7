import type { Scope, Service } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { policyOperations } from "./policies.ts";
import { profileOperations } from "./profiles.ts";
import { roleOperations } from "./roles.ts";
import { userOperations } from "./users.ts";

export function iamService(region: Region): Service {
  const { iam, account } = region;
  return {
    name: "iam",
    protocol: "query",
    operations: {
      ...roleOperations(iam),
      ...policyOperations(iam),
      ...profileOperations(region),
      ...userOperations(region),
    },
    authorise: (_, input) => scopeOf(account, iam, input as IamInput),
  };
}

interface IamInput {
  readonly Path?: string;
  readonly RoleName?: string;
  readonly InstanceProfileName?: string;
  readonly UserName?: string;
  readonly PolicyName?: string;
  readonly PolicyArn?: string;
  readonly PermissionsBoundary?: string;
  readonly AWSServiceName?: string;
  readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[];
}

function scopeOf(account: string, iam: Region["iam"], input: IamInput): Scope {
  const { Path = "/", RoleName, InstanceProfileName, UserName, PolicyName, PolicyArn } = input;
  const arn = (kind: string, name: string): string =>
    `arn:aws:iam::${account}:${kind}${Path}${name}`;
  const role = iam.roles.get(RoleName ?? "");
  const boundary = input.PermissionsBoundary ?? role?.boundary;
  const conditions = {
    ...Object.fromEntries(
      (input.Tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ""]),
    ),
    ...(PolicyArn === undefined ? {} : { "iam:PolicyARN": PolicyArn }),
    ...(boundary === undefined ? {} : { "iam:PermissionsBoundary": boundary }),
    ...(input.AWSServiceName === undefined ? {} : { "iam:AWSServiceName": input.AWSServiceName }),
  };
  if (InstanceProfileName !== undefined) {
    const known = iam.instanceProfiles.get(InstanceProfileName)?.arn;
    return { resources: [known ?? arn("instance-profile", InstanceProfileName)], conditions };
  }
  if (RoleName !== undefined)
    return { resources: [role?.arn ?? arn("role", RoleName)], conditions };
  if (UserName !== undefined) return { resources: [arn("user", UserName)], conditions };
  if (PolicyArn !== undefined) return { resources: [PolicyArn], conditions };
  if (PolicyName !== undefined) return { resources: [arn("policy", PolicyName)], conditions };
  return { resources: ["*"], conditions };
}
