import { z } from "zod";
import { type Route, route } from "../route.ts";

/** What use can be told by; weeks are told by their Monday, months as `2026-11`. */
export const USE_GROUPS = [
  "cluster",
  "user",
  "account",
  "partition",
  "application",
  "day",
  "week",
  "month",
] as const;
export type UseGroup = (typeof USE_GROUPS)[number];

export const measuresSchema = z.object({
  jobs: z.int().describe("that ended"),
  running: z.int().describe("that run now; what they used until now is in what follows"),
  ends: z
    .object({
      completed: z.int(),
      failed: z.int(),
      cancelled: z.int(),
      timedOut: z.int(),
      outOfMemory: z.int(),
      nodeFailed: z.int(),
    })
    .describe("how those that ended did"),
  requeues: z.int().describe("runs that ended for the job to begin again"),
  cpuSeconds: z.number().describe("CPUs that were allocated, times seconds"),
  gpuSeconds: z.number(),
  nodeSeconds: z.number(),
  memoryGibSeconds: z.number(),
  cpuEfficiency: z
    .number()
    .optional()
    .describe("CPU time used of that allocated, 0 to 1, over jobs that ended and were measured"),
  memoryEfficiency: z.number().optional().describe("the most memory used of that asked for"),
  cost: z.number().describe("USD by the price list, of the part of nodes that jobs held"),
  unpricedNodeSeconds: z.number().describe("on nodes of which no price is known: not in `cost`"),
  started: z.int().describe("runs that began"),
  waitedSeconds: z.number().describe("of all of them together, from when they could have begun"),
  medianWaitSeconds: z.number().optional().describe("roughly, as is `p90WaitSeconds`"),
  p90WaitSeconds: z.number().optional(),
});
export type UseMeasures = z.output<typeof measuresSchema>;

const word = z.string();

export const useRowSchema = measuresSchema.extend({
  cluster: word.optional(),
  user: word.optional(),
  account: word.optional(),
  partition: word.optional(),
  application: word.optional().describe("empty: jobs that no application made"),
  day: word.optional(),
  week: word.optional(),
  month: word.optional(),
});
export type UseRow = z.output<typeof useRowSchema>;

export const useSchema = z.object({
  from: z.string(),
  to: z.string(),
  rows: z.array(useRowSchema).readonly().describe("by time, then most CPU-seconds first"),
  isCut: z.boolean().describe("there are more rows; the totals are of all"),
  totals: measuresSchema,
  clusters: z
    .array(
      z.object({
        cluster: z.string(),
        readAt: z.string().optional().describe("when its accounting was last read"),
        missingDays: z.int().describe("of the past that were not read yet"),
        problem: z.string().optional().describe("why what is shown is getting old"),
      }),
    )
    .readonly(),
});
export type Use = z.output<typeof useSchema>;

const names = z.array(z.string().max(200)).max(100).optional();

const useQuery = z.object({
  from: z.iso.date().optional().describe("first day, of UTC; the 29th before `to` when missing"),
  to: z.iso.date().optional().describe("last day; today when missing"),
  by: z.array(z.enum(USE_GROUPS)).max(4).default([]).describe("may be given several times"),
  cluster: names,
  user: names,
  account: names,
  partition: names,
  application: names,
});

const waitSchema = z
  .object({ started: z.int(), medianSeconds: z.number(), p90Seconds: z.number() })
  .describe("of runs that began, from when they could have");

export const queueWaitsSchema = z.object({
  cluster: z.string(),
  partition: z.string(),
  lastDay: waitSchema.optional().describe("of the last 24 hours; missing when nothing began"),
  lastWeek: waitSchema.optional(),
});
export type QueueWaits = z.output<typeof queueWaitsSchema>;

const seeing = { role: "read-only", on: "site", scope: "jobs:read" } as const;

export const accountingRoutes = {
  getUse: route({
    id: "getUse",
    method: "GET",
    path: "/api/v1/accounting/use",
    summary: "Show what jobs used, by whom, where and when",
    description:
      "Over all clusters, those that are gone too. Everybody sees their own use; operators that of their clusters and accounts. Use counts on the days on which it was, a job on the day on which it ended.",
    tag: "accounting",
    access: seeing,
    query: useQuery,
    answer: useSchema,
  }),
  exportUse: route({
    id: "exportUse",
    method: "GET",
    path: "/api/v1/accounting/use.csv",
    summary: "Download what jobs used as CSV",
    tag: "accounting",
    access: seeing,
    query: useQuery,
    answer: z.string(),
    gives: "text",
  }),
  listWaits: route({
    id: "listWaits",
    method: "GET",
    path: "/api/v1/accounting/waits",
    summary: "Show how long jobs waited in each queue",
    tag: "accounting",
    access: seeing,
    query: z.object({ cluster: names }),
    answer: z.object({ items: z.array(queueWaitsSchema).readonly() }),
  }),
} satisfies Record<string, Route>;
