import type { MachineFile } from "../head/units.ts";
import { shellWord } from "../steps/shell.ts";

export const FAREWELL = "sluice-farewell";

const SCRIPT = "/etc/sluice/farewell";

/** How a machine that people are on learns that it is to go, and says that it may. */
export interface Farewell {
  /** A command: ends, and well, when the machine is to be taken away. */
  readonly awaitCommand: string;
  /** A command: nobody needs the machine any longer. */
  readonly doneCommand: string;
  /** That people get to finish. */
  readonly minutes: number;
}

/** The unit, which a machine has from its beginning. It is started when its script is there. */
export function farewellUnit({ awaitCommand, doneCommand, minutes }: Farewell): MachineFile {
  const words = [SCRIPT, String(minutes), awaitCommand, doneCommand].map(shellWord);
  return {
    path: `/etc/systemd/system/${FAREWELL}.service`,
    mode: 0o644,
    content: `[Unit]
Description=Take leave of people before this machine goes
StartLimitIntervalSec=0

[Service]
ExecStart=${words.join(" ")}
Restart=on-failure
RestartSec=15s
`,
  };
}

/**
 * When the machine is to be taken away, whoever is on it is told and nobody else gets in. It goes
 * when the last one has left, or when the time is over, whatever comes first. Sessions are looked
 * for by their processes: what else knows of them differs between systems.
 */
export const FAREWELL_SCRIPT: MachineFile = {
  path: SCRIPT,
  mode: 0o755,
  content: `#!/bin/sh
# farewell MINUTES AWAIT DONE
set -u
sh -c "$2" || exit 1
since=/run/sluice-farewell
if [ ! -e "$since" ]; then
  date +%s > "$since.new"
  mv "$since.new" "$since"
  echo 'This login machine is going away. Log in again in a minute to reach another one.' > /etc/nologin
  wall "This login machine goes away in $1 minutes: please save your work and log out. Jobs go on. Log in again to reach another machine." || true
fi
until=$(($(cat "$since") + $1 * 60))
while [ "$(date +%s)" -lt "$until" ]; do
  pgrep -f '^(sshd(-session)?: .+@|[^ ]*ssm-session-worker )' > /dev/null || break
  sleep 5
done
exec sh -c "$3"
`,
};
