import type { Os } from "@sluice/model";
import { IMAGE_PACKAGES } from "./packages.ts";

export type MachineRole = "head" | "compute" | "login";

/** What differs from one operating system to the next. */
export interface OsFamily {
  readonly packageManager: "apt" | "dnf";
  /** Where its packages of Slurm are; `none`: only in an image that somebody made. */
  readonly slurm: "distribution" | "epel" | "none";
  /** What each role needs beside what every image of that system has. */
  readonly packages: Readonly<Record<MachineRole, readonly string[]>>;
  /** For DirectoryService. */
  readonly directoryPackages: readonly string[];
  readonly mariadb: {
    /** File of settings of ours. */
    readonly conf: string;
    /** The client's program. */
    readonly client: string;
  };
}

/** Programs that a machine of that role has when its packages are there. */
export const PROGRAMS: Readonly<Record<MachineRole, readonly string[]>> = {
  head: ["curl", "exportfs", "munged", "openssl", "slurmctld", "slurmdbd", "slurmrestd"],
  compute: ["curl", "mount.nfs", "munged", "slurmd", "srun"],
  login: ["curl", "mount.nfs", "munged", "srun"],
};

const APT: Omit<OsFamily, "packages"> = {
  packageManager: "apt",
  slurm: "distribution",
  directoryPackages: ["libnss-sss", "libpam-sss", "sssd-ldap"],
  mariadb: { conf: "/etc/mysql/mariadb.conf.d/99-sluice.cnf", client: "mariadb" },
};

const APT_PACKAGES: OsFamily["packages"] = {
  head: [
    ...["ca-certificates", "curl", "e2fsprogs", "mariadb-client", "mariadb-server", "mdadm"],
    ...["munge", "nfs-common", "nfs-kernel-server", "nftables", "openssh-client", "openssl"],
    ...["procps", "slurm-client", "slurm-wlm-jwt-plugin", "slurmctld", "slurmdbd", "slurmrestd"],
  ],
  compute: [
    ...["ca-certificates", "curl", "e2fsprogs", "mdadm", "munge", "nfs-common", "procps"],
    ...["slurm-client", "slurmd"],
  ],
  login: ["ca-certificates", "curl", "munge", "nfs-common", "openssh-server", "slurm-client"],
};

/** Releases whose Slurm has sackd, in a package of its own. */
const withSackd = { ...APT_PACKAGES, login: [...APT_PACKAGES.login, "sackd"] };

const DNF: Omit<OsFamily, "packages" | "slurm"> = {
  packageManager: "dnf",
  directoryPackages: ["authselect", "oddjob-mkhomedir", "sssd", "sssd-ldap"],
  mariadb: { conf: "/etc/my.cnf.d/sluice.cnf", client: "mariadb" },
};

const DNF_PACKAGES: OsFamily["packages"] = {
  head: [
    ...["e2fsprogs", "mariadb-server", "mdadm", "munge", "nfs-utils", "nftables"],
    ...["openssh-clients", "openssl", "procps-ng"],
  ],
  compute: ["e2fsprogs", "mdadm", "munge", "nfs-utils", "procps-ng"],
  login: ["munge", "nfs-utils", "openssh-server"],
};

/** As EPEL names its packages. */
const withEpelSlurm: OsFamily["packages"] = {
  head: [
    ...DNF_PACKAGES.head,
    ...["slurm", "slurm-slurmctld", "slurm-slurmdbd", "slurm-slurmrestd"],
  ],
  compute: [...DNF_PACKAGES.compute, "slurm", "slurm-slurmd"],
  login: [...DNF_PACKAGES.login, "slurm"],
};

const EL8: OsFamily = {
  ...DNF,
  slurm: "none",
  packages: DNF_PACKAGES,
  // The MariaDB 10.3 of these releases has the old names alone.
  mariadb: { ...DNF.mariadb, client: "mysql" },
};
const EL9: OsFamily = { ...DNF, slurm: "epel", packages: withEpelSlurm };

const FAMILIES: Readonly<Record<Os, OsFamily>> = {
  debian12: { ...APT, packages: APT_PACKAGES },
  debian13: { ...APT, packages: withSackd },
  debian14: { ...APT, packages: withSackd },
  ubuntu2204: { ...APT, packages: APT_PACKAGES },
  ubuntu2404: { ...APT, packages: withSackd },
  alinux2023: {
    ...DNF,
    slurm: "none",
    packages: {
      ...DNF_PACKAGES,
      head: DNF_PACKAGES.head.map((name) =>
        name === "mariadb-server" ? "mariadb105-server" : name,
      ),
    },
  },
  rhel8: EL8,
  rhel9: EL9,
  rocky8: EL8,
  rocky9: EL9,
};

export function osFamily(os: Os): OsFamily {
  return FAMILIES[os];
}

/** What an image holds that machines of every role boot. */
export function imagePackages(os: Os): readonly string[] {
  const { packageManager, packages, directoryPackages } = osFamily(os);
  const all = [...Object.values(packages).flat(), ...directoryPackages];
  return [...new Set(packageManager === "apt" ? [...IMAGE_PACKAGES, ...all] : all)].toSorted();
}
