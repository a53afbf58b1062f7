/** Where things are on a machine of a site. `volume` is this machine's own and outlives it. */
export const SITE_LAYOUT = {
  volume: "/var/lib/sluice",
  database: "/var/lib/sluice/database",
  logs: "/var/lib/sluice/log",
  /** Files of `SITE_SECRETS`, which the site has in common, and of `MACHINE_SECRETS`. */
  secrets: "/etc/sluice/secrets",
  siteFile: "/etc/sluice/site.json",
  serverFile: "/etc/sluice/server.yaml",
  slurmEtc: "/etc/slurm",
  /** What the way in to Slurm's daemons is checked with; slurmdbd reads it as its own user. */
  jwtKey: "/etc/slurm/jwt_hs256.key",
  /** Who signed the database's certificate; no secret, and slurmdbd reads it. */
  authority: "/etc/slurm/authority.crt",
  program: "/opt/sluice/bin/sluice-head",
  /** The command line, whose `server start` is the server. */
  server: "/opt/sluice-server/bin/sluice",
  cloudSocket: "/run/sluice-cloud/cloud.sock",
  run: "/run/sluice",
  /** Milliseconds of uptime until which this machine surely has the database. */
  primaryUntil: "/run/sluice/primary-until",
  databaseSocket: "/run/sluice/database.sock",
  fence: "/etc/sluice/fence",
} as const;

/** Names of files in `SITE_LAYOUT.secrets` that are the same on each machine of a site. */
export const SITE_SECRETS = {
  munge: "munge.key",
  jwt: "jwt_hs256.key",
  siteKey: "site.key",
  authority: "authority.crt",
  replication: "database-replication",
  slurmPassword: "database-slurm",
  serverPassword: "database-sluice",
} as const;

/** And those that are a machine's own. */
export const MACHINE_SECRETS = { certificate: "machine.crt", key: "machine.key" } as const;

/** TCP ports of machines of a site, on the site's network. */
export const SITE_SERVER_PORT = 8480;
export const SITE_DATABASE_PORT = 3306;
export const SLURMDBD_PORT = 6819;

/** Databases and their accounts. */
export const SITE_DATABASES = {
  slurm: { user: "slurm", database: "slurm_acct_db" },
  server: { user: "sluice", database: "sluice" },
} as const;

/** What a machine of a site is told of itself; no secrets. */
export interface SiteIdentity {
  readonly site: string;
  readonly provider: string;
  /** Of this machine: `site-a`. */
  readonly name: string;
  readonly address: string;
  /** 1 and up, another for each machine. */
  readonly number: number;
  /** The others that have the database too. */
  readonly peers: readonly { readonly name: string; readonly address: string }[];
  /** Which is on the machine that has the primary. */
  readonly databaseAddress: string;
  /** Where people reach the servers. */
  readonly publicUrl: string;
  /** Whose X-Forwarded-For is believed: the balancer's. */
  readonly trustedProxies: readonly string[];
  /** What the site file says beside, of the server's own file. */
  readonly serverFile?: string;
  /** What is done when a whole cluster is lost, as the site file says. */
  readonly failover?: { readonly resubmitPending: boolean; readonly afterSeconds: number };
  /** False on a machine that has the database only. */
  readonly hasServer: boolean;
}
