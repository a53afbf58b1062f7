import type { Os } from "@sluice/model";
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
  const { packageManager } = osFamily(options.os);
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
${packageManager === "apt" ? aptInstall(options) : dnfInstall(options)}
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

function packagesOf({ os, role, directory }: InstallOptions): string {
  const { packages, directoryPackages } = osFamily(os);
  return [...packages[role], ...(directory ? directoryPackages : [])].join(" ");
}

function aptInstall(options: InstallOptions): string {
  return `  export DEBIAN_FRONTEND=noninteractive
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
  fi
  tries=0
  until apt-get -q -o DPkg::Lock::Timeout=300 update &&
    apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends ${packagesOf(options)}; do
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || return 1
    sleep 5
  done
  rm -f /usr/sbin/policy-rc.d`;
}

function dnfInstall(options: InstallOptions): string {
  const epel =
    osFamily(options.os).slurm === "epel"
      ? `  rpm -q epel-release > /dev/null || dnf -q -y install epel-release ||
    dnf -q -y install https://dl.fedoraproject.org/pub/epel/epel-release-latest-9.noarch.rpm
  crb enable || true
`
      : "";
  return `${epel}  tries=0
  until dnf -q -y --setopt=install_weak_deps=False install ${packagesOf(options)}; do
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || return 1
    sleep 5
  done`;
}
