import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const sluice = fileURLToPath(new URL("../bin/sluice", import.meta.url));

/** A cluster file for what asks a cluster and hardly runs anything. */
export const TEN_LIGHT_NODES = `Provider: local
Users: [{ Name: ada }]
Scheduling:
  SlurmQueues:
    - Name: light
      ComputeResources: [{ Name: l, InstanceType: light.small, MaxCount: 10 }]
`;

/** Where the clusters of a measurement live, apart from everybody else's. */
export const STATE_DIR = "/var/lib/sluice-bench";
const env = {
  ...process.env,
  SLUICE_STATE_DIR: STATE_DIR,
  SLUICE_IMAGE_DIR: process.env.SLUICE_IMAGE_DIR ?? "/var/lib/sluice/images",
};

export function cli(...argv: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(sluice, argv, { env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(
          new Error(`sluice ${argv.slice(0, 3).join(" ")}: ${stderr.trim() || error.message}`),
        );
    });
  });
}

export interface BenchCluster extends AsyncDisposable {
  readonly name: string;
  /** Milliseconds that `create-cluster` took. */
  readonly created: number;
  /** Runs a shell script on the head. */
  sh(user: string, script: string): Promise<string>;
  /** Milliseconds from before `sbatch -N` to the end of an `srun` over all its nodes. */
  job(partition: string, nodes: number): Promise<number>;
  /** Resolves when every dynamic node is powered down, and Slurm would boot it afresh. */
  allDown(): Promise<void>;
}

export async function createCluster(name: string, file: string): Promise<BenchCluster> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, file);
  await cli("delete-cluster", "-n", name, "--yes").catch(() => "");
  const before = performance.now();
  await cli("create-cluster", "-n", name, "-c", path, "--output", "json");
  const created = performance.now() - before;
  const sh = (user: string, script: string): Promise<string> =>
    cli("run", "-n", name, "-u", user, "--", "bash", "-c", script);
  return {
    name,
    created,
    sh,
    async job(partition, nodes) {
      return Number(await sh("ada", jobScript(partition, nodes)));
    },
    async allDown() {
      await sh("root", ALL_DOWN);
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
      await cli("delete-cluster", "-n", name, "--yes", "--output", "json");
    },
  };
}

/** Both ends are read from one clock: all machines share the host's. */
function jobScript(partition: string, nodes: number): string {
  return `set -e
mkdir -p /shared/bench && cd /shared/bench
before=$(date +%s%N)
id=$(sbatch --parsable -N${nodes} -p ${partition} -o /dev/null \\
  --wrap 'srun true && date +%s%N > /shared/bench/$SLURM_JOB_ID.new && mv /shared/bench/$SLURM_JOB_ID.new /shared/bench/$SLURM_JOB_ID')
until [ -e "$id" ]; do sleep 0.05; done
echo $((($(cat "$id") - before) / 1000000))
`;
}

const ALL_DOWN = `
until [ -z "$(squeue -h)" ] && [ -z "$(sinfo -h -o %t | grep -vx 'idle~')" ]; do sleep 0.2; done
`;
