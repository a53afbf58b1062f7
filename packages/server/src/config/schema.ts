import { z } from "zod";
import { authenticationSchema } from "../identity/config.ts";

const path = () =>
  z
    .string()
    .regex(/^\/[^\0]*$/)
    .max(4000);
const PATH = "an absolute path";

const described = <S extends z.ZodType>(schema: S, description: string, expects?: string): S =>
  schema.meta({ description, ...(expects === undefined ? {} : { expects }) } as never);

const tls = z.strictObject({
  CertificateFile: described(path(), "The certificate and its chain, PEM.", PATH).optional(),
  KeyFile: described(path(), "Its private key, PEM, readable by the server only.", PATH).optional(),
  SelfMade: described(
    z.boolean().default(false),
    "Make a certificate and keep it; clients pin it when they first see it.",
  ),
});

const listen = z.strictObject({
  Address: described(
    z.union([z.ipv4(), z.ipv6()]).default("127.0.0.1"),
    "The address that is listened on.",
    "an IP address",
  ),
  Port: described(z.int().min(0).max(65_535).default(8480), "0: any that is free."),
  Tls: tls.optional(),
});

const database = z.strictObject({
  Host: z.string().min(1).max(255).optional(),
  Port: z.int().min(1).max(65_535).default(3306),
  SocketPath: described(path(), "Instead of Host.", PATH).optional(),
  User: z.string().min(1).max(80).default("sluice"),
  PasswordFile: described(path(), "One line, readable by the server only.", PATH).optional(),
  Name: z
    .string()
    .regex(/^\w{1,64}$/)
    .default("sluice"),
  CertificateAuthorityFile: described(
    path(),
    "Who signed the database's certificate.",
    PATH,
  ).optional(),
  Connections: z.int().min(2).max(500).default(20),
});

const clusters = z.strictObject({
  Default: described(
    z.string().min(1).max(60),
    "The cluster that requests mean which name none.",
  ).optional(),
  Providers: z
    .array(
      z.strictObject({
        Provider: z.enum(["local", "aws"]),
        Region: z.string().min(1).max(60).optional(),
      }),
    )
    .min(1)
    .default([{ Provider: "local" }]),
});

const site = z.strictObject({
  Name: described(
    z.string().min(1).max(60),
    "The site of which this is a server: its zones, machines and database are shown then.",
  ).optional(),
});

const failover = z.strictObject({
  ResubmitPending: described(
    z.boolean().default(false),
    "Whether a cluster that does not answer counts as lost by itself, and its waiting jobs go to another one. An administrator may say so in any case.",
  ),
  AfterSeconds: described(
    z.int().min(30).max(86_400).default(120),
    "How long a cluster has no head that answers before it counts as lost.",
  ),
});

const limits = z.strictObject({
  BodyKiB: z.int().min(64).max(65_536).default(1024),
  RequestsPerMinute: z
    .strictObject({
      Address: z.int().min(10).max(10_000_000).default(60_000),
      User: z.int().min(10).max(10_000_000).default(12_000),
      Stranger: z.int().min(10).max(10_000_000).default(600),
    })
    .prefault({}),
});

const runs = z.strictObject({
  Folder: described(
    z
      .string()
      .regex(/^(~|~\/[^\0]+|\/[^\0]+)$/)
      .refine((folder) => !folder.split("/").includes(".."))
      .max(2000)
      .default("~/sluice/runs"),
    "Where folders of runs are made; ~ is the home and %u the name of the Unix user.",
    "a path that begins with ~ or /, without ..",
  ),
  KeepDays: described(
    z.union([z.int().min(1).max(36_500), z.literal("Forever")]).default(30),
    "For how long runs are kept after their end, and drafts, whose application does not say.",
    "a number of days, or Forever",
  ),
});

const slurm = z.strictObject({
  AcceptSlurmTokens: described(
    z.boolean().default(true),
    "Whether a token that a cluster's Slurm made for somebody signs in to Slurm's interface of that cluster.",
  ),
});

const triggers = z.strictObject({
  SiteKeyFile: described(
    path(),
    "32 or more bytes that secrets of web-hooks are made of, the same for all servers of the site.",
    PATH,
  ).optional(),
  ObjectQueues: z
    .array(
      z.strictObject({
        Name: described(z.string().regex(/^[A-Za-z0-9._-]{1,60}$/), "As triggers name it."),
        Url: described(
          z.url({ protocol: /^https?$/ }),
          "A queue of SQS with events of buckets.",
          "the address of a queue",
        ),
        Region: z.string().min(1).max(60),
      }),
    )
    .max(50)
    .default([]),
});

const shell = z.strictObject({
  Enabled: described(
    z.boolean().default(true),
    "Whether people may open terminals on heads in their browser.",
  ),
  IdleMinutes: described(
    z.int().min(0).max(10_080).default(120),
    "A terminal in which nothing was typed for so long ends; 0: never.",
  ),
  DetachedMinutes: described(
    z.int().min(1).max(1440).default(10),
    "A terminal to which nobody was connected for so long ends.",
  ),
  TerminalsOfUser: described(
    z.int().min(1).max(100).default(8),
    "How many a user may have at a time on each cluster.",
  ),
});

const events = z.strictObject({
  MaxStreams: z.int().min(1).max(100_000).default(2000),
  MaxStreamsOfUser: z.int().min(1).max(100_000).default(100),
  Remembered: z.int().min(100).max(1_000_000).default(5000),
});

/** The server's own file; keys as in cluster files. Every key is in docs/server.md. */
export const serverConfigSchema = z.strictObject({
  Listen: listen.prefault({}),
  PublicUrl: described(
    z.url({ protocol: /^https?$/, abort: true }).regex(/^https?:\/\/[^/?#]+\/?$/),
    "Where people reach the server, when that is not where it listens.",
    "an address without a path, such as https://sluice.example.com",
  ).optional(),
  TrustedProxies: z
    .array(
      described(
        z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]),
        "Whose X-Forwarded-For is believed.",
        "an IP address or a network, such as 10.0.0.0/16",
      ),
    )
    .default([]),
  Database: database.optional(),
  Clusters: clusters.prefault({}),
  Authentication: authenticationSchema.prefault({}),
  Limits: limits.prefault({}),
  Events: events.prefault({}),
  Site: site.prefault({}),
  Failover: failover.prefault({}),
  Runs: runs.prefault({}),
  Slurm: slurm.prefault({}),
  Shell: shell.prefault({}),
  Triggers: triggers.prefault({}),
  Log: z
    .strictObject({ Level: z.enum(["debug", "info", "warn", "error"]).default("info") })
    .prefault({}),
});
export type ServerConfig = z.output<typeof serverConfigSchema>;
