import { z } from "zod";
import type { UpdatePolicy } from "./meta.ts";
import {
  AWS,
  instanceProfileArn,
  POLICY_EXPECTS,
  PROFILE_EXPECTS,
  policyArn,
  ROLE_EXPECTS,
  roleArn,
} from "./values.ts";

const s3Access = () =>
  z
    .array(
      z.strictObject({
        BucketName: z
          .string()
          .regex(/^[*a-z0-9.-]+$/)
          .meta({
            description: "Bucket, or a pattern of bucket names.",
            update: "SUPPORTED",
            expects: "lower-case letters, digits, dots, hyphens and *",
          }),
        KeyName: z.string().min(1).optional().meta({
          description: "Only what begins with this.",
          update: "SUPPORTED",
          defaultText: "everything in it",
        }),
        EnableWriteAccess: z.boolean().default(false).meta({
          description: "Whether nodes may write as well.",
          update: "SUPPORTED",
        }),
      }),
    )
    .optional()
    .meta({ description: "Buckets that the nodes may read.", update: "SUPPORTED" });

const roleKeys = (update: UpdatePolicy, profile: UpdatePolicy) => ({
  InstanceRole: roleArn().optional().meta({
    description: "Role of the nodes instead of the one that Sluice makes.",
    update,
    expects: ROLE_EXPECTS,
  }),
  InstanceProfile: instanceProfileArn().optional().meta({
    description: "Instance profile of the nodes instead of the one that Sluice makes.",
    update: profile,
    expects: PROFILE_EXPECTS,
  }),
  AdditionalIamPolicies: z
    .array(
      z.strictObject({
        Policy: policyArn().meta({
          description: "A policy.",
          update: "SUPPORTED",
          expects: POLICY_EXPECTS,
        }),
      }),
    )
    .optional()
    .meta({ description: "Policies beside those that Sluice makes.", update }),
});

const DESCRIPTION = "What the nodes may do in the account.";

export const loginIam = () =>
  z
    .strictObject(roleKeys("LOGIN_NODES_POOL_STOP", "LOGIN_NODES_POOL_STOP"))
    .optional()
    .meta({ description: DESCRIPTION, update: "LOGIN_NODES_POOL_STOP", providers: AWS });

export const nodeIam = (profile: UpdatePolicy) =>
  z
    .strictObject({ ...roleKeys("SUPPORTED", profile), S3Access: s3Access() })
    .optional()
    .meta({ description: DESCRIPTION, update: "SUPPORTED", providers: AWS });

/** Of the cluster as a whole. */
export const iamSchema = z
  .strictObject({
    Roles: z
      .strictObject({
        LambdaFunctionsRole: roleArn().optional().meta({
          description: "Role of the functions that clean up after the cluster.",
          update: "SUPPORTED",
          expects: ROLE_EXPECTS,
        }),
      })
      .optional()
      .meta({ description: "Roles instead of those that Sluice makes.", update: "SUPPORTED" }),
    PermissionsBoundary: policyArn().optional().meta({
      description: "The most that any role which Sluice makes may do.",
      update: "SUPPORTED",
      expects: POLICY_EXPECTS,
    }),
    ResourcePrefix: z.string().min(1).optional().meta({
      description: "What names and paths of the roles begin with.",
      update: "UNSUPPORTED",
      expects: 'a name such as "hpc-", or a path such as "/hpc/" with or without a name behind it',
    }),
  })
  .optional()
  .meta({ description: "Rights in the account.", update: "IGNORED", providers: AWS });
