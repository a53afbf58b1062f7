import {
  renderCgroupConf,
  renderGresConf,
  renderSlurmConf,
  renderSlurmdbdConf,
  renderTopologyConf,
  type SlurmdbdConfInput,
} from "@sluice/slurm";
import { HEAD_LAYOUT, HEAD_NAME, SECRET_FILES } from "../layout.ts";
import { type SlurmInputOptions, slurmConfInput } from "./slurm-input.ts";
import type { MachineFile } from "./units.ts";

export interface SlurmFilesOptions extends Omit<SlurmInputOptions, "include"> {
  /**
   * The accounting database, on the head where no `host` is given; of one that the cluster file
   * names, the password alone counts.
   */
  readonly database: {
    readonly name: string;
    readonly user: string;
    readonly password: string;
    readonly host?: string;
    readonly port?: number;
  };
  /** What stands in the file of `CustomSlurmSettingsIncludeFile`. */
  readonly includedSettings?: string;
}

const INCLUDED = "custom-slurm-settings.conf";

/** Where unprivileged daemons may write; their units make the folders. */
const PID_FILES = {
  slurmctld: "/run/slurmctld/slurmctld.pid",
  slurmdbd: "/run/slurmdbd/slurmdbd.pid",
} as const;

/**
 * slurm.conf and its friends, which slurmctld also gives to every node. There is no slurmdbd.conf
 * with `ExternalSlurmdbd`; every other one is always there, so that what an update no longer needs
 * does not stay behind.
 *
 * @throws SluiceError `SLURM_CONF_UNSAFE` for a value that would mean more than itself,
 * `MACHINE_TYPE_UNKNOWN` for a compute resource that nothing is known of.
 */
export function slurmFiles(options: SlurmFilesOptions): readonly MachineFile[] {
  const { includedSettings, traits } = options;
  const input = slurmConfInput({
    ...options,
    traits: {
      ...traits,
      slurmConf: { SlurmctldPidFile: PID_FILES.slurmctld, ...traits.slurmConf },
    },
    ...(includedSettings === undefined ? {} : { include: INCLUDED }),
  });
  const dbd = slurmdbdConfInput(options);
  return [
    etc("slurm.conf", renderSlurmConf(input)),
    etc("cgroup.conf", renderCgroupConf(input)),
    etc("gres.conf", renderGresConf(input.groups) ?? "# No node has a GPU.\n"),
    etc("topology.conf", renderTopologyConf(input) ?? "# No nodes are closer than others.\n"),
    // Debian's own uses a pattern that slurmctld does not read, and complains about.
    etc("plugstack.conf", "# SPANK plug-ins, one a line: see spank(7)\n"),
    ...(includedSettings === undefined ? [] : [etc(INCLUDED, includedSettings)]),
    ...(dbd === undefined
      ? []
      : [{ ...etc("slurmdbd.conf", renderSlurmdbdConf(dbd)), owner: "slurm", mode: 0o600 }]),
  ];
}

function etc(name: string, content: string): MachineFile {
  return { path: `${HEAD_LAYOUT.slurmEtc}/${name}`, content, mode: 0o644 };
}

function slurmdbdConfInput({
  clusterName,
  config,
  database,
}: SlurmFilesOptions): SlurmdbdConfInput | undefined {
  const { ExternalSlurmdbd: external, Database: theirs } = config.Scheduling.SlurmSettings;
  if (external !== undefined) return undefined;
  return {
    host: HEAD_NAME,
    storage:
      theirs?.Uri === undefined || theirs.UserName === undefined
        ? {
            host: database.host ?? "localhost",
            ...(database.port === undefined ? {} : { port: database.port }),
            database: database.name,
            user: database.user,
            password: database.password,
          }
        : {
            ...serverOf(theirs.Uri),
            database: theirs.DatabaseName ?? clusterName.toLowerCase().replaceAll("-", "_"),
            user: theirs.UserName,
            password: database.password,
          },
    logFile: `${HEAD_LAYOUT.logs}/slurmdbd.log`,
    jwtKey: `${HEAD_LAYOUT.stateSave}/${SECRET_FILES.jwt}`,
    customSettings: { PidFile: PID_FILES.slurmdbd },
  };
}

/** `host` or `host:port`. */
function serverOf(uri: string): { readonly host: string; readonly port?: number } {
  const [, host = uri, port] = /^(.+):(\d+)$/.exec(uri) ?? [];
  return { host, ...(port === undefined ? {} : { port: Number(port) }) };
}
