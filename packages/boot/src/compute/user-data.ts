import type { User } from "@sluice/model";
import { stringify } from "yaml";
import { mungeUnit } from "../head/units.ts";
import { HEAD_NAME, JOIN_PORT } from "../layout.ts";
import { addUsersScript, appendUsersScript } from "../users.ts";

const SLURMCTLD_PORT = 6817;

export interface ComputeBoot {
  readonly users: readonly User[];
  /** Address of the head on the cluster's network. */
  readonly headAddress: string;
  /** PEM of the certificate that the head answers with; public. */
  readonly headCertificate: string;
  /** Prints the machine's proof of identity; from the cloud. */
  readonly identityCommand: string;
}

/**
 * cloud-init user data of a compute machine. It is the same for every node of a cluster and holds
 * no secret: with its proof of identity the machine asks the head who it is and gets its node name
 * and the cluster's munge key over TLS, from the one certificate that it trusts.
 *
 * slurmd then takes its configuration from slurmctld. `-b` makes slurmd report the present as its
 * boot time: the kernel of a container booted long before slurmctld asked for the node, and
 * slurmctld takes such a registration for that of the node's former life.
 */
export function renderComputeUserData(boot: ComputeBoot): string {
  const files = [
    { path: "/etc/sluice/head.crt", permissions: "0644", content: boot.headCertificate },
    { path: "/etc/sluice/join", permissions: "0755", content: joinScript(boot) },
    { path: SLURMD_UNIT.path, permissions: "0644", content: SLURMD_UNIT.content },
    { path: mungeUnit().path, permissions: "0644", content: mungeUnit().content },
  ];
  const document = { preserve_hostname: true, write_files: files, runcmd: [["/etc/sluice/join"]] };
  return `#cloud-config\n${stringify(document, { lineWidth: 0 })}`;
}

const SLURMD_UNIT = {
  path: "/etc/systemd/system/slurmd.service",
  content: `[Unit]
Description=Slurm node daemon
After=munge.service
StartLimitIntervalSec=0

[Service]
EnvironmentFile=/etc/sluice/node
ExecStart=/usr/sbin/slurmd -D -b -N $NODE_NAME --conf-server ${HEAD_NAME}:${SLURMCTLD_PORT}
# Steps of running jobs are not slurmd's to take along when it is restarted.
KillMode=process
Delegate=yes
LimitNOFILE=131072
LimitMEMLOCK=infinity
LimitSTACK=infinity
TasksMax=infinity
Restart=always
RestartSec=500ms
`,
} as const;

function joinScript(boot: ComputeBoot): string {
  return `#!/bin/sh
set -eu
umask 077
grep -qw ${HEAD_NAME} /etc/hosts || echo '${boot.headAddress} ${HEAD_NAME}' >> /etc/hosts
${addUsersScript(boot.users)}
mkdir -p /var/log/slurm /var/spool/slurmd /run/munge
chmod 755 /var/log/slurm /var/spool/slurmd /run/munge
chown munge:munge /run/munge

# The head may be restarting: ask until it answers. It stops a machine that it does not want.
until answer=$(${boot.identityCommand} | curl --silent --show-error --fail --max-time 20 \\
    --cacert /etc/sluice/head.crt --data-binary @- https://${HEAD_NAME}:${JOIN_PORT}/v1/join); do
  sleep 0.5
done
name=\${answer%%
*}
key=\${answer#*
}
printf '%s' "$key" | base64 -d > /etc/munge/munge.key
chown munge:munge /etc/munge/munge.key
echo "NODE_NAME=$name" > /etc/sluice/node
hostname "$name"
# Neither was loaded before, so that systemd reads our units now, without being told to.
systemctl start munge slurmd
`;
}

/**
 * User data of a light machine, run as its process 1: no cloud-init, no systemd, no secret. The
 * munge socket is there already. The shell stays to bury what jobs leave behind; when slurmd ends,
 * the machine does.
 */
export function renderLightUserData({ users }: Pick<ComputeBoot, "users">): string {
  return `#!/bin/sh
read -r name < /proc/sys/kernel/hostname
${appendUsersScript(users)}
[ -d /run/slurm ] && [ -d /var/spool/slurmd ] || mkdir -p /var/log/slurm /var/spool/slurmd /run/slurm
ulimit -n 65536 2>/dev/null
ulimit -l unlimited 2>/dev/null
slurmd -D -b -N "$name" --conf-server ${HEAD_NAME}:${SLURMCTLD_PORT} </dev/null >/dev/null 2>&1 &
wait $!
`;
}
