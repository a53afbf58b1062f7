/** Where things are on a head machine. `volume` outlives the machine; the rest is made at boot. */
export const HEAD_LAYOUT = {
  volume: "/var/lib/sluice",
  /** Root-only: keys and passwords that the head made for itself. */
  secrets: "/var/lib/sluice/secrets",
  /** Of login machines, for sshd. */
  hostKeys: "/var/lib/sluice/secrets/login-host-keys",
  mysql: "/var/lib/sluice/mysql",
  stateSave: "/var/lib/sluice/slurmctld",
  /** A job's number: none above it was given away and is over. */
  highestJob: "/var/lib/sluice/highest-job",
  /** The node manager's own memory. */
  capacity: "/var/lib/sluice/capacity.sqlite",
  /** What the cloud told of machine types when slurm.conf was rendered. */
  machineTypes: "/var/lib/sluice/machine-types.json",
  /** The cluster file that is in force, and how far an update is. */
  clusterState: "/var/lib/sluice/cluster.json",
  /** Which of the cluster's own file systems were given to everybody. */
  openedFolders: "/var/lib/sluice/opened-folders",
  logs: "/var/lib/sluice/log",
  /** How much of the journal the cloud's logs have. */
  journalPosition: "/var/lib/sluice/journal-position",
  /** What user data brings; the file is the one in force for a volume that is new. */
  clusterFile: "/etc/sluice/cluster.yaml",
  headFile: "/etc/sluice/head.json",
  slurmEtc: "/etc/slurm",
  /** Scripts of the cluster file's own, for when the head is set up; only in a cloud. */
  configured: "/etc/sluice/on-node-configured",
  /** Which of the scripts of `OnNodeUpdated` have run, by version of the cluster file. */
  updated: "/var/lib/sluice/updated",
  /** Environment of the services that go through `HttpProxyAddress`. */
  proxy: "/etc/sluice/proxy",
  /** Homes, where no file system of the cluster file is for them. */
  home: "/var/lib/sluice/home",
  hooks: "/etc/sluice/hooks",
  program: "/opt/sluice/bin/sluice-head",
  hosts: "/etc/hosts",
  /** What of that is about nodes, for the next head machine. */
  nodeNames: "/var/lib/sluice/node-names",
  run: "/run/sluice",
  hookSocket: "/run/sluice/hooks.sock",
  controlSocket: "/run/sluice/control.sock",
  /** The cluster's one address, on a machine that shares it with another. */
  address: "/run/sluice/address",
  /** Until when this machine leads, see `renderFence`. */
  leadUntil: "/run/sluice/lead-until",
  /** Who leads, as this machine knows it. */
  leadState: "/run/sluice/lead.json",
  leadSocket: "/run/sluice/lead.sock",
  fence: "/etc/sluice/fence",
  /** Of the gateway's workers. */
  workers: "/run/sluice/workers",
  /** Of terminals: each is a service of its own. */
  terminals: "/run/sluice/terminals",
} as const;

/** Keys and certificates of a head, in `HEAD_LAYOUT.secrets`. */
export const SECRET_FILES = {
  munge: "munge.key",
  jwt: "jwt_hs256.key",
  database: "database-password",
  directory: "directory-password",
  tlsKey: "join.key",
  tlsCertificate: "join.crt",
  gateway: "gateway.key",
} as const;

/** TCP ports of a head on the cluster's network, besides Slurm's own. */
export const JOIN_PORT = 8470;
/** Where servers come in. */
export const GATEWAY_PORT = 8471;
/** Slurm's own for its controller. */
export const SLURMCTLD_PORT = 6817;
/** slurmrestd, on the head's loopback only. */
export const SLURMRESTD_PORT = 6820;

/** Host name of every head. */
export const HEAD_NAME = "head";

/**
 * How Node runs the head's program. Its work is short and its garbage large (slurmctld's answer
 * about 20,000 nodes is 13 MB of text), and V8 left to itself lets 600 MB of that stand around.
 */
export const HEAD_NODE_FLAGS = [
  "--disable-warning=ExperimentalWarning",
  "--optimize-for-size",
  "--max-semi-space-size=16",
] as const;

/** `HEAD_LAYOUT.program`: what runs the built program, which is in the folder `lib` beside `bin`. */
export const HEAD_WRAPPER = `#!/bin/sh
exec /opt/sluice/bin/node ${HEAD_NODE_FLAGS.join(" ")} /opt/sluice/lib/head.mjs "$@"
`;
