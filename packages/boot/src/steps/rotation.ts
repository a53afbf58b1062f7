import type { MachineFile } from "../head/units.ts";
import { HEAD_LAYOUT } from "../layout.ts";

export const ROTATION_TIMER = "sluice-rotation.timer";

const SCRIPT = "/etc/sluice/rotate-logs";

/** With six old ones and text that packs to a tenth, about 100 MB for each log. */
const MEGABYTES = 32;
const KEPT = 6;

/**
 * Log files of Slurm's daemons that have grown too large become old ones, of which some are kept.
 * With a timer of our own, because not every image has logrotate.
 */
export function rotationFiles(role: "head" | "compute"): readonly MachineFile[] {
  const isHead = role === "head";
  const folder = isHead ? HEAD_LAYOUT.logs : "/var/log/slurm";
  const daemons = isHead ? ["slurmctld", "slurmdbd"] : ["slurmd"];
  return [
    { path: SCRIPT, mode: 0o755, content: script(folder, daemons) },
    {
      path: "/etc/systemd/system/sluice-rotation.service",
      mode: 0o644,
      // The head's folder of logs is Slurm's, so that root would be led by what is in it.
      content: `[Unit]
Description=Rotate Slurm's logs

[Service]
Type=oneshot
ExecStart=${SCRIPT}
${isHead ? "User=slurm\n" : ""}Nice=10
`,
    },
    {
      path: `/etc/systemd/system/${ROTATION_TIMER}`,
      mode: 0o644,
      content: `[Unit]
Description=Look every hour whether Slurm's logs have grown too large

[Timer]
OnActiveSec=1h
OnUnitInactiveSec=1h
RandomizedDelaySec=5min
`,
    },
  ];
}

/**
 * Slurm's daemons open their log anew at SIGUSR2. Until then they write into the one that was moved,
 * which is packed at the next turn.
 */
function script(folder: string, daemons: readonly string[]): string {
  return `#!/bin/sh
set -eu
umask 022
rotate() {
  log=${folder}/$1.log
  size=$(stat -c %s "$log" 2> /dev/null || echo 0)
  [ "$size" -ge ${MEGABYTES * 1024 * 1024} ] || return 0
  process=$(systemctl show --property=MainPID --value "$1.service")
  number=${KEPT}
  while [ "$number" -gt 2 ]; do
    newer=$((number - 1))
    if [ -e "$log.$newer.gz" ]; then mv "$log.$newer.gz" "$log.$number.gz"; fi
    number=$newer
  done
  if [ -e "$log.1" ]; then
    gzip -c "$log.1" > "$log.2.gz.new"
    mv "$log.2.gz.new" "$log.2.gz"
  fi
  mv "$log" "$log.1"
  if [ "$process" -gt 0 ]; then kill -USR2 "$process"; fi
}
${daemons.map((daemon) => `rotate ${daemon}`).join("\n")}
`;
}
