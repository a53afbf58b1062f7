import type { Os } from "@sluice/model";
import { type BroughtFile, checkedUserData, cloudConfig } from "../cloud-config.ts";
import { DIRECTORY_FUNCTION } from "../directory/use-directory.ts";
import { mungeUnit } from "../head/units.ts";
import { HEAD_NAME, SLURMCTLD_PORT } from "../layout.ts";
import { actionFunction, actionLines, type CustomActions } from "../steps/actions.ts";
import { installFunction } from "../steps/install.ts";
import { HEAD_CERTIFICATE, joinFunction, postBootFunction, postFunction } from "../steps/join.ts";
import { MOUNT_FUNCTIONS, UNMOUNT_FUNCTION } from "../steps/mounts.ts";
import { NAMES_PROGRAM } from "../steps/names.ts";
import { proxyLines } from "../steps/proxy.ts";
import { STEPS } from "../steps/steps.ts";
import { bootUnit, NETWORK, wantedUnits } from "../steps/unit.ts";
import { ADD_LISTED_USERS } from "../users.ts";
import { FAREWELL_UNIT, type Farewell, farewellFiles } from "./farewell.ts";

export interface LoginBoot {
  readonly os: Os;
  /** The cloud's own programs, which its commands run. */
  readonly files: readonly BroughtFile[];
  readonly identityCommand: string;
  readonly fetchUrlCommand: string;
  /** Shell: `FETCH KEY FILE` fetches an object of the cluster's. */
  readonly fetchCommand: string;
  /** Key of what the head published: its address, then its certificate. */
  readonly joinKey: string;
  readonly directory: boolean;
  /** `HttpProxyAddress` of the pool. */
  readonly proxy?: string;
  readonly actions?: CustomActions;
  /** Missing where machines are taken away without a word. */
  readonly farewell?: Farewell;
}

const BOOT = "/etc/sluice/join";
const BOOT_UNIT = "sluice-join";
const REFRESH = "sluice-refresh";
const NAMES = "sluice-names";
const SACKD_UNIT = "sluice-sackd";

/**
 * cloud-init user data of a login machine. It is made before there is a head, so that it says only
 * where the head will leave its address and certificate; all else comes with the answer to its
 * proof of identity: the munge key, users, mounts, host keys, and Slurm's files where there is no
 * sackd to fetch them. What changes of these is asked for every five minutes.
 *
 * Nobody but root can log in until it is ready. Of one that can't be made ready root finds out why,
 * and so does the head.
 *
 * @throws SluiceError `USER_DATA_TOO_LARGE`
 */
export function renderLoginUserData(boot: LoginBoot): string {
  const timer = `${REFRESH}.timer`;
  const { farewell } = boot;
  const units = [
    ...[`${BOOT_UNIT}.service`, timer, `${NAMES}.timer`],
    ...(farewell === undefined ? [] : [FAREWELL_UNIT]),
  ];
  const files: readonly BroughtFile[] = [
    ...boot.files,
    { path: BOOT, mode: 0o755, content: script(boot) },
    bootUnit(BOOT_UNIT, {
      description: "Make this machine ready for people",
      script: BOOT,
      // Before this one, systemd itself keeps people out and then lets them in.
      after: [...NETWORK, "systemd-user-sessions.service"],
      isRepeated: false,
    }),
    {
      path: `/etc/systemd/system/${REFRESH}.service`,
      mode: 0o644,
      content: `[Unit]
Description=Ask the head what changed
After=${BOOT_UNIT}.service

[Service]
Type=oneshot
ExecStart=${BOOT} refresh
`,
    },
    {
      path: `/etc/systemd/system/${timer}`,
      mode: 0o644,
      content: `[Unit]
Description=Ask the head every five minutes what changed

[Timer]
OnActiveSec=5min
OnUnitInactiveSec=5min
RandomizedDelaySec=30
`,
    },
    {
      path: `/etc/systemd/system/${NAMES}.service`,
      mode: 0o644,
      content: `[Unit]
Description=Ask the head for the names of nodes
ConditionPathExists=${NAMES_PROGRAM}

[Service]
Type=oneshot
ExecStart=-${NAMES_PROGRAM}
`,
    },
    {
      path: `/etc/systemd/system/${NAMES}.timer`,
      mode: 0o644,
      content: `[Unit]
Description=Ask the head every half minute for the names of nodes

[Timer]
OnActiveSec=5s
OnUnitInactiveSec=30s
AccuracySec=1s
`,
    },
    {
      path: `/etc/systemd/system/${SACKD_UNIT}.service`,
      mode: 0o644,
      content: `[Unit]
Description=Slurm configuration of a login machine
After=munge.service
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart=/usr/sbin/sackd --systemd --conf-server ${HEAD_NAME}:${SLURMCTLD_PORT}
RuntimeDirectory=slurm
Restart=always
RestartSec=1s
`,
    },
    mungeUnit(),
    ...(farewell === undefined ? [] : farewellFiles(farewell)),
    wantedUnits(units),
  ];
  const runcmd = [["systemctl", "start", "--no-block", ...units]];
  return checkedUserData(cloudConfig({ files, runcmd }), "a login machine");
}

function script(boot: LoginBoot): string {
  const { os, directory, actions, identityCommand } = boot;
  return [
    "#!/bin/sh",
    STEPS,
    ...proxyLines(boot.proxy),
    `failed() {
  echo "This login machine could not be made ready: $1 failed." > /run/nologin
  post_boot || true
}`,
    installFunction({ os, role: "login", directory }),
    actionFunction(boot.fetchUrlCommand),
    MOUNT_FUNCTIONS,
    UNMOUNT_FUNCTION,
    ADD_LISTED_USERS,
    postFunction({ fromRootsPorts: true }),
    joinFunction(identityCommand),
    postBootFunction(identityCommand),
    ...(directory ? [DIRECTORY_FUNCTION] : []),
    `find_head() {
  until ${boot.fetchCommand} ${boot.joinKey} "$state/head"; do sleep 5; done
  read -r address < "$state/head"
  tail -n +2 "$state/head" > ${HEAD_CERTIFICATE}
  sed -i '/ ${HEAD_NAME}$/d' /etc/hosts
  echo "$address ${HEAD_NAME}" >> /etc/hosts
}
join_cluster() {
  mkdir -p /run/munge
  chmod 755 /run/munge
  chown munge:munge /run/munge
  if [ -e /usr/sbin/sackd ]; then join_head join; else join_head 'join?files=slurm'; fi
  add_users
  unmount_former
  mount_all
}
start_clients() {
  systemctl start munge
  if [ -e /usr/sbin/sackd ]; then systemctl start ${SACKD_UNIT}; fi
  systemctl try-restart ssh sshd || true
}`,
    `if [ "\${1:-}" = refresh ]; then
  set -e
  join_cluster
  exit
fi`,
    "echo 'This login machine is being made ready.' > /run/nologin",
    "step packages install_packages",
    "step head find_head",
    ...actionLines("OnNodeStart", actions?.OnNodeStart),
    "step join join_cluster",
    ...(directory ? ["step directory use_directory"] : []),
    ...actionLines("OnNodeConfigured", actions?.OnNodeConfigured),
    "step clients start_clients",
    "rm -f /run/nologin",
    "post_boot || true",
    "",
  ].join("\n");
}
