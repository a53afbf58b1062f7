import { expandHostList, type SlurmJob } from "@sluice/slurm";

/** States in which a job holds nodes that it has or waits for. */
const HOLDS_NODES: ReadonlySet<string> = new Set(["CONFIGURING", "RUNNING", "SUSPENDED"]);

export function holdsNodes(job: SlurmJob): boolean {
  return HOLDS_NODES.has(job.state) && job.nodes !== "";
}

export function jobsByNode(jobs: readonly SlurmJob[]): ReadonlyMap<string, readonly SlurmJob[]> {
  const byNode = new Map<string, SlurmJob[]>();
  for (const job of jobs) {
    if (!holdsNodes(job)) continue;
    for (const node of expandHostList(job.nodes)) {
      const there = byNode.get(node);
      if (there === undefined) byNode.set(node, [job]);
      else there.push(job);
    }
  }
  return byNode;
}
