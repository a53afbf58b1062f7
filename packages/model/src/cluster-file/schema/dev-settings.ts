import { z } from "zod";
import "./meta.ts";

export const devSettingsSchema = z
  .strictObject({
    Timeouts: z
      .strictObject({
        HeadNodeBootstrapTimeout: z.int().min(1).optional().meta({
          description: "Seconds that the head node may take from being asked for to being ready.",
          update: "UNSUPPORTED",
          expects: "a whole number of seconds",
          defaultText: "60 on the local cloud, 1800 elsewhere",
        }),
        ComputeNodeBootstrapTimeout: z.int().min(1).optional().meta({
          description: "Seconds that a compute node may take from being asked for to registered.",
          update: "SUPPORTED",
          expects: "a whole number of seconds",
          defaultText: "30 on the local cloud, 1800 elsewhere",
        }),
      })
      .optional()
      .meta({ description: "How long to wait for machines.", update: "SUPPORTED" }),
  })
  .optional()
  .meta({ description: "Settings for those who work on Sluice itself.", update: "SUPPORTED" });
