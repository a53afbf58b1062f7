import type { Os, User } from "@sluice/model";
import {
  type BroughtFile,
  checkedUserData,
  cloudConfig,
  type Pack,
  packed,
} from "../cloud-config.ts";
import { DIRECTORY_FUNCTION } from "../directory/use-directory.ts";
import { mungeUnit } from "../head/units.ts";
import { HEAD_NAME, SLURMCTLD_PORT } from "../layout.ts";
import { actionFunction, actionLines, type CustomActions } from "../steps/actions.ts";
import { installFunction } from "../steps/install.ts";
import { HEAD_CERTIFICATE, joinFunction, postBootFunction, postFunction } from "../steps/join.ts";
import { MOUNT_FUNCTIONS } from "../steps/mounts.ts";
import { NAMES_PROGRAM } from "../steps/names.ts";
import { proxyLines } from "../steps/proxy.ts";
import { ROTATION_TIMER, rotationFiles } from "../steps/rotation.ts";
import { type Scratch, scratchFunction } from "../steps/scratch.ts";
import { STEPS } from "../steps/steps.ts";
import { bootUnit, NETWORK, wantedUnits } from "../steps/unit.ts";
import { ADD_LISTED_USERS, addUsersScript, appendUsersScript } from "../users.ts";
import { NOTICES_UNIT, noticeFiles } from "./notices.ts";
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
  /** For people, whose user data it is; `a compute machine` if missing. */
  readonly what?: string;
  /** Whether old logs of slurmd are packed, and removed in the end; not if missing. */
  readonly isLogRotated?: boolean;
  /** Minutes without head and without job after which the machine powers itself off; 60. */
  readonly watchdogMinutes?: number;
  /** Of machines whose image is not Sluice's own and whose storage is elsewhere. */
  readonly guest?: ComputeGuest;
}

/** What a machine in somebody's account needs beside what the local cloud's have. */
export interface ComputeGuest {
  readonly os: Os;
  /** The cloud's own programs, which its commands run. */
  readonly files: readonly BroughtFile[];
  readonly pack?: Pack;
  /** See `GuestAccess`. */
  readonly fetchUrlCommand: string;
  readonly noticeCommand?: string;
  readonly scratch?: Scratch;
  /** Whether users come from a directory service; the head sends how. */
  readonly directory: boolean;
  /** `HttpProxyAddress` of the queue. */
  readonly proxy?: string;
  readonly actions?: CustomActions;
}

/**
 * cloud-init user data of a compute machine. It is the same for every node of a queue and holds
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
 *
 * @throws SluiceError `USER_DATA_TOO_LARGE`, `SETTING_UNSAFE`
 */
export function renderComputeUserData(boot: ComputeBoot): string {
  const { guest, isLogRotated = false } = boot;
  const isWatched = guest?.noticeCommand !== undefined;
  const units = [
    ...[`${JOIN_UNIT}.service`, WATCHDOG_TIMER],
    ...(isWatched ? [NOTICES_UNIT] : []),
    ...(isLogRotated ? [ROTATION_TIMER] : []),
  ];
  const files: readonly BroughtFile[] = [
    { path: HEAD_CERTIFICATE, mode: 0o644, content: boot.headCertificate },
    ...(guest?.files ?? []),
    packed({ path: JOIN, mode: 0o755, content: scriptOf(boot) }, guest?.pack),
    bootUnit(JOIN_UNIT, {
      description: "Learn from the head which node this is, and start slurmd",
      script: JOIN,
      ...(guest === undefined ? {} : { after: NETWORK }),
      isRepeated: guest === undefined,
    }),
    { path: "/etc/systemd/system/slurmd.service", mode: 0o644, content: SLURMD_UNIT_FILE },
    mungeUnit(),
    ...watchdogFiles(boot.watchdogMinutes ?? WATCHDOG_MINUTES),
    ...noticeFiles(guest?.noticeCommand, boot.identityCommand),
    ...(isLogRotated ? rotationFiles("compute") : []),
    // The last one: until it is there, systemd starts nothing of this.
    wantedUnits(units),
  ];
  // Units that systemd has not loaded before, so that it reads them now, without being told to.
  const runcmd = [["systemctl", "start", "--no-block", ...units]];
  const text = cloudConfig({ files, runcmd });
  return guest === undefined ? text : checkedUserData(text, boot.what ?? "a compute machine");
}

const JOIN = "/etc/sluice/join";
const JOIN_UNIT = "sluice-join";

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

const knowHead = (address: string): string =>
  `grep -q ' ${HEAD_NAME}$' /etc/hosts || echo '${address} ${HEAD_NAME}' >> /etc/hosts`;

/** The package of munge makes its own user; until then there is nobody to give a folder to. */
const MAKE_FOLDERS = `mkdir -p /var/log/slurm /var/spool/slurmd /run/munge
chmod 755 /var/log/slurm /var/spool/slurmd /run/munge
chown munge:munge /run/munge`;

function scriptOf(boot: ComputeBoot): string {
  return boot.guest === undefined ? joinScript(boot) : stepsScript(boot, boot.guest);
}

function joinScript(boot: ComputeBoot): string {
  return `#!/bin/sh
set -eu
umask 077
${knowHead(boot.headAddress)}
${addUsersScript(boot.users)}
${MAKE_FOLDERS}
${postFunction({ fromRootsPorts: false })}
${joinFunction(boot.identityCommand)}
join_head join
${TAKE_NAME}
systemctl start munge slurmd
`;
}

/** As the head said it. */
const TAKE_NAME = `  IFS='=' read -r _ node < /etc/sluice/node
  hostname "$node"`;

/**
 * The same in steps, for a machine that has to be made ready first, and which gets users and mounts
 * with the head's answer: there may be more of them than user data can hold. One that can't be made
 * ready tells the head why, and goes: the node manager makes another.
 */
function stepsScript(boot: ComputeBoot, guest: ComputeGuest): string {
  const { identityCommand } = boot;
  const { os, directory, actions, scratch } = guest;
  return [
    "#!/bin/sh",
    STEPS,
    ...proxyLines(guest.proxy),
    `failed() {
  post_boot || true
  systemctl poweroff
}`,
    installFunction({ os, role: "compute", directory }),
    `make_ready() {
${MAKE_FOLDERS}
}`,
    actionFunction(guest.fetchUrlCommand),
    MOUNT_FUNCTIONS,
    ...(scratch === undefined ? [] : [scratchFunction(scratch)]),
    ADD_LISTED_USERS,
    postFunction({ fromRootsPorts: true }),
    joinFunction(identityCommand),
    postBootFunction(identityCommand),
    ...(directory ? [DIRECTORY_FUNCTION] : []),
    `take_name() {
${TAKE_NAME}
  grep -q " $node$" /etc/hosts || echo "$(hostname -I | cut -d ' ' -f 1) $node" >> /etc/hosts
  ${NAMES_PROGRAM} > /dev/null 2>&1 &
}`,
    knowHead(boot.headAddress),
    "step packages install_packages",
    ...actionLines("OnNodeStart", actions?.OnNodeStart),
    "step folders make_ready",
    "step join join_head join",
    "step name take_name",
    "step users add_users",
    "step mounts mount_all",
    ...(scratch === undefined ? [] : ["step scratch mount_scratch"]),
    ...(directory ? ["step directory use_directory"] : []),
    ...actionLines("OnNodeConfigured", actions?.OnNodeConfigured),
    "step slurmd systemctl start munge slurmd",
    "post_boot || true",
    "",
  ].join("\n");
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
