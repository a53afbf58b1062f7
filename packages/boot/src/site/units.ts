import type { MachineFile } from "../head/units.ts";
import { SITE_LAYOUT } from "./layout.ts";

export const DATABASE_UNIT = "sluice-database.service";
export const SERVER_UNIT = "sluice-server.service";
/** Accounting for all clusters of the site; it is where the primary is. */
export const SLURMDBD_UNIT = "slurmdbd.service";
/** It backs the site up where the primary is. */
export const SITE_BACKUP_UNIT = "sluice-site-backup.service";
export const SITE_FENCE_UNIT = "sluice-fence.service";

const RESTART = "Restart=always\nRestartSec=300ms";

function unit(name: string, description: string, service: string): MachineFile {
  return {
    path: `/etc/systemd/system/${name}`,
    mode: 0o644,
    content: `[Unit]
Description=${description}
StartLimitIntervalSec=0

[Service]
${service}
${RESTART}
`,
  };
}

const SLURMDBD = unit(
  SLURMDBD_UNIT,
  "Slurm database daemon",
  `ExecStart=/usr/sbin/slurmdbd -D
User=slurm
RuntimeDirectory=slurmdbd
LimitNOFILE=65536`,
);

const SERVER = unit(
  SERVER_UNIT,
  "Sluice server",
  `ExecStart=${SITE_LAYOUT.server} server start --config ${SITE_LAYOUT.serverFile}
Environment=SLUICE_STATE_DIR=${SITE_LAYOUT.volume}
Environment=SLUICE_LOCAL_SOCKET=${SITE_LAYOUT.cloudSocket}
TimeoutStopSec=30
LimitNOFILE=65536`,
);

/** Brings what the others say to where the cloud keeps logs. */
export const SITE_LOGS_UNIT = "sluice-site-logs.service";

/** systemd units of a machine of a site whose database is the cloud's. */
export function managedSiteUnits(): readonly MachineFile[] {
  return [
    SLURMDBD,
    SERVER,
    unit(
      SITE_LOGS_UNIT,
      "Logs of Sluice's machine of a site",
      `ExecStart=${SITE_LAYOUT.program} site-logs
Nice=10`,
    ),
  ];
}

/** systemd units of a machine of a site. */
export function siteUnits(): readonly MachineFile[] {
  return [
    unit(
      DATABASE_UNIT,
      "Sluice's part in the site's database",
      // MariaDB is its child, and dies with it.
      `ExecStart=${SITE_LAYOUT.program} site-database
KillMode=mixed
TimeoutStopSec=60
LimitNOFILE=65536
OOMScoreAdjust=-900`,
    ),
    SLURMDBD,
    SERVER,
    unit(
      SITE_BACKUP_UNIT,
      "Sluice's backups of the site",
      `ExecStart=${SITE_LAYOUT.program} site-backup --watch
Nice=10`,
    ),
    unit(
      SITE_FENCE_UNIT,
      "Sluice's dead man's switch",
      `ExecStart=${SITE_LAYOUT.fence}
OOMScoreAdjust=-1000
CPUWeight=10000`,
    ),
  ];
}
