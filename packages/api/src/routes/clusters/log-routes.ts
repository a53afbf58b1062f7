import { z } from "zod";
import { type Route, route } from "../../route.ts";
import { cluster, inspecting } from "./access.ts";
import { logEventSchema, logStreamSchema } from "./inside.ts";

export const logRoutes = {
  listLogSources: route({
    id: "listLogSources",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/logs",
    summary: "List the logs that can be read",
    description: "Those on the head and of machines, and those that the cloud keeps.",
    tag: "clusters",
    access: inspecting,
    params: cluster,
    answer: z.object({
      sources: z.array(z.string()).readonly().describe("on the head"),
      nodes: z.array(z.string()).readonly().describe("whose machines have a console"),
      kept: z.array(logStreamSchema).readonly().describe("by the cloud"),
    }),
  }),
  readLog: route({
    id: "readLog",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/logs/{source}",
    summary: "Read the newest lines of a log",
    tag: "clusters",
    access: inspecting,
    params: cluster.extend({ source: z.string().min(1).max(64) }),
    query: z.object({ lines: z.coerce.number().int().min(1).max(10_000).default(200) }),
    answer: z.string(),
    gives: "text",
    problems: { 503: "the head does not answer" },
  }),
  followLog: route({
    id: "followLog",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/logs/{source}/follow",
    summary: "Follow a log",
    description: "Each event has lines of text that came since the one before.",
    tag: "clusters",
    access: inspecting,
    params: cluster.extend({ source: z.string().min(1).max(64) }),
    query: z.object({ lines: z.coerce.number().int().min(0).max(1000).default(50) }),
    answer: z.object({ text: z.string() }),
    gives: "events",
    problems: { 503: "the head does not answer" },
  }),
  readKeptLog: route({
    id: "readKeptLog",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/kept-logs/{stream}",
    summary: "Read a log that the cloud keeps",
    tag: "clusters",
    access: inspecting,
    params: cluster.extend({ stream: z.string().min(1).max(512) }),
    query: z.object({
      from: z.iso.datetime().optional(),
      until: z.iso.datetime().optional(),
      end: z.enum(["newest", "oldest"]).default("newest"),
      limit: z.coerce.number().int().min(1).max(10_000).default(1000),
      cursor: z.string().max(2000).optional(),
    }),
    answer: z.object({ items: z.array(logEventSchema).readonly(), next: z.string().optional() }),
    problems: { 501: "the cloud keeps none" },
  }),
} satisfies Record<string, Route>;
