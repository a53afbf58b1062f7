import type { Os } from "@sluice/model";
import { osFamily } from "./os-family.ts";

/**
 * Lines that install packages of the distribution, asking again when its mirror does not answer.
 * Nothing that comes with them is started: it has no configuration yet. For a function of a shell
 * in which a command that fails ends it.
 */
export function fetchPackages(os: Os, packages: readonly string[]): string {
  const names = packages.join(" ");
  const { packageManager, slurm } = osFamily(os);
  if (packageManager === "apt") {
    return `  export DEBIAN_FRONTEND=noninteractive
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
  fi
  tries=0
  until apt-get -q -o DPkg::Lock::Timeout=300 update &&
    apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends ${names}; do
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || return 1
    sleep 5
  done
  rm -f /usr/sbin/policy-rc.d`;
  }
  const epel =
    slurm === "epel"
      ? `  rpm -q epel-release > /dev/null || dnf -q -y install epel-release ||
    dnf -q -y install https://dl.fedoraproject.org/pub/epel/epel-release-latest-9.noarch.rpm
  crb enable || true
`
      : "";
  return `${epel}  tries=0
  until dnf -q -y --setopt=install_weak_deps=False install ${names}; do
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || return 1
    sleep 5
  done`;
}
