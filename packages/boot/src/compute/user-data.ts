import type { User } from "@sluice/model";
import { stringify } from "yaml";
import { type MachineFile, mungeUnit } from "../head/units.ts";
import { HEAD_NAME, JOIN_PORT, SLURMCTLD_PORT } from "../layout.ts";
import { addUsersScript, appendUsersScript } from "../users.ts";
import { WATCHDOG_TIMER, watchdogFiles } from "./watchdog.ts";

const WATCHDOG_MINUTES = 60;

export interface ComputeBoot {
  readonly users: readonly User[];
  /** Address of the head on the cluster's network. */
  readonly headAddress: string;
  /** PEM of the certificate that the head answers with; public. */
  readonly headCertificate: string;
  /** Prints the machine's proof of identity; from the cloud. */
  readonly identityCommand: string;
  /** Minutes without head and without job after which the machine powers itself off; 60. */
  readonly watchdogMinutes?: number;
}

/**
 * cloud-init user data of a compute machine. It is the same for every node of a cluster and holds
 * no secret: with its proof of identity the machine asks the head who it is and gets its node name
 * and the cluster's munge key over TLS, from the one certificate that it trusts.
 *
 * Joining is a unit, which the user data starts at the first boot and systemd at every other:
 * cloud-init runs user data once for an instance, and a machine that was stopped is the same
 * instance when it is started again.
 *
 * slurmd then takes its configuration from slurmctld. `-b` makes slurmd report the present as its
 * boot time: the kernel of a container booted long before slurmctld asked for the node, and
 * slurmctld takes such a registration for that of the node's former life.
 */
export function renderComputeUserData(boot: ComputeBoot): string {
  const files: readonly MachineFile[] = [
    { path: "/etc/sluice/head.crt", mode: 0o644, content: boot.headCertificate },
    { path: JOIN, mode: 0o755, content: joinScript(boot) },
    { path: `/etc/systemd/system/${JOIN_UNIT}`, mode: 0o644, content: JOIN_UNIT_FILE },
    { path: "/etc/systemd/system/slurmd.service", mode: 0o644, content: SLURMD_UNIT_FILE },
    mungeUnit(),
    ...watchdogFiles(boot.watchdogMinutes ?? WATCHDOG_MINUTES),
    // The last one: until it is there, systemd starts nothing of this.
    { path: "/etc/systemd/system/multi-user.target.d/sluice.conf", mode: 0o644, content: WANTS },
  ];
  const document = {
    preserve_hostname: true,
    write_files: files.map(({ path, mode, content }) => ({
      path,
      permissions: `0${mode.toString(8)}`,
      content,
    })),
    // Units that systemd has not loaded before, so that it reads them now, without being told to.
    runcmd: [["systemctl", "start", "--no-block", JOIN_UNIT, WATCHDOG_TIMER]],
  };
  return `#cloud-config\n${stringify(document, { lineWidth: 0 })}`;
}

const JOIN = "/etc/sluice/join";
const JOIN_UNIT = "sluice-join.service";

/** For the boots after the first one; a drop-in, because user data can write no links. */
const WANTS = `[Unit]
Wants=${JOIN_UNIT} ${WATCHDOG_TIMER}
`;

const JOIN_UNIT_FILE = `[Unit]
Description=Learn from the head which node this is, and start slurmd
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${JOIN}
Restart=on-failure
RestartSec=1s
StandardOutput=journal+console
StandardError=journal+console
SyslogLevel=notice
`;

const SLURMD_UNIT_FILE = `[Unit]
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
# Why a node does not register is asked of its console, where nobody can log in.
StandardError=journal+console
SyslogLevel=notice
`;

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
tries=0
until answer=$(${boot.identityCommand} | curl --silent --show-error --fail --max-time 20 \\
    --cacert /etc/sluice/head.crt --data-binary @- https://${HEAD_NAME}:${JOIN_PORT}/v1/join); do
  tries=$((tries + 1))
  if [ "$tries" -lt 60 ]; then sleep 0.5; else sleep 5; fi
done
name=\${answer%%
*}
key=\${answer#*
}
printf '%s' "$key" | base64 -d > /etc/munge/munge.key
chown munge:munge /etc/munge/munge.key
echo "NODE_NAME=$name" > /etc/sluice/node
hostname "$name"
systemctl start munge slurmd
`;
}

/**
 * User data of a light machine, run as its process 1 each time that it is switched on: no
 * cloud-init, no systemd, no secret. The munge socket is there already. slurmd speaks on the
 * machine's console. The shell stays to bury what jobs leave behind; when slurmd ends, the machine
 * does.
 */
export function renderLightUserData({ users }: Pick<ComputeBoot, "users">): string {
  return `#!/bin/sh
read -r name < /proc/sys/kernel/hostname
[ -e /etc/sluice/users ] || {
:> /etc/sluice/users
${appendUsersScript(users)}
}
[ -d /run/slurm ] && [ -d /var/spool/slurmd ] || mkdir -p /var/log/slurm /var/spool/slurmd /run/slurm
ulimit -n 65536 2>/dev/null
ulimit -l unlimited 2>/dev/null
slurmd -D -b -N "$name" --conf-server ${HEAD_NAME}:${SLURMCTLD_PORT} </dev/null &
wait $!
`;
}
