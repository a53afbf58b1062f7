import type { Os } from "@sluice/model";
import {
  type BroughtFile,
  checkedUserData,
  cloudConfig,
  type Pack,
  packed,
} from "../cloud-config.ts";
import { DIRECTORY_FUNCTION } from "../directory/use-directory.ts";
import { mungeUnit } from "../head/units.ts";
import { HEAD_NAME } from "../layout.ts";
import { actionFunction, actionLines, type CustomActions } from "../steps/actions.ts";
import { AGENT_UNIT, type Agent, agentFiles } from "../steps/agent.ts";
import { installFunction } from "../steps/install.ts";
import { HEAD_CERTIFICATE, joinFunction, postBootFunction, postFunction } from "../steps/join.ts";
import { MOUNT_FUNCTIONS, UNMOUNT_FUNCTION } from "../steps/mounts.ts";
import { proxyLines } from "../steps/proxy.ts";
import { STEPS } from "../steps/steps.ts";
import { bootUnit, NETWORK, wantedUnits } from "../steps/unit.ts";
import { ADD_LISTED_USERS } from "../users.ts";
import { FAREWELL, type Farewell, farewellUnit } from "./farewell.ts";
import { NAMES_TIMER, SACKD_UNIT } from "./files.ts";

export interface LoginBoot {
  readonly os: Os;
  /** The cloud's own programs, which its commands run. */
  readonly files: readonly BroughtFile[];
  readonly pack?: Pack;
  /** Missing where the cloud has its own way into its machines. */
  readonly agent?: Agent;
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
  const { agent, farewell } = boot;
  const units = [`${BOOT_UNIT}.service`, timer, ...(agent === undefined ? [] : [AGENT_UNIT])];
  const files: readonly BroughtFile[] = [
    ...boot.files,
    ...agentFiles(agent, boot.proxy),
    packed({ path: BOOT, mode: 0o755, content: script(boot) }, boot.pack),
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
    mungeUnit(),
    ...(farewell === undefined ? [] : [farewellUnit(farewell)]),
    wantedUnits(units),
  ];
  const runcmd = [["systemctl", "start", "--no-block", ...units]];
  return checkedUserData(cloudConfig({ files, runcmd }), "a login machine");
}

function script(boot: LoginBoot): string {
  const { os, directory, actions, identityCommand, farewell } = boot;
  const others = [NAMES_TIMER, ...(farewell === undefined ? [] : [FAREWELL])];
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
  systemctl start --no-block ${others.join(" ")}
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
