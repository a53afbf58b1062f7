import type { MachineFile } from "../head/units.ts";

export const FAREWELL_UNIT = "sluice-farewell.service";

const SCRIPT = "/etc/sluice/farewell";

/** How a machine that people are on learns that it is to go, and says that it may. */
export interface Farewell {
  /** Shell: ends, and well, when the machine is to be taken away. */
  readonly awaitCommand: string;
  /** Shell: nobody needs the machine any longer. */
  readonly doneCommand: string;
  /** That people get to finish. */
  readonly minutes: number;
}

/**
 * When the machine is to be taken away, whoever is on it is told and nobody else gets in. It goes
 * when the last one has left, or when the time is over, whatever comes first.
 */
export function farewellFiles(farewell: Farewell): readonly MachineFile[] {
  return [
    { path: SCRIPT, mode: 0o755, content: script(farewell) },
    {
      path: `/etc/systemd/system/${FAREWELL_UNIT}`,
      mode: 0o644,
      content: `[Unit]
Description=Take leave of people before this machine goes
StartLimitIntervalSec=0

[Service]
ExecStart=${SCRIPT}
Restart=on-failure
RestartSec=15s
`,
    },
  ];
}

/** Sessions are looked for by their processes: what else knows of them differs between systems. */
function script({ awaitCommand, doneCommand, minutes }: Farewell): string {
  return `#!/bin/sh
set -u
${awaitCommand} || exit 1
since=/run/sluice-farewell
if [ ! -e "$since" ]; then
  date +%s > "$since.new"
  mv "$since.new" "$since"
  echo 'This login machine is going away. Log in again in a minute to reach another one.' > /etc/nologin
  wall 'This login machine goes away in ${minutes} minutes: please save your work and log out. Jobs go on. Log in again to reach another machine.' || true
fi
until=$(($(cat "$since") + ${minutes} * 60))
while [ "$(date +%s)" -lt "$until" ]; do
  pgrep -f '^(sshd(-session)?: .+@|[^ ]*ssm-session-worker )' > /dev/null || break
  sleep 5
done
${doneCommand}
`;
}
