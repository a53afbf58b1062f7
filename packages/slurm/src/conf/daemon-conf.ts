import { nodeHardware } from "./hardware.ts";
import { groupHostList, type NodeGroup, type SlurmConfInput } from "./input.ts";
import { type Settings, secretSetting, settingsBlock, settingsLine } from "./lines.ts";
import { topologyLines } from "./topology.ts";

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
    const { gpus } = nodeHardware(group, false);
    const names = groupHostList(group);
    if (gpus === undefined || names === undefined) return [];
    const devices = gpus.count === 1 ? "0" : `[0-${gpus.count - 1}]`;
    return [
      settingsLine({
        NodeName: names,
        Name: "gpu",
        ...(gpus.model === undefined ? {} : { Type: gpus.model }),
        File: `/dev/nvidia${devices}`,
      }),
    ];
  });
  return lines.length === 0 ? undefined : text(lines);
}

/**
 * The text of topology.conf: which nodes are close to each other.
 *
 * @returns undefined when nothing is gained by it; slurm.conf then names no topology.
 * @throws SluiceError `SLURM_CONF_UNSAFE`.
 */
export function renderTopologyConf(
  input: Pick<SlurmConfInput, "groups" | "customSettings">,
): string | undefined {
  const lines = topologyLines(input);
  return lines === undefined ? undefined : text(lines);
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
 * @throws SluiceError `SLURM_CONF_UNSAFE`, also for a password with a `"`, which it does not show.
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
      },
      input.customSettings ?? {},
    ).concat(storage.password === undefined ? [] : secretSetting("StoragePass", storage.password)),
  );
}

function text(lines: readonly string[]): string {
  return [
    "# Written by Sluice from the cluster file; changes made here are lost.",
    ...lines,
    "",
  ].join("\n");
}
