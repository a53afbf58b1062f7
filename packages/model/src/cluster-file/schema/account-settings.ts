import { z } from "zod";
import "./meta.ts";
import { AWS, CLOUDS, SUBNET_EXPECTS, securityGroupIds, subnetId } from "./values.ts";

/** Sections of the whole file that are about the account rather than about nodes. */

export const imdsSchema = z
  .strictObject({
    ImdsSupport: z.enum(["v1.0", "v2.0"]).default("v2.0").meta({
      description: "Which version of the metadata service machines answer; v1.0 also answers v2.0.",
      update: "UNSUPPORTED",
    }),
  })
  .prefault({})
  .meta({
    description: "The metadata service of the machines.",
    update: "UNSUPPORTED",
    providers: AWS,
  });

export const additionalPackagesSchema = z
  .strictObject({
    IntelSoftware: z
      .strictObject({
        IntelHpcPlatform: z.boolean().default(false).meta({
          description: "Intel's HPC platform packages, which exist for CentOS 7 only.",
          update: "UNSUPPORTED",
        }),
      })
      .optional()
      .meta({ description: "Software of Intel's.", update: "UNSUPPORTED" }),
  })
  .optional()
  .meta({
    description: "Further software.",
    update: "UNSUPPORTED",
    providers: AWS,
    noEffect: "Intel's packages are for systems that are no longer maintained",
  });

export const customS3Bucket = () =>
  z.string().min(1).optional().meta({
    description: "Bucket for the cluster's own files instead of one that Sluice makes.",
    update: "READ_ONLY_RESOURCE_BUCKET",
    providers: AWS,
  });

export const additionalResources = () =>
  z.string().min(1).optional().meta({
    description: "Address of a CloudFormation template that is deployed with the cluster.",
    update: "SUPPORTED",
    providers: AWS,
  });

export const lambdaFunctionsVpcConfig = () =>
  z
    .strictObject({
      SecurityGroupIds: securityGroupIds().min(1).max(5).meta({
        description: "Security groups of the functions.",
        update: "UNSUPPORTED",
        expects: 'a list of 1 to 5 ids of security groups, such as "sg-0123456789abcdef0"',
      }),
      SubnetIds: z
        .array(subnetId())
        .min(1)
        .max(16)
        .meta({
          description: "Subnets of the functions.",
          update: "UNSUPPORTED",
          expects: `a list of 1 to 16, each ${SUBNET_EXPECTS}`,
        }),
    })
    .optional()
    .meta({
      description: "Where in the network the functions are that clean up after the cluster.",
      update: "UNSUPPORTED",
      providers: AWS,
    });

export const deploymentSettingsSchema = z
  .strictObject({
    LambdaFunctionsVpcConfig: lambdaFunctionsVpcConfig(),
    DisableSudoAccessForDefaultUser: z.boolean().default(false).meta({
      description: "Whether the image's own user loses its right to become root.",
      update: "COMPUTE_AND_LOGIN_NODES_STOP",
      noEffect: "the image's own user may become root; give people users of their own",
    }),
    DefaultUserHome: z.enum(["Shared", "Local"]).default("Shared").meta({
      description: "Whether the home of the image's own user is shared or each machine's own.",
      update: "UNSUPPORTED",
      noEffect: "all of /home is shared",
    }),
  })
  .optional()
  .meta({
    description: "How the cluster is deployed.",
    update: "UNSUPPORTED",
    providers: CLOUDS,
  });
