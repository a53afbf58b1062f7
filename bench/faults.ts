import { setTimeout as delay } from "node:timers/promises";
import { type BenchCluster, cli, createCluster } from "./cluster.ts";
import { add, RUNS, repeat } from "./report.ts";

const FILE = `Provider: local
Users: [{ Name: ada }]
Scheduling:
  SlurmSettings: { ScaledownIdletime: 5s }
  SlurmQueues:
    - Name: scarce
      AllocationStrategy: prioritized
      ComputeResources:
        - { Name: any, Instances: [{ InstanceType: light.gone }, { InstanceType: light.small }], MaxCount: 4 }
    - Name: spot
      CapacityType: SPOT
      ComputeResources: [{ Name: s, InstanceType: light.small, MaxCount: 4 }]
Local:
  MachineTypes: [{ Name: light.gone, VCpus: 1, Memory: 512, Light: true, Capacity: 0 }]
`;

interface Event {
  readonly time: string;
  readonly kind: string;
  readonly node?: string;
  readonly job?: string;
}

/** What the node manager does about bad news, on real Slurm, from its own record of events. */
export async function measureFaults(): Promise<void> {
  await using cluster = await createCluster("bench-faults", FILE);
  const runs = Math.min(RUNS, 5);
  add(
    "missing capacity noticed to next offering asked and accepted",
    "s",
    [await fallback(cluster)],
    2,
  );
  const calls: CalledBack[] = [];
  for (let i = 0; i < runs; i++) calls.push(await calledBack(cluster));
  const column = (key: keyof CalledBack) => calls.map((one) => one[key]);
  add("spot notice to the job requeued and eligible", "s", column("eligible"), 5);
  add("  to the job running again, on a machine launched for it", "s", column("running"));
  add("machine nobody wants to its end", "s", await repeat(runs, () => orphan(cluster)), 30);
}

async function eventsOf(cluster: BenchCluster): Promise<readonly Event[]> {
  const text = await cli("events", "-n", cluster.name, "--output", "json");
  return (JSON.parse(text) as { events: Event[] }).events;
}

const seconds = (from: Event | undefined, to: Event | undefined): number =>
  (Date.parse(to?.time ?? "") - Date.parse(from?.time ?? "")) / 1000;

/** The first offering has none: from the answer that says so to the next one's acceptance. */
async function fallback(cluster: BenchCluster): Promise<number> {
  await cluster.job("scarce", 3);
  const events = await eventsOf(cluster);
  return seconds(
    events.find(({ kind }) => kind === "offering-unavailable"),
    events.find(({ kind }) => kind === "launched"),
  );
}

interface CalledBack {
  readonly eligible: number;
  readonly running: number;
}

/** From the notice to what Slurm says of the job: on its way again, and running again. */
async function calledBack(cluster: BenchCluster): Promise<CalledBack> {
  await cluster.allDown();
  const id = (
    await cluster.sh(
      "ada",
      `id=$(sbatch --parsable -p spot -N1 -o /dev/null --wrap 'sleep 60')
       until [ "$(squeue -h -j $id -o %T)" = RUNNING ]; do sleep 0.05; done; echo $id`,
    )
  ).trim();
  const node = (await cluster.sh("ada", `squeue -h -j ${id} -o %N`)).trim();
  await delay(1000);
  const watch = cluster.sh("root", watchScript(id, node));
  await delay(300);
  await cli("local", "interrupt-machine", "-n", cluster.name, node, "--in", "30s");
  const [eligible = 0, running = 0] = (await watch).trim().split(" ").map(Number);
  const noticed = (await eventsOf(cluster)).findLast(({ kind }) => kind === "interruption");
  const since = Date.parse(noticed?.time ?? "");
  await cluster.sh("ada", `scancel ${id}`);
  return { eligible: (eligible - since) / 1000, running: (running - since) / 1000 };
}

/** Prints when, in milliseconds, the job might start again, and when it ran again. */
function watchScript(id: string, node: string): string {
  return `
    field() { scontrol show job ${id} | tr ' ' '\\n' | sed -n "s/^$1=//p"; }
    while [ "$(squeue -h -j ${id} -o %N)" = ${node} ]; do :; done
    until [ "$(field JobState)" != PENDING ] || [ "$(date -d "$(field EligibleTime)" +%s)" -le "$(date +%s)" ]; do :; done
    eligible=$(date +%s%3N)
    until [ "$(squeue -h -j ${id} -o %T)" = RUNNING ]; do :; done
    echo $eligible $(date +%s%3N)`;
}

/** A machine with the cluster's tag that no node and no record wants, from its launch to its end. */
async function orphan(cluster: BenchCluster): Promise<number> {
  await cluster.allDown();
  await delay(3000);
  const request = {
    token: crypto.randomUUID(),
    node: "spot-dy-s-4",
    pool: { queue: "spot", computeResource: "s" },
    offering: { instanceType: "light.small", zone: "local", market: "on-demand" },
    userData: "#!/bin/sh\nsleep 600\n",
    tags: {},
  };
  const body = JSON.stringify({ requests: [request], atomic: false });
  const socket = "--unix-socket /run/sluice-cloud/cloud.sock";
  const text = await cluster.sh(
    "root",
    `before=$(date +%s%3N)
     curl -s ${socket} -H content-type:application/json -d '${body}' http://cloud/machines/launch | grep -q '"ok":true' || exit 1
     while curl -s ${socket} http://cloud/machines | grep -q '"id"'; do sleep 0.05; done
     echo $(($(date +%s%3N) - before))`,
  );
  return Number(text) / 1000;
}
