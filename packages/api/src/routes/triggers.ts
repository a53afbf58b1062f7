import { z } from "zod";
import { pageOf, pageQuery } from "../page.ts";
import { type Route, route } from "../route.ts";

const folderSource = z.strictObject({
  kind: z.literal("folder"),
  path: z
    .string()
    .max(4096)
    .regex(/^\/(?!.*\/\.{1,2}(\/|$))[^\0]*$/)
    .describe("a folder of the owner's on the cluster, absolute"),
  pattern: z
    .string()
    .min(1)
    .max(200)
    .default("*")
    .describe("names of files that count, with * and ?"),
  settleSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(10)
    .describe("a file is whole when it stood still for so long"),
  existing: z.boolean().default(false).describe("files that are there already count too"),
  everySeconds: z.int().min(2).max(3600).default(10).describe("between two looks"),
});

const objectsSource = z.strictObject({
  kind: z.literal("objects"),
  queue: z.string().min(1).max(60).describe("as the server's configuration names it"),
  bucket: z.string().min(3).max(63),
  prefix: z.string().max(1024).default(""),
  suffix: z.string().max(1024).default(""),
});

const scheduleSource = z.strictObject({
  kind: z.literal("schedule"),
  cron: z.string().min(9).max(100).describe("minute, hour, day of month, month, day of week"),
  timeZone: z.string().min(1).max(60).default("UTC").describe("such as Europe/Berlin"),
  missed: z
    .enum(["none", "last", "all"])
    .default("last")
    .describe("what is made up for of the times at which the server was away"),
});

const webHookSource = z.strictObject({
  kind: z.literal("web-hook"),
  scheme: z
    .enum(["sluice", "github"])
    .default("sluice")
    .describe("how requests are signed: see docs/triggers.md"),
});

/** What a trigger waits for. */
export const triggerSourceSchema = z.discriminatedUnion("kind", [
  folderSource,
  objectsSource,
  scheduleSource,
  webHookSource,
]);
export type TriggerSourceView = z.output<typeof triggerSourceSchema>;

/** What its owner says of a trigger. */
export const triggerWish = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}$/),
  cluster: z.string().min(1).max(60),
  application: z.string().min(1).max(60),
  applicationVersion: z.int().min(1).optional().describe("missing: the published one"),
  values: z
    .record(z.string().max(100), z.unknown())
    .default({})
    .describe("of the application's fields, with places such as {{event.path}}"),
  source: triggerSourceSchema,
  retries: z.int().min(0).max(50).default(8).describe("after the first attempt"),
  perMinute: z.int().min(1).max(1000).default(60).describe("most submissions in a minute"),
  keepDays: z.int().min(15).max(3650).default(90).describe("for which its history is kept"),
});
export type TriggerWish = z.output<typeof triggerWish>;

export const triggerSchema = triggerWish.extend({
  id: z.string(),
  owner: z.string(),
  state: z.enum(["active", "paused", "failing"]),
  reason: z.string().optional().describe("why it is paused or failing"),
  createdAt: z.string(),
  changedAt: z.string(),
  address: z.string().optional().describe("where requests to a web-hook go"),
});
export type TriggerView = z.input<typeof triggerSchema>;

const madeTriggerSchema = triggerSchema.extend({
  secret: z.string().optional().describe("of a web-hook, shown this once"),
});

const OCCURRENCE_STATES = [
  "received",
  "submitting",
  "retrying",
  "submitted",
  "dead",
  "ignored",
] as const;

export const occurrenceSchema = z.object({
  id: z.string(),
  state: z.enum(OCCURRENCE_STATES),
  identity: z.string().describe("what makes the event itself"),
  event: z.record(z.string(), z.unknown()),
  attempts: z.int(),
  runId: z.string().optional(),
  jobId: z.int().optional(),
  error: z
    .object({ code: z.string(), message: z.string(), hint: z.string().optional() })
    .optional(),
  replayOf: z.string().optional(),
  receivedAt: z.string(),
  endedAt: z.string().optional(),
});
export type OccurrenceView = z.output<typeof occurrenceSchema>;

const oneTrigger = z.object({ trigger: z.string().max(60).describe("its id") });
const READ = { role: "read-only", on: "site", scope: "triggers:read" } as const;
const WRITE = { role: "user", on: "site", scope: "triggers:write" } as const;

export const triggersRoutes = {
  listTriggers: route({
    id: "listTriggers",
    method: "GET",
    path: "/api/v1/triggers",
    summary: "List triggers",
    tag: "triggers",
    access: READ,
    query: z.object({
      all: z.enum(["true", "false"]).default("false").describe("everybody's, for administrators"),
    }),
    answer: z.object({ items: z.array(triggerSchema) }),
  }),
  createTrigger: route({
    id: "createTrigger",
    method: "POST",
    path: "/api/v1/triggers",
    summary: "Create a trigger",
    tag: "triggers",
    access: WRITE,
    body: triggerWish,
    answer: madeTriggerSchema,
    status: 201,
    problems: { 409: "there is one of that name" },
  }),
  getTrigger: route({
    id: "getTrigger",
    method: "GET",
    path: "/api/v1/triggers/{trigger}",
    summary: "Show a trigger with the numbers of its history",
    tag: "triggers",
    access: READ,
    params: oneTrigger,
    answer: triggerSchema.extend({
      counts: z.partialRecord(z.enum(OCCURRENCE_STATES), z.int()),
    }),
  }),
  changeTrigger: route({
    id: "changeTrigger",
    method: "PUT",
    path: "/api/v1/triggers/{trigger}",
    summary: "Change a trigger",
    tag: "triggers",
    access: WRITE,
    params: oneTrigger,
    body: triggerWish,
    answer: triggerSchema,
    problems: { 409: "there is one of that name" },
  }),
  removeTrigger: route({
    id: "removeTrigger",
    method: "DELETE",
    path: "/api/v1/triggers/{trigger}",
    summary: "Remove a trigger and its history; its runs stay",
    tag: "triggers",
    access: WRITE,
    params: oneTrigger,
  }),
  pauseTrigger: route({
    id: "pauseTrigger",
    method: "POST",
    path: "/api/v1/triggers/{trigger}/pause",
    summary: "Pause a trigger: what it received waits",
    tag: "triggers",
    access: WRITE,
    params: oneTrigger,
    body: z.strictObject({ reason: z.string().max(500).default("") }),
    answer: triggerSchema,
  }),
  resumeTrigger: route({
    id: "resumeTrigger",
    method: "POST",
    path: "/api/v1/triggers/{trigger}/resume",
    summary: "Have a trigger go on that is paused or failing",
    tag: "triggers",
    access: WRITE,
    params: oneTrigger,
    answer: triggerSchema,
  }),
  changeTriggerSecret: route({
    id: "changeTriggerSecret",
    method: "POST",
    path: "/api/v1/triggers/{trigger}/secret",
    summary: "Give a web-hook another secret; the former is good for nothing at once",
    tag: "triggers",
    access: WRITE,
    params: oneTrigger,
    answer: madeTriggerSchema,
  }),
  listOccurrences: route({
    id: "listOccurrences",
    method: "GET",
    path: "/api/v1/triggers/{trigger}/occurrences",
    summary: "List what happened, newest first",
    tag: "triggers",
    access: READ,
    params: oneTrigger,
    query: pageQuery.extend({ state: z.array(z.enum(OCCURRENCE_STATES)).max(6).optional() }),
    answer: pageOf(occurrenceSchema),
  }),
  replayOccurrences: route({
    id: "replayOccurrences",
    method: "POST",
    path: "/api/v1/triggers/{trigger}/replay",
    summary: "Make what happened happen again",
    description: "Of the dead ones together each is repeated once, however often this is asked.",
    tag: "triggers",
    access: WRITE,
    params: oneTrigger,
    body: z.union([
      z.strictObject({ occurrence: z.string().max(60) }),
      z.strictObject({ all: z.literal("dead") }),
    ]),
    answer: z.object({ replayed: z.int() }),
    status: 202,
  }),
  deliverHook: route({
    id: "deliverHook",
    method: "POST",
    path: "/api/v1/hooks/{trigger}",
    summary: "Tell a web-hook that something happened",
    description: "The body is JSON of at most 256 KiB, signed with the hook's secret.",
    tag: "triggers",
    access: { role: "anyone", on: "site" },
    keepsHistory: true,
    params: oneTrigger,
    takes: "bytes",
    answer: z.object({ isRepeat: z.boolean() }),
    status: 202,
    problems: {
      409: "the trigger is paused",
      413: "the body is too large",
      429: "more than 10,000 events wait to be submitted",
    },
  }),
} satisfies Record<string, Route>;
