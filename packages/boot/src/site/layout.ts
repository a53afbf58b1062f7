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
  /** On machines of the site and heads of its clusters, where their cloud has such a folder. */
  backups: "/var/lib/sluice-backups",
  /**
   * Of an image: who signs certificates of the database that the site is given, where it is nobody whom
   * the cloud itself vouches for.
   */
  ownAuthority: "/etc/sluice/database-authority.crt",
  /** How much of the journal the cloud's logs have. */
  journalPosition: "/var/lib/sluice/journal-position",
  /** What user data brings to a machine that asks its cloud for the rest. */
  seatFile: "/etc/sluice/site-seat.json",
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

/** Of those, what a cloud keeps that has the database itself; `database` is of who may make others. */
export const MANAGED_SITE_SECRETS = {
  munge: SITE_SECRETS.munge,
  jwt: SITE_SECRETS.jwt,
  siteKey: SITE_SECRETS.siteKey,
  slurmPassword: SITE_SECRETS.slurmPassword,
  serverPassword: SITE_SECRETS.serverPassword,
  database: "database-master",
} as const;

export type ManagedSiteSecret = keyof typeof MANAGED_SITE_SECRETS;

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

/**
 * A database that the cloud has for the site, or that the site was given. No machine of the site has
 * one then: none has a lease, peers to copy to or a dead man's switch.
 */
export interface ManagedDatabase {
  readonly host: string;
  readonly port: number;
  /** Who may make databases and accounts there; the password is the secret `database`. */
  readonly user: string;
}

/** A machine of a site that others find by its name. */
export interface SitePeer {
  readonly name: string;
  readonly address: string;
}

/** What a machine of a site is told of itself; no secrets. */
export interface SiteIdentity {
  readonly site: string;
  readonly provider: string;
  /** Where the cloud has regions. */
  readonly region?: string;
  /** Of this machine: `site-a`. */
  readonly name: string;
  readonly address: string;
  /** 1 and up, another for each machine. */
  readonly number: number;
  /** The others that have the database too; none with `database`. */
  readonly peers: readonly SitePeer[];
  /** Which is on the machine that has the primary; with `database`, that one's host. */
  readonly databaseAddress: string;
  readonly database?: ManagedDatabase;
  /**
   * With `database`: the machines with slurmdbd, the one that is asked first before the other. Missing:
   * slurmdbd is where the primary of the database is.
   */
  readonly slurmdbd?: readonly SitePeer[];
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

/** What user data tells a machine of a site whose cloud knows the rest of `SiteIdentity`. */
export interface SiteSeat {
  readonly site: string;
  readonly provider: string;
  /** Of the machine: `site-a`. */
  readonly name: string;
  /** What the cloud's adapter on the machine begins with. */
  readonly cloud: Readonly<Record<string, string>>;
}
