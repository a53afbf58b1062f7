import { ServiceError } from "../../contract.ts";
import type { Holder, InstanceProfile, ManagedPolicy, Role } from "./state.ts";

type Tags = readonly { readonly Key: string | undefined; readonly Value: string | undefined }[];

export function tagMap(tags: Tags | undefined): ReadonlyMap<string, string> {
  return new Map((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
}

function tagList(tags: ReadonlyMap<string, string>) {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

export function shownRole(role: Role) {
  return {
    RoleName: role.name,
    Path: role.path,
    Arn: role.arn,
    RoleId: role.id,
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encodeURIComponent(role.trust),
    MaxSessionDuration: role.maxSessionSeconds,
    Tags: tagList(role.tags),
    ...(role.description === undefined ? {} : { Description: role.description }),
    ...(role.boundary === undefined
      ? {}
      : {
          PermissionsBoundary: {
            PermissionsBoundaryType: "PermissionsBoundaryPolicy" as const,
            PermissionsBoundaryArn: role.boundary,
          },
        }),
  };
}

export function shownUser({ name, path, arn, id, createdAt, tags }: Holder) {
  return {
    UserName: name,
    Path: path,
    Arn: arn,
    UserId: id,
    CreateDate: createdAt,
    Tags: tagList(tags),
  };
}

export function shownPolicy(policy: ManagedPolicy) {
  return {
    PolicyName: policy.name,
    Path: policy.path,
    Arn: policy.arn,
    PolicyId: policy.id,
    CreateDate: policy.createdAt,
    DefaultVersionId: policy.defaultVersion,
    Tags: tagList(policy.tags),
  };
}

export function shownProfile(profile: InstanceProfile, roles: ReadonlyMap<string, Role>) {
  return {
    InstanceProfileName: profile.name,
    Path: profile.path,
    Arn: profile.arn,
    InstanceProfileId: profile.id,
    CreateDate: profile.createdAt,
    Tags: tagList(profile.tags),
    Roles: [...profile.roles].flatMap((name) => {
      const role = roles.get(name);
      return role === undefined ? [] : [shownRole(role)];
    }),
  };
}

/** A policy has to be JSON with statements. @returns it as it is. */
export function checkedDocument(document: string | undefined): string {
  try {
    if ((JSON.parse(document ?? "") as { Statement?: unknown }).Statement !== undefined) {
      return document ?? "";
    }
  } catch {
    // Said below.
  }
  throw new ServiceError("MalformedPolicyDocument", "The policy has no statements or is no JSON");
}

export function checkNew(exists: boolean, what: string): void {
  if (exists) throw new ServiceError("EntityAlreadyExists", `${what} already exists.`, 409);
}

export function checkUnused(isUsed: boolean, what: string): void {
  if (!isUsed) return;
  const message = `Cannot delete entity, must ${what} first.`;
  throw new ServiceError("DeleteConflict", message, 409);
}

/** The most characters that a role's inline policies may have together, without white space. */
const MOST_INLINE = 10_240;

export function checkInlineSize(holder: Holder): void {
  const size = [...holder.inline.values()].join("").replace(/\s/g, "").length;
  if (size <= MOST_INLINE) return;
  throw new ServiceError(
    "LimitExceeded",
    `Maximum policy size of ${MOST_INLINE} bytes exceeded for ${holder.name}`,
    409,
  );
}
