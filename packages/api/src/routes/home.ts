import { z } from "zod";
import { type Route, route } from "../route.ts";
import { queueWaitsSchema } from "./accounting.ts";
import { queueSchema } from "./clusters/inside.ts";
import { jobSchema } from "./jobs/job.ts";

/** What may be told of on the page that one begins with. */
export const NEWS_KINDS = [
  "cluster-unreachable",
  "cluster-failed",
  "cluster-lost",
  "queue-protected",
  "fleet-stopped",
  "capacity-missing",
  "job-failed",
  "jobs-moved",
  "trigger-failing",
  "token-expires",
  "certificate-expires",
  "operation-running",
] as const;
export type NewsKind = (typeof NEWS_KINDS)[number];

export const newsSchema = z.object({
  kind: z.enum(NEWS_KINDS),
  severity: z.enum(["error", "warning", "info"]),
  cluster: z.string().optional(),
  queue: z.string().optional(),
  name: z
    .string()
    .optional()
    .describe("of the job, the trigger, the token, the machine type; of the cluster that was lost"),
  count: z.int().optional().describe("of jobs that were moved"),
  id: z.string().optional().describe("of the job, the trigger or the operation"),
  state: z.string().optional().describe("of the job, or of the cluster or the operation's kind"),
  exitCode: z.string().optional(),
  reason: z.string().optional().describe("in words"),
  time: z.string().optional().describe("when it happened, or will"),
});
export type News = z.output<typeof newsSchema>;

/** One of Slurm's limits and how much of it is used; minutes for those that end in `Mins`. */
export const limitSchema = z.object({
  cluster: z.string(),
  of: z.enum(["account", "user"]),
  account: z.string(),
  name: z.string().describe("Slurm's word: `GrpTRESMins`, `MaxJobs`"),
  resource: z.string().optional().describe("of Slurm's TRES: `cpu`, `mem`, `gres/gpu`"),
  limit: z.number(),
  used: z.number().optional().describe("missing where Slurm does not tell"),
});
export type Limit = z.output<typeof limitSchema>;

const amountSchema = z.object({
  cost: z.number().describe("USD by the price list"),
  isWhole: z.boolean().describe("false: some nodes have no known price"),
  cpuSeconds: z.number(),
  gpuSeconds: z.number(),
  jobs: z.int().describe("that ended"),
});

export const homeQueueSchema = queueSchema
  .pick({ name: true, state: true, nodes: true, jobs: true })
  .extend({
    cluster: z.string(),
    isProtected: z.boolean().describe("nothing is launched for it: machines did not come up"),
    lastDay: queueWaitsSchema.shape.lastDay,
    lastWeek: queueWaitsSchema.shape.lastWeek,
  });
export type HomeQueue = z.output<typeof homeQueueSchema>;

export const homeSchema = z.object({
  unixUser: z.string().optional().describe("who one is on clusters; missing: nobody"),
  clusters: z
    .array(z.object({ name: z.string(), status: z.string(), isReachable: z.boolean() }))
    .readonly(),
  jobs: z.object({
    total: z.int(),
    totals: z.record(z.string(), z.int()).describe("live jobs of one's own, by Slurm's state"),
    items: z.array(jobSchema).readonly().describe("the newest of them"),
  }),
  runs: z
    .array(
      z.object({
        id: z.string(),
        name: z.string(),
        application: z.string(),
        cluster: z.string(),
        state: z.string(),
        jobId: z.int().optional(),
        createdAt: z.string(),
        endedAt: z.string().optional(),
      }),
    )
    .readonly()
    .describe("one's newest"),
  queues: z.array(homeQueueSchema).readonly(),
  limits: z.array(limitSchema).readonly(),
  fairShares: z
    .array(z.object({ cluster: z.string(), account: z.string(), factor: z.number() }))
    .readonly()
    .describe("0 to 1: what one's past use leaves of one's share"),
  spend: z.object({ today: amountSchema, month: amountSchema }).describe("days are of UTC"),
  news: z.array(newsSchema).readonly().describe("worst first"),
  missing: z
    .array(z.enum(["runs", "spend", "news"]))
    .readonly()
    .describe("what could not be read, as the server's database is away: it is empty here"),
});
export type Home = z.output<typeof homeSchema>;

export const homeRoutes = {
  getHome: route({
    id: "getHome",
    method: "GET",
    path: "/api/v1/home",
    summary: "Show what concerns one now",
    description:
      "One's jobs, newest runs, queues, limits and spend, and what is broken or new. Parts of a cluster that does not answer are missing.",
    tag: "home",
    access: { role: "read-only", on: "site", scope: "jobs:read" },
    answer: homeSchema,
  }),
} satisfies Record<string, Route>;
