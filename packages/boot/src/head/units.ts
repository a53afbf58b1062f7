import type { Os } from "@sluice/model";
import { osFamily } from "../image/os-family.ts";
import { HEAD_LAYOUT, SLURMRESTD_PORT } from "../layout.ts";
import { HOOK_PATHS } from "./hooks.ts";

/** A file of a head machine. Owners are names on that machine. */
export interface MachineFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  /** For example 0o644. */
  readonly mode: number;
  readonly owner?: string;
}

/** Any of them killed is back within a second, for as long as it takes. */
const RESTART = ["Restart=always", "RestartSec=300ms"];

function unit(
  name: string,
  sections: { readonly unit: readonly string[]; readonly service: readonly string[] },
): MachineFile {
  const content = [
    "[Unit]",
    ...sections.unit,
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    ...sections.service,
    "",
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");
  return { path: `/etc/systemd/system/${name}.service`, content, mode: 0o644 };
}

/**
 * munged as every machine of ours runs it. Its folder is not systemd's to remove at a stop: on some
 * clouds it is shared. There the munged of a head that stands still would keep its lock, and the one
 * of the head that took over could not start; any of them is as good, as they have one key.
 */
export function mungeUnit(): MachineFile {
  return unit("munge", {
    unit: ["Description=MUNGE authentication service"],
    service: [
      "ExecStartPre=/bin/rm -f /run/munge/munge.socket.2.lock",
      "ExecStart=/usr/sbin/munged --foreground",
      "User=munge",
      "Group=munge",
      ...RESTART,
    ],
  });
}

export type HeadService =
  | "munge"
  | "mariadb"
  | "slurmdbd"
  | "slurmctld"
  | "slurmrestd"
  | "sluice-head"
  | "sluice-gateway";

/**
 * The services of a head, in the order in which they are first started.
 *
 * @param accounting `own`: database and slurmdbd are the head's. `database`: slurmdbd is.
 * `slurmdbd`: both are elsewhere.
 */
export function headServices(accounting: "own" | "database" | "slurmdbd"): readonly HeadService[] {
  return [
    "munge",
    ...(accounting === "own" ? (["mariadb"] as const) : []),
    ...(accounting === "slurmdbd" ? [] : (["slurmdbd"] as const)),
    ...(["slurmctld", "slurmrestd", "sluice-head", "sluice-gateway"] as const),
  ];
}

/** systemd units and drop-ins of a head. */
export function headUnits(): readonly MachineFile[] {
  return [
    mungeUnit(),
    {
      path: "/etc/systemd/system/mariadb.service.d/sluice.conf",
      mode: 0o644,
      content: [
        "[Unit]",
        "StartLimitIntervalSec=0",
        "[Service]",
        "Restart=always",
        "RestartSec=300ms",
        "",
      ].join("\n"),
    },
    unit("slurmdbd", {
      unit: ["Description=Slurm database daemon", "After=munge.service mariadb.service"],
      service: [
        "ExecStart=/usr/sbin/slurmdbd -D",
        "User=slurm",
        "RuntimeDirectory=slurmdbd",
        "LimitNOFILE=65536",
        ...RESTART,
      ],
    }),
    unit("slurmctld", {
      unit: ["Description=Slurm controller", "After=munge.service slurmdbd.service"],
      service: [
        `ExecStartPre=-+${HOOK_PATHS.numberJobs}`,
        "ExecStart=/usr/sbin/slurmctld -D",
        // The daemon runs by then; nothing of it waits for this, or fails with it.
        `ExecStartPost=-${HOOK_PATHS.slurmctldStarted}`,
        "ExecReload=/bin/kill -HUP $MAINPID",
        "User=slurm",
        "RuntimeDirectory=slurmctld",
        "LimitNOFILE=65536",
        "LimitMEMLOCK=infinity",
        "LimitSTACK=infinity",
        // Jobs' hooks in flight belong to slurmctld; running jobs are on other machines.
        "KillMode=mixed",
        ...RESTART,
      ],
    }),
    unit("slurmrestd", {
      unit: ["Description=Slurm REST API", "After=slurmctld.service"],
      service: [
        `ExecStart=/usr/sbin/slurmrestd -a rest_auth/jwt 127.0.0.1:${SLURMRESTD_PORT}`,
        "Environment=SLURM_JWT=daemon",
        "User=slurmrestd",
        "Group=slurmrestd",
        ...RESTART,
      ],
    }),
    unit("sluice-head", {
      unit: ["Description=Sluice node manager", "After=slurmctld.service"],
      service: [
        `ExecStart=${HEAD_LAYOUT.program} daemon`,
        `EnvironmentFile=-${HEAD_LAYOUT.proxy}`,
        // Long enough for a call to the cloud in flight to end.
        "TimeoutStopSec=15",
        ...RESTART,
      ],
    }),
    // Apart from the node manager: what servers ask for, and how much of it, is no business of jobs.
    unit("sluice-gateway", {
      unit: ["Description=Sluice gateway for servers", "After=slurmrestd.service"],
      service: [
        `ExecStart=${HEAD_LAYOUT.program} gateway`,
        "LimitNOFILE=65536",
        // A user's worker that takes too much memory ends alone.
        "OOMPolicy=continue",
        "TimeoutStopSec=15",
        ...RESTART,
      ],
    }),
    {
      path: `/etc/systemd/system/${UPDATE_UNIT}`,
      mode: 0o644,
      content: UPDATE_UNIT_FILE,
    },
  ];
}

/** Puts another cluster file in force. Started when there is one, and ends when that is done. */
export const UPDATE_UNIT = "sluice-update.service";

const UPDATE_UNIT_FILE = `[Unit]
Description=Sluice cluster update
After=sluice-head.service
StartLimitIntervalSec=0

[Service]
ExecStart=${HEAD_LAYOUT.program} update
EnvironmentFile=-${HEAD_LAYOUT.proxy}
# Killed at any instant, it goes on where it was.
Restart=on-failure
RestartSec=300ms
`;

/** MariaDB on the volume, for slurmdbd alone: by its socket, no network. */
export function mariadbConf(os: Os): MachineFile {
  return {
    path: osFamily(os).mariadb.conf,
    mode: 0o644,
    content: [
      "[mariadbd]",
      `datadir=${HEAD_LAYOUT.mysql}`,
      "skip-networking",
      "skip-name-resolve",
      "innodb_buffer_pool_size=128M",
      "innodb_lock_wait_timeout=900",
      // slurmdbd ends at a conflict of two writers that this makes an error; from MariaDB 11.6 on it
      // is the default.
      "loose_innodb_snapshot_isolation=OFF",
      "innodb_log_file_size=64M",
      "max_allowed_packet=16M",
      "",
    ].join("\n"),
  };
}
