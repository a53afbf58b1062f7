import { HEAD_LAYOUT } from "@sluice/boot";

/** Units of the agent: from Amazon's packages, and from the snap of Ubuntu's images. */
const UNITS = ["amazon-ssm-agent.service", "snap.amazon-ssm-agent.amazon-ssm-agent.service"];

/**
 * Has the agent of Systems Manager, which images of Debian, Red Hat and Rocky lack: from Amazon's
 * bucket of the region, which machines without a way out reach by an endpoint. It has no settings of
 * the machine's proxy, so that it gets those. Tries for some minutes, and then says that there is
 * none, which is no reason to have no machine.
 *
 * @param fetchUrlCommand fetches over https alone.
 */
export function agentScript(region: string, fetchUrlCommand: string): string {
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return `#!/bin/sh
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin
export PATH
# Amazon's own places are not those of an endpoint that stands in for them.
if [ -n "\${AWS_ENDPOINT_URL:-}" ]; then exit 0; fi

has_agent() {
  for unit in ${UNITS.join(" ")}; do
    systemctl cat "$unit" > /dev/null 2>&1 && return
  done
  # Snaps of the image are installed while it boots for the first time.
  [ -n "$(find /var/lib/snapd/seed/snaps -name 'amazon-ssm-agent_*.snap' 2> /dev/null)" ]
}
use_proxy() {
  [ -s ${HEAD_LAYOUT.proxy} ] || return 0
  for unit in ${UNITS.join(" ")}; do
    install -d -m 755 "/etc/systemd/system/$unit.d"
    printf '[Service]\\nEnvironmentFile=-${HEAD_LAYOUT.proxy}\\n' > "/etc/systemd/system/$unit.d/sluice.conf"
  done
  systemctl daemon-reload
  systemctl try-restart ${UNITS.join(" ")} 2> /dev/null
}
install_agent() {
  ${fetchUrlCommand} "https://s3.${region}.${suffix}/amazon-ssm-${region}/latest/$place" "$folder/$file" &&
    if [ "$kind" = deb ]; then
      DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 install "$folder/$file"
    else
      dnf -q -y --disablerepo='*' install "$folder/$file"
    fi &&
    systemctl enable --now amazon-ssm-agent.service
}

use_proxy
if has_agent; then exit 0; fi
case $(uname -m) in
  aarch64 | arm64) processor=arm64 ;;
  *) processor=amd64 ;;
esac
if command -v apt-get > /dev/null; then kind=deb system=debian; else kind=rpm system=linux; fi
file=amazon-ssm-agent.$kind
place=\${system}_$processor/$file
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for pause in 10 20 30 60 60 0; do
  if said=$(install_agent 2>&1); then
    echo "sluice: installed the agent of Systems Manager"
    exit 0
  fi
  sleep "$pause"
done
echo "$said" | tail -n 5
echo "sluice: there is no agent of Systems Manager on this machine, so nobody reaches it by that"
exit 1
`;
}
