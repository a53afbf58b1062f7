import { z } from "zod";
import { pageOf, pageQuery } from "../../page.ts";
import { type Route, route } from "../../route.ts";
import { cluster, inspecting, operating, seeing } from "./access.ts";
import {
  clusterEventSchema,
  doingSchema,
  fleetSchema,
  machineSchema,
  nodeDescriptionSchema,
  nodeMapSchema,
  nodeSchema,
  queueSchema,
  snapshotSchema,
} from "./inside.ts";

/** What is in a cluster: fleet, queues, nodes, machines, and what happened to them. */
export const nodeRoutes = {
  getComputeFleet: route({
    id: "getComputeFleet",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/compute-fleet",
    summary: "Show the compute fleet",
    description:
      "Also what can't be had at the moment and for how long (`unavailable`), and compute resources that are protected because their machines did not register.",
    tag: "clusters",
    access: seeing,
    params: cluster,
    answer: fleetSchema,
    problems: { 503: "the head does not answer" },
  }),
  listQueues: route({
    id: "listQueues",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/queues",
    summary: "List queues, with their nodes by state and what waits there",
    tag: "nodes",
    access: seeing,
    params: cluster,
    answer: z.object({ items: z.array(queueSchema).readonly() }),
    problems: { 503: "the head does not answer" },
  }),
  listNodes: route({
    id: "listNodes",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/nodes",
    summary: "List nodes",
    tag: "nodes",
    access: seeing,
    params: cluster,
    query: pageQuery.extend({
      queue: z.string().max(100).optional(),
      computeResource: z.string().max(100).optional(),
      state: z.string().max(40).optional().describe("one of Slurm's words, such as `DRAIN`"),
      does: doingSchema.optional(),
      search: z.string().max(100).optional().describe("part of a name, a machine or a reason"),
      powered: z.enum(["on", "off"]).optional(),
    }),
    answer: pageOf(nodeSchema),
    problems: { 503: "the head does not answer" },
  }),
  getNodeMap: route({
    id: "getNodeMap",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/node-map",
    summary: "Show what every node does, in a letter each",
    description:
      "For pictures of many nodes. Queues are in the order of the cluster file, nodes in that of their names.",
    tag: "nodes",
    access: seeing,
    params: cluster,
    answer: nodeMapSchema,
    problems: { 503: "the head does not answer" },
  }),
  getNode: route({
    id: "getNode",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/nodes/{node}",
    summary: "Show a node, what works on it and its machine",
    tag: "nodes",
    access: seeing,
    params: cluster.extend({ node: z.string().min(1).max(64) }),
    answer: nodeDescriptionSchema,
    problems: { 503: "the head does not answer" },
  }),
  updateNodes: route({
    id: "updateNodes",
    method: "POST",
    path: "/api/v1/clusters/{cluster}/nodes/update",
    summary: "Drain, resume, power up or down nodes",
    description: "`power-down-now` requeues the jobs of the nodes. A drain needs a reason.",
    tag: "nodes",
    access: operating,
    params: cluster,
    body: z
      .strictObject({
        nodes: z.array(z.string().min(1).max(64)).min(1).max(1000),
        action: z.enum(["drain", "resume", "power-up", "power-down", "power-down-now"]),
        reason: z.string().trim().min(1).max(200).optional(),
      })
      .refine(({ action, reason }) => action !== "drain" || reason !== undefined, {
        path: ["reason"],
        message: "say why: it is what people see of the node",
      }),
    answer: z.object({ nodes: z.array(z.string()).readonly() }),
    problems: { 409: "Slurm refuses it", 503: "the head does not answer" },
  }),
  listMachines: route({
    id: "listMachines",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/machines",
    summary: "List the machines of a cluster, the head first",
    tag: "nodes",
    access: seeing,
    params: cluster,
    query: z.object({
      nodeType: z.enum(["HeadNode", "ComputeNode", "LoginNode"]).optional(),
      queueName: z.string().max(100).optional(),
    }),
    answer: z.object({ items: z.array(machineSchema).readonly() }),
  }),
  getClusterSnapshot: route({
    id: "getClusterSnapshot",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/top",
    summary: "Show fleet, nodes and jobs of one moment",
    description: "Of the jobs, those that one may see.",
    tag: "clusters",
    access: seeing,
    params: cluster,
    answer: snapshotSchema,
    problems: { 503: "the head does not answer" },
  }),
  listClusterEvents: route({
    id: "listClusterEvents",
    method: "GET",
    path: "/api/v1/clusters/{cluster}/events",
    summary: "List what happened to a cluster, oldest first",
    tag: "clusters",
    access: inspecting,
    params: cluster,
    query: z.object({
      node: z.string().max(64).optional(),
      job: z
        .string()
        .regex(/^[0-9]{1,10}$/)
        .optional(),
      since: z.iso.datetime().optional(),
      limit: z.coerce
        .number()
        .int()
        .min(1)
        .max(10_000)
        .default(1000)
        .describe("the newest so many"),
    }),
    answer: z.object({
      items: z.array(clusterEventSchema).readonly(),
      incomplete: z.string().optional().describe("why the node manager's events are missing"),
    }),
  }),
} satisfies Record<string, Route>;
