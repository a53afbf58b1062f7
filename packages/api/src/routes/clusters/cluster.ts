import { z } from "zod";
import { fleetSchema, instance } from "./inside.ts";

const summary = {
  clusterName: z.string(),
  clusterStatus: z.string().describe("ParallelCluster's words, and STOPPED"),
  provider: z.string(),
  region: z.string(),
  scheduler: z.object({ type: z.literal("slurm") }),
  creationTime: z.string(),
};

export const clusterSchema = z
  .object({
    ...summary,
    role: z.string().describe("the most that the caller is on it"),
    operation: z.string().optional().describe("id of what is at work on it"),
  })
  .meta({ id: "Cluster" });

export const clusterDescriptionSchema = z
  .object({
    ...summary,
    role: z.string(),
    operation: z.string().optional(),
    clusterId: z.string(),
    lastUpdatedTime: z.string(),
    fileVersion: z.int(),
    computeFleetStatus: z.string(),
    headNode: instance.optional().describe("the one that leads; missing while there is none"),
    headNodes: z
      .array(
        instance.extend({
          nodeName: z.string(),
          availabilityZone: z.string(),
          role: z.enum(["leading", "standing-by", "starting"]),
        }),
      )
      .readonly()
      .optional()
      .describe("every head machine, where the cluster has two"),
    queues: fleetSchema.shape.queues,
    unavailable: fleetSchema.shape.unavailable,
    resources: z.record(z.string(), z.string()),
    failures: z
      .array(z.object({ failureReason: z.string() }))
      .readonly()
      .optional(),
  })
  .meta({ id: "ClusterDescription" });

/** One thing that is to be said about a cluster file. */
export const findingSchema = z.object({
  id: z.string(),
  level: z.enum(["INFO", "WARNING", "ERROR"]),
  file: z.string(),
  line: z.int().describe("from 1; 0: it has no place"),
  column: z.int(),
  path: z.string(),
  value: z.string(),
  message: z.string(),
  suggestion: z.string(),
});

export const validationSchema = z.object({
  valid: z.boolean(),
  findings: z.array(findingSchema).readonly(),
  notRun: z
    .array(z.object({ id: z.string(), why: z.string() }))
    .readonly()
    .describe("checks that were not made"),
});

const costPerHour = z.object({
  least: z.number().describe("USD per hour of what always runs"),
  most: z.number().describe("with every node up, on the dearest machine type that may back it"),
});

export const clusterPlanSchema = z.object({
  clusterName: z.string(),
  provider: z.string(),
  region: z.string(),
  steps: z.array(z.string()).readonly(),
  cost: costPerHour.extend({ unknownPrices: z.array(z.string()).readonly() }),
  validationMessages: z.array(findingSchema).readonly(),
});

export const clusterUpdatePlanSchema = z.object({
  changes: z
    .array(
      z.object({
        path: z.string(),
        from: z.unknown().optional(),
        to: z.unknown().optional(),
        policy: z.string(),
        effect: z.enum(["live", "drain", "terminate", "fleet-stop", "refused"]),
        nodes: z.array(z.string()).readonly(),
        removedQueue: z.string().optional(),
        reason: z.string(),
        suggestion: z.string().optional(),
      }),
    )
    .readonly(),
  effect: z.enum(["live", "drain", "terminate", "fleet-stop", "refused"]).optional(),
  addedNodes: z.array(z.string()).readonly(),
  removedNodes: z.array(z.string()).readonly(),
  cost: z.object({
    before: costPerHour,
    after: costPerHour,
    unknownPrices: z.array(z.string()).readonly(),
  }),
  steps: z.array(z.string()).readonly().describe("what will be done, in order"),
  validationMessages: z.array(findingSchema).readonly(),
});
