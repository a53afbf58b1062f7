import { z } from "zod";
import { type Route, route } from "../route.ts";

const time = z.string().describe("ISO 8601, UTC");

export const serverStateSchema = z
  .object({
    version: z.string(),
    startedAt: time,
    time,
    address: z.string(),
    certificate: z
      .object({ subject: z.string(), validUntil: time, selfSigned: z.boolean() })
      .optional()
      .describe("missing without TLS"),
    database: z.object({
      state: z.enum(["ok", "away"]),
      problem: z.string().optional(),
      version: z.string().optional(),
      bytes: z.number().optional(),
      isOwn: z.boolean().describe("the server keeps it itself"),
      migrations: z.int().optional().describe("made"),
      latestMigration: z.string().optional(),
    }),
    clusters: z
      .array(
        z.object({
          name: z.string(),
          status: z.string(),
          jobs: z.int().describe("in memory"),
          queueAgeSeconds: z.number().optional().describe("since slurmctld was heard"),
          historyAgeSeconds: z.number().optional().describe("since accounting was heard"),
          historyFrom: time.optional(),
          problem: z.string().optional(),
        }),
      )
      .readonly(),
    servers: z
      .array(
        z.object({
          id: z.string(),
          host: z.string().describe("of its machine"),
          address: z.string().describe("where it listens"),
          version: z.string(),
          since: time,
          state: z
            .enum(["alive", "leaving", "silent"])
            .describe("leaving: it takes no new work; silent: it was not heard of for a while"),
          silentSeconds: z.int().describe("since it was heard"),
          isThis: z.boolean().describe("this one answers"),
        }),
      )
      .readonly()
      .describe("of the site, as the database knows them; empty while that is away"),
    unansweredClouds: z
      .array(z.object({ provider: z.string(), region: z.string(), message: z.string() }))
      .readonly(),
    eventListeners: z.int(),
    requests: z.object({
      open: z.int(),
      answered: z.int(),
      failed: z.int().describe("with a status of 500 or more"),
      refusedForRate: z.int().describe("with 429"),
    }),
    memory: z.object({ residentBytes: z.number(), heapBytes: z.number() }),
    eventLoopDelayP99Ms: z.number(),
    concerns: z
      .array(
        z.object({
          severity: z.enum(["warning", "error"]),
          what: z.string(),
          todo: z.string(),
        }),
      )
      .readonly()
      .describe("what to see to, worst first"),
  })
  .meta({ id: "ServerState" });
export type ServerState = z.input<typeof serverStateSchema>;

export const serverRoutes = {
  getServerState: route({
    id: "getServerState",
    method: "GET",
    path: "/api/v1/server",
    summary: "Show how the server is",
    tag: "server",
    access: { role: "administrator", on: "site", scope: "metrics:read" },
    answer: serverStateSchema,
  }),
} satisfies Record<string, Route>;
