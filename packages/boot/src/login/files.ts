import type { MachineFile } from "../head/units.ts";
import { HEAD_NAME, SLURMCTLD_PORT } from "../layout.ts";
import { NAMES_PROGRAM, namesFiles } from "../steps/names.ts";
import { FAREWELL_SCRIPT } from "./farewell.ts";

export const NAMES_TIMER = "sluice-names.timer";
export const SACKD_UNIT = "sluice-sackd.service";

/** What is the same on every login machine comes with the head's answer: user data is too small. */
export function loginFiles(): readonly MachineFile[] {
  return [...namesFiles("login"), ...NAMES_UNITS, SACKD, FAREWELL_SCRIPT];
}

const NAMES_UNITS: readonly MachineFile[] = [
  {
    path: "/etc/systemd/system/sluice-names.service",
    mode: 0o644,
    content: `[Unit]
Description=Ask the head for the names of nodes

[Service]
Type=oneshot
ExecStart=-${NAMES_PROGRAM}
`,
  },
  {
    path: `/etc/systemd/system/${NAMES_TIMER}`,
    mode: 0o644,
    content: `[Unit]
Description=Ask the head every half minute for the names of nodes

[Timer]
OnActiveSec=0s
OnUnitInactiveSec=30s
AccuracySec=1s
`,
  },
];

const SACKD: MachineFile = {
  path: `/etc/systemd/system/${SACKD_UNIT}`,
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
};
