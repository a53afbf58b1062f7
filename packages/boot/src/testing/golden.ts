import { findingsError, machineTypeOf, parseClusterFile } from "@sluice/model";
import type { SlurmVersion } from "@sluice/slurm";
import { type SlurmFilesOptions, slurmFiles } from "../head/slurm-files.ts";
import type { MachineFile } from "../head/units.ts";

export interface GoldenOptions {
  readonly name: string;
  /** The cluster file. */
  readonly text: string;
  readonly slurmVersion: SlurmVersion;
  readonly address?: string;
  readonly traits?: SlurmFilesOptions["traits"];
  readonly databasePassword?: string;
}

/** Slurm's files as a head of that cluster has them, with machine types from the catalogue. */
export function goldenFiles(options: GoldenOptions): readonly MachineFile[] {
  const { name, text, slurmVersion, address, traits, databasePassword } = options;
  const parsed = parseClusterFile(text, { fileName: `${name}.yaml` });
  if (!parsed.ok) throw findingsError(parsed.findings);
  const { config } = parsed;
  const { CustomSlurmSettingsIncludeFile: included } = config.Scheduling.SlurmSettings;
  return slurmFiles({
    clusterName: name,
    config,
    slurmVersion,
    address: address ?? "10.0.0.1",
    machineType: (type) => machineTypeOf(config.Provider, type, config),
    traits: traits ?? { slurmConf: {}, cgroupConf: {}, suspendTimeout: 60 },
    database: { name: "slurm_acct_db", user: "slurm", password: databasePassword ?? "s3cret" },
    ...(included === undefined ? {} : { includedSettings: INCLUDED }),
  });
}

/** Stands for what the head has fetched. */
const INCLUDED = `MaxArraySize=5001
PartitionName=theirs Nodes=ALL MaxTime=60
`;
