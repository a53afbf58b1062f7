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
    movedAt: time.optional(),
    refused: z.boolean().describe("slurm of the other cluster did not take it"),
  })
  .meta({ id: "MovedJob" });
export type MovedJobView = z.input<typeof movedJobSchema>;

/** What one would lose with a zone. */
export const zoneLossSchema = z.object({
  kind: z
    .enum(["last-zone", "database", "servers", "cluster", "queues"])
    .describe(
      "last-zone: no other one is up; database: no copy elsewhere may take over; servers: none is elsewhere; cluster: no head is elsewhere; queues: their machines are in this zone only, jobs of theirs would wait",
    ),
  cluster: z.string().optional(),
  queues: z.array(z.string()).readonly().optional(),
});
export type ZoneLoss = z.input<typeof zoneLossSchema>;

/** What may be wrong with a site. */
export const SITE_ISSUE_KINDS = [
  "zone-failed",
  "zone-cut",
  "database-silent",
  "database-away",
  "database-alone",
  "machine-away",
  "server-silent",
  "cluster-lost",
  "cluster-missing",
  "cluster-failed",
  "cluster-headless",
  "cluster-silent",
  "cluster-alone",
  "backup-failed",
  "backup-old",
] as const;

export const siteIssueSchema = z.object({
  kind: z.enum(SITE_ISSUE_KINDS),
  severity: z.enum(["error", "warning"]),
  zone: z.string().optional(),
  machine: z.string().optional(),
  cluster: z.string().optional(),
  reason: z.string().optional().describe("in words"),
  since: time.optional(),
});
export type SiteIssue = z.input<typeof siteIssueSchema>;

export const siteEventRecordSchema = z.object({
  time,
  cluster: z.string().optional().describe("missing: of the site itself"),
  kind: z.string().describe("as `head-took-over`; of the site itself the thing that it is about"),
  message: z.string(),
});
export type SiteEventRecord = z.input<typeof siteEventRecordSchema>;

/** Of backups that a cluster or a site makes by itself. */
export const backupStateSchema = z
  .object({
    folder: z.string().describe("where they are: a folder, or a place in a bucket"),
    lastAt: time.optional().describe("when the newest was made; missing while there is none"),
    ageSeconds: z.int().optional(),
    nextAt: time.optional(),
    ok: z
      .boolean()
      .describe(
        "false when the last attempt failed, or the newest is twice as old as it should be",
      ),
    problem: z.string().optional().describe("why the last attempt failed"),
  })
  .meta({ id: "BackupState" });
export type BackupStateView = z.input<typeof backupStateSchema>;

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
          isLosable: z
            .boolean()
            .describe(
              "whether it could be lost now and all would go on; false for one that is lost",
            ),
          ifLost: z
            .array(zoneLossSchema)
            .readonly()
            .describe("what would be away until it is back; empty for one that is lost"),
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
    backup: backupStateSchema
      .optional()
      .describe("missing where the site's file wants none, or no machine answers"),
    clusters: z
      .array(
        z.object({
          name: z.string(),
          status: z.string(),
          leader: z.object({ machine: z.string(), zone: z.string() }).optional(),
          standingBy: z.array(z.string()).readonly(),
          heads: z
            .array(
              z.object({
                id: z.string(),
                machine: z.string(),
                zone: z.string(),
                role: z.enum(["leading", "standing-by", "starting"]),
              }),
            )
            .readonly(),
          answers: z.boolean().describe("its node manager does, now"),
          backup: backupStateSchema.optional().describe("missing where its file wants none"),
        }),
      )
      .readonly(),
    servers: z
      .array(
        z.object({
          id: z.string(),
          host: z.string().describe("of its machine"),
          version: z.string(),
          since: time,
          state: z.enum(["alive", "leaving", "silent"]),
          isThis: z.boolean().describe("this one answers"),
        }),
      )
      .readonly()
      .describe("as the database knows them; empty while that is away"),
    issues: z.array(siteIssueSchema).readonly().describe("what is wrong now, worst first"),
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
  listSiteEvents: route({
    id: "listSiteEvents",
    method: "GET",
    path: "/api/v1/site/events",
    summary: "List what was lost and who took over, newest first",
    description: "Of the site's machines and of the heads of its clusters that answer.",
    tag: "server",
    access: { role: "operator", on: "site", scope: "clusters:read" },
    query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(50) }),
    answer: z.object({
      items: z.array(siteEventRecordSchema).readonly(),
      incomplete: z
        .array(z.string())
        .readonly()
        .describe("clusters whose heads do not answer: what is newest is missing"),
    }),
    problems: { 404: "the server is of no site" },
  }),
} satisfies Record<string, Route>;
