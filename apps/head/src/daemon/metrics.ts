import type { FleetCensus, Meter } from "@sluice/capacity";
import { isCloudError, type LaunchOutcome, type LaunchRequest } from "@sluice/cloud";
import { type Clock, type FleetEvent, isSluiceError } from "@sluice/model";
import type { SlurmControl, SlurmJob } from "@sluice/slurm";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Seconds: of calls and passes. */
const CALL_BUCKETS = [0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];
/** Seconds: of machines that boot. */
const BOOT_BUCKETS = [1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1800];
/** A scrape never asks slurmctld more often than this. */
const QUEUE_MILLISECONDS = 10_000;
/** What was resumed and led to no launch by then had its machine already. */
const RESUME_FORGOTTEN_SECONDS = 120;
/** Memory of machines that do not register, or that are asked to go again and again. */
const MOST_REMEMBERED = 20_000;

/** Jobs of any other state are counted as `other`. */
const JOB_STATES: ReadonlySet<string> = new Set([
  "PENDING",
  "CONFIGURING",
  "RUNNING",
  "COMPLETING",
  "SUSPENDED",
]);

export interface MetricsOptions {
  readonly clock: Clock;
  readonly version: string;
  readonly slurmVersion: string;
  readonly cluster: string;
  /** Where a node belongs; undefined for one that the cluster file does not have. */
  readonly poolOf: (
    node: string,
  ) => { readonly queue: string; readonly computeResource: string } | undefined;
}

type Registers = ReturnType<typeof registersIn>;

/** All that the daemon counts and measures. Names follow Prometheus's conventions. */
export class Metrics implements Meter {
  readonly #clock: Clock;
  readonly #poolOf: MetricsOptions["poolOf"];
  readonly #registry = new Registry();
  readonly #all: Registers;
  readonly #resumedAt = new Map<string, number>();
  readonly #launchedAt = new Map<string, number>();
  readonly #orphans = new Set<string>();
  #queue: { readonly jobs: readonly SlurmJob[]; readonly readAt: number } | undefined;

  constructor({ clock, version, slurmVersion, cluster, poolOf }: MetricsOptions) {
    this.#clock = clock;
    this.#poolOf = poolOf;
    this.#all = registersIn(this.#registry);
    this.#all.build.set({ version, slurm: slurmVersion, cluster }, 1);
    collectDefaultMetrics({ register: this.#registry });
  }

  resumed(nodes: readonly string[]): void {
    const now = this.#now();
    for (const [node, at] of this.#resumedAt) {
      if (now - at > RESUME_FORGOTTEN_SECONDS * 1000) this.#resumedAt.delete(node);
    }
    for (const node of nodes) if (!this.#resumedAt.has(node)) this.#resumedAt.set(node, now);
  }

  passed(seconds: number, ok: boolean): void {
    this.#all.passes.observe(seconds);
    if (!ok) this.#all.passesFailed.inc();
  }

  happened({ kind, time, node, machineId }: FleetEvent): void {
    this.#all.events.inc({ kind });
    if (kind === "interruption") this.#all.interruptions.inc();
    if (kind === "job-requeued" || kind === "job-returned") this.#all.requeues.inc({ kind });
    if (machineId === undefined) return;
    const at = Date.parse(time);
    if (kind === "launched") remember(this.#launchedAt, machineId, at);
    const launchedAt = this.#launchedAt.get(machineId);
    if (kind === "registered" && launchedAt !== undefined) {
      this.#launchedAt.delete(machineId);
      const pool = this.#poolOf(node ?? "");
      const labels = { queue: pool?.queue ?? "", compute_resource: pool?.computeResource ?? "" };
      this.#all.boots.observe(labels, (at - launchedAt) / 1000);
    }
    if (kind === "terminated") this.#launchedAt.delete(machineId);
  }

  /** Runs a call, and keeps how long it took and how it failed. */
  async measure<T>(api: "cloud" | "slurm", call: string, run: () => Promise<T>): Promise<T> {
    const { calls, failures } = this.#all[api];
    const began = this.#now();
    try {
      return await run();
    } catch (error) {
      const failure = classOf(error);
      failures.inc({ call, class: failure });
      if (api === "cloud" && failure === "throttled") this.#all.throttled.inc({ call });
      throw error;
    } finally {
      calls.observe({ call }, this.#secondsSince(began));
    }
  }

  launchAsked(requests: readonly LaunchRequest[]): void {
    for (const { node, offering } of requests) {
      this.#all.launchRequests.inc(labelsOf(offering));
      const resumedAt = this.#resumedAt.get(node);
      if (resumedAt !== undefined) this.#all.firstCalls.observe(this.#secondsSince(resumedAt));
      this.#resumedAt.delete(node);
    }
  }

  /** One outcome a request, in order. */
  launchAnswered(requests: readonly LaunchRequest[], outcomes: readonly LaunchOutcome[]): void {
    const results = outcomes.map((one) => (one.ok ? "accepted" : classOf(one.error)));
    for (const [index, { offering }] of requests.entries()) {
      const result = results[index];
      if (result !== undefined) this.#all.launches.inc({ ...labelsOf(offering), result });
    }
    if (results.includes("throttled")) this.#all.throttled.inc({ call: "launch" });
  }

  /** A machine that nobody here asked for is asked to go; counted once however often it is asked. */
  orphanTerminated(machineId: string): void {
    if (this.#orphans.has(machineId)) return;
    if (this.#orphans.size >= MOST_REMEMBERED) this.#orphans.clear();
    this.#orphans.add(machineId);
    this.#all.orphans.inc();
  }

  /** Prometheus's text. `jobs` is called at most every ten seconds, however often this is. */
  async text(census: FleetCensus, jobs: SlurmControl["jobs"]): Promise<string> {
    this.#take(census);
    await this.#readQueue(jobs);
    return this.#registry.metrics();
  }

  #take({ machines, nodes, unavailable, protectedPools, cost }: FleetCensus): void {
    const { gauges } = this.#all;
    for (const gauge of [gauges.machines, gauges.nodes, gauges.unavailable]) gauge.reset();
    for (const { labels, count } of machines) gauges.machines.set(labels, count);
    for (const { labels, count } of nodes) gauges.nodes.set(labels, count);
    for (const { labels, count } of unavailable) gauges.unavailable.set(labels, count);
    gauges.protectedPools.set(protectedPools);
    gauges.cost.set(cost.usdPerHour);
    gauges.unpriced.set(cost.unpriced);
  }

  async #readQueue(jobs: SlurmControl["jobs"]): Promise<void> {
    const now = this.#now();
    if (this.#queue === undefined || now - this.#queue.readAt >= QUEUE_MILLISECONDS) {
      // A slurmctld that does not answer is not asked again at once either.
      const found = await jobs().catch(() => undefined);
      this.#queue = { jobs: found ?? this.#queue?.jobs ?? [], readAt: now };
      this.#all.gauges.slurmUp.set(found === undefined ? 0 : 1);
    }
    const { jobs: gauge } = this.#all.gauges;
    gauge.reset();
    for (const state of JOB_STATES) gauge.set({ state: state.toLowerCase() }, 0);
    for (const { state } of this.#queue.jobs) {
      gauge.inc({ state: JOB_STATES.has(state) ? state.toLowerCase() : "other" });
    }
  }

  #now(): number {
    return this.#clock.now().getTime();
  }

  #secondsSince(milliseconds: number): number {
    return (this.#now() - milliseconds) / 1000;
  }
}

function registersIn(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, ...labelNames: readonly L[]) =>
    new Counter<L>({ name, help, labelNames: [...labelNames], registers });
  const gauge = <L extends string>(name: string, help: string, ...labelNames: readonly L[]) =>
    new Gauge<L>({ name, help, labelNames: [...labelNames], registers });
  const histogram = <L extends string>(
    name: string,
    help: string,
    buckets: readonly number[],
    ...labelNames: readonly L[]
  ) =>
    new Histogram<L>({ name, help, buckets: [...buckets], labelNames: [...labelNames], registers });
  const offering = ["instance_type", "zone", "market"] as const;
  const calls = (api: string, name: string) => ({
    calls: histogram(
      `sluice_${api}_call_duration_seconds`,
      `How long calls to ${name} took.`,
      CALL_BUCKETS,
      "call",
    ),
    failures: counter(
      `sluice_${api}_call_failures_total`,
      `Calls to ${name} that failed as a whole.`,
      "call",
      "class",
    ),
  });
  return {
    build: gauge("sluice_build_info", "Always 1.", "version", "slurm", "cluster"),
    cloud: calls("cloud", "the cloud"),
    slurm: calls("slurm", "Slurm"),
    launchRequests: counter(
      "sluice_launch_requests_total",
      "Machines asked for, repetitions included.",
      ...offering,
    ),
    launches: counter(
      "sluice_launch_results_total",
      "What the cloud answered, a machine at a time.",
      ...offering,
      "result",
    ),
    boots: histogram(
      "sluice_machine_boot_seconds",
      "From the cloud's acceptance of a machine to its registration, as passes see it.",
      BOOT_BUCKETS,
      "queue",
      "compute_resource",
    ),
    firstCalls: histogram(
      "sluice_resume_to_launch_seconds",
      "From ResumeProgram's word on a node to the first call for its machine.",
      CALL_BUCKETS,
    ),
    passes: histogram("sluice_pass_duration_seconds", "How long passes took.", CALL_BUCKETS),
    passesFailed: counter("sluice_passes_failed_total", "Passes that could not be made."),
    throttled: counter(
      "sluice_throttled_total",
      "Times the cloud said it was asked too fast.",
      "call",
    ),
    events: counter("sluice_events_total", "What sluice events shows, by kind.", "kind"),
    interruptions: counter(
      "sluice_interruptions_total",
      "Notices that a machine will be taken away.",
    ),
    requeues: counter("sluice_job_requeues_total", "Jobs that were put back in the queue.", "kind"),
    orphans: counter(
      "sluice_orphans_terminated_total",
      "Machines terminated that no launch of this node manager accounts for.",
    ),
    gauges: {
      machines: gauge("sluice_machines", "Machines that the cloud lists.", "state", "market"),
      nodes: gauge("sluice_nodes", "Nodes by where they are in their life.", "phase", "queue"),
      unavailable: gauge("sluice_unavailable_offerings", "Offerings not asked for now.", "cause"),
      protectedPools: gauge("sluice_protected_pools", "Compute resources in protected mode."),
      jobs: gauge("sluice_jobs", "Jobs in Slurm's queue.", "state"),
      slurmUp: gauge("sluice_slurmctld_up", "1 when slurmctld answered last."),
      cost: gauge(
        "sluice_cost_usd_per_hour",
        "Sum of the prices of the machines that run; those without a price are not in it.",
      ),
      unpriced: gauge("sluice_machines_unpriced", "Machines that run and whose price is unknown."),
    },
  };
}

function labelsOf({ instanceType, zone, market }: LaunchRequest["offering"]) {
  return { instance_type: instanceType, zone, market };
}

/** `insufficient_capacity`, `slurm_unreachable`, …, or `aborted` and `unknown`. */
function classOf(error: unknown): string {
  if (isCloudError(error)) return error.kind.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
  if (isSluiceError(error)) return error.code.toLowerCase();
  return error instanceof Error && error.name === "AbortError" ? "aborted" : "unknown";
}

function remember(map: Map<string, number>, key: string, value: number): void {
  if (map.size >= MOST_REMEMBERED) map.clear();
  map.set(key, value);
}
