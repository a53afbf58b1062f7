import { z } from "zod";
import { type Route, route } from "../route.ts";
import { findingSchema } from "./clusters/cluster.ts";
import { MOST_FILE } from "./clusters.ts";

const evidence = z.object({
  path: z.string(),
  line: z.int().describe("from 1"),
  column: z.int(),
  value: z.string(),
});

export const adviceSchema = z
  .object({
    id: z.string().describe("the rule, such as `network/no-efa`"),
    subject: z.string().describe("what it is about; with `id` it is unique in a file"),
    title: z.string(),
    level: z.enum(["high", "medium", "low"]),
    evidence: z.array(evidence).readonly(),
    why: z.string(),
    inferred: z.string().optional(),
    cost: z.object({
      savesUsdPerMonth: z.number().optional(),
      addsUsdPerMonth: z.number().optional(),
      basis: z.string(),
    }),
    fix: z
      .object({
        does: z.string(),
        safe: z.boolean().describe("applied without a person's decision"),
        takesNewCluster: z.boolean(),
      })
      .optional(),
    alternatives: z.array(z.string()).readonly(),
  })
  .meta({ id: "Advice" });
export type ClusterFileAdvice = z.input<typeof adviceSchema>;

const text = z.string().min(1).max(MOST_FILE).describe("the cluster file, YAML");
const reading = { role: "read-only", on: "site", scope: "clusters:read" } as const;

/** What writes a cluster file: advice, edits, completion, a file to begin with. */
export const clusterFilesRoutes = {
  adviseOnClusterFile: route({
    id: "adviseOnClusterFile",
    method: "POST",
    path: "/api/v1/cluster-files/advise",
    summary: "Say what is unwise in a cluster file, where, and the edit that mends it",
    description:
      "Of a file that is in use, whatever its owner suppressed: a file with errors that can't be suppressed gets these and no advice. What may be suppressed, and warnings, are said by validateClusterFile. Those who are not administrators may send files of 64,000 characters.",
    tag: "clusters",
    access: reading,
    body: z.strictObject({ clusterConfiguration: text }),
    answer: z.object({
      valid: z.boolean(),
      findings: z.array(findingSchema).readonly(),
      advice: z.array(adviceSchema).readonly(),
      savableUsdPerMonth: z.number(),
    }),
    keepsHistory: true,
  }),
  fixClusterFile: route({
    id: "fixClusterFile",
    method: "POST",
    path: "/api/v1/cluster-files/fix",
    summary: "Mend a cluster file: one advice, or all whose edits are safe",
    description: "Comments and layout stay. Nothing is kept: the answer has the new text.",
    tag: "clusters",
    access: reading,
    body: z.strictObject({
      clusterConfiguration: text,
      only: z
        .strictObject({ id: z.string().max(100), subject: z.string().max(500) })
        .optional()
        .describe("one advice, also when its edit is for a person to decide on"),
      isRunning: z
        .boolean()
        .default(false)
        .describe("it is a running cluster's: leave what that could not take over"),
    }),
    answer: z.object({
      text: z.string(),
      applied: z
        .array(z.object({ id: z.string(), subject: z.string(), does: z.string() }))
        .readonly(),
      left: z.array(adviceSchema).readonly(),
    }),
    keepsHistory: true,
  }),
  getClusterFileSchema: route({
    id: "getClusterFileSchema",
    method: "GET",
    path: "/api/v1/cluster-files/schema",
    summary: "Get the JSON Schema of cluster files",
    description: "For completion and hover. It has an ETag, and is the same until an update.",
    tag: "clusters",
    access: reading,
    answer: z.record(z.string(), z.unknown()),
  }),
  listClusterFileSamples: route({
    id: "listClusterFileSamples",
    method: "GET",
    path: "/api/v1/cluster-files/samples",
    summary: "List files to begin with, one for each provider",
    tag: "clusters",
    access: reading,
    answer: z.object({
      items: z.array(z.object({ provider: z.string(), text: z.string() })).readonly(),
    }),
  }),
} satisfies Record<string, Route>;
