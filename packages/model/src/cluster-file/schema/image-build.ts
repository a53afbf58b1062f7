import { z } from "zod";
import { customS3Bucket, imdsSchema, lambdaFunctionsVpcConfig } from "./account-settings.ts";
import { batchCliPackage, cookbook, nodePackage } from "./dev-settings.ts";
import "./meta.ts";
import { tags } from "./tags.ts";
import {
  IMAGE_EXPECTS,
  INSTANCE_TYPE_EXPECTS,
  instanceProfileArn,
  instanceTypeName,
  KMS_EXPECTS,
  kmsKeyId,
  POLICY_EXPECTS,
  PROFILE_EXPECTS,
  policyArn,
  ROLE_EXPECTS,
  roleArn,
  SUBNET_EXPECTS,
  securityGroupIds,
  subnetId,
} from "./values.ts";

/** An image is built once: nothing of its file is ever updated. */
const update = "UNSUPPORTED" as const;

const enabled = (description: string) =>
  z
    .strictObject({ Enabled: z.boolean().default(false).meta({ description, update }) })
    .optional()
    .meta({ description, update });

const image = z
  .strictObject({
    Name: z
      .string()
      .regex(/^[-_A-Za-z0-9{ ][-_A-Za-z0-9\s:{}.]+[-_A-Za-z0-9}]$/)
      .optional()
      .meta({
        description: "Name of the image.",
        update,
        expects: "at least three letters, digits, hyphens and underscores",
        defaultText: "the id of the build",
      }),
    Tags: tags(update).optional().meta({ description: "Tags on the image.", update }),
    RootVolume: z
      .strictObject({
        Size: z.int().min(1).optional().meta({
          description: "Size in GiB.",
          update,
          expects: "a whole number of GiB",
          defaultText: "that of the parent image and what the build needs",
        }),
        Encrypted: z.boolean().default(false).meta({
          description: "Whether the image's disk is encrypted.",
          update,
        }),
        KmsKeyId: kmsKeyId().optional().meta({
          description: "Key that it is encrypted with.",
          update,
          expects: KMS_EXPECTS,
        }),
      })
      .optional()
      .meta({ description: "The disk of the image.", update }),
  })
  .optional()
  .meta({ description: "The image that is made.", update });

const iam = z
  .strictObject({
    InstanceRole: roleArn().optional().meta({
      description: "Role of the machine that builds.",
      update,
      expects: ROLE_EXPECTS,
    }),
    InstanceProfile: instanceProfileArn().optional().meta({
      description: "Instance profile of the machine that builds.",
      update,
      expects: PROFILE_EXPECTS,
    }),
    CleanupLambdaRole: roleArn().optional().meta({
      description: "Role of the function that cleans up after the build.",
      update,
      expects: ROLE_EXPECTS,
    }),
    AdditionalIamPolicies: z
      .array(
        z.strictObject({
          Policy: policyArn().meta({ description: "A policy.", update, expects: POLICY_EXPECTS }),
        }),
      )
      .optional()
      .meta({ description: "Policies beside those that Sluice makes.", update }),
    PermissionsBoundary: policyArn().optional().meta({
      description: "The most that any role which Sluice makes may do.",
      update,
      expects: POLICY_EXPECTS,
    }),
  })
  .optional()
  .meta({ description: "Rights in the account.", update });

const build = z
  .strictObject({
    InstanceType: instanceTypeName().meta({
      description: "Machine type that the image is built on.",
      update,
      expects: INSTANCE_TYPE_EXPECTS,
    }),
    ParentImage: z
      .string()
      .regex(/^ami-[0-9a-z]{8}$|^ami-[0-9a-z]{17}$|^arn:[^\s]+:imagebuilder:[^\s]+:image\/[^\s]+$/)
      .meta({
        description: "Image that it begins as.",
        update,
        expects: `${IMAGE_EXPECTS}, or the ARN of an image of Image Builder`,
      }),
    Components: z
      .array(
        z.strictObject({
          Type: z.enum(["arn", "script"]).meta({ description: "Kind of component.", update }),
          Value: z.string().min(1).meta({
            description: "Its ARN, or the address of a script.",
            update,
          }),
        }),
      )
      .optional()
      .meta({ description: "What is done beyond installing the cluster's software.", update }),
    UpdateOsPackages: enabled("Whether the system's packages are updated first."),
    Installation: z
      .strictObject({
        NvidiaSoftware: enabled("Whether NVIDIA's drivers and CUDA are installed."),
        LustreClient: enabled("Whether the Lustre client is installed."),
      })
      .optional()
      .meta({ description: "What is installed.", update }),
    Iam: iam,
    Tags: tags(update).optional().meta({ description: "Tags on what the build uses.", update }),
    SecurityGroupIds: securityGroupIds().optional().meta({
      description: "Security groups of the machine that builds.",
      update,
      expects: 'a list of ids of security groups, such as "sg-0123456789abcdef0"',
    }),
    SubnetId: subnetId().optional().meta({
      description: "Subnet of the machine that builds.",
      update,
      expects: SUBNET_EXPECTS,
    }),
    Imds: imdsSchema,
  })
  .meta({ description: "How the image is made.", update });

const devSettings = z
  .strictObject({
    Cookbook: cookbook(),
    NodePackage: nodePackage(),
    AwsBatchCliPackage: batchCliPackage(),
    DisablePclusterComponent: z.boolean().optional().meta({
      description: "Whether to leave the cluster's software out.",
      update,
      defaultText: "false",
    }),
    DisableKernelUpdate: z.boolean().optional().meta({
      description: "Whether the kernel stays as it is when packages are updated.",
      update,
      defaultText: "false",
    }),
    DisableValidateAndTest: z.boolean().optional().meta({
      description: "Whether the image is not tried out.",
      update,
      defaultText: "false",
    }),
    CincInstallerUrl: z.string().optional().meta({
      description: "Address of the installer of ParallelCluster's Chef.",
      update,
      noEffect: "machines of Sluice are set up by cloud-init, not by Chef",
    }),
    TerminateInstanceOnFailure: z.boolean().optional().meta({
      description: "Whether the machine that builds goes when the build fails.",
      update,
      defaultText: "true",
    }),
    DistributionConfiguration: z
      .strictObject({
        Regions: z.string().optional().meta({
          description: "Regions that the image is copied to, separated by commas.",
          update,
        }),
        LaunchPermission: z.string().optional().meta({
          description: "Who else may use it, as Image Builder's JSON.",
          update,
        }),
      })
      .optional()
      .meta({ description: "Where the image goes.", update }),
  })
  .optional()
  .meta({ description: "Settings for those who work on Sluice itself.", update });

/** The file of an image build; keys keep ParallelCluster's spelling. */
export const imageBuildSchema = z.strictObject({
  Region: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .optional()
    .meta({
      description: "Region that the image is made in.",
      update,
      check: "RegionValidator",
      expects: "the name of a region, such as eu-central-1",
    }),
  Image: image,
  Build: build,
  DevSettings: devSettings,
  CustomS3Bucket: customS3Bucket(),
  DeploymentSettings: z
    .strictObject({ LambdaFunctionsVpcConfig: lambdaFunctionsVpcConfig() })
    .optional()
    .meta({ description: "How the build is deployed.", update }),
});

/** The file as it is written, before defaults. */
export type ImageBuildFile = z.input<typeof imageBuildSchema>;
export type ImageBuildConfig = z.output<typeof imageBuildSchema>;
