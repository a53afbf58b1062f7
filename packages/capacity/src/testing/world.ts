import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Machine, Machines } from "@sluice/cloud";
import { createSimCloud, type SimCloud, type SimCloudOptions } from "@sluice/cloud/testing";
import type { MachineType } from "@sluice/model";
import { expandHostList, type SlurmJob } from "@sluice/slurm";
import {
  createFakeSlurm,
  FakeClock,
  type FakeSlurm,
  type SubmitOptions,
} from "@sluice/slurm/testing";
import type { Log, Meter, NodeManager, PoolSpec } from "../contract.ts";
import { createNodeManager } from "../manager.ts";
import { type CapacityPolicy, DEFAULT_POOL_POLICY, type WarmPolicy } from "../policy.ts";
import { openCapacityStore } from "../store/sqlite.ts";

export interface WorldOptions {
  readonly pools: readonly PoolSpec[];
  readonly capacity?: Readonly<Record<string, number>>;
  readonly bootMs?: number;
  readonly stopMs?: number;
  readonly policy?: Partial<CapacityPolicy>;
  /** Seconds of idleness until Slurm powers a node down; 60. */
  readonly suspendTime?: number;
  /** Seconds that slurmctld waits for a registration; 600. */
  readonly resumeTimeout?: number;
  /** What else the cloud is to be like. */
  readonly sim?: Omit<SimCloudOptions, "clock" | "types">;
  /** By queue. */
  readonly warm?: ReadonlyMap<string, WarmPolicy>;
  readonly meter?: Meter;
}

export function poolOf(
  queue: string,
  computeResource: string,
  counts: { readonly fixed?: number; readonly dynamic?: number },
  instanceTypes: readonly string[] = ["small"],
  bootTimeoutSeconds = 60,
): PoolSpec {
  const names = (kind: string, count = 0) =>
    Array.from({ length: count }, (_, n) => `${queue}-${kind}-${computeResource}-${n + 1}`);
  return {
    pool: {
      queue,
      computeResource,
      instanceTypes,
      markets: ["on-demand"],
      order: "file",
      placement: false,
    },
    staticNodes: names("st", counts.fixed),
    dynamicNodes: names("dy", counts.dynamic),
    bootTimeoutSeconds,
    policy: DEFAULT_POOL_POLICY,
  };
}

const machineType = (name: string): MachineType => ({
  name,
  arch: "x86_64",
  vcpus: 2,
  threadsPerCore: 1,
  memoryMiB: 2048,
});

interface Daemon {
  readonly manager: NodeManager;
  end(): Promise<void>;
}

/**
 * A cluster in memory: a simulated cloud whose machines register with a simulated slurmctld, whose
 * hooks call a node manager that can be killed and started again over the same store.
 */
export class World implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly cloud: SimCloud;
  readonly slurm: FakeSlurm;
  /** Warnings and errors, for whoever looks into a failed test. */
  readonly complaints: string[] = [];
  readonly #options: WorldOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-world-"));
  #daemon: Daemon | undefined;
  #tokens = 0;
  #onTerminate: (machine: Machine) => void = () => {};

  constructor(options: WorldOptions) {
    this.#options = options;
    const { pools, capacity = {}, bootMs = 5000, stopMs = 2000 } = options;
    const types = [...new Set(pools.flatMap((spec) => spec.pool.instanceTypes))];
    this.cloud = createSimCloud({
      clock: this.clock,
      types: types.map(machineType),
      capacity,
      bootMs,
      stopMs,
      // Long enough to be asked for twice.
      parkMs: 4500,
      onRunning: (machine) => this.#register(machine),
      onGone: (machine) => this.#lose(machine),
      onStopped: (machine) => this.#lose(machine),
      ...options.sim,
    });
    const queues = [...new Set(pools.map((spec) => spec.pool.queue))];
    this.slurm = createFakeSlurm({
      clock: this.clock,
      partitions: queues.map((name) => ({
        name,
        nodes: pools
          .filter((spec) => spec.pool.queue === name)
          .flatMap((spec) => [...spec.staticNodes, ...spec.dynamicNodes])
          .join(","),
        // As its line in slurm.conf says: such a queue's nodes are ours to switch off.
        ...(options.warm?.has(name) ? { suspendTime: "never" as const } : {}),
      })),
      staticNodes: pools.flatMap((spec) => spec.staticNodes).join(","),
      suspendTime: options.suspendTime ?? 60,
      suspendTimeout: 5,
      resumeTimeout: options.resumeTimeout ?? 600,
      slurmdTimeout: 60,
      credExpire: 120,
      // While no daemon lives the hooks reach nobody; what they said is lost.
      onResume: ({ all_nodes_resume, jobs }) =>
        this.#daemon?.manager.resume({
          nodes: expandHostList(all_nodes_resume),
          jobs: jobs.map((job) => ({ id: job.job_id, nodes: expandHostList(job.nodes_alloc) })),
        }),
      onSuspend: (nodes) => this.#daemon?.manager.suspend(nodes),
      onResumeFail: (nodes) => this.#daemon?.manager.suspend(nodes),
      onPrologSlurmctld: (job) => this.#prolog(job),
      onStarted: () => this.#daemon?.manager.controllerStarted(),
    });
  }

  get manager(): NodeManager {
    if (this.#daemon === undefined) throw new Error("no daemon lives");
    return this.#daemon.manager;
  }

  start(): this {
    const store = openCapacityStore(join(this.#folder, "capacity.db"));
    const { machines: real, catalogue, consoles, standby } = this.cloud.cluster("world");
    const machines: Machines = {
      ...real,
      terminate: (ids, options) => {
        for (const one of this.cloud.all()) if (ids.includes(one.id)) this.#onTerminate(one);
        return real.terminate(ids, options);
      },
    };
    const { pools, policy = {}, warm = new Map(), meter } = this.#options;
    const abort = new AbortController();
    const manager = createNodeManager({
      slurm: this.slurm.control,
      machines,
      catalogue,
      consoles,
      ...(standby === undefined ? {} : { standby }),
      store,
      pools,
      warm,
      clock: this.clock,
      newToken: () => `token-${++this.#tokens}`,
      userData: (node) => `# ${node}\n`,
      tags: {},
      policy,
      log: this.#log(),
      ...(meter === undefined ? {} : { meter }),
    });
    const running = manager.run(abort.signal);
    this.#daemon = {
      manager,
      end: async () => {
        abort.abort();
        await running;
        store[Symbol.dispose]();
      },
    };
    return this;
  }

  /** The daemon ends at once: calls in flight get no answer any more. */
  async kill(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    await daemon?.end();
  }

  /** Told of each machine that a daemon asks to be taken away, before it is. */
  watchTerminations(watch: (machine: Machine) => void): void {
    this.#onTerminate = watch;
  }

  /** What the store holds. The daemon must be dead. */
  memory(): {
    readonly intents: number;
    readonly returnedJobs: number;
    readonly notices: number;
  } {
    using store = openCapacityStore(join(this.#folder, "capacity.db"));
    return {
      intents: store.intents().length,
      returnedJobs: store.returnedJobs().length,
      notices: store.notices().length,
    };
  }

  submit(options: SubmitOptions = {}): number {
    return this.slurm.submit(options);
  }

  async seconds(count: number): Promise<void> {
    await this.clock.advance(count * 1000);
  }

  /** @returns how many seconds it took. */
  async until(what: () => boolean, limit = 600): Promise<number> {
    const began = this.clock.now().getTime();
    while (!what()) {
      if (this.clock.now().getTime() - began > limit * 1000) {
        throw new Error(`not within ${limit} s\n${this.describe()}`);
      }
      await this.clock.advance(50);
    }
    return (this.clock.now().getTime() - began) / 1000;
  }

  state(jobId: number): string {
    return this.slurm.job(jobId).state;
  }

  nodeNames(): readonly string[] {
    return this.#options.pools.flatMap((spec) => [...spec.staticNodes, ...spec.dynamicNodes]);
  }

  describe(): string {
    const nodes = this.nodeNames().map((name) => this.slurm.node(name));
    return [
      ...nodes.map((node) => `${node.name} ${node.state} ${node.reason ?? ""}`),
      ...this.cloud.all().map((one) => `${one.id} ${one.node} ${one.state}`),
      ...(this.#daemon?.manager.events({ limit: 40 }) ?? []).map(
        (one) => `${one.time.slice(11)} ${one.kind} ${one.node ?? one.job ?? ""} ${one.message}`,
      ),
      ...this.complaints.slice(-20),
    ].join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.slurm[Symbol.dispose]();
    rmSync(this.#folder, { recursive: true });
  }

  #register(machine: Machine): void {
    if (!this.nodeNames().includes(machine.node)) return;
    const address = machine.address ?? machine.node;
    this.slurm.register(machine.node, { address, bootTime: this.clock.now() });
    this.#daemon?.manager.joined(machine.id, machine.node);
  }

  #lose(machine: Machine): void {
    if (!this.nodeNames().includes(machine.node)) return;
    if (this.slurm.node(machine.node).address === machine.address) {
      this.slurm.loseNode(machine.node);
    }
  }

  /** As the hook does: it calls again until a daemon answers. */
  async #prolog(job: SlurmJob): Promise<boolean> {
    const stop = new AbortController();
    for (;;) {
      try {
        const nodes = expandHostList(job.nodes);
        const awaited = { jobId: job.id, nodes, canRequeue: job.canRequeue };
        return (await this.manager.awaitJob(awaited, stop.signal)).start;
      } catch {
        await this.clock.sleep(500);
        const now = this.slurm.job(job.id);
        if (now.state !== "CONFIGURING" || now.nodes !== job.nodes) return false;
      }
    }
  }

  #log(): Log {
    const complain = (fields: object, message: string) =>
      this.complaints.push(`${message} ${JSON.stringify(fields)}`);
    return { debug: () => {}, info: () => {}, warn: complain, error: complain };
  }
}
