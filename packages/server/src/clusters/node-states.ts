import type { NodeSummary, QueueSummary } from "@sluice/api";
import type { ClusterSnapshot } from "@sluice/lifecycle";
import type { JobView, NodeView } from "@sluice/model";
import { expandHostList } from "@sluice/slurm";

type Doing = NodeSummary["does"];

/** What a node does, in a word, from Slurm's own. */
export function doingOf({ state }: Pick<NodeView, "state">): Doing {
  const words = state.toUpperCase().split("+");
  const flags = new Set(words.slice(1));
  const base = (words[0] ?? "").replace(/[^A-Z_]/g, "");
  if (base === "DOWN" || base === "FAIL" || base === "ERROR") return "down";
  if (flags.has("DRAIN") || base === "DRAIN") return "drained";
  if (flags.has("POWERING_DOWN") || flags.has("POWER_DOWN")) return "stopping";
  if (flags.has("POWERING_UP") || flags.has("POWER_UP")) return "starting";
  if (flags.has("POWERED_DOWN")) return "off";
  if (flags.has("NOT_RESPONDING") || base === "UNKNOWN" || base === "FUTURE") return "down";
  return base === "IDLE" && !flags.has("COMPLETING") ? "idle" : "busy";
}

/** Each node with the jobs on it; of jobs that one does not see, only their number. */
export function nodesOf(
  { nodes, jobs }: ClusterSnapshot,
  sees: (job: JobView) => boolean,
): readonly NodeSummary[] {
  const onNode = new Map<string, JobView[]>();
  for (const job of jobs) {
    if (job.nodes === "" || job.state === "PENDING") continue;
    for (const name of expandHostList(job.nodes, 100_000)) {
      const there = onNode.get(name);
      if (there === undefined) onNode.set(name, [job]);
      else there.push(job);
    }
  }
  return nodes.map((node) => {
    const there = onNode.get(node.name) ?? [];
    return {
      ...node,
      does: doingOf(node),
      jobs: there.filter(sees).map(({ id }) => id),
      jobCount: there.length,
    };
  });
}

/** Queues in the order of the file, with their nodes by what they do and what waits there. */
export function queuesOf({ fleet, nodes, jobs }: ClusterSnapshot): readonly QueueSummary[] {
  return fleet.queues.map(({ name, state }) => {
    const counts = { idle: 0, busy: 0, off: 0, starting: 0, stopping: 0, drained: 0, down: 0 };
    const mine = nodes.filter(({ queue }) => queue === name);
    for (const node of mine) counts[doingOf(node)] += 1;
    const asked = jobs.filter(({ partition }) => partition.split(",").includes(name));
    const waiting = asked.filter((job) => job.state === "PENDING");
    return {
      name,
      state,
      nodes: { total: mine.length, ...counts },
      jobs: { running: asked.length - waiting.length, waiting: waiting.length },
      waiting: byReason(waiting),
    };
  });
}

function byReason(jobs: readonly JobView[]): QueueSummary["waiting"] {
  const counts = new Map<string, number>();
  for (const { reason } of jobs) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}
