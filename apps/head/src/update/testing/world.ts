import { phaseOf } from "@sluice/capacity";
import { createSimCloud, type SimFiles } from "@sluice/cloud/testing";
import {
  type ClusterConfig,
  type ComputeFleetStatus,
  instanceTypes,
  localMachineTypes,
  nodeGroups,
  parseClusterFile,
} from "@sluice/model";
import { compressHostList, expandHostList } from "@sluice/slurm";
import { createFakeSlurm, FakeClock, type FakeSlurm } from "@sluice/slurm/testing";
import type { ClusterState, ClusterStateFile } from "../../cluster-state.ts";
import { type Loader, refusal, type UpdaterDeps, update } from "../updater.ts";

const BOOT_SECONDS = 1;

export function configOfText(text: string): ClusterConfig {
  const parsed = parseClusterFile(text, { fileName: "f.yaml" });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
  return parsed.config;
}

/** What of a cluster file is slurm.conf's nodes and partitions. */
function confOf(config: ClusterConfig) {
  const groups = nodeGroups(config);
  const list = (wanted: typeof groups) => compressHostList(wanted.flatMap((one) => one.names()));
  return {
    staticNodes: list(groups.filter(({ kind }) => kind === "static")),
    partitions: config.Scheduling.SlurmQueues.map((queue) => ({
      name: queue.Name,
      nodes: list(groups.filter((group) => group.queue.Name === queue.Name)),
      suspendTime: "never" as const,
    })),
  };
}

/**
 * A head with Slurm, machines and a node manager of the simplest kind, and the cloud's files of the
 * cluster. The updater of it may be killed and begun again.
 */
export class World {
  readonly clock = new FakeClock();
  readonly files: SimFiles;
  readonly slurm: FakeSlurm;
  readonly #cloud;
  state: ClusterState;
  fleet: ComputeFleetStatus = "RUNNING";
  /** What Slurm and the node manager run with. */
  config: ClusterConfig;
  /** Why a load, or the check before it, is refused; undefined when it is not. */
  refuseLoad: (config: ClusterConfig) => string | undefined = () => undefined;
  refuseCheck: (config: ClusterConfig) => string | undefined = () => undefined;
  onUpdated: (version: number) => Promise<void> = async () => {};
  /** What was loaded that must never be: a machine or a job was on a node that it changes. */
  readonly violations: string[] = [];
  readonly loads: ClusterConfig[] = [];
  /** The node manager keeps the machines of nodes that are switched off. */
  keepMachines = false;
  /** Before which write of the state, or effect, the updater is killed; counted from 1. */
  killAt = 0;
  /** Writes and effects so far. */
  steps = 0;
  readonly said: string[] = [];
  #running = new AbortController();
  #tokens = 0;

  constructor(text: string) {
    this.config = configOfText(text);
    const types = [...localMachineTypes(this.config).values()];
    this.#cloud = createSimCloud({ clock: this.clock, types });
    this.files = this.#cloud.files("c");
    this.files.give(text);
    this.state = { inForce: { kind: "file", version: 2, text } };
    void this.files.report({ version: 2, status: "done", message: "" });
    this.slurm = createFakeSlurm({
      clock: this.clock,
      ...confOf(this.config),
      suspendTimeout: 3,
      onPrologSlurmctld: async ({ nodes }) => {
        const isUp = (name: string) => phaseOf(this.slurm.node(name)) === "up";
        while (!expandHostList(nodes).every(isUp)) await this.clock.sleep(200);
        return true;
      },
      onResume: ({ all_nodes_resume: nodes }) => void this.#boot(expandHostList(nodes)),
      onSuspend: (nodes) => void this.#terminate(nodes),
    });
  }

  get deps(): UpdaterDeps {
    const { slurm, files, clock } = this;
    const { machines } = this.#cloud.cluster("c");
    return {
      state: this.#stateFile(),
      files,
      slurm: slurm.control,
      machines: {
        list: async () => machines.list(),
        terminate: async (ids) => machines.terminate(ids),
      },
      fleet: {
        status: async () => this.fleet,
        stop: async () => this.#stopFleet(),
        start: async () => {
          this.#step();
          this.fleet = "RUNNING";
          for (const { Name } of this.config.Scheduling.SlurmQueues) {
            await slurm.control.updatePartition(Name, "UP");
          }
        },
      },
      loader: this.#loader(),
      onUpdated: (_config, version) => this.onUpdated(version),
      clock,
      log: (message) => this.said.push(message),
    };
  }

  /** Runs an updater while `seconds` pass; true when it has ended by itself. */
  async run(seconds: number): Promise<boolean> {
    const stop = new AbortController();
    this.#running = stop;
    let isOver = false;
    const over = update(this.deps, stop.signal).then(() => {
      isOver = !stop.signal.aborted;
    });
    for (let at = 0; at < seconds && !isOver; at++) await this.clock.advance(1000);
    stop.abort();
    await over;
    return isOver;
  }

  machinesOf(node: string) {
    return this.#cloud.all().filter((machine) => machine.node === node);
  }

  #step(): void {
    this.steps += 1;
    if (this.steps !== this.killAt) return;
    this.#running.abort();
    throw new Error("killed");
  }

  #stateFile(): ClusterStateFile {
    return {
      read: () => structuredClone(this.state),
      write: (state) => {
        this.#step();
        // As it would come back from the disk.
        this.state = JSON.parse(JSON.stringify(state)) as ClusterState;
      },
    };
  }

  #loader(): Loader {
    return {
      check: async (config) => {
        const why = this.refuseCheck(config);
        if (why !== undefined) throw refusal(why);
      },
      load: async (config) => {
        this.#step();
        const why = this.refuseLoad(config);
        if (why !== undefined) throw refusal(why);
        await this.#requireUnused(config);
        this.loads.push(config);
        this.slurm.reconfigure(confOf(config));
        this.config = config;
        this.#step();
      },
    };
  }

  /** Jobs of a queue that goes, and whatever is on a node that goes or becomes another one. */
  async #requireUnused(config: ClusterConfig): Promise<void> {
    const hardware = (of: ClusterConfig) =>
      new Map(
        nodeGroups(of).flatMap((group) => {
          const types = instanceTypes(group.computeResource);
          const sizes = types.map((type) => localMachineTypes(of).get(type));
          return group.names().map((name) => [name, JSON.stringify(sizes)] as const);
        }),
      );
    const [before, after] = [hardware(this.config), hardware(config)];
    for (const [name, was] of before) {
      if (after.get(name) === was) continue;
      if (this.machinesOf(name).length > 0) this.violations.push(`${name} has a machine`);
    }
    const queues = new Set(config.Scheduling.SlurmQueues.map(({ Name }) => Name));
    for (const { partition, label } of await this.slurm.control.jobs()) {
      if (!queues.has(partition)) this.violations.push(`job ${label} has no queue`);
    }
  }

  async #boot(names: readonly string[]): Promise<void> {
    const { machines } = this.#cloud.cluster("c");
    for (const node of names) {
      await machines.launch(
        [
          {
            token: `t-${++this.#tokens}`,
            node,
            pool: { queue: "q", computeResource: "r" },
            offering: { instanceType: "light.small", zone: "sim-a", market: "on-demand" },
            userData: "",
            tags: {},
          },
        ],
        { atomic: false },
      );
    }
    await this.clock.sleep(BOOT_SECONDS * 1000);
    for (const node of names) this.slurm.register(node);
  }

  async #terminate(nodes: readonly string[]): Promise<void> {
    if (this.keepMachines) return;
    const { machines } = this.#cloud.cluster("c");
    const ids = this.#cloud
      .all()
      .filter(({ node }) => nodes.includes(node))
      .map(({ id }) => id);
    await machines.terminate(ids);
  }

  async #stopFleet(): Promise<void> {
    this.#step();
    if (this.fleet === "STOPPED" || this.fleet === "STOPPING") return;
    this.fleet = "STOPPING";
    const names = nodeGroups(this.config).flatMap((group) => group.names());
    for (const { Name } of this.config.Scheduling.SlurmQueues) {
      await this.slurm.control.updatePartition(Name, "INACTIVE");
    }
    await this.slurm.control.updateNodes(names, { state: "POWER_DOWN_FORCE" });
    void this.clock.sleep(10_000).then(() => {
      this.fleet = "STOPPED";
    });
  }
}
