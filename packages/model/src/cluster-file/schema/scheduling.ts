import { z } from "zod";
import "./meta.ts";
import { slurmQueueSchema } from "./slurm-queue.ts";
import { slurmSettingsSchema } from "./slurm-settings.ts";
import { scalingStrategy } from "./values.ts";

const BATCH = {
  message: "AWS Batch is not a scheduler of Sluice: Slurm is the only one",
  suggestion: "describe the machines as Slurm queues under Scheduling.SlurmQueues",
};

export const schedulingSchema = z
  .strictObject({
    Scheduler: z
      .enum(["slurm"])
      .default("slurm")
      .meta({
        description: "The scheduler; there is one.",
        update: "UNSUPPORTED",
        check: "SchedulerValidator",
        refused: { awsbatch: BATCH },
      }),
    ScalingStrategy: scalingStrategy().default("all-or-nothing").meta({
      description: "Whether a job's machines are kept when not all of them can be had.",
      update: "SUPPORTED",
    }),
    ProtectedFailureCount: z.int().min(0).default(10).meta({
      description:
        "So many machines of a compute resource that fail to boot, none that works between them, and no more of it are asked for until one does; 0 for never.",
      update: "SUPPORTED",
      extension: true,
      expects: "a whole number from 0",
    }),
    SlurmSettings: slurmSettingsSchema,
    SlurmQueues: z.array(slurmQueueSchema).min(1).meta({
      description: "The queues. The first one is where jobs go that name none.",
      update: "RESIZE_UPDATE_STRATEGY_ON_REMOVE",
      expects: "a list of at least one queue",
    }),
  })
  .meta({
    description: "Queues and their machines.",
    update: "UNSUPPORTED",
    refused: { AwsBatchQueues: BATCH, AwsBatchSettings: BATCH },
  });
