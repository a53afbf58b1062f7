import { z } from "zod";
import { pageOf, pageQuery } from "../page.ts";
import { type Route, route } from "../route.ts";

export const RUN_STATE_WORDS = [
  ...["draft", "submitting", "queued", "running", "done", "failed", "cancelled", "expired"],
] as const;

const runValues = z
  .record(z.string().max(60), z.unknown())
  .describe("by field; what is missing has its default");
const runName = z
  .string()
  .min(1)
  .max(120)
  .regex(/^\P{Cc}+$/u, "one line");
const keepSeconds = z
  .int()
  .min(60)
  .max(3_155_760_000)
  .nullable()
  .describe("kept so long after its end; null: until it is removed");

export const runSchema = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.string(),
  isOwn: z.boolean(),
  cluster: z.string(),
  unixUser: z.string(),
  application: z.object({ name: z.string(), version: z.int() }),
  folder: z.string(),
  values: z.record(z.string(), z.unknown()),
  state: z.string().describe(RUN_STATE_WORDS.join(", ")),
  jobId: z.int().optional(),
  jobState: z.string().optional().describe("Slurm's word"),
  error: z
    .object({ code: z.string(), message: z.string(), hint: z.string().optional() })
    .optional(),
  keepSeconds: z.number().optional(),
  createdAt: z.string(),
  submittedAt: z.string().optional(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  expiresAt: z.string().optional(),
  purgeError: z.string().optional(),
});
export type RunView = z.output<typeof runSchema>;

const wish = z.strictObject({
  application: z.string().min(1).max(60),
  version: z.int().min(1).optional(),
  cluster: z.string().min(1).max(60).optional().describe("the default cluster when missing"),
  name: runName.optional(),
  values: runValues.default({}),
  keepSeconds: keepSeconds.optional(),
});
const change = z.strictObject({
  name: runName.optional(),
  values: runValues.optional(),
  keepSeconds: keepSeconds.optional(),
});
const shareSchema = z.strictObject({
  kind: z.enum(["group", "user"]),
  name: z.string().min(1).max(255),
});
const run = z.object({ run: z.uuid() });
const pathQuery = z.object({ path: z.string().max(4096).describe("from the run's folder on") });
const tag = "runs";
const reading = { role: "read-only", on: "site", scope: "runs:read" } as const;
const writing = { role: "user", on: "site", scope: "runs:write" } as const;
const PATH = "/api/v1/runs/{run}";

export const runsRoutes = {
  listRuns: route({
    id: "listRuns",
    method: "GET",
    path: "/api/v1/runs",
    summary: "List runs, newest first",
    tag,
    access: reading,
    query: pageQuery.extend({
      of: z.enum(["own", "shared", "all"]).default("own"),
      state: z.string().max(200).optional().describe("one or several, with commas"),
      cluster: z.string().max(60).optional(),
      application: z.string().max(60).optional(),
      search: z.string().max(120).optional().describe("in the name"),
    }),
    answer: pageOf(runSchema),
  }),
  createRun: route({
    id: "createRun",
    method: "POST",
    path: "/api/v1/runs",
    summary: "Submit an application, or make a draft of a run",
    description:
      "A draft has a folder already: upload inputs into it, then submit it. A file that was uploaded has the value inputs/NAME.",
    tag,
    access: writing,
    body: wish.extend({ draft: z.boolean().default(false) }),
    answer: runSchema,
    status: 201,
    problems: { 422: "values do not fit, or Slurm refuses the job", 503: "try again" },
    isIdempotentByKey: true,
  }),
  previewRun: route({
    id: "previewRun",
    method: "POST",
    path: "/api/v1/runs/preview",
    summary: "Check values and see the script that they make",
    tag,
    access: { ...reading, role: "user" },
    body: wish,
    answer: z.object({
      errors: z.array(z.object({ field: z.string(), message: z.string() })),
      job: z.object({ script: z.string(), options: z.array(z.string()) }).optional(),
    }),
    keepsHistory: true,
  }),
  getRun: route({
    id: "getRun",
    method: "GET",
    path: PATH,
    summary: "Get a run",
    tag,
    access: reading,
    params: run,
    answer: runSchema,
  }),
  updateRun: route({
    id: "updateRun",
    method: "PATCH",
    path: PATH,
    summary: "Rename a run, keep it longer, or change a draft's values",
    tag,
    access: writing,
    params: run,
    body: change,
    answer: runSchema,
    problems: { 409: "not in this state" },
  }),
  submitRun: route({
    id: "submitRun",
    method: "POST",
    path: `${PATH}/submission`,
    summary: "Submit a draft; one job comes of it however often this is asked",
    tag,
    access: writing,
    params: run,
    answer: runSchema,
    problems: { 422: "values do not fit, or Slurm refuses the job", 503: "try again" },
  }),
  rerunRun: route({
    id: "rerunRun",
    method: "POST",
    path: `${PATH}/rerun`,
    summary: "Make a new run of a run, with changes",
    tag,
    access: writing,
    params: run,
    body: change,
    answer: runSchema,
    status: 201,
    problems: { 422: "values do not fit, or Slurm refuses the job", 503: "try again" },
    isIdempotentByKey: true,
  }),
  cancelRun: route({
    id: "cancelRun",
    method: "POST",
    path: `${PATH}/cancellation`,
    summary: "Cancel the job of a run",
    tag,
    access: writing,
    params: run,
    answer: runSchema,
    problems: { 409: "it has no job yet" },
  }),
  deleteRun: route({
    id: "deleteRun",
    method: "DELETE",
    path: PATH,
    summary: "Remove a run and its folder",
    tag,
    access: writing,
    params: run,
    problems: { 409: "its job lives" },
  }),
  getRunShares: route({
    id: "getRunShares",
    method: "GET",
    path: `${PATH}/shares`,
    summary: "See with whom a run is shared",
    tag,
    access: reading,
    params: run,
    answer: z.object({ shares: z.array(shareSchema) }),
  }),
  shareRun: route({
    id: "shareRun",
    method: "PUT",
    path: `${PATH}/shares`,
    summary: "Share a run with these and no others",
    tag,
    access: writing,
    params: run,
    body: z.strictObject({ shares: z.array(shareSchema).max(200) }),
  }),
  listRunFiles: route({
    id: "listRunFiles",
    method: "GET",
    path: `${PATH}/files`,
    summary: "List the files of a run",
    tag,
    access: reading,
    params: run,
    query: pathQuery.partial(),
    answer: z.object({
      items: z.array(
        z.object({
          name: z.string(),
          kind: z.string(),
          size: z.number(),
          modified: z.string(),
        }),
      ),
    }),
  }),
  readRunFile: route({
    id: "readRunFile",
    method: "GET",
    path: `${PATH}/file`,
    summary: "Download a file of a run",
    tag,
    access: reading,
    params: run,
    query: pathQuery,
    gives: "bytes",
  }),
  uploadRunInput: route({
    id: "uploadRunInput",
    method: "PUT",
    path: `${PATH}/inputs/{name}`,
    summary: "Upload an input of a draft",
    tag,
    access: writing,
    params: run.extend({ name: z.string().min(1).max(255) }),
    takes: "bytes",
    answer: z.object({ path: z.string().describe("the value of the field"), size: z.number() }),
    problems: { 409: "it is submitted already" },
  }),
  followRunFile: route({
    id: "followRunFile",
    method: "GET",
    path: `${PATH}/tail`,
    summary: "Follow what is written to a file of a run",
    description:
      "Events `output` with what was written in base64 and the offset behind it; `restart` says that the file was cut, replaced or removed, and what follows begins at 0. Waits for a file that is not there yet.",
    tag,
    access: reading,
    params: run,
    query: pathQuery.partial().extend({ offset: z.coerce.number().int().min(0).default(0) }),
    gives: "events",
    answer: z.union([z.object({ base64: z.string(), offset: z.number() }), z.object({})]),
  }),
  downloadRun: route({
    id: "downloadRun",
    method: "GET",
    path: `${PATH}/archive`,
    summary: "Download a run as an archive",
    tag,
    access: reading,
    params: run,
    query: z.object({ format: z.enum(["tar.gz", "zip"]).default("tar.gz") }),
    gives: "bytes",
  }),
} satisfies Record<string, Route>;
