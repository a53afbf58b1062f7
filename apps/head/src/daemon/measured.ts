import type { CapacityStore } from "@sluice/capacity";
import type { Machines, Standby } from "@sluice/cloud";
import type { SlurmControl } from "@sluice/slurm";
import type { Metrics } from "./metrics.ts";

/** The same machines; every call is measured, every launch counted with its answer. */
export function measuredMachines(
  machines: Machines,
  metrics: Metrics,
  store: Pick<CapacityStore, "intents">,
): Machines {
  return {
    launch: async (requests, options) => {
      metrics.launchAsked(requests);
      const outcomes = await metrics.measure("cloud", "launch", () =>
        machines.launch(requests, options),
      );
      metrics.launchAnswered(requests, outcomes);
      return outcomes;
    },
    terminate: (ids, options) => {
      const ours = new Set(store.intents().map((intent) => intent.machineId));
      for (const id of ids) if (!ours.has(id)) metrics.orphanTerminated(id);
      return metrics.measure("cloud", "terminate", () => machines.terminate(ids, options));
    },
    list: (options) => metrics.measure("cloud", "list", () => machines.list(options)),
    interruptions: (signal) => machines.interruptions(signal),
    changes: (signal) => machines.changes(signal),
  };
}

/** The same; every call is measured. */
export function measuredStandby(standby: Standby, metrics: Metrics): Standby {
  return {
    stop: (ids, options) => metrics.measure("cloud", "stop", () => standby.stop(ids, options)),
    start: (ids, options) => metrics.measure("cloud", "start", () => standby.start(ids, options)),
  };
}

/** The same Slurm; every call is measured. */
export function measuredSlurm(slurm: SlurmControl, metrics: Metrics): SlurmControl {
  const measure = <T>(call: string, run: () => Promise<T>) => metrics.measure("slurm", call, run);
  return {
    nodes: (options) => measure("nodes", () => slurm.nodes(options)),
    jobs: (options) => measure("jobs", () => slurm.jobs(options)),
    job: (id, options) => measure("job", () => slurm.job(id, options)),
    partitions: (options) => measure("partitions", () => slurm.partitions(options)),
    reservations: (options) => measure("reservations", () => slurm.reservations(options)),
    jobSignal: (id, options) => measure("job_signal", () => slurm.jobSignal(id, options)),
    updateNodes: (names, update, options) =>
      measure("update_nodes", () => slurm.updateNodes(names, update, options)),
    updatePartition: (name, state, options) =>
      measure("update_partition", () => slurm.updatePartition(name, state, options)),
    requeue: (id, options) => measure("requeue", () => slurm.requeue(id, options)),
    signalJob: (id, signal, options) =>
      measure("signal_job", () => slurm.signalJob(id, signal, options)),
    makeEligible: (id, options) => measure("make_eligible", () => slurm.makeEligible(id, options)),
    cancel: (id, options) => measure("cancel", () => slurm.cancel(id, options)),
    lastRuns: (ids, options) => measure("last_runs", () => slurm.lastRuns(ids, options)),
    saveNodes: (node, options) => measure("save_nodes", () => slurm.saveNodes(node, options)),
    startedAt: (options) => measure("started_at", () => slurm.startedAt(options)),
  };
}
