import { groupHostList, type NodeGroup, type SlurmConfInput } from "./input.ts";
import { type Settings, settingsBlock, settingsLine } from "./lines.ts";

/**
 * The text of cgroup.conf.
 *
 * @throws SluiceError `SLURM_CONF_UNSAFE`.
 */
export function renderCgroupConf({
  memoryScheduling,
  traits,
}: Pick<SlurmConfInput, "memoryScheduling" | "traits">): string {
  return text(
    settingsBlock(
      { ConstrainCores: "yes", ...(memoryScheduling ? { ConstrainRAMSpace: "yes" } : {}) },
      traits.cgroupConf,
    ),
  );
}

/**
 * The text of gres.conf: where each GPU is.
 *
 * @returns undefined when no node has a GPU.
 * @throws SluiceError `SLURM_CONF_UNSAFE`.
 */
export function renderGresConf(groups: readonly NodeGroup[]): string | undefined {
  const lines = groups.flatMap((group) => {
    const { gpus } = group.machineType;
    const names = groupHostList(group);
    if (gpus === undefined || names === undefined) return [];
    const devices = gpus.count === 1 ? "0" : `[0-${gpus.count - 1}]`;
    return [
      settingsLine({
        NodeName: names,
        Name: "gpu",
        Type: gpus.model,
        File: `/dev/nvidia${devices}`,
      }),
    ];
  });
  return lines.length === 0 ? undefined : text(lines);
}

export interface SlurmdbdConfInput {
  /** Host name of the machine that slurmdbd runs on, exactly as `hostname -s` says it there. */
  readonly host: string;
  readonly port?: number;
  readonly storage: {
    /** Host of the MySQL-compatible server; `localhost` is its Unix socket. */
    readonly host: string;
    readonly port?: number;
    readonly database: string;
    readonly user: string;
    /** Missing: the server knows the Unix user by the socket. */
    readonly password?: string;
  };
  readonly logFile: string;
  readonly jwtKey: string;
  readonly customSettings?: Settings;
}

/**
 * The text of slurmdbd.conf. It holds a password, and slurmdbd refuses a file that others may
 * read: owner slurm, mode 0600.
 *
 * @throws SluiceError `SLURM_CONF_UNSAFE`, also for a password with `#`, `"`, a backslash or a
 * blank: make one from letters and digits.
 */
export function renderSlurmdbdConf(input: SlurmdbdConfInput): string {
  const { storage } = input;
  return text(
    settingsBlock(
      {
        DbdHost: input.host,
        DbdPort: input.port ?? 6819,
        SlurmUser: "slurm",
        AuthType: "auth/munge",
        AuthAltTypes: "auth/jwt",
        AuthAltParameters: `jwt_key=${input.jwtKey}`,
        LogFile: input.logFile,
        StorageType: "accounting_storage/mysql",
        StorageHost: storage.host,
        ...(storage.port === undefined ? {} : { StoragePort: storage.port }),
        StorageLoc: storage.database,
        StorageUser: storage.user,
        ...(storage.password === undefined ? {} : { StoragePass: storage.password }),
      },
      input.customSettings ?? {},
    ),
  );
}

function text(lines: readonly string[]): string {
  return [
    "# Written by Sluice from the cluster file; changes made here are lost.",
    ...lines,
    "",
  ].join("\n");
}
