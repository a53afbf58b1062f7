import { HEAD_LAYOUT, type MachineFile, slurmFiles as render } from "@sluice/boot";
import type { HeadContext } from "../context.ts";
import { machineTypesFile } from "../machine-types.ts";
import { catalogueOf } from "../pools.ts";
import { DATABASE } from "./database.ts";

/**
 * slurm.conf and its friends, which slurmctld also gives to every node, and what they were rendered
 * from that only the cloud knows.
 */
export async function slurmFiles(
  context: HeadContext,
  databasePassword: string,
): Promise<readonly MachineFile[]> {
  const types = await catalogueOf(context);
  return [
    machineTypesFile(HEAD_LAYOUT.machineTypes, types.values()),
    ...render({
      clusterName: context.clusterName.toLowerCase(),
      config: context.config,
      slurmVersion: context.slurmVersion,
      address: context.address,
      machineType: (name) => types.get(name),
      traits: context.cloud.slurm,
      database: { ...DATABASE, password: databasePassword },
    }),
  ];
}
