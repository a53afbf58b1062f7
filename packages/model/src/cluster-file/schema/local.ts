import { z } from "zod";
import "./meta.ts";
import { LOCAL_ZONE, ZONE_EXPECTS, zoneName } from "./zones.ts";

const machineType = z.strictObject({
  Name: z
    .string()
    .regex(/^[a-z][a-z0-9.-]*$/)
    .max(63)
    .meta({
      description: "Name of the machine type; that of a built-in one replaces it.",
      update: "COMPUTE_FLEET_STOP",
      extension: true,
      expects: "lower-case letters, digits, dots and hyphens, starting with a letter",
    }),
  VCpus: z.int().min(1).max(1024).meta({
    description: "Virtual processors.",
    update: "COMPUTE_FLEET_STOP",
    extension: true,
    expects: "a whole number from 1 to 1024",
  }),
  Memory: z.int().min(16).meta({
    description: "Memory in MiB.",
    update: "COMPUTE_FLEET_STOP",
    extension: true,
    expects: "a whole number of MiB",
  }),
  Price: z.number().min(0).optional().meta({
    description: "Made-up price in USD per hour.",
    update: "SUPPORTED",
    extension: true,
    expects: "a price in USD per hour",
  }),
  Light: z.boolean().default(false).meta({
    description: "Namespaces with slurmd alone instead of a booted system; hundreds fit one host.",
    update: "COMPUTE_FLEET_STOP",
    extension: true,
  }),
  BootSeconds: z.number().min(0).max(86400).default(0).meta({
    description: "Simulated boot time, beyond the real one.",
    update: "SUPPORTED",
    extension: true,
    expects: "a number of seconds",
  }),
  Capacity: z.int().min(0).optional().meta({
    description: "How many can be had at once; one more meets missing capacity.",
    update: "SUPPORTED",
    extension: true,
    expects: "a whole number from 0",
    defaultText: "no limit",
  }),
  SpotPrice: z.number().min(0).optional().meta({
    description: "Made-up price as a spot machine, in USD per hour.",
    update: "SUPPORTED",
    extension: true,
    expects: "a price in USD per hour",
    defaultText: "30% of Price",
  }),
  SpotCapacity: z.int().min(0).optional().meta({
    description: "How many can be had at once as spot machines, counted apart from Capacity.",
    update: "SUPPORTED",
    extension: true,
    expects: "a whole number from 0",
    defaultText: "no limit",
  }),
  NeverBoots: z.boolean().default(false).meta({
    description: "The machine comes up and never registers, to watch what happens then.",
    update: "SUPPORTED",
    extension: true,
  }),
});

export const localSchema = z
  .strictObject({
    Network: z.cidrv4().optional().meta({
      description: "The cluster's own network: a private IPv4 range with a prefix of 16 to 26.",
      update: "UNSUPPORTED",
      extension: true,
      expects: "a private IPv4 range such as 10.77.0.0/20",
      defaultText: "one that is free on the host",
    }),
    Image: z
      .string()
      .regex(/^[a-zA-Z][a-zA-Z0-9-]{0,127}$/)
      .optional()
      .meta({
        description: "Id of an image that `sluice build-image` built, for every machine.",
        update: "UNSUPPORTED",
        extension: true,
        expects: "the id of an image that sluice list-images shows",
        defaultText: "the standard one of Image.Os",
      }),
    Zones: z
      .array(zoneName())
      .min(1)
      .max(4)
      .default([LOCAL_ZONE])
      .meta({
        description:
          "Zones of the cluster: parts of its network with machines of their own, each of which can be made to fail.",
        update: "UNSUPPORTED",
        extension: true,
        expects: `a list of 1 to 4 names, each ${ZONE_EXPECTS}`,
        check: "ZoneValidator",
        defaultText: `one, \`${LOCAL_ZONE}\``,
      }),
    MachineTypes: z.array(machineType).default([]).meta({
      description: "Machine types beside the built-in ones.",
      update: "COMPUTE_FLEET_STOP_ON_REMOVE",
      extension: true,
    }),
  })
  .optional()
  .meta({
    description: "The local cloud itself.",
    update: "SUPPORTED",
    extension: true,
    providers: ["local"],
  });
