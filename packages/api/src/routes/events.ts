import { z } from "zod";
import { type Route, route } from "../route.ts";

export const EVENT_TOPICS = [
  "cluster",
  "job",
  "node",
  "run",
  "trigger",
  "file",
  "operation",
] as const;

const names = (name: z.ZodType<string, string>, most: number) =>
  z
    .string()
    .max(2000)
    .transform((text) => text.split(",").filter((word) => word !== ""))
    .pipe(z.array(name).max(most))
    .optional();

/** One change, as a stream of `GET /api/v1/events` has it; `event` of the message is its topic. */
export const siteEventSchema = z
  .object({
    topic: z.string(),
    kind: z
      .string()
      .describe("created, changed, deleted, progress; of jobs also resubmitted and moved"),
    cluster: z.string().optional(),
    time: z.iso.datetime(),
    data: z.unknown().describe("what a view of the thing has"),
  })
  .meta({ id: "SiteEvent" });

export const eventsRoutes = {
  streamEvents: route({
    id: "streamEvents",
    method: "GET",
    path: "/api/v1/events",
    summary: "Follow what changes",
    description:
      "Server-sent events from now on. With `Last-Event-ID` those since then come first, as long as the server remembers them; where it does not, the first message is `lost`, and what was read before has to be read again. `bye` comes before the server ends the stream.",
    tag: "events",
    access: { role: "read-only", on: "site" },
    query: z.object({
      topics: names(z.enum(EVENT_TOPICS), 20).describe("separated by commas; all when missing"),
      clusters: names(z.string().max(64), 50).describe("separated by commas; all when missing"),
      since: z
        .string()
        .max(100)
        .optional()
        .describe("as Last-Event-ID, for those who can't set it"),
    }),
    answer: siteEventSchema,
    gives: "events",
    problems: { 503: "Too many streams are open" },
  }),
} satisfies Record<string, Route>;
