/** Packages of an image of Debian's that has nothing else, for machines of every role. */
export const IMAGE_PACKAGES: readonly string[] = [
  "bsdutils",
  "ca-certificates",
  "cloud-init",
  "curl",
  "dbus",
  "iproute2",
  "less",
  "mariadb-client",
  "mariadb-server",
  "munge",
  "netbase",
  "openssl",
  "passwd",
  "procps",
  "python3",
  "slurm-client",
  "slurm-wlm-jwt-plugin",
  "slurmctld",
  "slurmd",
  "slurmdbd",
  "slurmrestd",
  "systemd",
  "systemd-sysv",
  "util-linux",
  "vim-tiny",
];

/** What these would start by themselves, and our own boot starts when it is configured. */
export const UNITS_OF_PACKAGES: readonly string[] = [
  "mariadb.service",
  "munge.service",
  "slurmctld.service",
  "slurmd.service",
  "slurmdbd.service",
  "slurmrestd.service",
];

/** A file that is there when everything is in the image: no machine looks for packages. */
export const IMAGE_MARKER = "/etc/sluice/image.json";
