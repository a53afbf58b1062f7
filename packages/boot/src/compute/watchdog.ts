import type { MachineFile } from "../head/units.ts";
import { HEAD_NAME, JOIN_PORT, SLURMCTLD_PORT } from "../layout.ts";

export const WATCHDOG_TIMER = "sluice-watchdog.timer";

const SCRIPT = "/etc/sluice/watchdog";

/**
 * So that a machine whose head is gone for good does not run, and cost, for ever: it powers itself
 * off after so many minutes in a row without the head and without work. Contact is either of the
 * head's two ports, so that a node manager or a slurmctld that is away alone changes nothing. A job
 * step begins the count anew, also by its end: what it did may still have to be reported.
 */
export function watchdogFiles(minutes: number): readonly MachineFile[] {
  return [
    { path: SCRIPT, mode: 0o755, content: script(minutes) },
    {
      path: "/etc/systemd/system/sluice-watchdog.service",
      mode: 0o644,
      content: `[Unit]
Description=Power off when the head is gone for good

[Service]
Type=oneshot
ExecStart=${SCRIPT}
RuntimeDirectory=sluice-watchdog
RuntimeDirectoryPreserve=yes
StandardOutput=journal+console
SyslogLevel=notice
`,
    },
    {
      path: `/etc/systemd/system/${WATCHDOG_TIMER}`,
      mode: 0o644,
      content: `[Unit]
Description=Look for the head every minute

[Timer]
OnActiveSec=1min
OnUnitInactiveSec=1min
AccuracySec=5s
`,
    },
  ];
}

/**
 * One look, a minute after the last. It counts looks and not time, so that no step of a clock can
 * make up an hour. A tool that is missing means that it cannot tell, and then it does nothing.
 *
 * `slurmstepd infinity` is no job: it holds the control groups of the node open.
 */
function script(minutes: number): string {
  return `#!/bin/sh
set -u
count=$RUNTIME_DIRECTORY/missed
for tool in bash timeout pgrep; do command -v "$tool" > /dev/null || exit 0; done

answers() {
  timeout 5 bash -c ": <> /dev/tcp/${HEAD_NAME}/$1" 2> /dev/null
}
works() {
  steps=$(pgrep -a -x slurmstepd)
  [ $? -le 1 ] || return 0
  printf '%s\\n' "$steps" | grep -qv -e '^$' -e ' infinity$'
}

if answers ${JOIN_PORT} || answers ${SLURMCTLD_PORT} || works; then
  rm -f "$count"
  exit 0
fi
missed=$(cat "$count" 2> /dev/null || echo 0)
missed=$((missed + 1))
echo "$missed" > "$count"
[ "$missed" -gt ${minutes} ] || exit 0
echo 'sluice: no head and no job for ${minutes} minutes: powering off'
systemctl poweroff
`;
}
