import { timingSafeEqual } from "node:crypto";
import { EventEmitter } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CloudError,
  type LaunchOutcome,
  type LaunchRequest,
  type Machine,
  type TerminateOutcome,
} from "@sluice/cloud";
import type { ClusterConfig, LocalMachineType } from "@sluice/model";
import { addressAt, capacityOf, type Network } from "../host/network.ts";
import { isAlive } from "../host/processes.ts";
import type { Bind, MachineProcesses } from "../machines/process.ts";
import { type ClusterPaths, clusterPaths, type StatePaths } from "../paths.ts";
import { inert, newRow, refOf, roleBinds, toMachine } from "./machine-row.ts";
import type { NamesFile } from "./names.ts";
import type { ClusterRow, LocalStore, MachineRow } from "./store.ts";

/** The only zone of the local cloud. */
export const ZONE = "local";
/** Addresses below this are the host's, the head's and kept for later. */
const FIRST_MACHINE_ADDRESS = 16;
const HEAD_ADDRESS = 2;
/** Machines that are switched on at the same time; more only compete for the same processors. */
const STARTS_AT_ONCE = 8;

/** A cluster with what is derived from its row, kept while the service runs. */
export interface LiveCluster {
  readonly row: ClusterRow;
  readonly config: ClusterConfig;
  readonly types: ReadonlyMap<string, LocalMachineType>;
  readonly network: Network;
  readonly paths: ClusterPaths;
  readonly names: NamesFile;
  /** Folders that every machine mounts. */
  readonly storage: readonly Bind[];
}

/**
 * All machines of all clusters. Every change of a machine is in the store before it happens and
 * before anybody hears of it; `recover` brings a new service to where the old one was.
 */
export class Fleet {
  readonly #store: LocalStore;
  readonly #state: StatePaths;
  readonly #processes: MachineProcesses;
  readonly #cluster: (name: string) => LiveCluster | undefined;
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #exits = new EventEmitter().setMaxListeners(0);
  readonly #nextAddress = new Map<string, number>();
  readonly #starts: (() => Promise<void>)[] = [];
  #starting = 0;

  constructor(options: {
    readonly store: LocalStore;
    readonly state: StatePaths;
    readonly processes: (onExit: (id: string) => void) => MachineProcesses;
    readonly cluster: (name: string) => LiveCluster | undefined;
  }) {
    this.#store = options.store;
    this.#state = options.state;
    this.#cluster = options.cluster;
    this.#processes = options.processes((id) => void this.#onExit(id));
  }

  /** Takes over what an earlier service left: adopts the living, buries the dead, starts the pending. */
  async recover(): Promise<void> {
    for (const row of this.#store.machines()) {
      const ref = refOf(row) ?? this.#processes.find(this.#directory(row));
      if (ref !== undefined && this.#processes.adopt(row.id, ref)) {
        this.#store.updateMachine(row.id, {
          pid: ref.pid,
          startTicks: ref.startTicks,
          ...(row.state === "pending" ? { state: "running" as const } : {}),
        });
        if (row.state === "stopping") this.#processes.kill(ref);
      } else if (row.state === "pending" && row.pid === null && this.#cluster(row.cluster)) {
        this.#enqueueStart(row);
      } else {
        await this.#onExit(row.id);
      }
    }
  }

  list(cluster: string): readonly Machine[] {
    return this.#store.machines(cluster).map(toMachine);
  }

  /** Called when a machine is gone; what was asked for through the API is no news to the asker. */
  onChange(cluster: string, listener: () => void): () => void {
    this.#events.on(cluster, listener);
    return () => this.#events.off(cluster, listener);
  }

  async launch(
    cluster: LiveCluster,
    requests: readonly LaunchRequest[],
    atomic: boolean,
  ): Promise<readonly LaunchOutcome[]> {
    const accepted: { row: MachineRow; userData: string }[] = [];
    const used = this.#usage(cluster.row.name);
    const addresses = this.#freeAddresses(cluster);
    const outcomes = requests.map((request): LaunchOutcome => {
      const known =
        this.#store.machineByToken(cluster.row.name, request.token) ??
        accepted.find(({ row }) => row.token === request.token)?.row;
      if (known !== undefined) return { ok: true, machine: toMachine(known) };
      const error = this.#refusal(cluster, request, used);
      if (error !== undefined) return { ok: false, error };
      const row = newRow(cluster, "compute", request, addresses());
      accepted.push({ row, userData: request.userData });
      used.set(row.instanceType, (used.get(row.instanceType) ?? 0) + 1);
      return { ok: true, machine: toMachine(row) };
    });
    const failed = outcomes.find((outcome) => !outcome.ok);
    if (atomic && failed !== undefined && !failed.ok) {
      return outcomes.map((outcome) => (outcome.ok ? { ok: false, error: failed.error } : outcome));
    }
    this.#store.insertMachines(accepted);
    if (accepted.length > 0) await cluster.names.refresh();
    for (const { row } of accepted) this.#enqueueStart(row);
    return outcomes;
  }

  /** The head of a cluster; there is one at a time. Resolves when it was switched on. */
  async launchHead(cluster: LiveCluster, token: string): Promise<Machine> {
    const userData = cluster.row.headUserData;
    const request: LaunchRequest = {
      token,
      node: "head",
      pool: { queue: "", computeResource: "" },
      offering: {
        instanceType: cluster.config.HeadNode.InstanceType,
        zone: ZONE,
        market: "on-demand",
      },
      userData,
      tags: {},
    };
    const row = newRow(cluster, "head", request, addressAt(cluster.network, HEAD_ADDRESS));
    this.#store.insertMachines([{ row, userData }]);
    await cluster.names.refresh();
    await this.#start(row);
    return toMachine(row);
  }

  async terminate(cluster: string, ids: readonly string[]): Promise<readonly TerminateOutcome[]> {
    return ids.map((id): TerminateOutcome => {
      const row = this.#store.machine(id);
      if (
        row === undefined ||
        row.cluster !== cluster ||
        row.role === "head" ||
        row.state === "gone"
      ) {
        return { ok: false, error: new CloudError("NotFound", `there is no machine ${id}`) };
      }
      this.#stop(row);
      return { ok: true };
    });
  }

  /** Kills machines of any role and resolves when they are gone and swept up. */
  async remove(rows: readonly MachineRow[]): Promise<void> {
    await Promise.all(
      rows.map(async (row) => {
        const gone = this.whenGone(row.id);
        this.#stop(row);
        await gone;
      }),
    );
  }

  /** Pulls the plug: what a failing machine looks like. False when there is no such machine. */
  pull(id: string): boolean {
    const row = this.#store.machine(id);
    const ref = row === undefined ? undefined : refOf(row);
    if (ref === undefined) return false;
    this.#processes.kill(ref);
    return true;
  }

  whenGone(id: string): Promise<void> {
    const row = this.#store.machine(id);
    if (row === undefined || row.state === "gone") return Promise.resolve();
    return new Promise((resolve) => this.#exits.once(id, () => resolve()));
  }

  /** The machine whose proof this is. */
  verify(cluster: string, proof: string): Machine | undefined {
    const [id = "", secret = ""] = proof.trim().split(":");
    const row = this.#store.machine(id);
    if (row === undefined || row.cluster !== cluster || row.state === "gone") return undefined;
    const expected = Buffer.from(row.proof);
    const given = Buffer.from(secret);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
    return toMachine(row);
  }

  /** Process number, on the host, of the launcher of a machine. */
  launcherOf(id: string): number | undefined {
    return this.#store.machine(id)?.pid ?? undefined;
  }

  directoryOf(id: string): string | undefined {
    const row = this.#store.machine(id);
    return row === undefined ? undefined : this.#directory(row);
  }

  close(): void {
    this.#processes.close();
  }

  #refusal(
    cluster: LiveCluster,
    request: LaunchRequest,
    used: ReadonlyMap<string, number>,
  ): CloudError | undefined {
    const { instanceType, zone, market } = request.offering;
    if (cluster.row.status === "DELETE_IN_PROGRESS") {
      return new CloudError("LaunchRejected", `cluster ${cluster.row.name} is being deleted`);
    }
    const type = cluster.types.get(instanceType);
    if (type === undefined) {
      return new CloudError(
        "LaunchRejected",
        `the local cloud has no machine type ${instanceType}`,
      );
    }
    if (zone !== ZONE)
      return new CloudError("LaunchRejected", `the local cloud has no zone ${zone}`);
    if (market !== "on-demand") {
      return new CloudError("LaunchRejected", `the local cloud has no ${market} machines`);
    }
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(request.node)) {
      return new CloudError("LaunchRejected", `${JSON.stringify(request.node)} is no host name`);
    }
    if (type.capacity !== undefined && (used.get(instanceType) ?? 0) >= type.capacity) {
      return new CloudError(
        "InsufficientCapacity",
        `no ${instanceType} left: all ${type.capacity} are in use`,
      );
    }
    const total = [...used.values()].reduce((sum, count) => sum + count, 0);
    if (total >= capacityOf(cluster.network) - FIRST_MACHINE_ADDRESS) {
      return new CloudError("QuotaExceeded", `no free address in ${cluster.row.network}`);
    }
    return undefined;
  }

  #usage(cluster: string): Map<string, number> {
    const used = new Map<string, number>();
    for (const row of this.#store.machines(cluster)) {
      if (row.role !== "compute") continue;
      used.set(row.instanceType, (used.get(row.instanceType) ?? 0) + 1);
    }
    return used;
  }

  /**
   * Gives free addresses one by one. Goes round, so that an address that was just given back is the
   * last to be used again.
   */
  #freeAddresses(cluster: LiveCluster): () => string {
    const { name } = cluster.row;
    const taken = new Set(this.#store.machines(name).map((row) => row.address));
    const size = capacityOf(cluster.network);
    return () => {
      let index = this.#nextAddress.get(name) ?? FIRST_MACHINE_ADDRESS + taken.size;
      while (index > size || taken.has(addressAt(cluster.network, index))) {
        index = index >= size ? FIRST_MACHINE_ADDRESS : index + 1;
      }
      this.#nextAddress.set(name, index + 1);
      const address = addressAt(cluster.network, index);
      taken.add(address);
      return address;
    };
  }

  #enqueueStart(row: MachineRow): void {
    this.#starts.push(async () => {
      // Terminated while it waited for its turn?
      if (this.#store.machine(row.id)?.state !== "pending") return this.#onExit(row.id);
      await this.#start(row);
    });
    void this.#pump();
  }

  async #pump(): Promise<void> {
    while (this.#starting < STARTS_AT_ONCE) {
      const next = this.#starts.shift();
      if (next === undefined) return;
      this.#starting += 1;
      void next()
        .catch(() => {})
        .finally(() => {
          this.#starting -= 1;
          void this.#pump();
        });
    }
  }

  async #start(row: MachineRow): Promise<void> {
    const cluster = this.#cluster(row.cluster);
    const type = cluster?.types.get(row.instanceType);
    try {
      if (cluster === undefined || type === undefined) throw new Error("its cluster is gone");
      const directory = this.#directory(row);
      const guest = join(directory, "guest");
      if (!type.light) {
        await mkdir(guest, { recursive: true, mode: 0o700 });
        await writeFile(join(guest, "identity"), `${row.id}:${row.proof}\n`, { mode: 0o600 });
      }
      const ref = await this.#processes.start({
        id: row.id,
        name: row.node,
        kind: type.light ? "light" : "booted",
        directory,
        image: cluster.row.imageRoot,
        address: row.address,
        prefix: cluster.network.prefix,
        gateway: addressAt(cluster.network, 1),
        bridge: cluster.row.bridge,
        delaySeconds: type.simulatedBootSeconds,
        userData: type.neverBoots ? inert(type.light) : this.#store.userData(row.id),
        limits: { vcpus: type.vcpus, memoryMiB: type.memoryMiB },
        group: this.#group(row),
        binds: [...cluster.storage, ...roleBinds(cluster, row, guest, type.light)],
      });
      const process = { pid: ref.pid, startTicks: ref.startTicks };
      // Terminated while it was being switched on?
      if (this.#store.machine(row.id)?.state === "stopping") {
        this.#store.updateMachine(row.id, process);
        this.#processes.kill(ref);
      } else {
        this.#store.updateMachine(row.id, { ...process, state: "running" });
      }
    } catch {
      await this.#onExit(row.id);
    }
  }

  #stop(row: MachineRow): void {
    if (row.state === "gone") return;
    if (row.state !== "stopping") this.#store.updateMachine(row.id, { state: "stopping" });
    const ref = refOf(this.#store.machine(row.id) ?? row);
    if (ref !== undefined && isAlive(ref)) this.#processes.kill(ref);
    // Neither running nor waiting for its turn: nobody else will tell that it is gone.
    else if (ref !== undefined) void this.#onExit(row.id);
  }

  async #onExit(id: string): Promise<void> {
    const row = this.#store.machine(id);
    if (row === undefined || row.state === "gone") return;
    await this.#processes.sweep(this.#directory(row), this.#group(row)).catch(() => {});
    this.#store.markGone(id);
    await this.#cluster(row.cluster)
      ?.names.refresh()
      .catch(() => {});
    this.#exits.emit(id);
    this.#changed(row.cluster);
  }

  #changed(cluster: string): void {
    this.#events.emit(cluster);
  }

  #directory(row: MachineRow): string {
    return join(clusterPaths(this.#state, row.cluster).machines, row.id);
  }

  /** Two states on one host keep apart by the cluster's id, which is unique over both. */
  #group(row: MachineRow): string {
    return `sluice/${this.#store.cluster(row.cluster)?.id ?? row.cluster}/${row.id}`;
  }
}
