import type { Clock } from "@sluice/model";
import type {
  Consoles,
  HeadCloud,
  HeadSignal,
  Interruption,
  LaunchRequest,
  Machine,
  Machines,
  OfferingKey,
  Standby,
} from "../contract.ts";
import { CloudError } from "../errors.ts";
import { SimCalls, type SimTraffic } from "./sim-calls.ts";
import { noFaults, type SimFaults } from "./sim-faults.ts";
import { SimFiles } from "./sim-files.ts";
import { SimFleet, type SimFleetOptions } from "./sim-fleet.ts";
import { SimLauncher } from "./sim-launch.ts";
import { Limiter, type SimLimits, type SimOperation } from "./sim-limits.ts";
import {
  type SimCapacity,
  SimMarket,
  type SimMarketOptions,
  type SimReservation,
} from "./sim-market.ts";
import { longMs, type SimDuration, seededRandom } from "./sim-random.ts";

export interface SimCloudOptions extends SimMarketOptions, SimFleetOptions {
  readonly clock: Clock;
  /** What is left to chance is the same for the same seed; 1. */
  readonly seed?: number;
  /** How long calls take, by kind. */
  readonly latency?: Partial<Readonly<Record<SimOperation, SimDuration>>>;
  /** None by default. */
  readonly limits?: SimLimits;
  /** False for a cloud whose machines can't be stopped and started. */
  readonly standby?: boolean;
}

/**
 * A cloud in memory that behaves: time, capacity and failures as told, tokens and tags as the
 * contract wants. It outlives the head that talks to it, as a cloud does. One cloud is one account
 * in one region: clusters share capacity, quotas and limits.
 */
export interface SimCloud {
  readonly faults: SimFaults;
  /** By `type/zone/market`; may be changed at any time. Machines that are there stay. */
  readonly capacity: Map<string, SimCapacity>;
  /** By id or group; may be changed at any time. */
  readonly reservations: Map<string, SimReservation>;
  /** By name; may be changed at any time. */
  readonly quotas: Map<string, number>;
  /** May be set at any time; buckets keep their level. */
  limits: SimLimits | undefined;
  /** What was asked so far. */
  readonly traffic: Readonly<Record<SimOperation, Readonly<SimTraffic>>>;
  /** What the head of that cluster holds. Two calls with one name reach the same machines. */
  cluster(name: string): HeadCloud;
  /** The files of a cluster: one, until more are given. */
  files(name: string): SimFiles;
  /** Every machine that exists, of every cluster, as it is and not as a list may show it. */
  all(): readonly (Machine & { readonly cluster: string })[];
  /** The machine dies by itself, at once. */
  kill(machineId: string): void;
  /** Tells the machine's cluster that the machine will be taken away, and then does not take it. */
  interrupt(notice: Interruption): void;
  /** Gives notice, and takes the machine when the time is over. */
  take(machineId: string, kind: Interruption["kind"], noticeSeconds: number): void;
  /** The notice is no longer in force, and the machine stays. Nobody is told. */
  withdraw(machineId: string): void;
  /**
   * The market wants machines back: so many of that offering get a spot notice, and go when the
   * time (120 seconds; with 0 there is no notice) is over. What may be launched anew is `capacity`.
   *
   * @returns the ids of those that go, chosen by chance.
   */
  reclaim(
    offering: OfferingKey,
    count: number,
    options?: { readonly noticeSeconds?: number },
  ): readonly string[];
  /** The machine writes a line on its console. */
  say(machineId: string, line: string): void;
  /** What the machine would send to prove who it is. */
  proofOf(machineId: string): string;
  /** Every request that was accepted, a repeated token once; in order. */
  readonly accepted: readonly LaunchRequest[];
  /** What heads said of themselves, in order. */
  readonly reports: readonly SimReport[];
  /** Of all machines that there are or were: from acceptance, or a start, until they were asked to
   * stop or to go, or went. */
  billedSeconds(): number;
  /** USD for those seconds; what has no price costs nothing. */
  cost(): number;
  /** USD per hour, for what is billed now. */
  costPerHour(): number;
}

export interface SimReport {
  readonly cluster: string;
  readonly status: Parameters<HeadSignal["report"]>[0];
  readonly message: string;
}

export function createSimCloud(options: SimCloudOptions): SimCloud {
  return new Simulation(options);
}

class Simulation implements SimCloud {
  readonly faults = noFaults();
  readonly reports: SimReport[] = [];
  readonly #options: SimCloudOptions;
  readonly #market: SimMarket;
  readonly #fleet: SimFleet;
  readonly #limiter: Limiter;
  readonly #calls: SimCalls;
  readonly #launcher: SimLauncher;
  readonly #files = new Map<string, SimFiles>();

  constructor(options: SimCloudOptions) {
    const { clock, seed = 1, latency = {}, limits } = options;
    const { faults } = this;
    this.#options = options;
    this.#market = new SimMarket(options);
    this.#limiter = new Limiter(limits);
    this.#fleet = new SimFleet(options, {
      faults,
      market: this.#market,
      random: seededRandom(seed),
    });
    // Dice of its own: what machines do is the same whatever is asked about them in between.
    this.#calls = new SimCalls({
      clock,
      faults,
      limiter: this.#limiter,
      latency,
      random: seededRandom(seed + 1),
    });
    this.#launcher = new SimLauncher({
      clock,
      faults,
      market: this.#market,
      fleet: this.#fleet,
      calls: this.#calls,
    });
  }

  get capacity(): Map<string, SimCapacity> {
    return this.#market.capacity;
  }

  get reservations(): Map<string, SimReservation> {
    return this.#market.reservations;
  }

  get quotas(): Map<string, number> {
    return this.#market.quotas;
  }

  get limits(): SimLimits | undefined {
    return this.#limiter.limits;
  }

  set limits(limits: SimLimits | undefined) {
    this.#limiter.limits = limits;
  }

  get traffic(): Readonly<Record<SimOperation, Readonly<SimTraffic>>> {
    return this.#calls.traffic;
  }

  get accepted(): readonly LaunchRequest[] {
    return this.#launcher.accepted;
  }

  files(name: string): SimFiles {
    const files = this.#files.get(name) ?? new SimFiles();
    this.#files.set(name, files);
    return files;
  }

  cluster(name: string): HeadCloud {
    const calls = this.#calls;
    return {
      machines: this.#machines(name),
      catalogue: {
        offerings: (pool, how) =>
          calls.run("offerings", how?.signal, () => {
            calls.spend("offerings");
            return this.#market.offerings(name, pool, this.#options.clock.now());
          }),
      },
      consoles: this.#consoles(name),
      ...(this.#options.standby === false ? {} : { standby: this.#standby(name) }),
      identity: {
        verify: (proof, _from, how) =>
          calls.run("verify", how?.signal, () => {
            calls.spend("verify");
            const entry = this.#fleet.get(proof.split(":")[1] ?? "");
            const genuine = entry?.cluster === name && proof === this.proofOf(entry.machine.id);
            return genuine ? entry.machine : undefined;
          }),
      },
      signal: {
        report: async (status, message) => {
          this.reports.push({ cluster: name, status, message });
        },
      },
      files: this.files(name),
      guest: { identityCommand: "echo simulated", isLight: () => true },
      slurm: {
        slurmConf: {},
        cgroupConf: {},
        suspendTimeout: Math.ceil(longMs(this.#options.stopMs ?? 0) / 1000) + 1,
      },
      async [Symbol.asyncDispose]() {},
    };
  }

  all(): readonly (Machine & { readonly cluster: string })[] {
    return this.#fleet.all().map(({ machine, cluster }) => ({ ...machine, cluster }));
  }

  kill(machineId: string): void {
    const entry = this.#fleet.get(machineId);
    if (entry !== undefined) this.#fleet.remove(entry);
  }

  interrupt(notice: Interruption): void {
    this.#fleet.announce(notice);
  }

  take(machineId: string, kind: Interruption["kind"], noticeSeconds: number): void {
    const entry = this.#fleet.get(machineId);
    if (entry !== undefined) void this.#fleet.take(entry, kind, noticeSeconds);
  }

  withdraw(machineId: string): void {
    const entry = this.#fleet.get(machineId);
    if (entry !== undefined) entry.notice = undefined;
  }

  reclaim(
    offering: OfferingKey,
    count: number,
    { noticeSeconds = 120 }: { readonly noticeSeconds?: number } = {},
  ): readonly string[] {
    return this.#fleet.reclaim(offering, count, noticeSeconds);
  }

  say(machineId: string, line: string): void {
    this.#fleet.get(machineId)?.say(line);
  }

  proofOf(machineId: string): string {
    return `sim:${machineId}:${this.#fleet.get(machineId)?.machine.token ?? ""}`;
  }

  billedSeconds(): number {
    return this.#fleet.billed().seconds;
  }

  cost(): number {
    return this.#fleet.billed().usd;
  }

  costPerHour(): number {
    return this.#fleet.billed().usdPerHour;
  }

  #machines(name: string): Machines {
    const calls = this.#calls;
    const fleet = this.#fleet;
    return {
      launch: (requests, how) =>
        calls.run("launch", how.signal, () => this.#launcher.launch(name, requests, how)),
      terminate: (ids, how) =>
        calls.run("terminate", how?.signal, () =>
          calls.each("terminate", ids, (id) => fleet.terminate(name, id)),
        ),
      list: (how) =>
        calls.run("list", how?.signal, () => {
          const machines = fleet.list(name);
          calls.spend("list", calls.pages(machines.length));
          return machines;
        }),
      interruptions: (signal) => fleet.interruptions(name, signal),
      changes: (signal) => fleet.changes(name, signal),
    };
  }

  #standby(name: string): Standby {
    const calls = this.#calls;
    const fleet = this.#fleet;
    return {
      stop: (ids, how) =>
        calls.run("stop", how?.signal, () => calls.each("stop", ids, (id) => fleet.stop(name, id))),
      start: (ids, how) =>
        calls.run("start", how?.signal, () =>
          calls.each("start", ids, (id) => fleet.start(name, id)),
        ),
    };
  }

  #consoles(name: string): Consoles {
    return {
      read: (machineId, how) =>
        this.#calls.run("console", how?.signal, () => {
          this.#calls.spend("console");
          const entry = this.#fleet.get(machineId);
          if (entry?.cluster === name) return entry.console;
          throw new CloudError("NotFound", `there is no machine ${machineId}`);
        }),
    };
  }
}
