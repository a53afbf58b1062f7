import { compressHostList } from "../host-list.ts";
import type { FakeJob } from "./fake-job.ts";
import type { FakeNode } from "./fake-node.ts";
import type { FakeSlurmHooks } from "./fake-options.ts";

export interface PowerWork {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly nodes: readonly FakeNode[];
  readonly jobs: readonly FakeJob[];
  /** Seconds. */
  readonly timeouts: { readonly suspendTimeout: number; readonly resumeTimeout: number };
  readonly hooks: FakeSlurmHooks;
  readonly setDown: (node: FakeNode, reason: string) => void;
}

/** The pass of slurmctld's power-save thread, in its order. */
export function powerWork(work: PowerWork): void {
  const { now, hooks, nodes, timeouts } = work;
  wake(work);
  const suspended: FakeNode[] = [];
  const failed: FakeNode[] = [];
  for (const node of nodes) {
    if (mustSuspend(node, now)) {
      startSuspend(node, now);
      suspended.push(node);
    }
    if (node.has("POWERING_DOWN") && node.powerDownAt + timeouts.suspendTimeout * 1000 < now) {
      node.clear("POWERING_DOWN");
      node.flags.add("POWERED_DOWN");
      node.address = node.name;
      node.lastBusy = 0;
      node.bootTime = undefined;
      node.slurmdStartTime = undefined;
    }
    if (node.has("POWERING_UP") && now > node.bootRequestedAt + timeouts.resumeTimeout * 1000) {
      node.clear("DRAIN", "POWER_DOWN", "POWERING_UP", "NOT_RESPONDING");
      node.flags.add("POWERED_DOWN");
      work.setDown(node, "ResumeTimeout reached");
      node.lastBusy = 0;
      failed.push(node);
    }
  }
  if (suspended.length > 0) hooks.onSuspend?.(suspended.map((node) => node.name));
  if (failed.length > 0) hooks.onResumeFail?.(failed.map((node) => node.name));
}

function wake({ now, nodes, jobs, hooks }: PowerWork): void {
  const waiting = new Set(jobs.flatMap(({ id, state }) => (state === "CONFIGURING" ? id : [])));
  const woken = nodes.filter(
    ({ powerUpAsked, jobId = 0, flags }) =>
      flags.has("POWERED_DOWN") && (powerUpAsked || waiting.has(jobId)),
  );
  if (woken.length === 0) return;
  for (const node of woken) {
    node.powerUpAsked = false;
    node.clear("POWERED_DOWN");
    node.flags.add("POWERING_UP").add("NOT_RESPONDING");
    node.bootRequestedAt = now;
  }
  const names = new Set(woken.map((node) => node.name));
  const theirs = jobs.filter(
    (job) => job.state === "CONFIGURING" && job.nodes.some((name) => names.has(name)),
  );
  hooks.onResume?.({
    all_nodes_resume: compressHostList(names),
    jobs: theirs.map((job) => ({
      job_id: job.id,
      partition: job.partition,
      nodes_alloc: compressHostList(job.nodes),
      nodes_resume: compressHostList(job.nodes.filter((name) => names.has(name))),
      oversubscribe: "NO",
      features: null,
      reservation: job.options.reservation ?? null,
      extra: null,
    })),
  });
}

function mustSuspend(node: FakeNode, now: number): boolean {
  if (node.jobId !== undefined || node.has("POWERING_UP", "POWERING_DOWN")) return false;
  // Also for one that is powered down already: it is suspended once more.
  if (node.has("POWER_DOWN")) return true;
  if (node.has("POWERED_DOWN")) return false;
  // SuspendExcStates=DOWN,DRAIN
  if (node.isStatic || node.down || node.has("DRAIN")) return false;
  return node.lastBusy !== 0 && node.lastBusy < now - node.suspendAfter;
}

function startSuspend(node: FakeNode, now: number): void {
  node.clear("POWER_DOWN", "POWERED_DOWN", "NOT_RESPONDING", "DRAIN");
  node.flags.add("POWERING_DOWN");
  node.powerDownAt = now;
  node.silentSince = undefined;
  // idle_on_node_suspend
  node.down = false;
}
