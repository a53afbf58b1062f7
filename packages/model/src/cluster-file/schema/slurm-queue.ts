import { z } from "zod";
import { capacityReservationTarget } from "./capacity-reservation-target.ts";
import { computeResourceSchema, healthChecks } from "./compute-resource.ts";
import { customActions } from "./custom-actions.ts";
import { duration, IDLE_TIME_EXPECTS, idleTime } from "./duration.ts";
import { nodeIam } from "./iam.ts";
import "./meta.ts";
import { placementGroup, proxy, securityGroupKeys } from "./network-access.ts";
import { tags } from "./tags.ts";
import {
  AWS,
  CLOUDS,
  IMAGE_EXPECTS,
  imageId,
  RESOURCE_NAME_EXPECTS,
  resourceName,
  SUBNET_EXPECTS,
  scalingStrategy,
  slurmSettings,
  subnetId,
} from "./values.ts";
import { diskKeys, ephemeralVolume } from "./volumes.ts";
import { warmNodesSchema } from "./warm-nodes.ts";
import { ZONE_EXPECTS, zoneName } from "./zones.ts";

const networking = z
  .strictObject({
    SubnetIds: z
      .array(subnetId())
      .min(1)
      .optional()
      .meta({
        description: "Subnets that the machines may be in, one or several zones.",
        update: "MANAGED_FSX",
        providers: CLOUDS,
        expects: `a list, each entry ${SUBNET_EXPECTS}`,
        defaultText: "those that Sluice makes on aws; required on azure",
      }),
    Zones: z
      .array(zoneName())
      .min(1)
      .optional()
      .meta({
        description: "Zones that the machines may be in.",
        update: "QUEUE_UPDATE_STRATEGY",
        extension: true,
        providers: ["local"],
        expects: `a list, each entry ${ZONE_EXPECTS}`,
        check: "ZoneValidator",
        defaultText: "all of Local.Zones",
      }),
    AssignPublicIp: z.boolean().optional().meta({
      description: "Whether machines get a public address.",
      update: "UNSUPPORTED",
      providers: CLOUDS,
      defaultText: "what the subnet says",
    }),
    ...securityGroupKeys("SUPPORTED"),
    PlacementGroup: placementGroup(),
    Proxy: proxy("QUEUE_UPDATE_STRATEGY"),
  })
  .optional()
  .meta({
    description: "Where in the network the queue's machines are.",
    update: "QUEUE_UPDATE_STRATEGY",
    defaultText: "required except on the local cloud",
  });

export const slurmQueueSchema = z.strictObject({
  Name: resourceName().meta({
    description: "Name of the queue, which is a partition of that name in Slurm.",
    update: "UNSUPPORTED",
    expects: RESOURCE_NAME_EXPECTS,
    check: "NameValidator",
  }),
  CapacityType: z.enum(["ONDEMAND", "SPOT", "CAPACITY_BLOCK"]).default("ONDEMAND").meta({
    description: "How machines are paid for.",
    update: "QUEUE_UPDATE_STRATEGY",
  }),
  FallbackCapacityType: z.enum(["ONDEMAND"]).optional().meta({
    description:
      "What to pay for when no spot machine can be had, or the capacity reservation is used up.",
    update: "SUPPORTED",
    extension: true,
    check: "FallbackCapacityTypeValidator",
    defaultText: "nothing else",
  }),
  CapacityReservationTarget: capacityReservationTarget(),
  AllocationStrategy: z
    .enum([
      "lowest-price",
      "capacity-optimized",
      "price-capacity-optimized",
      "prioritized",
      "capacity-optimized-prioritized",
    ])
    .default("lowest-price")
    .meta({
      description:
        "Which of several machine types is asked for first: the cheapest, or with `prioritized` and `capacity-optimized-prioritized` the first in the file.",
      update: "QUEUE_UPDATE_STRATEGY",
    }),
  ScalingStrategy: scalingStrategy().optional().meta({
    description: "Whether a job's machines are kept when not all of them can be had.",
    update: "SUPPORTED",
    extension: true,
    defaultText: "that of Scheduling",
  }),
  ScaledownIdletime: idleTime().optional().meta({
    description:
      "How long a dynamic node of the queue may be idle before its machine goes: minutes (-1 for never) or a duration such as `5s`, `90s`, `10m`, `1h`, `2d`.",
    update: "SUPPORTED",
    extension: true,
    expects: IDLE_TIME_EXPECTS,
    defaultText: "that of SlurmSettings",
  }),
  WarmNodes: warmNodesSchema,
  ReservationLead: duration(0, 86_400).optional().meta({
    description:
      "How long before a reservation of Slurm begins its nodes are switched on, as a duration.",
    update: "SUPPORTED",
    extension: true,
    expects: "a duration up to 24h, such as 90s or 10m",
    defaultText: "10s on the local cloud, 3m elsewhere",
  }),
  CheckpointGrace: duration(0, 86_400).prefault("90s").meta({
    description:
      "The longest that a job which asked for `--signal` has between the signal and its requeue, when its machine is about to be taken away; a duration.",
    update: "SUPPORTED",
    extension: true,
    expects: "a duration up to 24h, such as 90s or 2m",
  }),
  JobExclusiveAllocation: z.boolean().default(false).meta({
    description: "Whether a node is given to one job at a time.",
    update: "SUPPORTED",
  }),
  Networking: networking,
  ComputeSettings: z
    .strictObject({
      LocalStorage: z
        .strictObject({
          RootVolume: z
            .strictObject(
              diskKeys({
                update: "QUEUE_UPDATE_STRATEGY",
                speed: "QUEUE_UPDATE_STRATEGY",
                size: "the size of the image",
              }),
            )
            .optional()
            .meta({
              description: "The disk that machines boot from.",
              update: "QUEUE_UPDATE_STRATEGY",
            }),
          EphemeralVolume: ephemeralVolume("QUEUE_UPDATE_STRATEGY"),
        })
        .optional()
        .meta({ description: "Disks of the machines.", update: "QUEUE_UPDATE_STRATEGY" }),
    })
    .optional()
    .meta({
      description: "Settings of this queue's machines.",
      update: "QUEUE_UPDATE_STRATEGY",
      providers: CLOUDS,
    }),
  CustomActions: customActions("QUEUE_UPDATE_STRATEGY", "QUEUE_UPDATE_STRATEGY"),
  Iam: nodeIam("COMPUTE_FLEET_STOP"),
  Image: z
    .strictObject({
      CustomAmi: imageId().optional().meta({
        description: "Machine image to boot instead of the cluster's.",
        update: "QUEUE_UPDATE_STRATEGY",
        expects: IMAGE_EXPECTS,
      }),
    })
    .optional()
    .meta({
      description: "What this queue's machines boot.",
      update: "QUEUE_UPDATE_STRATEGY",
      providers: AWS,
    }),
  HealthChecks: healthChecks(),
  CustomSlurmSettings: slurmSettings().default({}).meta({
    description: "Further settings on the partition's line in slurm.conf.",
    update: "SUPPORTED",
    expects: "settings of slurm.conf as `Key: value`",
  }),
  Tags: tags("QUEUE_UPDATE_STRATEGY").default([]).meta({
    description: "Tags on this queue's machines.",
    update: "QUEUE_UPDATE_STRATEGY",
  }),
  ComputeResources: z.array(computeResourceSchema).min(1).meta({
    description: "Groups of like nodes.",
    update: "RESIZE_UPDATE_STRATEGY_ON_REMOVE",
    expects: "a list of at least one compute resource",
  }),
});

export type SlurmQueue = z.output<typeof slurmQueueSchema>;
export type CapacityType = SlurmQueue["CapacityType"];
