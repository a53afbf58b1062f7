import { z } from "zod";

export const instance = z.object({
  instanceId: z.string(),
  instanceType: z.string(),
  launchTime: z.string(),
  privateIpAddress: z.string().optional(),
  publicIpAddress: z.string().optional(),
  state: z.string(),
});

export const machineSchema = instance
  .extend({
    nodeType: z.enum(["HeadNode", "ComputeNode", "LoginNode"]),
    nodeName: z.string(),
    queueName: z.string().optional(),
    computeResourceName: z.string().optional(),
    capacityType: z.enum(["ONDEMAND", "SPOT"]),
    availabilityZone: z.string(),
    usdPerHour: z
      .number()
      .optional()
      .describe("on demand, by the built-in price list; missing for spot and where it is unknown"),
  })
  .meta({ id: "Machine" });
export type MachineSummary = z.input<typeof machineSchema>;

const offering = {
  queue: z.string(),
  computeResource: z.string(),
  instanceType: z.string(),
  zone: z.string(),
  market: z.string(),
};

export const fleetSchema = z
  .object({
    status: z.string(),
    lastStatusUpdatedTime: z.string(),
    queues: z
      .array(
        z.object({
          name: z.string(),
          state: z.string(),
          nodes: z.object({ total: z.int(), up: z.int(), starting: z.int() }),
        }),
      )
      .readonly(),
    unavailable: z
      .array(
        z.object({
          ...offering,
          cause: z.enum(["capacity", "boot", "quota"]),
          reason: z.string(),
          since: z.string(),
          until: z.string(),
        }),
      )
      .readonly(),
    protected: z
      .array(
        z.object({
          queue: z.string(),
          computeResource: z.string(),
          failures: z.int(),
          since: z.string(),
          nextProbe: z.string().nullable(),
          reason: z.string().nullable(),
          node: z.string().nullable(),
          machineId: z.string().nullable(),
          console: z.array(z.string()).readonly().describe("for operators; empty for others"),
        }),
      )
      .readonly(),
    cost: z.object({ usdPerHour: z.number(), unpriced: z.int() }),
  })
  .meta({ id: "ComputeFleet" });

export const queueSchema = z
  .object({
    name: z.string(),
    state: z.string().describe("UP, INACTIVE, DOWN or DRAIN"),
    nodes: z.object({
      total: z.int(),
      idle: z.int().describe("on, and without a job"),
      busy: z.int(),
      off: z.int().describe("powered down; they start when jobs want them"),
      starting: z.int(),
      stopping: z.int(),
      drained: z.int().describe("draining or drained"),
      down: z.int(),
    }),
    jobs: z.object({ running: z.int(), waiting: z.int() }),
    waiting: z
      .array(z.object({ reason: z.string(), count: z.int() }))
      .readonly()
      .describe("jobs that wait there, by Slurm's reason, most first"),
  })
  .meta({ id: "Queue" });
export type QueueSummary = z.input<typeof queueSchema>;

/** What a node does, each with its letter in a node map. */
export const DOING_LETTERS = {
  idle: "i",
  busy: "b",
  off: "o",
  starting: "s",
  stopping: "p",
  drained: "d",
  down: "x",
} as const;
export type NodeDoing = keyof typeof DOING_LETTERS;

export const doingSchema = z.enum(Object.keys(DOING_LETTERS) as [NodeDoing, ...NodeDoing[]]);

export const nodeSchema = z
  .object({
    name: z.string(),
    queue: z.string(),
    computeResource: z.string(),
    state: z.string().describe("Slurm's words, such as `IDLE+CLOUD+POWERED_DOWN`"),
    reason: z.string().nullable(),
    machineId: z.string().nullable(),
    address: z.string().nullable(),
    does: doingSchema,
    jobs: z
      .array(z.string())
      .readonly()
      .describe("that run on it; of others' jobs only operators see the number"),
    jobCount: z.int(),
  })
  .meta({ id: "Node" });
export type NodeSummary = z.input<typeof nodeSchema>;

/** Nodes of one compute resource in the order of their names, a letter each. */
export const nodeMapSchema = z
  .object({
    groups: z
      .array(
        z.object({
          queue: z.string(),
          computeResource: z.string(),
          spans: z
            .array(
              z.object({
                prefix: z.string().describe("what the names begin with"),
                first: z
                  .int()
                  .nullable()
                  .describe("number behind it of the first node; null: the prefix is the name"),
                does: z
                  .string()
                  .describe(
                    "of each node from there: i idle, b busy, o off, s starting, p stopping, d drained, x down",
                  ),
              }),
            )
            .readonly(),
        }),
      )
      .readonly(),
  })
  .meta({ id: "NodeMap" });
export type NodeMap = z.input<typeof nodeMapSchema>;

const job = z.object({
  id: z.string(),
  name: z.string(),
  user: z.string(),
  account: z.string().optional(),
  partition: z.string(),
  state: z.string(),
  reason: z.string(),
  nodes: z.string(),
  nodeCount: z.int(),
  elapsed: z.number().describe("seconds since it started"),
});

export const nodeDescriptionSchema = nodeSchema
  .extend({
    work: z
      .array(job.pick({ id: true, name: true, user: true, elapsed: true }))
      .readonly()
      .describe("the jobs on it that one may see"),
    machine: machineSchema.optional().describe("missing also while the cloud does not answer"),
  })
  .meta({ id: "NodeDescription" });
export type NodeDescription = z.input<typeof nodeDescriptionSchema>;

export const snapshotSchema = z.object({
  fleet: fleetSchema,
  nodes: z.array(nodeSchema.omit({ does: true, jobs: true, jobCount: true })).readonly(),
  jobs: z.array(job).readonly(),
});

export const clusterEventSchema = z.object({
  time: z.string(),
  source: z.enum(["cluster", "fleet"]),
  kind: z.string(),
  status: z.string().optional(),
  node: z.string().optional(),
  job: z.string().optional(),
  machineId: z.string().optional(),
  message: z.string(),
});

export const explanationSchema = z.object({
  subject: z.object({
    kind: z.enum(["job", "node"]),
    name: z.string(),
    jobId: z.number().nullable(),
  }),
  time: z.string(),
  stale: z.string().nullable(),
  state: z.string(),
  why: z.array(z.string()).readonly(),
  tried: z
    .array(
      z.object({
        time: z.string(),
        node: z.string().nullable(),
        offering: z.string().nullable(),
        answer: z.string(),
      }),
    )
    .readonly(),
  left: z.array(z.object({ ...offering, usdPerHour: z.number().nullable() })).readonly(),
  next: z.array(z.object({ time: z.string().nullable(), what: z.string() })).readonly(),
});

export const logStreamSchema = z.object({
  logStreamName: z.string(),
  firstEventTimestamp: z.string().optional(),
  lastEventTimestamp: z.string().optional(),
});

export const logEventSchema = z.object({ timestamp: z.string(), message: z.string() });

export const costSchema = z.object({
  clusterName: z.string(),
  items: z.array(z.object({ what: z.string(), usdPerHour: z.number().optional() })).readonly(),
  usdPerHour: z.number(),
  unpriced: z.int(),
});
