import * as iam from "@aws-sdk/client-iam";
import {
  given,
  type Made,
  madeUpName,
  type ResourceContext,
  type ResourceHandler,
  tagsOf,
  text,
  unlessGone,
} from "../handler.ts";
import type { Json, JsonObject } from "../template.ts";

interface InlinePolicy {
  readonly PolicyName: string;
  readonly PolicyDocument: Json;
}

const ROLE: ResourceHandler = {
  replacedBy: ["RoleName", "Path"],
  async create(properties, context) {
    const RoleName = text(properties.RoleName) ?? madeUpName(context);
    const { Role } = await context.call(iam.CreateRoleCommand, {
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify(properties.AssumeRolePolicyDocument),
      ...given({
        Path: text(properties.Path),
        PermissionsBoundary: text(properties.PermissionsBoundary),
        Description: text(properties.Description),
      }),
      Tags: tagsOf(properties, context),
    });
    await putPolicies(RoleName, properties, context);
    return { id: RoleName, attributes: { Arn: Role?.Arn ?? "", RoleId: Role?.RoleId ?? "" } };
  },
  async update(made, properties, context, former) {
    await removePolicies(made.id, former, context);
    await putPolicies(made.id, properties, context);
    return made;
  },
  async delete({ id }, properties, context) {
    await removePolicies(id, properties, context);
    await unlessGone(() => context.call(iam.DeleteRoleCommand, { RoleName: id }));
  },
};

async function putPolicies(
  RoleName: string,
  properties: JsonObject,
  context: ResourceContext,
): Promise<void> {
  for (const { PolicyName, PolicyDocument } of inline(properties)) {
    await context.call(iam.PutRolePolicyCommand, {
      RoleName,
      PolicyName,
      PolicyDocument: JSON.stringify(PolicyDocument),
    });
  }
  for (const PolicyArn of managed(properties)) {
    await context.call(iam.AttachRolePolicyCommand, { RoleName, PolicyArn });
  }
}

async function removePolicies(
  RoleName: string,
  properties: JsonObject,
  context: ResourceContext,
): Promise<void> {
  for (const { PolicyName } of inline(properties)) {
    await unlessGone(() => context.call(iam.DeleteRolePolicyCommand, { RoleName, PolicyName }));
  }
  for (const PolicyArn of managed(properties)) {
    await unlessGone(() => context.call(iam.DetachRolePolicyCommand, { RoleName, PolicyArn }));
  }
}

function inline({ Policies = [] }: JsonObject): readonly InlinePolicy[] {
  return Policies as unknown as readonly InlinePolicy[];
}

function managed({ ManagedPolicyArns = [] }: JsonObject): readonly string[] {
  return ManagedPolicyArns as unknown as readonly string[];
}

const INSTANCE_PROFILE: ResourceHandler = {
  async create(properties, context) {
    const InstanceProfileName = text(properties.InstanceProfileName) ?? madeUpName(context);
    const { InstanceProfile } = await context.call(iam.CreateInstanceProfileCommand, {
      InstanceProfileName,
      ...given({ Path: text(properties.Path) }),
    });
    for (const RoleName of roles(properties)) {
      await context.call(iam.AddRoleToInstanceProfileCommand, { InstanceProfileName, RoleName });
    }
    return { id: InstanceProfileName, attributes: { Arn: InstanceProfile?.Arn ?? "" } };
  },
  async delete({ id }, properties, context) {
    for (const RoleName of roles(properties)) {
      await unlessGone(() =>
        context.call(iam.RemoveRoleFromInstanceProfileCommand, {
          InstanceProfileName: id,
          RoleName,
        }),
      );
    }
    await unlessGone(() =>
      context.call(iam.DeleteInstanceProfileCommand, { InstanceProfileName: id }),
    );
  },
};

/** AWS::IAM::Policy gives its document to several roles, AWS::IAM::RolePolicy to one. */
const POLICY: ResourceHandler = {
  replacedBy: ["PolicyName", "RoleName"],
  async create(properties, context) {
    await putOnRoles(properties, context);
    return { id: text(properties.PolicyName) ?? madeUpName(context) };
  },
  async update(made, properties, context, former) {
    await takeFromRoles(
      former,
      roles(former).filter((role) => !roles(properties).includes(role)),
      context,
    );
    await putOnRoles(properties, context);
    return made;
  },
  delete: (_, properties, context) => takeFromRoles(properties, roles(properties), context),
};

async function putOnRoles(properties: JsonObject, context: ResourceContext): Promise<void> {
  for (const RoleName of roles(properties)) {
    await context.call(iam.PutRolePolicyCommand, {
      RoleName,
      PolicyName: text(properties.PolicyName),
      PolicyDocument: JSON.stringify(properties.PolicyDocument),
    });
  }
}

async function takeFromRoles(
  properties: JsonObject,
  from: readonly string[],
  context: ResourceContext,
): Promise<void> {
  for (const RoleName of from) {
    await unlessGone(() =>
      context.call(iam.DeleteRolePolicyCommand, {
        RoleName,
        PolicyName: text(properties.PolicyName),
      }),
    );
  }
}

function roles({ Roles, RoleName }: JsonObject): readonly string[] {
  return RoleName === undefined
    ? ((Roles ?? []) as unknown as readonly string[])
    : [String(RoleName)];
}

const MANAGED_POLICY: ResourceHandler = {
  async create(properties, context): Promise<Made> {
    const { Policy } = await context.call(iam.CreatePolicyCommand, {
      PolicyName: text(properties.ManagedPolicyName) ?? madeUpName(context, 128),
      ...given({ Path: text(properties.Path) }),
      PolicyDocument: JSON.stringify(properties.PolicyDocument),
    });
    const PolicyArn = Policy?.Arn ?? "";
    for (const RoleName of roles(properties)) {
      await context.call(iam.AttachRolePolicyCommand, { RoleName, PolicyArn });
    }
    return { id: PolicyArn, attributes: { PolicyArn } };
  },
  async delete({ id }, properties, context) {
    for (const RoleName of roles(properties)) {
      await unlessGone(() =>
        context.call(iam.DetachRolePolicyCommand, { RoleName, PolicyArn: id }),
      );
    }
    await unlessGone(() => context.call(iam.DeletePolicyCommand, { PolicyArn: id }));
  },
};

export const RIGHTS: Readonly<Record<string, ResourceHandler>> = {
  "AWS::IAM::Role": ROLE,
  "AWS::IAM::InstanceProfile": INSTANCE_PROFILE,
  "AWS::IAM::Policy": POLICY,
  "AWS::IAM::RolePolicy": POLICY,
  "AWS::IAM::ManagedPolicy": MANAGED_POLICY,
};
