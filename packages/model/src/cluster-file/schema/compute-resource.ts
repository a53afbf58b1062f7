import { z } from "zod";
import { capacityReservationTarget } from "./capacity-reservation-target.ts";
import "./meta.ts";
import { placementGroup } from "./network-access.ts";
import { tags } from "./tags.ts";
import {
  AWS,
  CLOUDS,
  INSTANCE_TYPE_EXPECTS,
  instanceTypeName,
  RESOURCE_NAME_EXPECTS,
  resourceName,
  slurmSettings,
} from "./values.ts";

const priority = () => z.int().min(1).max(0xffffffff);

/** Queues and compute resources both have them; those of the compute resource count. */
export const healthChecks = () =>
  z
    .strictObject({
      Gpu: z
        .strictObject({
          Enabled: z.boolean().optional().meta({
            description: "Whether GPUs are tested before a job starts on them.",
            update: "SUPPORTED",
            defaultText: "false",
          }),
        })
        .optional()
        .meta({ description: "A test of the GPUs.", update: "SUPPORTED" }),
    })
    .optional()
    .meta({
      description: "Tests of a machine before a job starts on it.",
      update: "SUPPORTED",
      providers: CLOUDS,
      noEffect: "GPUs are not tested; HealthCheckProgram in CustomSlurmSettings can do it",
    });

export const computeResourceSchema = z.strictObject({
  Name: resourceName().meta({
    description: "Name of the compute resource, unique in its queue; part of its nodes' names.",
    update: "UNSUPPORTED",
    expects: RESOURCE_NAME_EXPECTS,
    check: "NameValidator",
  }),
  InstanceType: instanceTypeName().optional().meta({
    description: "Machine type of every node. Either this or Instances.",
    update: "COMPUTE_FLEET_STOP",
    expects: INSTANCE_TYPE_EXPECTS,
  }),
  Instances: z
    .array(
      z.strictObject({
        InstanceType: instanceTypeName().meta({
          description: "A machine type that may back a node.",
          update: "COMPUTE_FLEET_STOP",
          expects: INSTANCE_TYPE_EXPECTS,
        }),
      }),
    )
    .min(1)
    .optional()
    .meta({
      description:
        "Machine types that may back a node, each asked for when those before it in AllocationStrategy's order can't be had.",
      update: "COMPUTE_FLEET_STOP_ON_REMOVE",
      expects: "a list of at least one `- InstanceType: …`",
    }),
  MinCount: z.int().min(0).default(0).meta({
    description: "Nodes that are always up (static); they are named `st`.",
    update: "RESIZE_UPDATE_STRATEGY_ON_REMOVE",
    expects: "a whole number from 0",
  }),
  MaxCount: z.int().min(1).default(10).meta({
    description: "Nodes at most; those beyond MinCount come and go with jobs and are named `dy`.",
    update: "RESIZE_UPDATE_STRATEGY_ON_REMOVE",
    expects: "a whole number from 1",
  }),
  SpotPrice: z.number().min(0).optional().meta({
    description: "The most to pay for a spot machine, in USD per hour.",
    update: "QUEUE_UPDATE_STRATEGY",
    expects: "a price in USD per hour",
    defaultText: "the on-demand price",
  }),
  SchedulableMemory: z.int().min(1).optional().meta({
    description: "Memory that Slurm may give to jobs on each node, in MiB.",
    update: "QUEUE_UPDATE_STRATEGY",
    expects: "a whole number of MiB",
    check: "SchedulableMemoryValidator",
    defaultText: "95% of the machine type's memory",
  }),
  DisableSimultaneousMultithreading: z.boolean().default(false).meta({
    description: "One thread per core.",
    update: "COMPUTE_FLEET_STOP",
  }),
  Efa: z
    .strictObject({
      Enabled: z.boolean().default(false).meta({
        description: "Whether machines get EFA interfaces.",
        update: "QUEUE_UPDATE_STRATEGY",
      }),
      GdrSupport: z.boolean().default(false).meta({
        description: "GPUDirect RDMA.",
        update: "QUEUE_UPDATE_STRATEGY",
        noEffect: "machine types that can do it always have it",
      }),
    })
    .optional()
    .meta({
      description: "The Elastic Fabric Adapter, for jobs over several nodes.",
      update: "QUEUE_UPDATE_STRATEGY",
      providers: AWS,
    }),
  CapacityReservationTarget: capacityReservationTarget(),
  Networking: z.strictObject({ PlacementGroup: placementGroup() }).optional().meta({
    description: "Where in the network this compute resource's machines are.",
    update: "MANAGED_PLACEMENT_GROUP",
    providers: CLOUDS,
  }),
  HealthChecks: healthChecks(),
  LaunchTemplateOverrides: z
    .strictObject({
      LaunchTemplateId: z
        .string()
        .regex(/^lt-[0-9a-z]{8,17}$/)
        .meta({
          description: "The launch template.",
          update: "QUEUE_UPDATE_STRATEGY",
          expects: 'the id of a launch template, such as "lt-0123456789abcdef0"',
        }),
      Version: z.int().min(1).meta({
        description: "Its version.",
        update: "QUEUE_UPDATE_STRATEGY",
        expects: "a whole number from 1",
      }),
    })
    .optional()
    .meta({
      description: "Network interfaces as a launch template of one's own has them.",
      update: "QUEUE_UPDATE_STRATEGY",
      providers: AWS,
    }),
  StaticNodePriority: priority().default(1).meta({
    description: "Slurm's weight of the static nodes; nodes with a lower weight are used first.",
    update: "SUPPORTED",
  }),
  DynamicNodePriority: priority().optional().meta({
    description: "Slurm's weight of the dynamic nodes.",
    update: "SUPPORTED",
    defaultText:
      "1000 for the queue's cheapest compute resource, 1001 for the next, and so on; those whose price is unknown last",
  }),
  CustomSlurmSettings: slurmSettings().default({}).meta({
    description: "Further settings on the nodes' lines in slurm.conf.",
    update: "SUPPORTED",
    expects: "settings of slurm.conf as `Key: value`",
  }),
  Tags: tags("QUEUE_UPDATE_STRATEGY").default([]).meta({
    description: "Tags on this compute resource's machines.",
    update: "QUEUE_UPDATE_STRATEGY",
  }),
});

export type ComputeResource = z.output<typeof computeResourceSchema>;
