import { z } from "zod";
import {
  additionalPackagesSchema,
  additionalResources,
  customS3Bucket,
  deploymentSettingsSchema,
  imdsSchema,
} from "./account-settings.ts";
import { backupSchema } from "./backup.ts";
import { devSettingsSchema } from "./dev-settings.ts";
import { directoryServiceSchema } from "./directory-service.ts";
import { headNodeSchema } from "./head-node.ts";
import { iamSchema } from "./iam.ts";
import { imageSchema } from "./image.ts";
import { localSchema } from "./local.ts";
import { loginNodesSchema } from "./login-nodes.ts";
import "./meta.ts";
import { monitoringSchema } from "./monitoring.ts";
import { providerSchema } from "./provider.ts";
import { schedulingSchema } from "./scheduling.ts";
import { sharedStorageSchema } from "./shared-storage/index.ts";
import { tagsSchema } from "./tags.ts";
import { usersSchema } from "./users.ts";
import { vpcSchema } from "./vpc.ts";

/** The whole file. Grows by one file per section; keys keep ParallelCluster's spelling. */
export const clusterSchema = z.strictObject({
  Provider: providerSchema,
  Region: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .optional()
    .meta({
      description: "Region of the cloud.",
      update: "UNSUPPORTED",
      providers: ["aws", "azure"],
      check: "RegionValidator",
      expects: "the name of a region, such as eu-central-1",
    }),
  Image: imageSchema,
  HeadNode: headNodeSchema,
  Scheduling: schedulingSchema,
  LoginNodes: loginNodesSchema,
  Vpc: vpcSchema,
  SharedStorage: sharedStorageSchema,
  Users: usersSchema,
  DirectoryService: directoryServiceSchema,
  Monitoring: monitoringSchema,
  Iam: iamSchema,
  Imds: imdsSchema,
  AdditionalPackages: additionalPackagesSchema,
  AdditionalResources: additionalResources(),
  CustomS3Bucket: customS3Bucket(),
  DeploymentSettings: deploymentSettingsSchema,
  Tags: tagsSchema,
  Backup: backupSchema,
  DevSettings: devSettingsSchema,
  Local: localSchema,
});

/** The file as it is written, before defaults. */
export type ClusterFile = z.input<typeof clusterSchema>;
/** The file after the schema's own defaults, before those that depend on the provider. */
export type CheckedClusterFile = z.output<typeof clusterSchema>;
