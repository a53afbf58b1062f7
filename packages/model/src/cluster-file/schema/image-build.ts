import { z } from "zod";
import { customS3Bucket, imdsSchema, lambdaFunctionsVpcConfig } from "./account-settings.ts";
import { batchCliPackage, cookbook, nodePackage } from "./dev-settings.ts";
import { CLOUD_OSES, LOCAL_OSES } from "./image.ts";
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
/** The local cloud builds in a folder of the host, with the rights of root. */
const onAws = ["aws"] as const;

const enabled = (description: string) =>
  z
    .strictObject({ Enabled: z.boolean().default(false).meta({ description, update }) })
    .optional()
    .meta({ description, update });

const image = z
  .strictObject({
    Os: z
      .enum([...LOCAL_OSES, ...CLOUD_OSES])
      .optional()
      .meta({
        description: "Operating system of the parent image.",
        update,
        extension: true,
        defaultText: "what ParentImage names, or says of itself",
      }),
    Name: z
      .string()
      .regex(/^[-_A-Za-z0-9{ ][-_A-Za-z0-9\s:{}.]+[-_A-Za-z0-9}]$/)
      .optional()
      .meta({
        description: "Name of the image.",
        update,
        providers: onAws,
        expects: "at least three letters, digits, hyphens and underscores",
        defaultText: "the id of the build",
      }),
    Tags: tags(update)
      .optional()
      .meta({ description: "Tags on the image.", update, providers: onAws }),
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
      .meta({ description: "The disk of the image.", update, providers: onAws }),
  })
  .optional()
  .meta({ description: "The image that is made.", update });

const NO_FUNCTION = "sluice build-image itself cleans up, and no function does";

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
      noEffect: NO_FUNCTION,
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
  .meta({ description: "Rights in the account.", update, providers: onAws });

/** Which of these forms a cloud takes is a check's business. */
const PARENT_IMAGE =
  /^[a-zA-Z][a-zA-Z0-9-]{0,127}$|^arn:[^\s]+:imagebuilder:[^\s]+:image\/[^\s]+$|^ssm:\/?[\w./-]+$/;

const build = z
  .strictObject({
    InstanceType: instanceTypeName().optional().meta({
      description: "Machine type that the image is built on.",
      update,
      providers: onAws,
      defaultText: "required on aws",
      expects: INSTANCE_TYPE_EXPECTS,
    }),
    ParentImage: z
      .string()
      .regex(PARENT_IMAGE)
      .meta({
        description:
          "Image that it begins as. An operating system, such as debian13, means its maker's own image; the local cloud also takes the id of an image that was built there, and aws an id of EC2, an ARN of Image Builder, or `ssm:` and the name of a parameter.",
        update,
        expects: `an operating system such as debian13, ${IMAGE_EXPECTS}, the ARN of an image of Image Builder, ssm: and the name of a parameter, or the id of an image of the local cloud`,
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
        NvidiaSoftware: enabled("Whether NVIDIA's drivers and CUDA are installed.").meta({
          description: "Whether NVIDIA's drivers and CUDA are installed.",
          update,
          noEffect: "begin with an image that has NVIDIA's software, or install it by a script",
        }),
        LustreClient: enabled("Whether the Lustre client is installed."),
      })
      .optional()
      .meta({ description: "What is installed.", update }),
    Iam: iam,
    Tags: tags(update)
      .optional()
      .meta({ description: "Tags on what the build uses.", update, providers: onAws }),
    SecurityGroupIds: securityGroupIds().optional().meta({
      description: "Security groups of the machine that builds.",
      update,
      providers: onAws,
      expects: 'a list of ids of security groups, such as "sg-0123456789abcdef0"',
    }),
    SubnetId: subnetId().optional().meta({
      description: "Subnet of the machine that builds.",
      update,
      providers: onAws,
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
      providers: onAws,
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
      providers: onAws,
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
      .meta({ description: "Where the image goes.", update, providers: onAws }),
  })
  .optional()
  .meta({ description: "Settings for those who work on Sluice itself.", update });

/** The file of an image build; keys keep ParallelCluster's spelling. */
export const imageBuildSchema = z.strictObject({
  Provider: z.enum(["aws", "local"]).default("aws").meta({
    description: "The cloud that the image is for; `local` is the machine in front of you.",
    update,
    extension: true,
  }),
  Region: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .optional()
    .meta({
      description: "Region that the image is made in.",
      update,
      providers: onAws,
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
    .meta({ description: "How the build is deployed.", update, noEffect: NO_FUNCTION }),
});

/** The file as it is written, before defaults. */
export type ImageBuildFile = z.input<typeof imageBuildSchema>;
export type ImageBuildConfig = z.output<typeof imageBuildSchema>;
