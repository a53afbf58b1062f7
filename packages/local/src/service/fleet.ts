import { EventEmitter } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  CloudError,
  type Interruption,
  type LaunchOutcome,
  type LaunchRequest,
  type Machine,
  type TerminateOutcome,
} from "@sluice/cloud";
import { messageOf } from "@sluice/model";
import { isAlive } from "../host/processes.ts";
import { consoleTail } from "../machines/console.ts";
import type { MachineProcesses } from "../machines/process.ts";
import type { StatePaths } from "../paths.ts";
import { writeGuestFiles } from "./guest-files.ts";
import type { HeadSlot } from "./head-slots.ts";
import type { LiveCluster } from "./live-cluster.ts";
import type { LiveSite } from "./live-site.ts";
import { type LivePlace, machineSpec, newRow, refOf, toMachine } from "./machine-row.ts";
import { notNow } from "./not-now.ts";
import { Notices } from "./notices.ts";
import { type PlaceToFill, requestFor } from "./place-to-fill.ts";
import { isProofOf, machineOfProof } from "./proof.ts";
import { machinesFolder } from "./site-paths.ts";
import type { SiteSlot } from "./site-plan.ts";
import { StartQueue } from "./start-queue.ts";
import type { LocalStore, MachineRow } from "./store.ts";
import { Addresses, noCapacity, refusal, Usage } from "./supply.ts";

/** Bytes of a console that outlive their machine for a while. */
const LAST_WORDS = 8 << 10;

/**
 * All machines of all clusters. Every change of a machine is in the store before it happens and
 * before anybody hears of it; `recover` brings a new service to where the old one was.
 */
export class Fleet {
  readonly #store: LocalStore;
  readonly #state: StatePaths;
  readonly #processes: MachineProcesses;
  readonly #cluster: (name: string) => LivePlace | undefined;
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #exits = new EventEmitter().setMaxListeners(0);
  readonly #addresses = new Addresses();
  readonly #starts = new StartQueue();
  readonly #notices: Notices;
  /** Machines whose end is being seen to. */
  readonly #ending = new Set<string>();

  constructor(options: {
    readonly store: LocalStore;
    readonly state: StatePaths;
    readonly processes: (onExit: (id: string) => void) => MachineProcesses;
    /** Of a cluster, or of a site by its owner's name. */
    readonly cluster: (name: string) => LivePlace | undefined;
  }) {
    this.#store = options.store;
    this.#state = options.state;
    this.#cluster = options.cluster;
    this.#processes = options.processes((id) => void this.#onExit(id));
    this.#notices = new Notices(options.store, (id) => this.#reclaim(id));
  }

  /** Takes over what an earlier service left: adopts the living, buries the dead, starts the pending. */
  async recover(): Promise<void> {
    for (const row of this.#store.machines()) {
      if (row.state === "stopped") continue;
      const ref = refOf(row) ?? this.#processes.find(this.#directory(row));
      if (ref !== undefined && this.#processes.adopt(row.id, ref)) {
        this.#store.updateMachine(row.id, {
          pid: ref.pid,
          startTicks: ref.startTicks,
          ...(row.state === "pending" ? { state: "running" as const } : {}),
        });
        if (row.state === "stopping" || row.state === "halting") this.#processes.kill(ref);
      } else if (row.state === "pending" && row.pid === null && this.#cluster(row.cluster)) {
        this.#enqueueStart(row);
      } else {
        await this.#onExit(row.id);
      }
    }
    this.#notices.recover();
  }

  /** The machines there are, and after them those that went a short while ago. */
  list(cluster: string): readonly Machine[] {
    const gone = this.#store.goneMachines(cluster, new Date());
    return [...this.#store.machines(cluster), ...gone].map(toMachine);
  }

  /** Also of a machine that is gone. */
  row(id: string): MachineRow | undefined {
    return this.#store.machine(id);
  }

  /** Undefined when the cluster has no such machine, or no longer. */
  find(cluster: string, id: string): MachineRow | undefined {
    const row = this.#store.machine(id);
    return row?.cluster === cluster && row.state !== "gone" ? row : undefined;
  }

  /** The end of a machine's console, also of one that went a short while ago. */
  async console(row: MachineRow, bytes: number): Promise<string> {
    const text = row.state === "gone" ? "" : await consoleTail(this.#directory(row), bytes);
    return text === "" ? this.#store.lastWords(row.id) : text;
  }

  /** Called when a machine is gone or stopped, asked for or not. That it was asked for is no news. */
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
    const rows = this.#store.machines(cluster.row.name);
    const used = new Usage(rows);
    const addresses = this.#addresses.free(cluster, rows);
    const outcomes = requests.map((request): LaunchOutcome => {
      const known =
        this.#store.machineByToken(cluster.row.name, request.token) ??
        accepted.find(({ row }) => row.token === request.token)?.row;
      if (known !== undefined) return { ok: true, machine: toMachine(known) };
      const error = refusal(cluster, request.node, request.offering, used);
      if (error !== undefined) return { ok: false, error };
      const row = newRow(cluster, "compute", request, addresses());
      accepted.push({ row, userData: request.userData });
      used.add(row);
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

  /** A machine in a head's place, which has to be free. Resolves when it was switched on. */
  async launchHead(cluster: LiveCluster, slot: HeadSlot): Promise<Machine> {
    const { headUserData: userData, imageRoot: image } = cluster.headsFrom;
    const row = this.#insert(cluster, "head", { ...slot, userData }, image);
    await cluster.names.refresh();
    return this.#start(row).then(() => toMachine(row));
  }

  /** A machine of a site, whose place has to be free. Resolves when it was switched on. */
  async launchSite(site: LiveSite, slot: SiteSlot): Promise<Machine> {
    const row = this.#insert(site, "site", slot);
    await this.#start(row);
    return toMachine(row);
  }

  #insert(
    place: LivePlace,
    role: "head" | "site",
    slot: PlaceToFill & { readonly address: string },
    image = place.row.imageRoot,
  ): MachineRow {
    const row = { ...newRow(place, role, requestFor(slot), slot.address), image };
    this.#store.insertMachines([{ row, userData: slot.userData }]);
    this.#store.headWords.say(row.cluster, row.id, "starting");
    return row;
  }

  async terminate(cluster: string, ids: readonly string[]): Promise<readonly TerminateOutcome[]> {
    return this.#each(cluster, ids, (row) => {
      this.#stop(row);
      return { ok: true };
    });
  }

  /** Switches machines off as a power cut would; their disks stay. */
  async halt(cluster: string, ids: readonly string[]): Promise<readonly TerminateOutcome[]> {
    return this.#each(cluster, ids, (row) => {
      if (row.state === "halting" || row.state === "stopped") return { ok: true };
      const ref = refOf(row);
      if (row.state !== "running" || ref === undefined) return notNow(row, "running");
      this.#store.updateMachine(row.id, { state: "halting" });
      this.#processes.kill(ref);
      return { ok: true };
    });
  }

  /** Switches machines on again that were halted. */
  async restart(
    cluster: LiveCluster,
    ids: readonly string[],
  ): Promise<readonly TerminateOutcome[]> {
    const { name } = cluster.row;
    const used = new Usage(this.#store.machines(name));
    const started: MachineRow[] = [];
    const outcomes = this.#each(name, ids, (row) => {
      if (row.state === "pending" || row.state === "running") return { ok: true };
      if (row.state !== "stopped") return notNow(row, "stopped");
      const error = noCapacity(cluster, row, used);
      if (error !== undefined) return { ok: false, error };
      used.restart(row);
      this.#store.updateMachine(row.id, { state: "pending" });
      started.push({ ...row, state: "pending" });
      return { ok: true };
    });
    if (started.length > 0) await cluster.names.refresh();
    for (const row of started) this.#enqueueStart(row);
    return outcomes;
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
    if (row === undefined || row.state === "gone") return false;
    // Of a machine that is off, it is the disk that is lost.
    if (row.state === "stopped") this.#stop(row);
    const ref = refOf(row);
    if (row.state === "halting") this.#store.updateMachine(id, { state: "running" });
    if (ref !== undefined) this.#processes.kill(ref);
    return ref !== undefined || row.state === "stopped";
  }

  /** Pulls all their plugs at once, also of those that wait for their turn; resolves when all are gone. */
  async losePower(rows: readonly MachineRow[]): Promise<void> {
    const gone = rows.map(({ id }) => this.whenGone(id));
    for (const row of rows) if (!this.pull(row.id)) this.#stop(row);
    await Promise.all(gone);
  }

  /** Announces that a machine will be taken away, and takes it at the deadline. */
  interrupt(row: MachineRow, kind: Interruption["kind"], deadline: Date | undefined): Interruption {
    return this.#notices.add(row, kind, deadline);
  }

  /** The notices of a cluster's compute machines, those in force first. */
  onNotice(cluster: string, listener: (notice: Interruption) => void): () => void {
    return this.#notices.listen(cluster, listener);
  }

  whenGone(id: string): Promise<void> {
    const row = this.#store.machine(id);
    if (row === undefined || row.state === "gone") return Promise.resolve();
    return new Promise((resolve) => this.#exits.once(id, () => resolve()));
  }

  /** The machine whose proof this is. */
  verify(cluster: string, proof: string): Machine | undefined {
    const row = this.#store.machine(machineOfProof(proof));
    if (row === undefined || row.cluster !== cluster || row.state === "gone") return undefined;
    if (!isProofOf(row, proof)) return undefined;
    return toMachine(row);
  }

  /** Process number, on the host, of the launcher of a machine. */
  launcherOf(id: string): number | undefined {
    return this.#store.machine(id)?.pid ?? undefined;
  }

  close(): void {
    this.#notices.close();
    this.#processes.close();
  }

  #each(
    cluster: string,
    ids: readonly string[],
    act: (row: MachineRow) => TerminateOutcome,
  ): readonly TerminateOutcome[] {
    return ids.map((id) => {
      const row = this.find(cluster, id);
      if (row !== undefined && row.role !== "head") return act(row);
      return { ok: false, error: new CloudError("NotFound", `there is no machine ${id}`) };
    });
  }

  #enqueueStart(row: MachineRow): void {
    this.#starts.push(async () => {
      // Terminated while it waited for its turn?
      if (this.#store.machine(row.id)?.state !== "pending") return this.#onExit(row.id);
      await this.#start(row);
    });
  }

  async #start(row: MachineRow): Promise<void> {
    const cluster = this.#cluster(row.cluster);
    const type = cluster?.types.get(row.instanceType);
    try {
      if (cluster === undefined || type === undefined) throw new Error("its cluster is gone");
      const directory = this.#directory(row);
      const guest = join(directory, "guest");
      if (!type.light) await writeGuestFiles(guest, cluster, row);
      const ref = await this.#processes.start(
        machineSpec(cluster, type, row, {
          directory,
          guest,
          group: this.#group(row),
          userData: this.#store.userData(row.id),
          // A machine that was halted has its disk, and its place in the cloud.
          isNew: !existsSync(join(directory, "disk")),
        }),
      );
      const launched = { pid: ref.pid, startTicks: ref.startTicks };
      // Terminated while it was being switched on?
      if (this.#store.machine(row.id)?.state === "stopping") {
        this.#store.updateMachine(row.id, launched);
        this.#processes.kill(ref);
      } else {
        this.#store.updateMachine(row.id, { ...launched, state: "running" });
      }
    } catch (error) {
      const message = `machine ${row.id} (${row.node}) could not be started: ${messageOf(error)}`;
      process.stderr.write(`${new Date().toISOString()} ${message}\n`);
      await this.#onExit(row.id, `sluice: ${message}\n`);
    }
  }

  #stop(row: MachineRow): void {
    if (row.state === "gone") return;
    if (row.state !== "stopping") this.#store.updateMachine(row.id, { state: "stopping" });
    const ref = refOf(this.#store.machine(row.id) ?? row);
    if (ref !== undefined && isAlive(ref)) this.#processes.kill(ref);
    // Neither running nor waiting for its turn: nobody else will tell that it is gone.
    else if (ref !== undefined || row.state === "stopped") void this.#onExit(row.id);
  }

  /** The deadline of a notice has come. */
  #reclaim(id: string): void {
    const row = this.#store.machine(id);
    // One that waits for its turn to be switched on has no plug to pull.
    if (row !== undefined && !this.pull(id)) this.#stop(row);
  }

  /** @param why what ended it, where its console cannot tell. */
  async #onExit(id: string, why = ""): Promise<void> {
    if (this.#ending.has(id)) return;
    this.#ending.add(id);
    let row: MachineRow | undefined;
    try {
      row = await this.#end(id, why);
    } finally {
      this.#ending.delete(id);
    }
    if (row === undefined) return;
    await this.#cluster(row.cluster)
      ?.names.refresh()
      .catch(() => {});
    if (row.state === "gone") this.#exits.emit(id);
    this.#changed(row.cluster);
  }

  /** @returns the machine as it is now: stopped, or gone; undefined when it was so before. */
  async #end(id: string, why: string): Promise<MachineRow | undefined> {
    const row = this.#store.machine(id);
    if (row === undefined || row.state === "gone") return undefined;
    const directory = this.#directory(row);
    if (row.state === "halting") {
      await this.#processes.settle(row.id, this.#group(row)).catch(() => {});
      // Terminated, or its plug pulled, in the meantime?
      if (this.#store.machine(id)?.state === "halting") {
        this.#store.updateMachine(id, { state: "stopped", pid: null, startTicks: null });
        return { ...row, state: "stopped" };
      }
    }
    const said = await consoleTail(directory, LAST_WORDS).catch(() => "");
    await this.#processes.sweep(directory, this.#group(row)).catch(() => {});
    this.#notices.forget(id);
    this.#store.markGone(id, new Date(), said + why);
    return { ...row, state: "gone" };
  }

  #changed(cluster: string): void {
    this.#events.emit(cluster);
  }

  #directory(row: MachineRow): string {
    return join(machinesFolder(this.#state, row.cluster), row.id);
  }

  /** Two states on one host keep apart by the cluster's id, which is unique over both. */
  #group(row: MachineRow): string {
    const known = this.#cluster(row.cluster) ?? this.#store.cluster(row.cluster);
    return `sluice/${known?.id ?? row.cluster}/${row.id}`;
  }
}
