import { z } from "zod";
import { pageOf, pageQuery } from "../../page.ts";
import { type Route, route } from "../../route.ts";
import { seeingAll } from "./access.ts";
import {
  operationEventSchema,
  operationSchema,
  operationWithProgressSchema,
  STATES,
} from "./operation.ts";

/** Long work on clusters and images. */
export const operationRoutes = {
  listOperations: route({
    id: "listOperations",
    method: "GET",
    path: "/api/v1/operations",
    summary: "List what was done to clusters, newest first",
    tag: "operations",
    access: seeingAll,
    query: pageQuery.extend({
      cluster: z.string().max(60).optional(),
      state: z.enum(STATES).optional(),
    }),
    answer: pageOf(operationSchema),
  }),
  getOperation: route({
    id: "getOperation",
    method: "GET",
    path: "/api/v1/operations/{operation}",
    summary: "Show an operation and what it said",
    tag: "operations",
    access: seeingAll,
    params: z.object({ operation: z.uuid() }),
    query: z.object({
      after: z.coerce.number().int().min(0).default(0).describe("number of the last line seen"),
    }),
    answer: operationWithProgressSchema,
  }),
  followOperation: route({
    id: "followOperation",
    method: "GET",
    path: "/api/v1/operations/{operation}/follow",
    summary: "Follow an operation until it ends",
    description: "Ends after the event that tells how it ended.",
    tag: "operations",
    access: seeingAll,
    params: z.object({ operation: z.uuid() }),
    answer: operationEventSchema,
    gives: "events",
  }),
  cancelOperation: route({
    id: "cancelOperation",
    method: "POST",
    path: "/api/v1/operations/{operation}/cancel",
    summary: "Call an operation off",
    description:
      "For operators of the cluster, and of images for administrators. A cluster that is being created is taken down again, one that is being updated gets its former file back; what is deleted stays deleted.",
    tag: "operations",
    access: { ...seeingAll, role: "user", scope: "clusters:write" },
    params: z.object({ operation: z.uuid() }),
    answer: operationSchema,
    status: 202,
    problems: { 409: "it is over" },
  }),
} satisfies Record<string, Route>;
