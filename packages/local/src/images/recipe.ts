import { createHash } from "node:crypto";
import { IMAGE_PACKAGES, UNITS_OF_PACKAGES } from "@sluice/boot";

/** Everything that decides what is in an image. Its hash is the image's name. */
export interface ImageRecipe {
  readonly os: string;
  readonly suite: string;
  /** Major and minor version of the Slurm that this release of Debian has. */
  readonly slurmVersion: string;
  /** A release in the making: its mirror may be behind, and its lists past their date. */
  readonly isMoving?: true;
  readonly packages: readonly string[];
  /** Files written into the image after the packages, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Units that are masked: what only delays a machine that lives for minutes. */
  readonly masked: readonly string[];
  /** Units that wait for configuration, and are started by the machine's own boot. */
  readonly disabled: readonly string[];
}

const FILES: Readonly<Record<string, string>> = {
  // Machines are told apart by the seed in their disk; there is no metadata service to wait for.
  "/etc/cloud/cloud.cfg.d/90-sluice.cfg": [
    "datasource_list: [NoCloud]",
    // The seed is a folder; nobody needs to look for a disk with a label.
    "datasource: {NoCloud: {fs_label: null}}",
    "manage_etc_hosts: false",
    // Machines live for minutes and are started by the dozen: the modules that user data uses, and
    // no login account of cloud-init's own.
    "users: []",
    "cloud_init_modules: [bootcmd, write_files]",
    "cloud_config_modules: [runcmd]",
    "cloud_final_modules: [scripts_user]",
    "network: {config: disabled}",
    "ssh_deletekeys: false",
    "",
  ].join("\n"),
  "/etc/systemd/journald.conf.d/sluice.conf": [
    "[Journal]",
    "Storage=persistent",
    "SystemMaxUse=64M",
    "ForwardToConsole=yes",
    "MaxLevelConsole=notice",
    "",
  ].join("\n"),
  "/etc/profile.d/sluice.sh": "export SLURM_TIME_FORMAT=standard\n",
};

const MASKED = [
  "apt-daily-upgrade.timer",
  "apt-daily.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "fstrim.timer",
  "getty@tty1.service",
  "systemd-networkd.service",
  "systemd-networkd.socket",
  "systemd-hwdb-update.service",
  "systemd-logind.service",
  "systemd-pstore.service",
  "systemd-random-seed.service",
  "systemd-resolved.service",
  "systemd-timesyncd.service",
  "systemd-udevd.service",
  "systemd-update-utmp.service",
  "cloud-init-hotplugd.socket",
];

/** Every release that there is a recipe for, by Image.Os. */
export const RELEASES: Readonly<
  Record<string, Pick<ImageRecipe, "suite" | "slurmVersion" | "isMoving">>
> = {
  debian13: { suite: "trixie", slurmVersion: "24.11" },
  debian12: { suite: "bookworm", slurmVersion: "22.05" },
  debian14: { suite: "forky", slurmVersion: "26.05", isMoving: true },
};

/** Undefined for an operating system that the local cloud has no recipe for. */
export function recipeFor(os: string): ImageRecipe | undefined {
  const release = RELEASES[os];
  if (release === undefined) return undefined;
  return {
    os,
    ...release,
    packages: IMAGE_PACKAGES,
    files: FILES,
    masked: MASKED,
    disabled: UNITS_OF_PACKAGES,
  };
}

/** Raised when what `build.ts` does to every image beyond its recipe changes. */
const BUILD = 3;

/** 16 hex digits over everything in the recipe, independent of the order of keys. */
export function recipeHash(recipe: ImageRecipe): string {
  const ordered = JSON.stringify({
    ...recipe,
    build: BUILD,
    packages: recipe.packages.toSorted(),
    files: Object.entries(recipe.files).toSorted(),
  });
  return createHash("sha256").update(ordered).digest("hex").slice(0, 16);
}
