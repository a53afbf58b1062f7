import { CloudError, type HeadView, isInService, type OnProgress } from "@sluice/cloud";
import { bootstrapTimeouts, SluiceError } from "@sluice/model";
import { bringAddress, dropAddress } from "../host/floating-address.ts";
import type { Fleet } from "./fleet.ts";
import type { HeadWord } from "./head-rows.ts";
import { commonAddress, type HeadSlot, headSlots, isOneOfTwo } from "./head-slots.ts";
import { HeadWaits } from "./head-waits.ts";
import { imageOs } from "./image-os.ts";
import type { LiveCluster } from "./live-cluster.ts";
import { toMachine } from "./machine-row.ts";
import { step } from "./step.ts";
import type { LocalStore, MachineRow } from "./store.ts";

export interface HeadsOptions {
  readonly store: LocalStore;
  readonly fleet: Fleet;
  readonly cluster: (name: string) => LiveCluster | undefined;
  /** Whether the cloud and a machine reach each other, as it is at the moment of the call. */
  readonly isReachable: (machine: MachineRow) => boolean;
}

export interface BootOptions {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
  /** Until each head is what it shall be; else until one leads. */
  readonly all: boolean;
}

/** What a head may report. */
export interface HeadReport {
  readonly status: "progress" | "ready" | "standing-by" | "failed";
  readonly message: string;
}

/** Milliseconds that a head has to power itself off in before its plug is pulled. */
const POWER_OFF_MS = 20_000;

/** The head machines of all clusters: one each, or two of which one leads. */
export class Heads {
  readonly #options: HeadsOptions;
  readonly #waits = new HeadWaits();

  constructor(options: HeadsOptions) {
    this.#options = options;
  }

  /** Those that are not going away. */
  machines(cluster: string): readonly MachineRow[] {
    return this.#options.store.heads(cluster).filter(({ state }) => state !== "stopping");
  }

  /** The machine that is in that place now, if the cloud and it reach each other. */
  reached(cluster: string, node: string): MachineRow | undefined {
    const row = this.machines(cluster).find((machine) => machine.node === node);
    return row !== undefined && this.#options.isReachable(row) ? row : undefined;
  }

  /** The only head, or the one that took the common address last. */
  leader(cluster: string): MachineRow | undefined {
    const id = this.#options.store.headWords.leader(cluster);
    return this.machines(cluster).find((row) => !isOneOfTwo(row.node) || row.id === id);
  }

  /** By which nodes, users and servers know the head. */
  commonAddress(name: string): string | undefined {
    const cluster = this.#options.cluster(name);
    return cluster === undefined ? undefined : commonAddress(cluster.range);
  }

  views(cluster: string): readonly HeadView[] {
    return this.machines(cluster).map((row) => ({
      machine: toMachine(row),
      zone: row.zone,
      role: this.#roleOf(row),
      ...imageOs(row),
    }));
  }

  /** Places where no machine is, nor one that is on its way out, and where one could be. */
  vacant(cluster: LiveCluster): readonly HeadSlot[] {
    const rows = this.#options.store.heads(cluster.row.name);
    return headSlots(cluster.headsFrom.config, cluster.range).filter(
      ({ node, zone }) => !rows.some((row) => row.node === node) && !cluster.isFailed(zone),
    );
  }

  /**
   * Makes the heads that are missing, and waits.
   *
   * Errors: `HEAD_TIMEOUT`, `HEAD_SETUP_FAILED`, `HEAD_DIED`, `InsufficientCapacity` when none can be
   * made because their zones failed.
   */
  async boot(cluster: LiveCluster, { onProgress, signal, all }: BootOptions): Promise<void> {
    const { name } = cluster.row;
    const { fleet, store } = this.#options;
    await step(onProgress, "head", "booting and starting services", async () => {
      const going = store.heads(name).filter(({ state }) => state === "stopping");
      await Promise.all(going.map(({ id }) => fleet.whenGone(id)));
      const isDone = (): boolean => this.#isUp(cluster, all);
      const up = this.#waits.wait(name, {
        signal,
        timeoutMs: bootstrapTimeouts(cluster.config).head * 1000,
        onProgress: (message) =>
          onProgress({ time: new Date(), resource: "head", status: "info", message }),
        isDone,
        isLost: () => all || this.machines(name).every((row) => this.#said(row) === "failed"),
      });
      await Promise.all(this.vacant(cluster).map((slot) => this.launch(cluster, slot)));
      if (this.machines(name).length === 0) throw noPower(cluster);
      if (isDone()) return;
      await up;
    });
  }

  /** Resolves when the machine was switched on. */
  async launch(cluster: LiveCluster, slot: HeadSlot): Promise<void> {
    const { name } = cluster.row;
    const { fleet, store } = this.#options;
    const machine = await fleet.launchHead(cluster, slot);
    void fleet.whenGone(machine.id).then(() => {
      store.headWords.forgetMachine(machine.id);
      this.#waits.died(name);
    });
  }

  /** What a head says of itself. */
  report(row: MachineRow, { status, message }: HeadReport): void {
    const { cluster, node, zone } = row;
    if (status === "progress") {
      this.#waits.progress(cluster, isOneOfTwo(node) ? `${node}: ${message}` : message);
      return;
    }
    const { store } = this.#options;
    store.headWords.say(cluster, row.id, status);
    const text = isOneOfTwo(node) ? `${node} in zone ${zone} ${SAID[status]}` : SAID[status];
    const isOver = status === "failed";
    // What becomes of heads that are being waited for is told by those who wait.
    if (isInService(store.cluster(cluster)?.status ?? "STOPPED")) {
      this.tell(cluster, isOver ? "failed" : "done", isOver ? `${text}: ${message}` : text);
    }
    this.#waits.said(cluster, status, message);
  }

  /** Heads off for a while, the one that leads by its own systemd and last, so that none follows it. */
  async stop(cluster: string, powerOff: (launcher: number) => Promise<void>): Promise<void> {
    const { fleet } = this.#options;
    const leader = this.leader(cluster);
    await fleet.remove(this.machines(cluster).filter((row) => row.id !== leader?.id));
    if (leader === undefined) return;
    const gone = fleet.whenGone(leader.id);
    if (leader.pid !== null) await powerOff(leader.pid).catch(() => {});
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, POWER_OFF_MS))]);
  }

  /** Whether a head machine surely is no more. */
  isGone(cluster: string, id: string): boolean {
    return this.#options.fleet.find(cluster, id) === undefined;
  }

  /** Kills a former head; `unsure` of one that the cloud does not reach, which is left alone. */
  async fence(asker: MachineRow, id: string): Promise<"off" | "unsure"> {
    const row = this.#options.fleet.find(asker.cluster, id);
    if (row === undefined || row.role !== "head") return "off";
    if (row.id === asker.id) {
      throw new SluiceError("BAD_REQUEST", "user", `${id} asks for its own end`);
    }
    if (!this.#options.isReachable(row)) return "unsure";
    this.tell(asker.cluster, "info", `${asker.node} takes over: ${row.node} (${id}) is cut off`);
    await this.#options.fleet.remove([row]);
    return "off";
  }

  /** Brings the common address to a head, from the other one if that is reached. */
  async takeAddress(row: MachineRow): Promise<void> {
    const { store } = this.#options;
    store.headWords.lead(row.cluster, row.id);
    const others = this.machines(row.cluster).filter(({ id }) => id !== row.id);
    await Promise.all(others.map((other) => this.release(other)));
    const address = this.commonAddress(row.cluster);
    if (row.pid !== null && address !== undefined) await bringAddress(row.pid, address);
  }

  /** Takes the common address from a machine that does not lead, in case it still has it. */
  async release(row: MachineRow): Promise<void> {
    const isLeader = this.leader(row.cluster)?.id === row.id;
    const address = this.commonAddress(row.cluster);
    if (isLeader || row.pid === null || address === undefined) return;
    if (this.#options.isReachable(row)) await dropAddress(row.pid, address).catch(() => {});
  }

  tell(cluster: string, status: "started" | "info" | "done" | "failed", message: string): void {
    const event = { time: new Date(), resource: "head", status, message };
    this.#options.store.addEvent(cluster, event);
  }

  #isUp(cluster: LiveCluster, all: boolean): boolean {
    const roles = this.views(cluster.row.name).map(({ role }) => role);
    const count = headSlots(cluster.headsFrom.config, cluster.range).length;
    const isWhole = roles.length === count && !roles.includes("starting");
    return roles.includes("leading") && (!all || isWhole);
  }

  #roleOf(row: MachineRow): HeadView["role"] {
    const said = this.#said(row);
    if (this.leader(row.cluster)?.id === row.id) return said === "ready" ? "leading" : "starting";
    return said === "standing-by" ? "standing-by" : "starting";
  }

  #said(row: MachineRow): HeadWord {
    return this.#options.store.headWords.said(row.id);
  }
}

const SAID = {
  ready: "leads",
  "standing-by": "stands by",
  failed: "could not be set up",
} as const;

function noPower(cluster: LiveCluster): CloudError {
  const zones = headSlots(cluster.headsFrom.config, cluster.range).map(({ zone }) => zone);
  const message = `no head of ${cluster.row.name} can be made: zone ${zones.join(", ")} failed`;
  return new CloudError("InsufficientCapacity", message);
}
