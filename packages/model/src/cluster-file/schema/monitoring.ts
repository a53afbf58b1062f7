import { z } from "zod";
import "./meta.ts";
import { AWS } from "./values.ts";

/** Days that CloudWatch can keep a log; 0 is for ever. */
export const RETENTION_DAYS = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653,
] as const;

const enabled = (description: string, update: "SUPPORTED" | "UNSUPPORTED") =>
  z.boolean().default(true).meta({ description, update });

export const monitoringSchema = z
  .strictObject({
    DetailedMonitoring: z.boolean().default(false).meta({
      description: "Whether machines report each minute instead of every five.",
      update: "COMPUTE_FLEET_STOP",
      providers: AWS,
    }),
    Logs: z
      .strictObject({
        CloudWatch: z
          .strictObject({
            Enabled: enabled("Whether logs go to CloudWatch.", "UNSUPPORTED"),
            RetentionInDays: z.literal(RETENTION_DAYS).default(180).meta({
              description: "Days that they are kept; 0 is for ever.",
              update: "SUPPORTED",
            }),
            DeletionPolicy: z.enum(["Retain", "Delete"]).default("Retain").meta({
              description: "What becomes of them when the cluster is deleted.",
              update: "SUPPORTED",
            }),
          })
          .prefault({})
          .meta({ description: "Logs in CloudWatch.", update: "UNSUPPORTED", providers: AWS }),
        Rotation: z
          .strictObject({
            Enabled: enabled("Whether old logs are compressed and removed.", "UNSUPPORTED"),
          })
          .prefault({})
          .meta({ description: "Slurm's log files on the machines.", update: "UNSUPPORTED" }),
      })
      .prefault({})
      .meta({ description: "What becomes of log files.", update: "UNSUPPORTED" }),
    Dashboards: z
      .strictObject({
        CloudWatch: z
          .strictObject({ Enabled: enabled("Whether there is one.", "SUPPORTED") })
          .prefault({})
          .meta({ description: "A dashboard in CloudWatch.", update: "SUPPORTED" }),
      })
      .prefault({})
      .meta({
        description: "Pictures of the cluster's state.",
        update: "SUPPORTED",
        providers: AWS,
      }),
    Alarms: z
      .strictObject({
        Enabled: enabled("Whether alarms are raised for the head node.", "SUPPORTED"),
      })
      .prefault({})
      .meta({ description: "Alarms in CloudWatch.", update: "SUPPORTED", providers: AWS }),
  })
  .prefault({})
  .meta({ description: "Logs, dashboards and alarms.", update: "IGNORED" });
