import { z } from "zod";
import { IDLE_TIME_EXPECTS, idleTime } from "./duration.ts";
import "./meta.ts";
import { CLOUDS, confWord, slurmSettings } from "./values.ts";

const SECRET = /^arn:.*:secret/;
const SECRET_EXPECTS = "the ARN of a secret in Secrets Manager";

const WITHOUT_MANAGED = "required without Managed";

/** Capacity of an Aurora Serverless v2 database, which AWS gives in halves. */
const capacity = () => z.number().max(256).multipleOf(0.5);

const managed = z
  .strictObject({
    MinCapacity: capacity().min(0).default(0.5).meta({
      description:
        "Least capacity in Aurora capacity units (ACU, 2 GiB each), in halves; with 0 it pauses when nobody asks it, and then takes seconds to wake.",
      update: "SUPPORTED",
      extension: true,
      expects: "a number of ACU from 0 to 256, in steps of 0.5",
    }),
    MaxCapacity: capacity().min(1).default(4).meta({
      description: "Most capacity in ACU, in halves.",
      update: "SUPPORTED",
      extension: true,
      expects: "a number of ACU from 1 to 256, in steps of 0.5",
    }),
  })
  .optional()
  .meta({
    description:
      "An Aurora MySQL Serverless v2 database that Sluice makes for the cluster, in place of Uri, UserName and PasswordSecretArn.",
    update: "UNSUPPORTED",
    extension: true,
    byPresence: true,
    providers: ["aws"],
  });

const database = z
  .strictObject({
    Uri: confWord().optional().meta({
      description: "Address of the MySQL server, with a port if it is not 3306.",
      update: "COMPUTE_FLEET_STOP",
      expects: "`host` or `host:port`",
      defaultText: WITHOUT_MANAGED,
    }),
    UserName: confWord().optional().meta({
      description: "Database user.",
      expects: "a name without spaces, quotes, # and =",
      update: "COMPUTE_FLEET_STOP",
      defaultText: WITHOUT_MANAGED,
    }),
    PasswordSecretArn: z.string().regex(SECRET).optional().meta({
      description: "Secret with that user's password.",
      update: "COMPUTE_FLEET_STOP",
      expects: SECRET_EXPECTS,
      defaultText: WITHOUT_MANAGED,
    }),
    Managed: managed,
    DatabaseName: z
      .string()
      .regex(/^[0-9a-z_]+$/)
      .max(64)
      .optional()
      .meta({
        description: "Name of the accounting database.",
        update: "SUPPORTED",
        expects: "1 to 64 lower-case letters, digits and underscores",
        defaultText: "the cluster's name, hyphens made underscores",
      }),
  })
  .optional()
  .meta({
    description: "A database for accounting that is not on the head node.",
    update: "COMPUTE_FLEET_STOP",
    providers: ["aws", "azure"],
  });

export const slurmSettingsSchema = z
  .strictObject({
    ScaledownIdletime: idleTime().prefault(10).meta({
      description:
        "How long a dynamic node may be idle before its machine goes: minutes (-1 for never) or a duration such as `5s`, `90s`, `10m`, `1h`, `2d`.",
      update: "SUPPORTED",
      expects: IDLE_TIME_EXPECTS,
    }),
    QueueUpdateStrategy: z
      .enum(["COMPUTE_FLEET_STOP", "DRAIN", "TERMINATE"])
      .default("COMPUTE_FLEET_STOP")
      .meta({
        description: "What an update does to nodes that it changes: ask for a stop, wait, or end.",
        update: "IGNORED",
      }),
    EnableMemoryBasedScheduling: z.boolean().default(false).meta({
      description: "Whether memory is given to jobs as processors are.",
      update: "COMPUTE_FLEET_STOP",
    }),
    CustomSlurmSettings: z.array(slurmSettings()).default([]).meta({
      description: "Further lines of slurm.conf; the settings of one entry stand on one line.",
      update: "SUPPORTED",
      expects: "a list of settings of slurm.conf, each `- Key: value`",
    }),
    CustomSlurmSettingsIncludeFile: z.string().min(1).optional().meta({
      description:
        "Address of a file, on S3 or the web, that slurm.conf includes; instead of CustomSlurmSettings.",
      update: "SUPPORTED",
      providers: CLOUDS,
      expects: 'an address, such as "s3://bucket/slurm.conf" or "https://host/slurm.conf"',
    }),
    Dns: z
      .strictObject({
        DisableManagedDns: z.boolean().optional().meta({
          description: "Whether to leave name resolution to the network.",
          update: "UNSUPPORTED",
          defaultText: "false",
        }),
        HostedZoneId: z.string().optional().meta({
          description: "An existing private zone for the nodes' names.",
          update: "UNSUPPORTED",
        }),
        UseEc2Hostnames: z.boolean().optional().meta({
          description: "Whether machines keep the cloud's host names.",
          update: "UNSUPPORTED",
          defaultText: "false",
        }),
      })
      .optional()
      .meta({
        description: "How the nodes' names are resolved.",
        update: "UNSUPPORTED",
        providers: ["aws"],
        noEffect: "machines learn the names of nodes from the head, and no zone is made",
      }),
    Database: database,
    ExternalSlurmdbd: z
      .strictObject({
        Host: confWord().meta({
          description: "Host name or address of the slurmdbd.",
          update: "SUPPORTED",
          expects: "a host name or an address",
        }),
        BackupHost: confWord().optional().meta({
          description: "Host name or address of its backup, which is asked while Host is away.",
          update: "SUPPORTED",
          extension: true,
          expects: "a host name or an address",
        }),
        Port: z.int().min(1).max(65535).default(6819).meta({
          description: "TCP port that they listen on.",
          update: "SUPPORTED",
        }),
      })
      .optional()
      .meta({
        description:
          "A slurmdbd of one's own, which several clusters may share; on the local cloud that of the cluster's site.",
        update: "SUPPORTED",
      }),
    MungeKeySecretArn: z
      .string()
      .regex(SECRET)
      .optional()
      .meta({
        description: "Secret with a munge key to share with other clusters, in base64.",
        update: "COMPUTE_AND_LOGIN_NODES_STOP",
        providers: ["aws"],
        expects: SECRET_EXPECTS,
      }),
    JwtKeySecretArn: z
      .string()
      .regex(SECRET)
      .optional()
      .meta({
        description:
          "Secret with the key that tokens of Slurm are signed with, as text, to share with a slurmdbd of one's own.",
        update: "UNSUPPORTED",
        providers: ["aws"],
        extension: true,
        expects: SECRET_EXPECTS,
        defaultText: "one that is made",
      }),
  })
  .prefault({})
  .meta({ description: "Settings of Slurm as a whole.", update: "IGNORED" });

export type SlurmSettings = z.output<typeof slurmSettingsSchema>;
