import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { handle, type Service } from "../../contract.ts";
import {
  checkedDocument,
  checkInlineSize,
  checkNew,
  checkUnused,
  shownRole,
  tagMap,
} from "./shapes.ts";
import { type IamState, missing } from "./state.ts";

export function roleOperations(iam: IamState): Service["operations"] {
  return {
    CreateRole: handle(CreateRoleCommand, (input) => {
      const { RoleName = "", Path = "/", PermissionsBoundary } = input;
      checkNew(iam.roles.has(RoleName), `Role with name ${RoleName}`);
      if (PermissionsBoundary !== undefined) attachable(iam, PermissionsBoundary);
      const role = {
        ...iam.holder("role", "AROA", RoleName, Path),
        trust: checkedDocument(input.AssumeRolePolicyDocument),
        description: input.Description,
        maxSessionSeconds: input.MaxSessionDuration ?? 3600,
        boundary: PermissionsBoundary,
        tags: tagMap(input.Tags),
      };
      iam.roles.set(RoleName, role);
      return { Role: shownRole(role) };
    }),
    CreateServiceLinkedRole: handle(CreateServiceLinkedRoleCommand, ({ AWSServiceName = "" }) => {
      const service = AWSServiceName.split(".")[0] ?? "";
      const name = `AWSServiceRoleFor${service.charAt(0).toUpperCase()}${service.slice(1)}`;
      checkNew(iam.roles.has(name), `Service role name ${name}`);
      const role = {
        ...iam.holder("role", "AROA", name, `/aws-service-role/${AWSServiceName}/`),
        trust: JSON.stringify({
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: AWSServiceName },
              Action: "sts:AssumeRole",
            },
          ],
        }),
        description: undefined,
        maxSessionSeconds: 3600,
      };
      iam.roles.set(name, role);
      return { Role: shownRole(role) };
    }),
    GetRole: handle(GetRoleCommand, ({ RoleName = "" }) => ({
      Role: shownRole(iam.role(RoleName)),
    })),
    ListRoles: handle(ListRolesCommand, ({ PathPrefix = "/" }) => ({
      Roles: [...iam.roles.values()]
        .filter(({ path }) => path.startsWith(PathPrefix))
        .map(shownRole),
      IsTruncated: false,
    })),
    DeleteRole: handle(DeleteRoleCommand, ({ RoleName = "" }) => {
      const role = iam.role(RoleName);
      checkUnused(role.inline.size > 0, "delete policies");
      checkUnused(role.attached.size > 0, "detach all policies");
      const profiles = [...iam.instanceProfiles.values()];
      checkUnused(
        profiles.some(({ roles }) => roles.has(RoleName)),
        "remove roles from instance profile",
      );
      iam.roles.delete(RoleName);
      return {};
    }),
    UpdateRole: handle(UpdateRoleCommand, ({ RoleName = "", Description, MaxSessionDuration }) => {
      const role = iam.role(RoleName);
      role.description = Description ?? role.description;
      role.maxSessionSeconds = MaxSessionDuration ?? role.maxSessionSeconds;
      return {};
    }),
    UpdateAssumeRolePolicy: handle(
      UpdateAssumeRolePolicyCommand,
      ({ RoleName = "", PolicyDocument }) => {
        iam.role(RoleName).trust = checkedDocument(PolicyDocument);
        return {};
      },
    ),
    PutRolePolicy: handle(
      PutRolePolicyCommand,
      ({ RoleName = "", PolicyName = "", PolicyDocument }) => {
        const role = iam.role(RoleName);
        const before = role.inline.get(PolicyName);
        role.inline.set(PolicyName, checkedDocument(PolicyDocument));
        try {
          checkInlineSize(role);
        } catch (error) {
          if (before === undefined) role.inline.delete(PolicyName);
          else role.inline.set(PolicyName, before);
          throw error;
        }
        return {};
      },
    ),
    GetRolePolicy: handle(GetRolePolicyCommand, ({ RoleName = "", PolicyName = "" }) => ({
      RoleName,
      PolicyName,
      PolicyDocument: encodeURIComponent(
        iam.role(RoleName).inline.get(PolicyName) ??
          missing(`The role policy with name ${PolicyName} cannot be found.`),
      ),
    })),
    ListRolePolicies: handle(ListRolePoliciesCommand, ({ RoleName = "" }) => ({
      PolicyNames: [...iam.role(RoleName).inline.keys()],
      IsTruncated: false,
    })),
    DeleteRolePolicy: handle(DeleteRolePolicyCommand, ({ RoleName = "", PolicyName = "" }) => {
      if (!iam.role(RoleName).inline.delete(PolicyName)) {
        missing(`The role policy with name ${PolicyName} cannot be found.`);
      }
      return {};
    }),
    AttachRolePolicy: handle(AttachRolePolicyCommand, ({ RoleName = "", PolicyArn = "" }) => {
      iam.role(RoleName).attached.add(attachable(iam, PolicyArn));
      return {};
    }),
    DetachRolePolicy: handle(DetachRolePolicyCommand, ({ RoleName = "", PolicyArn = "" }) => {
      if (!iam.role(RoleName).attached.delete(PolicyArn)) {
        missing(`Policy ${PolicyArn} was not found.`);
      }
      return {};
    }),
    ListAttachedRolePolicies: handle(ListAttachedRolePoliciesCommand, ({ RoleName = "" }) => ({
      AttachedPolicies: [...iam.role(RoleName).attached].map((PolicyArn) => ({
        PolicyArn,
        PolicyName: PolicyArn.split("/").at(-1),
      })),
      IsTruncated: false,
    })),
    PutRolePermissionsBoundary: handle(
      PutRolePermissionsBoundaryCommand,
      ({ RoleName = "", PermissionsBoundary = "" }) => {
        iam.role(RoleName).boundary = attachable(iam, PermissionsBoundary);
        return {};
      },
    ),
    DeleteRolePermissionsBoundary: handle(
      DeleteRolePermissionsBoundaryCommand,
      ({ RoleName = "" }) => {
        iam.role(RoleName).boundary = undefined;
        return {};
      },
    ),
    TagRole: handle(TagRoleCommand, ({ RoleName = "", Tags }) => {
      const role = iam.role(RoleName);
      role.tags = new Map([...role.tags, ...tagMap(Tags)]);
      return {};
    }),
    UntagRole: handle(UntagRoleCommand, ({ RoleName = "", TagKeys = [] }) => {
      const role = iam.role(RoleName);
      role.tags = new Map([...role.tags].filter(([key]) => !TagKeys.includes(key)));
      return {};
    }),
    ListRoleTags: handle(ListRoleTagsCommand, ({ RoleName = "" }) => ({
      Tags: shownRole(iam.role(RoleName)).Tags,
      IsTruncated: false,
    })),
  };
}

/** @returns the ARN. @throws ServiceError when there is no such policy. */
export function attachable(iam: IamState, arn: string): string {
  if (iam.document(arn) !== undefined) return arn;
  return missing(`Policy ${arn} does not exist or is not attachable.`);
}
