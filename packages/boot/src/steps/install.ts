import type { Os } from "@sluice/model";
import { fetchPackages } from "../image/fetch-packages.ts";
import { type MachineRole, osFamily, PROGRAMS } from "../image/os-family.ts";
import { IMAGE_MARKER, UNITS_OF_PACKAGES } from "../image/packages.ts";

export interface InstallOptions {
  readonly os: Os;
  readonly role: MachineRole;
  /** With what a directory service needs. */
  readonly directory: boolean;
}

/**
 * The function `install_packages`: what is missing, and nothing when the image has it. Services that
 * come with packages are kept from starting before they are configured.
 *
 * The numbers of `slurm` are Debian's. Its files outlive a head machine, so that they have to be the
 * same on the next, and the same on every machine, because nodes check who speaks to them.
 */
export function installFunction(options: InstallOptions): string {
  return `has_programs() {
  for program in ${PROGRAMS[options.role].join(" ")}; do
    command -v "$program" > /dev/null || return 1
  done
}
install_packages() {
  getent passwd slurm > /dev/null || {
    echo 'slurm:x:64030:' >> /etc/group
    echo 'slurm:x:64030:64030::/nonexistent:/usr/sbin/nologin' >> /etc/passwd
  }
  if [ -e ${IMAGE_MARKER} ] || has_programs; then return 0; fi
${fetchPackages(options.os, packagesOf(options))}
  systemctl disable --now ${UNITS_OF_PACKAGES.join(" ")} sackd.service 2> /dev/null || true
  has_programs || {
    echo "programs of Slurm are missing: ${missing(options.os)}"
    return 1
  }
}`;
}

function missing(os: Os): string {
  return osFamily(os).slurm === "none"
    ? `${os} has no packages of it, so give Image an image that has it, from sluice build-image`
    : `the packages of ${os} did not bring them`;
}

function packagesOf({ os, role, directory }: InstallOptions): readonly string[] {
  const { packages, directoryPackages } = osFamily(os);
  return [...packages[role], ...(directory ? directoryPackages : [])];
}
