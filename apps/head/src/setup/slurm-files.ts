import {
  HEAD_LAYOUT,
  HEAD_NAME,
  type MachineFile,
  SECRET_FILES,
  slurmConfInput,
} from "@sluice/boot";
import type { MachineType } from "@sluice/model";
import {
  renderCgroupConf,
  renderGresConf,
  renderSlurmConf,
  renderSlurmdbdConf,
  type SlurmConfInput,
} from "@sluice/slurm";
import type { HeadContext } from "../context.ts";
import { machineTypesFile } from "../machine-types.ts";
import { catalogueOf } from "../pools.ts";
import { DATABASE } from "./database.ts";

/** Where unprivileged daemons may write; their units make the folders. */
const PID_FILES = { SlurmctldPidFile: "/run/slurmctld/slurmctld.pid" };

/**
 * slurm.conf and its friends, which slurmctld also gives to every node, and what they were rendered
 * from that only the cloud knows.
 */
export async function slurmFiles(
  context: HeadContext,
  databasePassword: string,
): Promise<readonly MachineFile[]> {
  const types: ReadonlyMap<string, MachineType> = await catalogueOf(context);
  const { slurmConf, cgroupConf, suspendTimeout } = context.cloud.slurm;
  const input: SlurmConfInput = slurmConfInput({
    clusterName: context.clusterName.toLowerCase(),
    config: context.config,
    slurmVersion: context.slurmVersion,
    address: context.address,
    machineType: (name) => types.get(name),
    traits: { slurmConf: { ...PID_FILES, ...slurmConf }, cgroupConf, suspendTimeout },
  });
  const gres = renderGresConf(input.groups);
  const etc = (name: string, content: string): MachineFile => ({
    path: `${HEAD_LAYOUT.slurmEtc}/${name}`,
    content,
    mode: 0o644,
  });
  return [
    machineTypesFile(HEAD_LAYOUT.machineTypes, types.values()),
    etc("slurm.conf", renderSlurmConf(input)),
    etc("cgroup.conf", renderCgroupConf(input)),
    // Debian's own uses a pattern that slurmctld does not read, and complains about.
    etc("plugstack.conf", "# SPANK plug-ins, one a line: see spank(7)\n"),
    ...(gres === undefined ? [] : [etc("gres.conf", gres)]),
    {
      path: `${HEAD_LAYOUT.slurmEtc}/slurmdbd.conf`,
      owner: "slurm",
      mode: 0o600,
      content: renderSlurmdbdConf({
        host: HEAD_NAME,
        storage: {
          host: "localhost",
          database: DATABASE.name,
          user: DATABASE.user,
          password: databasePassword,
        },
        logFile: `${HEAD_LAYOUT.logs}/slurmdbd.log`,
        jwtKey: `${HEAD_LAYOUT.stateSave}/${SECRET_FILES.jwt}`,
        customSettings: { PidFile: "/run/slurmdbd/slurmdbd.pid" },
      }),
    },
  ];
}
