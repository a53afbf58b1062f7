import { z } from "zod";
import { type Route, route } from "../route.ts";
import { cluster, job, submission } from "./jobs/parts.ts";

const time = z.string().describe("ISO 8601, UTC");

const offering = {
  instanceType: z.string().optional(),
  zone: z.string().optional(),
  market: z.string().optional().describe("on-demand, spot, reserved or block"),
};

const tried = z.object({
  time,
  ...offering,
  nodes: z.array(z.string()).readonly().describe("for which it was asked"),
  outcome: z.enum(["accepted", "no-capacity", "quota", "failed-boot"]),
  until: time.optional().describe("not asked for again before"),
  text: z.string(),
});

const bootingNode = z.object({
  name: z.string(),
  machineId: z.string().optional(),
  ...offering,
  launchedAt: time.optional().describe("when the cloud accepted it"),
  joinedAt: time.optional().describe("when it fetched its configuration"),
  registeredAt: time.optional().describe("when Slurm had it"),
});

const step = {
  round: z.int().describe("from 1; each requeue begins another"),
  time,
  until: time.optional().describe("missing while it goes on, and of what takes no time"),
  text: z.string().describe("a sentence for people"),
};

export const jobTimelineStepSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("submitted"), ...step }),
  z.object({
    kind: z.literal("waiting"),
    ...step,
    reason: z.string().describe("Slurm's word; empty when it is not known any more"),
    details: z.array(z.string()).readonly().describe("what the node manager says besides"),
  }),
  z.object({ kind: z.literal("machines"), ...step, tried: z.array(tried).readonly() }),
  z.object({ kind: z.literal("booting"), ...step, nodes: z.array(bootingNode).readonly() }),
  z.object({ kind: z.literal("running"), ...step, nodes: z.array(z.string()).readonly() }),
  z.object({ kind: z.literal("requeued"), ...step }),
  z.object({
    kind: z.literal("ended"),
    ...step,
    state: z.string(),
    exitCode: z.int(),
    signal: z.int(),
    advice: z.string().optional(),
  }),
]);
export type JobTimelineStep = z.input<typeof jobTimelineStepSchema>;

const cost = z.object({
  usd: z
    .number()
    .describe("so far: the part that the job held of its nodes, by the seconds, by the price list"),
  usdPerHour: z.number().optional().describe("while it has nodes"),
  approximate: z.boolean().describe("of spot machines, and where another region's price stands in"),
  unpriced: z.int().describe("nodes whose price is not known: they are not in it"),
});

export const jobTimelineSchema = z
  .object({
    cluster: z.string(),
    id: z.int(),
    label: z.string(),
    state: z.string(),
    steps: z.array(jobTimelineStepSchema).readonly().describe("oldest first"),
    next: z
      .array(z.object({ time: time.nullable(), what: z.string() }))
      .readonly()
      .describe("what the node manager will do for it"),
    nodes: z.array(z.string()).readonly().describe("that it has, or had last"),
    cost: cost.optional().describe("missing before it had nodes"),
    incomplete: z.string().optional().describe("why a part of it is missing"),
  })
  .meta({ id: "JobTimeline" });
export type JobTimeline = z.input<typeof jobTimelineSchema>;

export const jobEstimateSchema = z
  .object({
    accepted: z.boolean().describe("Slurm would take it"),
    problem: z.string().optional().describe("why it would not, in Slurm's words"),
    partition: z.string().optional(),
    cpus: z.int().optional(),
    nodes: z.array(z.string()).readonly().describe("on which Slurm would put it now"),
    nodesToBoot: z.int().describe("of those, how many are off"),
    bootSeconds: z
      .number()
      .optional()
      .describe("that machines of these nodes took lately, the median"),
    startTime: time
      .optional()
      .describe("with the boot, where nodes have to; missing behind jobs without a time limit"),
    typicalWaitSeconds: z
      .number()
      .optional()
      .describe("of the jobs that started in this queue in the last day, or else week, the median"),
    timeLimitSeconds: z.number().optional(),
    cost: z.object({
      usdPerHour: z.number(),
      usdAtTimeLimit: z.number().optional(),
      approximate: z.boolean(),
      unpriced: z.int(),
    }),
  })
  .meta({ id: "JobEstimate" });
export type JobEstimate = z.input<typeof jobEstimateSchema>;

const AWAY = "the head, or Slurm there, does not answer";

export const jobTimelineRoutes = {
  getJobTimeline: route({
    id: "getJobTimeline",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/jobs/{job}/timeline",
    summary: "Tell what happened to a job, step by step",
    description:
      "From Slurm's records and the node manager's events: submitted, waiting and why, which machines were asked for and what the cloud said, their boot, the run, the end and its reason. Of a finished job as far as the records go.",
    tag: "jobs",
    access: { role: "read-only", on: "cluster", scope: "jobs:read" },
    params: job,
    answer: jobTimelineSchema,
    problems: { 503: AWAY },
  }),
  estimateJob: route({
    id: "estimateJob",
    method: "POST",
    path: "/api/v1/clusters/{cluster}/jobs/estimate",
    summary: "Try a submission without making it: would it be taken, when would it start, its cost",
    description:
      "By `sbatch --test-only`, as the caller's Unix user. For an application's values, send the script and options that `previewRun` gives.",
    tag: "jobs",
    access: { role: "user", on: "cluster", scope: "jobs:read" },
    params: cluster,
    body: z.strictObject({
      script: submission.script.default("#!/bin/sh\n"),
      options: submission.options.default([]),
      workingDirectory: submission.workingDirectory.optional(),
    }),
    answer: jobEstimateSchema,
    problems: { 501: "the head's program is too old for it", 503: AWAY },
    keepsHistory: true,
  }),
} satisfies Record<string, Route>;
