import { z } from "zod";
import { pageQuery } from "../page.ts";
import { type Route, route } from "../route.ts";
import { JOB_SORT_KEYS, jobDetailSchema, jobsPageSchema, submittedJobSchema } from "./jobs/job.ts";
import { cluster, job, newSubmission, submission } from "./jobs/parts.ts";

export * from "./jobs/job.ts";

const word = z.string().min(1).max(200);
const words = z.array(word).max(100).optional();
const time = z.iso.datetime({ offset: true }).optional();

const filters = {
  text: z
    .string()
    .max(200)
    .optional()
    .describe("words, each found in id, name, user, account, partition, state or nodes"),
  state: words,
  user: words,
  account: words,
  partition: words,
  qos: words,
  name: z.string().min(1).max(1024).optional(),
  node: word.optional().describe("on which it runs or ran"),
  array: z.coerce.number().int().min(1).max(999_999_999).optional().describe("tasks of this array"),
  finished: z.stringbool().optional(),
  submittedAfter: time,
  submittedBefore: time,
  endedAfter: time,
  endedBefore: time,
};
const listQuery = pageQuery.extend({
  ...filters,
  // The value of any column may stand in it, such as a long name.
  cursor: z.string().max(6000).optional().describe("`next` of the page before"),
  sort: z.enum(JOB_SORT_KEYS).default("submitTime"),
  order: z
    .enum(["ascending", "descending"])
    .optional()
    .describe("newest first when both are missing"),
});

const seeing = { role: "read-only", on: "cluster", scope: "jobs:read" } as const;
const acting = { role: "user", on: "cluster", scope: "jobs:write" } as const;
const reading = { role: "read-only", on: "cluster", scope: "files:read" } as const;

const AWAY = "the head, or Slurm there, does not answer";
const REFUSED = "Slurm refuses it; `detail` has its words";
const acts = { 422: REFUSED, 503: AWAY } as const;
const submits = { ...acts, 422: `${REFUSED}; or the key was used for another job` } as const;

const path = "/api/v1/clusters/{cluster}/jobs/{job}" as const;

export const jobsRoutes = {
  listAllJobs: route({
    id: "listAllJobs",
    method: "GET",
    path: "/api/v1/jobs",
    summary: "Search the jobs of all clusters",
    description:
      "Live and finished ones. Everybody sees their own; operators those of their clusters and accounts.",
    tag: "jobs",
    access: { role: "read-only", on: "site", scope: "jobs:read" },
    query: listQuery.extend({ cluster: words }),
    answer: jobsPageSchema,
  }),
  listJobs: route({
    id: "listJobs",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/jobs",
    summary: "Search the jobs of a cluster",
    tag: "jobs",
    access: seeing,
    params: cluster,
    query: listQuery,
    answer: jobsPageSchema,
  }),
  submitJob: route({
    id: "submitJob",
    method: "POST",
    path: "/api/v1/clusters/{cluster}/jobs",
    summary: "Submit a batch job",
    description:
      "By sbatch, as the caller's Unix user: directives in the script count, and options count more. With an Idempotency-Key it may be sent again until it is answered, and is one job.",
    tag: "jobs",
    access: acting,
    params: cluster,
    query: z.object({
      as: word.optional().describe("another Unix user, for administrators of the cluster"),
    }),
    body: newSubmission,
    answer: submittedJobSchema,
    status: 201,
    problems: submits,
    isIdempotentByKey: true,
  }),
  getJob: route({
    id: "getJob",
    method: "GET",
    path,
    summary: "Show a job",
    description:
      "All that Slurm knows of it, its steps, how well it used what it held, why it waits.",
    tag: "jobs",
    access: seeing,
    params: job,
    answer: jobDetailSchema,
    problems: { 503: AWAY },
  }),
  getJobScript: route({
    id: "getJobScript",
    method: "GET",
    path: `${path}/script`,
    summary: "Read the script of a job",
    tag: "jobs",
    access: seeing,
    params: job,
    answer: z.string(),
    gives: "text",
    problems: { 503: AWAY },
  }),
  getJobOutput: route({
    id: "getJobOutput",
    method: "GET",
    path: `${path}/output`,
    summary: "Read what a job wrote",
    description:
      "From `start` up to, not including, `end`; a negative `start` counts from the end.",
    tag: "jobs",
    access: reading,
    params: job,
    query: z.object({
      stream: z.enum(["stdout", "stderr"]).default("stdout"),
      start: z.coerce.number().int().min(-1e15).max(1e15).default(0),
      end: z.coerce.number().int().min(0).max(1e15).optional(),
    }),
    answer: z.any(),
    gives: "bytes",
    problems: { 503: AWAY },
  }),
  followJobOutput: route({
    id: "followJobOutput",
    method: "GET",
    path: `${path}/output/follow`,
    summary: "Follow what a job writes",
    description:
      "Events `output` with `text` and the `offset` after it; `restart` when the file was cut or replaced, as by a requeue, and what follows begins at 0; then `end` with the job's state when it is over. The id of an event is the offset, so that Last-Event-ID goes on where it was.",
    tag: "jobs",
    access: reading,
    params: job,
    query: z.object({
      stream: z.enum(["stdout", "stderr"]).default("stdout"),
      offset: z.coerce.number().int().min(0).max(1e15).default(0),
    }),
    answer: z.union([
      z.object({ text: z.string(), offset: z.int() }),
      z.object({ state: z.string(), exitCode: z.string() }),
      z.object({}),
    ]),
    gives: "events",
    problems: { 503: AWAY },
  }),
  cancelJob: action("cancelJob", "cancel", "Cancel a job, an array or tasks of one"),
  holdJob: action("holdJob", "hold", "Keep a waiting job from starting"),
  releaseJob: action("releaseJob", "release", "Let a held job start"),
  requeueJob: action("requeueJob", "requeue", "Put a job back into the queue, from its beginning"),
  signalJob: route({
    id: "signalJob",
    method: "POST",
    path: `${path}/signal`,
    summary: "Send a signal to a running job",
    tag: "jobs",
    access: acting,
    params: job,
    body: z.strictObject({
      signal: z.string().regex(/^(?:[A-Z]{2,6}\d?|[1-9]\d?)$/, "must be as USR1 or 10"),
      to: z
        .enum(["steps", "batch", "full"])
        .default("steps")
        .describe("the steps, the batch shell alone, or both"),
    }),
    problems: acts,
  }),
  resubmitJob: route({
    id: "resubmitJob",
    method: "POST",
    path: `${path}/resubmit`,
    summary: "Submit a job again",
    description:
      "With the script and the options that it had; options of the body count more, and what else the body has is instead. Another's job operators submit again as it was, and only administrators otherwise.",
    tag: "jobs",
    access: acting,
    params: job,
    body: z.strictObject({
      script: submission.script.optional(),
      options: submission.options.default([]),
      arguments: submission.arguments.optional(),
      workingDirectory: submission.workingDirectory.optional(),
      environment: submission.environment.default({}),
    }),
    answer: submittedJobSchema,
    status: 201,
    problems: submits,
    isIdempotentByKey: true,
  }),
} satisfies Record<string, Route>;

function action<Id extends string>(id: Id, verb: string, summary: string) {
  return route({
    ...{ id, method: "POST", summary, tag: "jobs" },
    path: `${path}/${verb}`,
    access: acting,
    params: job,
    problems: acts,
  } as const);
}
