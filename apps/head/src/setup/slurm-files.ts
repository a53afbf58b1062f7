import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HEAD_LAYOUT, type MachineFile, slurmFiles as render } from "@sluice/boot";
import { SluiceError } from "@sluice/model";
import type { HeadContext } from "../context.ts";
import { machineTypesFile } from "../machine-types.ts";
import { catalogueOf } from "../pools.ts";
import { run } from "../run.ts";
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
  const includedSettings = await includedFile(context);
  return [
    machineTypesFile(HEAD_LAYOUT.machineTypes, types.values()),
    ...render({
      clusterName: context.clusterName.toLowerCase(),
      config: context.config,
      slurmVersion: context.slurmVersion,
      address: context.address,
      machineType: (name) => types.get(name),
      traits: context.cloud.slurm,
      database: { ...DATABASE, ...context.cloud.database, password: databasePassword },
      ...(includedSettings === undefined ? {} : { includedSettings }),
    }),
  ];
}

/** What `CustomSlurmSettingsIncludeFile` names, as it is now. */
async function includedFile({ config, cloud }: HeadContext): Promise<string | undefined> {
  const { CustomSlurmSettingsIncludeFile: url } = config.Scheduling.SlurmSettings;
  const { fetchUrlCommand } = cloud.guest;
  if (url === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "sluice-include-"));
  const file = join(folder, "slurm.conf");
  try {
    // The command is the cloud's; what the cluster file says is an argument.
    const script = `${fetchUrlCommand ?? "false"} "$1" "$2"`;
    await run(["sh", "-c", script, "sh", url, file], "", { timeoutSeconds: 120 });
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new SluiceError(
      "INCLUDE_FILE_UNAVAILABLE",
      "user",
      `the file of CustomSlurmSettingsIncludeFile can't be fetched from ${url}`,
      { hint: "see that the address is right, and that the head's role may read it", cause: error },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
