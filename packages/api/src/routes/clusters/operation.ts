import { z } from "zod";

export const STATES = ["running", "done", "failed", "cancelled"] as const;

/** Long work of the server; see also the events of topic `operation`. */
export const operationSchema = z
  .object({
    id: z.string(),
    kind: z
      .string()
      .describe(
        "create-cluster, update-cluster, delete-cluster, stop-cluster, start-cluster, update-compute-fleet, build-image or delete-image",
      ),
    cluster: z.string().optional(),
    image: z.string().optional(),
    provider: z.string(),
    region: z.string(),
    state: z.enum(STATES),
    askedBy: z.string(),
    createdAt: z.string(),
    endedAt: z.string().optional(),
    error: z
      .object({ code: z.string(), message: z.string(), hint: z.string().optional() })
      .optional()
      .describe("why it failed"),
    result: z.unknown().optional(),
    validationMessages: z
      .array(z.unknown())
      .readonly()
      .optional()
      .describe("findings about the file that did not refuse it; only where it was asked for"),
  })
  .meta({ id: "Operation" });
export type OperationView = z.input<typeof operationSchema>;

export const progressSchema = z.object({
  number: z.int(),
  time: z.string(),
  resource: z.string().describe("network, storage, image, head, compute fleet, update, …"),
  status: z.enum(["started", "done", "failed", "info"]),
  message: z.string(),
});

export const operationWithProgressSchema = operationSchema.extend({
  progress: z.array(progressSchema).readonly(),
});

export const operationEventSchema = z.object({
  line: progressSchema.optional(),
  operation: operationSchema.optional().describe("when it has ended"),
});
