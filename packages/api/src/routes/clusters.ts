import { z } from "zod";
import { type Route, route } from "../route.ts";
import {
  changing,
  cluster,
  inspecting,
  making,
  operating,
  seeing,
  seeingAll,
} from "./clusters/access.ts";
import {
  clusterDescriptionSchema,
  clusterPlanSchema,
  clusterSchema,
  clusterUpdatePlanSchema,
  validationSchema,
} from "./clusters/cluster.ts";
import { costSchema, explanationSchema } from "./clusters/inside.ts";
import { logRoutes } from "./clusters/log-routes.ts";
import { nodeRoutes } from "./clusters/node-routes.ts";
import { operationSchema } from "./clusters/operation.ts";
import { operationRoutes } from "./clusters/operation-routes.ts";

export * from "./clusters/cluster.ts";
export * from "./clusters/inside.ts";
export * from "./clusters/operation.ts";

/** Characters of a cluster file: 1,000 compute resources are half of it. */
export const MOST_FILE = 300_000;

const fileText = z.string().min(1).max(MOST_FILE).describe("the cluster file, YAML");
const strictness = {
  suppressValidators: z
    .array(z.string().max(100))
    .max(200)
    .default([])
    .describe("`ALL`, or `type:NameOfTheCheck`"),
  validationFailureLevel: z
    .enum(["INFO", "WARNING", "ERROR"])
    .default("ERROR")
    .describe("findings from this level on refuse the file"),
};
const configuration = { clusterConfiguration: fileText, ...strictness };

const BUSY = "another operation is at work on it, or it is in another state";

export const clustersRoutes = {
  ...nodeRoutes,
  ...logRoutes,
  ...operationRoutes,
  listClusters: route({
    id: "listClusters",
    method: "GET",
    path: "/api/v1/clusters",
    summary: "List the clusters that one may see",
    tag: "clusters",
    access: seeingAll,
    answer: z.object({
      items: z.array(clusterSchema).readonly(),
      unanswered: z
        .array(z.object({ provider: z.string(), region: z.string(), message: z.string() }))
        .readonly()
        .describe("clouds that did not answer: their clusters are as they were seen last"),
    }),
  }),
  createCluster: route({
    id: "createCluster",
    method: "POST",
    path: "/api/v1/clusters",
    summary: "Create a cluster",
    description:
      "It is made in the background: the answer is the operation that does it. A file that is refused is a problem with `findings`: what is wrong, and where.",
    tag: "clusters",
    access: making,
    body: z.strictObject({
      clusterName: z.string().min(1).max(60),
      ...configuration,
      rollbackOnFailure: z.boolean().default(true),
    }),
    answer: operationSchema,
    status: 202,
    problems: { 409: "the name is taken" },
  }),
  validateClusterFile: route({
    id: "validateClusterFile",
    method: "POST",
    path: "/api/v1/cluster-files/validate",
    summary: "Check a cluster file",
    description:
      "`online` makes the checks that need an account as well, for administrators; addresses that the file names are not fetched. Those who are not may check files of 64,000 characters.",
    tag: "clusters",
    access: { role: "read-only", on: "site", scope: "clusters:read" },
    body: z.strictObject({ ...configuration, online: z.boolean().default(false) }),
    answer: validationSchema,
    keepsHistory: true,
  }),
  planCluster: route({
    id: "planCluster",
    method: "POST",
    path: "/api/v1/cluster-files/plan",
    summary: "Say what creating a cluster would make and cost",
    tag: "clusters",
    access: making,
    body: z.strictObject({ clusterName: z.string().min(1).max(60), ...configuration }),
    answer: clusterPlanSchema,
    problems: { 409: "the name is taken" },
    keepsHistory: true,
  }),
  getCluster: route({
    id: "getCluster",
    method: "GET",
    path: "/api/v1/clusters/{cluster}",
    summary: "Show a cluster",
    tag: "clusters",
    access: seeing,
    params: cluster,
    answer: clusterDescriptionSchema,
  }),
  getClusterFile: route({
    id: "getClusterFile",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/file",
    summary: "Read the cluster file",
    tag: "clusters",
    access: inspecting,
    params: cluster,
    query: z.object({
      version: z.coerce.number().int().min(1).optional().describe("the one in force when missing"),
    }),
    answer: z.object({
      version: z.int(),
      state: z.string(),
      givenAt: z.string(),
      text: z.string(),
    }),
  }),
  listClusterFiles: route({
    id: "listClusterFiles",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/file/versions",
    summary: "List the versions of the cluster file",
    tag: "clusters",
    access: inspecting,
    params: cluster,
    answer: z.object({
      items: z
        .array(z.object({ version: z.int(), state: z.string(), givenAt: z.string() }))
        .readonly(),
    }),
  }),
  planClusterUpdate: route({
    id: "planClusterUpdate",
    method: "POST",
    path: "/api/v1/clusters/{cluster}/plan",
    summary: "Say what another cluster file would change",
    tag: "clusters",
    access: { ...inspecting, role: "administrator" },
    params: cluster,
    body: z.strictObject(configuration),
    answer: clusterUpdatePlanSchema,
    problems: { 409: BUSY },
    keepsHistory: true,
  }),
  updateCluster: route({
    id: "updateCluster",
    method: "PUT",
    path: "/api/v1/clusters/{cluster}",
    summary: "Give a cluster another cluster file",
    description: "Cancelling the operation gives it the former file back.",
    tag: "clusters",
    access: changing,
    params: cluster,
    body: z.strictObject(configuration),
    answer: operationSchema,
    status: 202,
    problems: { 409: BUSY },
  }),
  deleteCluster: route({
    id: "deleteCluster",
    method: "DELETE",
    path: "/api/v1/clusters/{cluster}",
    summary: "Delete a cluster and everything in it",
    tag: "clusters",
    access: changing,
    params: cluster,
    query: z.object({
      keepAccounting: z.stringbool().default(false).describe("keep the accounting database"),
      retainStorage: z
        .stringbool()
        .default(false)
        .describe("keep it, and every file system and volume that was made"),
    }),
    answer: operationSchema,
    status: 202,
    problems: { 409: BUSY },
  }),
  stopCluster: route({
    id: "stopCluster",
    method: "POST",
    path: "/api/v1/clusters/{cluster}/stop",
    summary: "Stop a whole cluster, fleet and head",
    tag: "clusters",
    access: changing,
    params: cluster,
    answer: operationSchema,
    status: 202,
    problems: { 409: BUSY },
  }),
  startCluster: route({
    id: "startCluster",
    method: "POST",
    path: "/api/v1/clusters/{cluster}/start",
    summary: "Start a stopped cluster, or one whose head died",
    tag: "clusters",
    access: changing,
    params: cluster,
    answer: operationSchema,
    status: 202,
    problems: { 409: BUSY },
  }),
  updateComputeFleet: route({
    id: "updateComputeFleet",
    method: "PATCH",
    path: "/api/v1/clusters/{cluster}/compute-fleet",
    summary: "Start or stop the compute fleet",
    description: "Stopping requeues its jobs.",
    tag: "clusters",
    access: operating,
    params: cluster,
    body: z.strictObject({ status: z.enum(["START_REQUESTED", "STOP_REQUESTED"]) }),
    answer: operationSchema,
    status: 202,
    problems: { 409: BUSY, 503: "the head does not answer" },
  }),
  explain: route({
    id: "explain",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/explain",
    summary: "Say why a job waits or a node is as it is",
    description: "Users may ask about their own jobs, operators about all.",
    tag: "clusters",
    access: seeing,
    params: cluster,
    query: z
      .object({
        job: z
          .string()
          .regex(/^[0-9]{1,10}(_[0-9]{1,10})?$/, "a job as squeue shows it: 12, or 12_3")
          .optional(),
        node: z.string().min(1).max(64).optional(),
      })
      .refine(({ job, node }) => (job === undefined) !== (node === undefined), {
        message: "name either a job or a node",
      }),
    answer: explanationSchema,
    problems: { 503: "the head does not answer" },
  }),
  getClusterCost: route({
    id: "getClusterCost",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/cost",
    summary: "Say what a cluster costs now, by the price list",
    tag: "clusters",
    access: seeing,
    params: cluster,
    answer: costSchema,
  }),
} satisfies Record<string, Route>;
