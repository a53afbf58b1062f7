import { type BenchCluster, cli, createCluster } from "./cluster.ts";
import { add, RUNS, repeat } from "./report.ts";

/** The other settings wait for a minute at worst, so that they are asked less often. */
const BASELINE_RUNS = Math.min(RUNS, 5);

const FILE = `Provider: local
Users: [{ Name: ada }]
Scheduling:
  SlurmSettings: { ScaledownIdletime: 2s }
  SlurmQueues:
    - Name: light
      ComputeResources: [{ Name: l, InstanceType: light.small, MaxCount: 600 }]
    - Name: booted
      ComputeResources: [{ Name: b, InstanceType: local.small, MaxCount: 20 }]
`;

/** What the ParallelCluster cookbook writes, and no PrologSlurmctld; the rest stays as it is. */
const PARALLELCLUSTER = `
sed -i -e '/^PrologSlurmctld=/d' \\
  -e 's/^SlurmctldParameters=.*/SlurmctldParameters=enable_configless,idle_on_node_suspend,power_save_min_interval=30/' \\
  -e 's/^SchedulerParameters=.*/SchedulerParameters=nohold_on_prolog_fail/' /etc/slurm/slurm.conf
systemctl restart slurmctld
until scontrol ping | grep -q UP; do sleep 0.1; done
`;

const inSeconds = (milliseconds: readonly number[]): number[] =>
  milliseconds.map((ms) => ms / 1000);

async function cold(
  cluster: BenchCluster,
  partition: string,
  nodes: number,
  runs: number,
): Promise<number[]> {
  return repeat(runs, async () => {
    await cluster.allDown();
    return cluster.job(partition, nodes);
  });
}

/** Seconds from the first launch of the last batch to the last registration in slurmctld's log. */
async function bootOfLast(cluster: BenchCluster, prefix: string): Promise<number> {
  const { events } = JSON.parse(await cli("events", "-n", cluster.name, "--output", "json")) as {
    events: { time: string; kind: string; node?: string }[];
  };
  const launches = events.filter(
    (event) => event.kind === "launched" && event.node?.startsWith(prefix),
  );
  const last = Date.parse(launches.at(-1)?.time ?? "");
  const log = await cluster.sh(
    "root",
    `grep -E 'Node ${prefix}[0-9]+ now responding' /var/lib/sluice/log/slurmctld.log | tail -n 1 | cut -c2-24`,
  );
  return (Date.parse(`${log.trim()}Z`) - last) / 1000;
}

/** From submission to running, on machines that are off and on ones that are on. */
export async function measureStarts(): Promise<void> {
  await using cluster = await createCluster("bench", FILE);
  add("create-cluster, image there", "s", [cluster.created / 1000]);
  await measureRest(cluster);

  const light = add(
    "cold: sbatch -N3 on light machines to the end of its srun",
    "s",
    inSeconds(await cold(cluster, "light", 3, RUNS)),
    2.5,
  );
  const boots: number[] = [];
  const bootedRuns = await repeat(RUNS, async () => {
    await cluster.allDown();
    const took = await cluster.job("booted", 3);
    boots.push(await bootOfLast(cluster, "booted-dy-b-"));
    return took;
  });
  const booted = add("cold: sbatch -N3 on booted machines", "s", inSeconds(bootedRuns));
  add("  of that their boot, launch to registration", "s", boots);
  add(
    "  beyond their boot",
    "s",
    bootedRuns.map((ms, i) => ms / 1000 - (boots[i] ?? 0)),
    2.5,
  );

  await cluster.job("light", 3);
  add(
    "warm: sbatch -N3, nodes idle",
    "s",
    inSeconds(await repeat(RUNS, () => cluster.job("light", 3))),
    1,
  );
  add(
    "sbatch -N300 on light machines, 300 slurmd",
    "s",
    inSeconds(await cold(cluster, "light", 300, 3)),
    15,
  );
  add(
    "sbatch -N600 on light machines, 600 slurmd",
    "s",
    inSeconds(await cold(cluster, "light", 600, 1)),
  );
  add("sbatch -N20 on booted machines", "s", inSeconds(await cold(cluster, "booted", 20, 3)), 20);

  await cluster.allDown();
  await cluster.sh("root", PARALLELCLUSTER);
  const theirLight = add(
    "  the same -N3 cold, light, with ParallelCluster's settings",
    "s",
    inSeconds(await cold(cluster, "light", 3, BASELINE_RUNS)),
  );
  const theirBooted = add(
    "  the same -N3 cold, booted, with ParallelCluster's settings",
    "s",
    inSeconds(await cold(cluster, "booted", 3, BASELINE_RUNS)),
  );
  add("  how many times sooner, light", "×", [theirLight / light]);
  add("  how many times sooner, booted", "×", [theirBooted / booted]);
}

/** The daemon's own processor time and memory over half a minute without jobs. */
async function measureRest(cluster: BenchCluster): Promise<void> {
  const sample = async (): Promise<{ ticks: number; rss: number }> => {
    const pid = (
      await cluster.sh("root", "systemctl show --value --property=MainPID sluice-head")
    ).trim();
    const stat = await cluster.sh("root", `cat /proc/${pid}/stat; grep VmRSS /proc/${pid}/status`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // utime, stime and those of the children that it waited for, in hundredths of a second.
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
    return { ticks, rss: Number(/VmRSS:\s+(\d+)/.exec(stat)?.[1]) / 1024 };
  };
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const [before, began] = [await sample(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  const [after, ended] = [await sample(), performance.now()];
  add(
    "node manager at rest, share of a core",
    "%",
    [((after.ticks - before.ticks) * 10 * 100) / (ended - began)],
    1,
  );
  add("node manager at rest, resident memory", "MB", [after.rss], 150);
}
