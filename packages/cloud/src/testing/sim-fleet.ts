import type { Clock } from "@sluice/model";
import type {
  Interruption,
  LaunchRequest,
  Machine,
  OfferingKey,
  TerminateOutcome,
} from "../contract.ts";
import { CloudError, type CloudErrorKind } from "../errors.ts";
import { Broadcast } from "./broadcast.ts";
import type { SimFaults } from "./sim-faults.ts";
import { type SimBill, SimGraves } from "./sim-graves.ts";
import { SimMachine } from "./sim-machine.ts";
import { offeringId, type SimMarket } from "./sim-market.ts";
import { drawMs, type SimDuration } from "./sim-random.ts";

export interface SimFleetOptions {
  readonly clock: Clock;
  /** From acceptance until the machine runs user data; 0 by default. */
  readonly bootMs?: SimDuration | ((request: LaunchRequest) => SimDuration);
  /** From acceptance of a termination until the machine is gone; 0 by default. */
  readonly stopMs?: SimDuration;
  /** From acceptance of `Standby.stop` until the machine is stopped; 0 by default. */
  readonly parkMs?: SimDuration;
  /** From acceptance of `Standby.start` until it is running again; a tenth of a boot by default. */
  readonly startMs?: SimDuration;
  /** How long a machine that is gone is still listed; 10 minutes, false for not at all. */
  readonly tombstoneMs?: number | false;
  /** A machine has booted: what it would do now, for example register with Slurm. */
  readonly onRunning?: (machine: Machine, cluster: string) => void;
  /** A machine is switched off and kept. */
  readonly onStopped?: (machine: Machine, cluster: string) => void;
  /** A machine is gone, whoever ended it. */
  readonly onGone?: (machine: Machine, cluster: string) => void;
}

/** How long before the end of a window its machines are told, in seconds. */
const WINDOW_NOTICE = 30 * 60;

/** The machines of all clusters, what becomes of them, and who is told. */
export class SimFleet {
  readonly #options: SimFleetOptions;
  readonly #faults: SimFaults;
  readonly #market: SimMarket;
  readonly #random: () => number;
  readonly #machines = new Map<string, SimMachine>();
  readonly #graves: SimGraves;
  /** By cluster and token; kept after the machine is gone. */
  readonly #tokens = new Map<string, string>();
  readonly #changes = new Map<string, Broadcast<void>>();
  readonly #notices = new Map<string, Broadcast<Interruption>>();
  #lastId = 0;

  constructor(
    options: SimFleetOptions,
    parts: {
      readonly faults: SimFaults;
      readonly market: SimMarket;
      readonly random: () => number;
    },
  ) {
    this.#options = options;
    this.#faults = parts.faults;
    this.#market = parts.market;
    this.#graves = new SimGraves(options.tombstoneMs);
    this.#random = parts.random;
  }

  all(): readonly SimMachine[] {
    return [...this.#machines.values()];
  }

  get(id: string): SimMachine | undefined {
    return this.#machines.get(id);
  }

  /** Undefined when no such token was accepted; `gone` when its machine is no more. */
  byToken(cluster: string, token: string): SimMachine | "gone" | undefined {
    const id = this.#tokens.get(`${cluster}/${token}`);
    return id === undefined ? undefined : (this.#machines.get(id) ?? "gone");
  }

  /** What that cluster's list shows now, as far as it can be believed. */
  list(cluster: string): readonly Machine[] {
    if (this.#faults.nextEmptyLists > 0) {
      this.#faults.nextEmptyLists -= 1;
      return [];
    }
    const now = this.#now();
    const { listStaleMs, listOmits, neverListed } = this.#faults;
    return [...this.all(), ...this.#graves.shown(now, listStaleMs)].flatMap((entry) => {
      const seen = entry.cluster === cluster ? entry.seenAt(now, listStaleMs) : undefined;
      return seen === undefined || neverListed(seen) || listOmits(seen) ? [] : [seen];
    });
  }

  changes(cluster: string, signal: AbortSignal): AsyncIterable<void> {
    return channel(this.#changes, cluster).listen(signal);
  }

  interruptions(cluster: string, signal: AbortSignal): AsyncIterable<Interruption> {
    const inForce = this.all().flatMap((entry) =>
      entry.cluster === cluster && entry.notice !== undefined ? [entry.notice] : [],
    );
    return channel(this.#notices, cluster).listen(signal, inForce);
  }

  /** Makes a machine that takes its share of the market and does nothing yet. */
  create(cluster: string, request: LaunchRequest): SimMachine {
    this.#lastId += 1;
    const n = this.#lastId;
    const now = this.#now();
    const entry = new SimMachine({
      cluster,
      request,
      shares: this.#market.shares(cluster, request),
      price: this.#market.price(request.offering),
      listedFrom: now + this.#faults.listDelayMs,
      machine: {
        id: `sim-${n}`,
        token: request.token,
        role: "compute",
        node: request.node,
        pool: request.pool,
        offering: request.offering,
        state: "pending",
        address: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
        launchedAt: new Date(now),
        tags: { ...request.tags },
      },
    });
    this.#machines.set(entry.machine.id, entry);
    this.#tokens.set(`${cluster}/${request.token}`, entry.machine.id);
    this.#market.take(entry.shares);
    return entry;
  }

  /** As if it had never been asked for. */
  forget(entry: SimMachine): void {
    if (!this.#machines.delete(entry.machine.id)) return;
    this.#tokens.delete(`${entry.cluster}/${entry.machine.token}`);
    this.#market.give(entry.shares);
  }

  /** Switches on what `create` made. */
  launch(entries: readonly SimMachine[]): void {
    for (const entry of entries) {
      entry.startBilling(this.#now());
      void this.#boot(entry, this.#bootMs(entry.request));
      const window = this.#market.window(entry.cluster, entry.request);
      if (window !== undefined) void this.#expire(entry, window.until);
    }
    for (const cluster of new Set(entries.map((entry) => entry.cluster))) this.#changed(cluster);
  }

  terminate(cluster: string, id: string): TerminateOutcome {
    const entry = this.#of(cluster, id);
    if (entry === undefined) return refused("NotFound", `there is no machine ${id}`);
    if (entry.machine.state === "stopping") return { ok: true };
    entry.become("stopping", this.#now());
    entry.stopBilling(this.#now());
    entry.powerOff();
    entry.going.abort();
    const took = this.#draw(this.#options.stopMs ?? 0);
    if (took === 0) this.remove(entry);
    else void this.#options.clock.sleep(took).then(() => this.remove(entry));
    return { ok: true };
  }

  stop(cluster: string, id: string): TerminateOutcome {
    const entry = this.#of(cluster, id);
    if (entry === undefined || entry.machine.state === "stopping") {
      return refused("NotFound", `there is no machine ${id}`);
    }
    if (entry.machine.state === "pending") return refused("NotReady", `${id} is not running yet`);
    if (entry.machine.state === "stopped" || entry.parking) return { ok: true };
    entry.parking = true;
    entry.stopBilling(this.#now());
    entry.powerOff();
    const took = this.#draw(this.#options.parkMs ?? 0);
    if (took === 0) this.#parked(entry);
    else {
      void this.#options.clock.sleep(took, entry.going.signal).then(() => this.#parked(entry));
    }
    return { ok: true };
  }

  start(cluster: string, id: string): TerminateOutcome {
    const entry = this.#of(cluster, id);
    if (entry === undefined || entry.machine.state === "stopping") {
      return refused("NotFound", `there is no machine ${id}`);
    }
    if (entry.parking) return refused("NotReady", `${id} is still being switched off`);
    if (entry.machine.state !== "stopped") return { ok: true };
    const error = this.#market.refusal(cluster, entry.request, this.#options.clock.now());
    if (error !== undefined) return { ok: false, error };
    this.#market.take(entry.shares);
    entry.become("pending", this.#now());
    entry.startBilling(this.#now());
    void this.#boot(entry, this.#startMs(entry.request));
    this.#changed(cluster);
    return { ok: true };
  }

  /** It is gone, at once. */
  remove(entry: SimMachine): void {
    if (!this.#machines.delete(entry.machine.id)) return;
    if (entry.machine.state !== "stopped") this.#market.give(entry.shares);
    entry.become("gone", this.#now());
    entry.goneAt = this.#now();
    entry.stopBilling(this.#now());
    entry.powerOff();
    entry.going.abort();
    this.#graves.bury(entry);
    this.#changed(entry.cluster);
    this.#options.onGone?.(entry.machine, entry.cluster);
  }

  announce(notice: Interruption): void {
    const entry = this.#machines.get(notice.machineId);
    if (entry === undefined) return;
    entry.notice = notice;
    channel(this.#notices, entry.cluster).publish(notice);
  }

  /** Gives notice, and takes the machine when the time is over, unless the notice is withdrawn. */
  async take(entry: SimMachine, kind: Interruption["kind"], noticeSeconds: number): Promise<void> {
    if (noticeSeconds <= 0) {
      this.remove(entry);
      return;
    }
    const deadline = new Date(this.#now() + noticeSeconds * 1000);
    const notice = { machineId: entry.machine.id, kind, deadline };
    this.announce(notice);
    await this.#options.clock.sleep(noticeSeconds * 1000, entry.going.signal);
    if (entry.notice === notice && !entry.going.signal.aborted) this.remove(entry);
  }

  /** @returns the ids of those that go, chosen by chance among those without a notice. */
  reclaim(offering: OfferingKey, count: number, noticeSeconds: number): readonly string[] {
    const left = this.all().filter(
      ({ machine, notice }) =>
        notice === undefined &&
        (machine.state === "running" || machine.state === "pending") &&
        offeringId(machine.offering) === offeringId(offering),
    );
    const chosen: SimMachine[] = [];
    while (chosen.length < count && left.length > 0) {
      chosen.push(...left.splice(Math.floor(this.#random() * left.length), 1));
    }
    for (const entry of chosen) void this.take(entry, "spot", noticeSeconds);
    return chosen.map((entry) => entry.machine.id);
  }

  billed(): SimBill {
    return this.#graves.bill(this.all(), this.#now());
  }

  async #boot(entry: SimMachine, took: number): Promise<void> {
    const { clock, onRunning } = this.#options;
    const { request, cluster } = entry;
    const signal = entry.powerOn();
    const dies = this.#faults.diesBeforeBoot(request);
    const stays = this.#faults.staysPending(request);
    const hangs = this.#faults.neverBoots(request);
    entry.say(`${clock.now().toISOString()} ${entry.machine.id} is switched on`);
    await clock.sleep(dies ? took / 2 : took, signal);
    if (signal.aborted || stays) return;
    if (dies) {
      this.remove(entry);
      return;
    }
    entry.become("running", this.#now());
    entry.say(`${clock.now().toISOString()} ${hangs ? "no network" : `${request.node} is up`}`);
    this.#changed(cluster);
    if (hangs) return;
    const { machine } = entry;
    onRunning?.({ ...machine, node: this.#faults.comesUpAs(machine) ?? machine.node }, cluster);
  }

  #parked(entry: SimMachine): void {
    entry.parking = false;
    if (entry.going.signal.aborted) return;
    entry.become("stopped", this.#now());
    this.#market.give(entry.shares);
    this.#changed(entry.cluster);
    this.#options.onStopped?.(entry.machine, entry.cluster);
  }

  async #expire(entry: SimMachine, until: Date): Promise<void> {
    const { clock } = this.#options;
    const left = () => (until.getTime() - this.#now()) / 1000;
    await clock.sleep(Math.max(0, left() - WINDOW_NOTICE) * 1000, entry.going.signal);
    if (!entry.going.signal.aborted) await this.take(entry, "maintenance", left());
  }

  #bootMs(request: LaunchRequest): number {
    const { bootMs = 0 } = this.#options;
    return this.#draw(typeof bootMs === "function" ? bootMs(request) : bootMs);
  }

  #startMs(request: LaunchRequest): number {
    const { startMs } = this.#options;
    return startMs === undefined ? this.#bootMs(request) / 10 : this.#draw(startMs);
  }

  #of(cluster: string, id: string): SimMachine | undefined {
    const entry = this.#machines.get(id);
    return entry?.cluster === cluster ? entry : undefined;
  }

  #changed(cluster: string): void {
    channel(this.#changes, cluster).publish();
  }

  #draw(duration: SimDuration): number {
    return drawMs(duration, this.#random);
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

function refused(kind: CloudErrorKind, message: string): TerminateOutcome {
  return { ok: false, error: new CloudError(kind, message) };
}

function channel<T>(channels: Map<string, Broadcast<T>>, cluster: string): Broadcast<T> {
  const existing = channels.get(cluster);
  if (existing !== undefined) return existing;
  const created = new Broadcast<T>();
  channels.set(cluster, created);
  return created;
}
