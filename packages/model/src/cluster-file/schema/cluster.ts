import { z } from "zod";
import { devSettingsSchema } from "./dev-settings.ts";
import { headNodeSchema } from "./head-node.ts";
import { imageSchema } from "./image.ts";
import { localSchema } from "./local.ts";
import "./meta.ts";
import { providerSchema } from "./provider.ts";
import { schedulingSchema } from "./scheduling.ts";
import { sharedStorageSchema } from "./shared-storage.ts";
import { tagsSchema } from "./tags.ts";
import { usersSchema } from "./users.ts";

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
  SharedStorage: sharedStorageSchema,
  Users: usersSchema,
  Tags: tagsSchema,
  DevSettings: devSettingsSchema,
  Local: localSchema,
});

/** The file as it is written, before defaults. */
export type ClusterFile = z.input<typeof clusterSchema>;
/** The file after the schema's own defaults, before those that depend on the provider. */
export type CheckedClusterFile = z.output<typeof clusterSchema>;
