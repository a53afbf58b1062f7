import { z } from "zod";
import "./meta.ts";
import { tags } from "./tags.ts";
import { AWS } from "./values.ts";

const NODE_PACKAGE = "the node manager is Sluice's own and part of it";

/** Keys with which people who work on ParallelCluster replace its parts. */
const foreignPart = (description: string, why: string, update: "SUPPORTED" | "UNSUPPORTED") =>
  z.string().optional().meta({ description, update, noEffect: why });

/** Cookbook, for clusters and for images. */
export const cookbook = () =>
  z
    .strictObject({
      ChefCookbook: z.string().optional().meta({
        description: "Address of a cookbook.",
        update: "UNSUPPORTED",
      }),
      ExtraChefAttributes: z.string().optional().meta({
        description: "Attributes for it, as JSON.",
        update: "UNSUPPORTED",
      }),
    })
    .optional()
    .meta({
      description: "ParallelCluster's cookbook.",
      update: "UNSUPPORTED",
      noEffect: "machines of Sluice are set up by cloud-init, not by Chef",
    });

export const nodePackage = () =>
  foreignPart("Address of ParallelCluster's node package.", NODE_PACKAGE, "UNSUPPORTED");

export const batchCliPackage = () =>
  foreignPart(
    "Address of ParallelCluster's command line for AWS Batch.",
    "AWS Batch is no scheduler of Sluice",
    "UNSUPPORTED",
  );

export const devSettingsSchema = z
  .strictObject({
    Timeouts: z
      .strictObject({
        HeadNodeBootstrapTimeout: z.int().min(1).optional().meta({
          description: "Seconds that the head node may take from being asked for to being ready.",
          update: "UNSUPPORTED",
          expects: "a whole number of seconds",
          defaultText: "60 on the local cloud, 1800 elsewhere",
        }),
        ComputeNodeBootstrapTimeout: z.int().min(1).optional().meta({
          description: "Seconds that a compute node may take from being asked for to registered.",
          update: "SUPPORTED",
          expects: "a whole number of seconds",
          defaultText: "30 on the local cloud, 1800 elsewhere",
        }),
      })
      .optional()
      .meta({ description: "How long to wait for machines.", update: "SUPPORTED" }),
    AmiSearchFilters: z
      .strictObject({
        Tags: tags("UNSUPPORTED").optional().meta({
          description: "Tags that the image has.",
          update: "UNSUPPORTED",
        }),
        Owner: z.string().min(1).optional().meta({
          description: "Account that the image belongs to.",
          update: "UNSUPPORTED",
        }),
      })
      .optional()
      .meta({
        description: "Where the official image is looked for.",
        update: "UNSUPPORTED",
        providers: AWS,
        noEffect: "images are those of the systems' makers, or the one that CustomAmi names",
      }),
    InstanceTypesData: z.string().min(1).optional().meta({
      description: "Facts about machine types over those that are known, as JSON.",
      update: "SUPPORTED",
      providers: AWS,
      noEffect: "facts about machine types are those of the built-in catalogue and of EC2",
    }),
    EfaInterfaceType: z.enum(["efa", "efa-only"]).optional().meta({
      description: "Kind of the EFA interfaces beside the first.",
      update: "UNSUPPORTED",
      providers: AWS,
      defaultText: "efa-only",
    }),
    Cookbook: cookbook(),
    NodePackage: nodePackage(),
    AwsBatchCliPackage: batchCliPackage(),
    ClusterTemplate: foreignPart(
      "Address of a template of ParallelCluster's.",
      "what Sluice deploys is its own",
      "SUPPORTED",
    ),
    ComputeStartupTimeMetricEnabled: z.boolean().optional().meta({
      description: "Whether the time that machines take to start is measured.",
      update: "SUPPORTED",
      noEffect: "it is always measured, see `sluice explain` and the metrics of the head",
    }),
  })
  .optional()
  .meta({ description: "Settings for those who work on Sluice itself.", update: "SUPPORTED" });
