import { z } from "zod";
import { backupSchema } from "../../cluster-file/schema/backup.ts";
import { duration } from "../../cluster-file/schema/duration.ts";
import "../../cluster-file/schema/meta.ts";
import { sharedStorageSchema } from "../../cluster-file/schema/shared-storage/index.ts";
import { tagsSchema } from "../../cluster-file/schema/tags.ts";
import { usersSchema } from "../../cluster-file/schema/users.ts";
import { AWS } from "../../cluster-file/schema/values.ts";
import { databaseSchema } from "./database.ts";
import { serversSchema } from "./servers.ts";
import { SITE_ZONE_EXPECTS, siteVpcSchema, siteZone } from "./vpc.ts";

const LOCAL = ["local"] as const;

const filePath = () => z.string().min(1).max(1024);

/** Each has a quarter of a quarter of the site's addresses, and one such part is the site's own. */
const MAX_CLUSTERS = 15;

const cluster = z.strictObject({
  Name: z
    .string()
    .regex(/^[a-zA-Z][a-zA-Z0-9-]*$/)
    .max(40)
    .meta({
      description: "Name of the cluster, unique in the site, in whatever case it is written.",
      update: "SUPPORTED",
      expects: "at most 40 letters, digits and hyphens, a letter first",
    }),
  File: filePath().meta({
    description:
      "Its cluster file, from the folder of the site file. It may leave out what the site gives.",
    update: "SUPPORTED",
    expects: "the path of a cluster file",
  }),
});

/** The whole site file. What clusters and servers need of the same kind is said once, here. */
export const siteSchema = z.strictObject({
  Provider: z.enum(["aws", "local"]).default("aws").meta({
    description: "The cloud of the site and all its clusters.",
    update: "UNSUPPORTED",
  }),
  Region: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .optional()
    .meta({
      description: "Region of the cloud.",
      update: "UNSUPPORTED",
      providers: AWS,
      expects: "the name of a region, such as eu-central-1",
      defaultText: "required on aws",
    }),
  Zones: z
    .array(siteZone())
    .min(1)
    .max(4)
    .meta({
      description:
        "Zones of the site: names of one's own on the local cloud, availability zones on aws. With two of them the site survives one.",
      update: "UNSUPPORTED",
      expects: `a list of 1 to 4, each ${SITE_ZONE_EXPECTS}`,
      check: "ZoneValidator",
    }),
  Network: z.cidrv4().optional().meta({
    description: "The site's own network: a private IPv4 range with a prefix of 16 to 18.",
    update: "UNSUPPORTED",
    providers: LOCAL,
    expects: "a private IPv4 range such as 10.77.0.0/18",
    defaultText: "one that is free on the host",
  }),
  Vpc: siteVpcSchema,
  Clusters: z.array(cluster).min(1).max(MAX_CLUSTERS).meta({
    description: "The clusters of the site, each by its own file.",
    update: "SUPPORTED",
  }),
  Servers: serversSchema,
  Database: databaseSchema,
  SharedStorage: sharedStorageSchema.meta({
    description:
      "File systems that every machine of every cluster shares; the homes are shared in any case.",
    update: "SUPPORTED",
  }),
  Users: usersSchema.meta({
    description:
      "Unix users of all clusters, each with one home; the servers let them in by the same names.",
    update: "SUPPORTED",
  }),
  Federation: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,39}$/)
    .optional()
    .meta({
      description: "Name of a federation of Slurm that all the clusters are in.",
      update: "SUPPORTED",
      expects: "at most 40 lower-case letters, digits, hyphens and underscores, a letter first",
      defaultText: "none",
    }),
  Failover: z
    .strictObject({
      ResubmitPending: z.boolean().default(false).meta({
        description:
          "Whether jobs that wait in a cluster that is lost are handed in to another one; they are taken back in the first before it may start them.",
        update: "SUPPORTED",
      }),
      After: duration(30, 86_400).prefault("2m").meta({
        description: "How long a cluster does not answer before it counts as lost, as a duration.",
        update: "SUPPORTED",
        expects: "a duration from 30s to 24h, such as 2m",
      }),
    })
    .prefault({})
    .meta({ description: "What is done when a whole cluster is lost.", update: "SUPPORTED" }),
  Backup: backupSchema.unwrap().optional().meta({
    description:
      "Backups of the site itself, on the local cloud, and of each cluster whose file says nothing else.",
    update: "SUPPORTED",
    byPresence: true,
    defaultText: "none",
  }),
  Tags: tagsSchema.meta({
    description: "Tags on everything that the site and its clusters consist of.",
    update: "SUPPORTED",
  }),
});

/** The file as it is written, before defaults. */
export type SiteFile = z.input<typeof siteSchema>;
/** The file after the schema's own defaults. */
export type CheckedSiteFile = z.output<typeof siteSchema>;
