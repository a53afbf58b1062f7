import type { UseMeasures } from "@sluice/api";
import { MEASURES, type Measures, nothing, type Used, waitOf } from "@sluice/jobs";

export type Sum = Measures & Pick<Used, "running">;

export function sumOf(used: readonly Sum[]): Sum {
  const sum = nothing();
  let running = 0;
  for (const one of used) {
    for (const name of MEASURES) sum[name] += one[name];
    running += one.running;
  }
  return { ...sum, running };
}

export function viewOfSum(sum: Sum): UseMeasures {
  const cpu = part(sum.used_cpu_seconds, sum.measured_cpu_seconds);
  const memory = part(sum.used_memory_gib_seconds, sum.measured_memory_gib_seconds);
  const median = waitOf(sum, 0.5);
  const p90 = waitOf(sum, 0.9);
  return {
    jobs: sum.jobs,
    running: sum.running,
    ends: {
      completed: sum.completed,
      failed: sum.failed,
      cancelled: sum.cancelled,
      timedOut: sum.timed_out,
      outOfMemory: sum.out_of_memory,
      nodeFailed: sum.node_failed,
    },
    requeues: sum.requeues,
    cpuSeconds: rounded(sum.cpu_seconds),
    gpuSeconds: rounded(sum.gpu_seconds),
    nodeSeconds: rounded(sum.node_seconds),
    memoryGibSeconds: rounded(sum.memory_gib_seconds),
    ...(cpu === undefined ? {} : { cpuEfficiency: cpu }),
    ...(memory === undefined ? {} : { memoryEfficiency: memory }),
    cost: Math.round(sum.cost * 1e6) / 1e6,
    unpricedNodeSeconds: rounded(sum.unpriced_node_seconds),
    started: sum.started,
    waitedSeconds: rounded(sum.waited_seconds),
    ...(median === undefined ? {} : { medianWaitSeconds: median }),
    ...(p90 === undefined ? {} : { p90WaitSeconds: p90 }),
  };
}

/** A process may use a little more than it was given; nobody used more than all. */
function part(used: number, of: number): number | undefined {
  return of > 0 ? Math.min(1, Math.round((used / of) * 1e4) / 1e4) : undefined;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
