import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { type BenchCluster, cli, createCluster } from "./cluster.ts";
import { summary } from "./statistics.ts";

/** One row of the report. `goal` is what is aimed at; nothing fails for missing it. */
interface Row {
  readonly what: string;
  readonly unit: "s" | "%" | "MB" | "×";
  readonly value: number;
  readonly goal?: number;
  readonly runs: number;
  readonly min: number;
  readonly max: number;
}

const RUNS = Number(process.env.SLUICE_BENCH_RUNS ?? 10);
/** The other settings wait for a minute at worst, so that they are asked less often. */
const BASELINE_RUNS = Math.min(RUNS, 5);

const FILE = `Provider: local
Users: [{ Name: ada }]
Scheduling:
  SlurmSettings: { ScaledownIdletime: 2s }
  SlurmQueues:
    - Name: light
      ComputeResources: [{ Name: l, InstanceType: light.small, MaxCount: 300 }]
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

const rows: Row[] = [];

function add(what: string, unit: Row["unit"], values: readonly number[], goal?: number): number {
  const { median, ...rest } = summary(values);
  const row: Row = { what, unit, value: median, ...(goal === undefined ? {} : { goal }), ...rest };
  rows.push(row);
  process.stderr.write(`${line(row)}\n`);
  return median;
}

const inSeconds = (milliseconds: readonly number[]): number[] =>
  milliseconds.map((ms) => ms / 1000);

async function repeat(times: number, work: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < times; i++) values.push(await work());
  return values;
}

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

async function measureStarts(): Promise<void> {
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

async function measureCommandLine(): Promise<void> {
  const time = async (...argv: string[]): Promise<number> => {
    const before = performance.now();
    await cli(...argv);
    return (performance.now() - before) / 1000;
  };
  const file = fileURLToPath(new URL("../examples/demo.yaml", import.meta.url));
  add(
    "sluice validate, from the shell",
    "s",
    await repeat(RUNS, () => time("validate", "-c", file)),
    0.3,
  );
  add("sluice version", "s", await repeat(RUNS, () => time("version")));
}

function line({ what, unit, value, goal, runs, min, max }: Row): string {
  const number = (n: number): string => `${n.toFixed(unit === "MB" ? 0 : 2)}`;
  const spread = runs > 1 ? `${number(min)}–${number(max)}` : "";
  const aim = goal === undefined ? "" : `≤ ${goal}`;
  return `${what.padEnd(62)} ${number(value).padStart(8)} ${unit.padEnd(3)} ${spread.padStart(14)} ${String(runs).padStart(4)} ${aim.padStart(7)}`;
}

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  time: new Date().toISOString(),
  version: (
    JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      version: string;
    }
  ).version,
};
process.stderr.write(
  `${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}\n`,
);
process.stderr.write(
  `${"".padEnd(62)} ${"median".padStart(8)}     ${"range".padStart(14)} ${"runs".padStart(4)} ${"goal".padStart(7)}\n`,
);
await measureCommandLine();
await measureStarts();

const report = JSON.stringify({ machine, rows }, undefined, 2);
const results = fileURLToPath(new URL("results/", import.meta.url));
mkdirSync(results, { recursive: true });
writeFileSync(`${results}${machine.time.replaceAll(":", "-")}.json`, `${report}\n`);
process.stdout.write(`${report}\n`);
