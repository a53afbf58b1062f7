import { z } from "zod";
import { type Route, route } from "../route.ts";
import { changing, cluster, operating } from "./clusters/access.ts";

const time = z.string().describe("ISO 8601, UTC");

export const lossSchema = z
  .object({
    cluster: z.string(),
    state: z
      .enum(["lost", "fenced", "moved", "returning"])
      .describe(
        "lost: it is being switched off; fenced: its jobs are being moved; moved: all that another cluster takes are; returning: it is being started",
      ),
    saidBy: z.string(),
    since: time,
    moved: z.int().describe("jobs that another cluster has now"),
    problem: z.string().optional().describe("why it does not go on"),
  })
  .meta({ id: "ClusterLoss" });
export type ClusterLoss = z.input<typeof lossSchema>;

export const movedJobSchema = z
  .object({
    from: z.string().describe("the cluster that was lost"),
    fromJobId: z.int().optional(),
    cluster: z.string(),
    jobId: z.int().optional().describe("missing until it is handed in there"),
    unixUser: z.string(),
    refused: z.boolean().describe("slurm of the other cluster did not take it"),
  })
  .meta({ id: "MovedJob" });
export type MovedJobView = z.input<typeof movedJobSchema>;

export const siteSchema = z
  .object({
    siteName: z.string(),
    siteStatus: z.string(),
    provider: z.string(),
    url: z.string().optional(),
    zones: z
      .array(
        z.object({
          name: z.string(),
          state: z
            .enum(["up", "failed", "cut"])
            .describe("failed: without power; cut: reached by nobody"),
        }),
      )
      .readonly(),
    machines: z
      .array(
        z.object({
          name: z.string(),
          zone: z.string(),
          state: z.string(),
          isReady: z.boolean(),
          address: z.string().optional(),
        }),
      )
      .readonly()
      .describe("those with the servers and the database"),
    database: z
      .object({
        primary: z.string().optional().describe("the machine that has it"),
        inStep: z.array(z.string()).readonly().describe("the machines that may take over"),
        trouble: z.string().optional(),
      })
      .optional()
      .describe("missing when no machine answers for it"),
    clusters: z
      .array(
        z.object({
          name: z.string(),
          status: z.string(),
          leader: z.object({ machine: z.string(), zone: z.string() }).optional(),
          standingBy: z.array(z.string()).readonly(),
          answers: z.boolean().describe("its node manager does, now"),
        }),
      )
      .readonly(),
  })
  .meta({ id: "Site" });
export type SiteView = z.input<typeof siteSchema>;

/** What becomes of clusters and of the site when something of them is lost. */
export const survivalRoutes = {
  failOverCluster: route({
    id: "failOverCluster",
    method: "POST",
    path: "/api/v1/clusters/{cluster}/fail-over",
    summary: "Let the head that stands by take over",
    description: "Jobs go on meanwhile; new ones wait for some seconds.",
    tag: "clusters",
    access: operating,
    params: cluster,
    answer: z.object({ moved: z.array(z.string()).readonly().describe("what was, in sentences") }),
    problems: {
      409: "it has one head only, or the other one does not stand by",
      503: "the head does not answer",
    },
  }),
  declareClusterLost: route({
    id: "declareClusterLost",
    method: "POST",
    path: "/api/v1/clusters/{cluster}/lost",
    summary: "Say that a cluster is lost",
    description:
      "All of it is switched off and stays so. Jobs that wait there and came through this server, also those of runs, are handed in on another cluster that takes them; those that were handed in by sbatch wait for the cluster. Repeated it changes nothing.",
    tag: "clusters",
    access: changing,
    params: cluster,
    body: z.strictObject({
      clusterName: z.string().min(1).max(60).describe("once more, as what runs there is ended"),
    }),
    answer: lossSchema,
    status: 202,
  }),
  letClusterBack: route({
    id: "letClusterBack",
    method: "DELETE",
    path: "/api/v1/clusters/{cluster}/lost",
    summary: "Let a cluster back that was lost",
    description: "It is started. Its own copies of jobs that were moved are cancelled.",
    tag: "clusters",
    access: changing,
    params: cluster,
    answer: lossSchema,
    status: 202,
    problems: { 409: "nobody said that it is lost" },
  }),
  listLosses: route({
    id: "listLosses",
    method: "GET",
    path: "/api/v1/losses",
    summary: "List the clusters that are lost",
    tag: "clusters",
    access: { role: "read-only", on: "site", scope: "clusters:read" },
    answer: z.object({ items: z.array(lossSchema).readonly() }),
  }),
  listMovedJobs: route({
    id: "listMovedJobs",
    method: "GET",
    path: "/api/v1/moved-jobs",
    summary: "List jobs that went from a lost cluster to another one, newest first",
    description: "One's own; operators of the site see all.",
    tag: "jobs",
    access: { role: "read-only", on: "site", scope: "jobs:read" },
    query: z.object({
      from: z.string().max(60).optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
    }),
    answer: z.object({ items: z.array(movedJobSchema).readonly() }),
  }),
  getSite: route({
    id: "getSite",
    method: "GET",
    path: "/api/v1/site",
    summary: "Show the site that the server is of",
    tag: "server",
    access: { role: "operator", on: "site", scope: "clusters:read" },
    answer: siteSchema,
    problems: { 404: "the server is of no site" },
  }),
} satisfies Record<string, Route>;
