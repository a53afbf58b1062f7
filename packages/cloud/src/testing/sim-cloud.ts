import type { Clock, MachineType } from "@sluice/model";
import type {
  HeadCloud,
  HeadSignal,
  Interruption,
  LaunchOptions,
  LaunchOutcome,
  LaunchRequest,
  Machine,
  Market,
  OfferingKey,
} from "../contract.ts";
import { CloudError } from "../errors.ts";
import { Broadcast } from "./broadcast.ts";
import { noFaults, offeringId, RequestBucket, type SimFaults } from "./sim-faults.ts";

export interface SimCloudOptions {
  readonly clock: Clock;
  readonly types: readonly MachineType[];
  /** One by default. */
  readonly zones?: readonly string[];
  /** Machines that may exist at a time, by `type/zone/market`; without an entry any number. */
  readonly capacity?: Readonly<Record<string, number>>;
  /** From acceptance until the machine runs user data; 0 by default. */
  readonly bootMs?: number | ((request: LaunchRequest) => number);
  /** From acceptance of a termination until the machine is no longer listed; 0 by default. */
  readonly stopMs?: number;
  /** A machine has booted: what it would do now, for example register with Slurm. */
  readonly onRunning?: (machine: Machine, cluster: string) => void;
  /** A machine is gone, whoever ended it. */
  readonly onGone?: (machine: Machine, cluster: string) => void;
}

/** A machine, as only the simulation knows it. */
interface SimMachine {
  machine: Machine;
  readonly cluster: string;
  readonly listedFrom: number;
  readonly ends: AbortController;
}

/**
 * A cloud in memory that behaves: time, capacity and failures as told, tokens and tags as the
 * contract wants. It outlives the head that talks to it, as a cloud does.
 */
export interface SimCloud {
  readonly faults: SimFaults;
  /** By `type/zone/market`; may be changed at any time. */
  readonly capacity: Map<string, number>;
  /** What the head of that cluster holds. Two calls with one name reach the same machines. */
  cluster(name: string): HeadCloud;
  /** Every machine that exists, of every cluster. */
  all(): readonly (Machine & { readonly cluster: string })[];
  /** The machine dies by itself, at once. */
  kill(machineId: string): void;
  /** Tells the machine's cluster that the machine will be taken away. */
  interrupt(notice: Interruption): void;
  /** What the machine would send to prove who it is. */
  proofOf(machineId: string): string;
  /** Every request that was accepted, a repeated token once; in order. */
  readonly accepted: readonly LaunchRequest[];
  /** What heads said of themselves, in order. */
  readonly reports: readonly SimReport[];
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
  readonly capacity: Map<string, number>;
  readonly accepted: LaunchRequest[] = [];
  readonly reports: SimReport[] = [];
  readonly #options: SimCloudOptions;
  readonly #zones: readonly string[];
  readonly #machines = new Map<string, SimMachine>();
  /** By cluster and token; kept after the machine is gone. */
  readonly #tokens = new Map<string, string>();
  readonly #changes = new Map<string, Broadcast<void>>();
  readonly #notices = new Map<string, Broadcast<Interruption>>();
  readonly #bucket = new RequestBucket();
  readonly #tombstones: SimMachine[] = [];
  #lastId = 0;

  constructor(options: SimCloudOptions) {
    this.#options = options;
    this.#zones = options.zones ?? ["sim-a"];
    this.capacity = new Map(Object.entries(options.capacity ?? {}));
  }

  cluster(name: string): HeadCloud {
    return {
      machines: {
        launch: async (requests, how) => {
          await this.#call(how.signal);
          return this.#launch(name, requests, how);
        },
        terminate: async (ids, how) => {
          await this.#call(how?.signal);
          return ids.map((id) => this.#terminate(name, id));
        },
        list: async (how) => {
          await this.#call(how?.signal);
          const now = this.#now();
          return [...this.#machines.values(), ...this.#tombstones]
            .filter((entry) => entry.cluster === name && entry.listedFrom <= now)
            .map((entry) => entry.machine);
        },
        interruptions: (signal) => channel(this.#notices, name).listen(signal),
        changes: (signal) => channel(this.#changes, name).listen(signal),
      },
      catalogue: {
        offerings: async (pool, how) => {
          await this.#call(how?.signal);
          return pool.markets.flatMap((market) =>
            pool.instanceTypes.flatMap((type) => this.#offerings(type, market)),
          );
        },
      },
      consoles: { read: async () => "" },
      identity: {
        verify: async (proof, how) => {
          await this.#call(how?.signal);
          const entry = this.#machines.get(proof.split(":")[1] ?? "");
          const genuine = entry?.cluster === name && proof === this.proofOf(entry.machine.id);
          return genuine ? entry.machine : undefined;
        },
      },
      signal: {
        report: async (status, message) => {
          this.reports.push({ cluster: name, status, message });
        },
      },
      guest: { identityCommand: "echo simulated", isLight: () => true },
      slurm: {
        slurmConf: {},
        cgroupConf: {},
        suspendTimeout: Math.ceil((this.#options.stopMs ?? 0) / 1000) + 1,
      },
      async [Symbol.asyncDispose]() {},
    };
  }

  all(): readonly (Machine & { readonly cluster: string })[] {
    return [...this.#machines.values()].map(({ machine, cluster }) => ({ ...machine, cluster }));
  }

  kill(machineId: string): void {
    const entry = this.#machines.get(machineId);
    if (entry !== undefined) this.#remove(entry);
  }

  interrupt(notice: Interruption): void {
    const entry = this.#machines.get(notice.machineId);
    if (entry !== undefined) channel(this.#notices, entry.cluster).publish(notice);
  }

  proofOf(machineId: string): string {
    return `sim:${machineId}:${this.#machines.get(machineId)?.machine.token ?? ""}`;
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }

  async #call(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const error = this.faults.nextCallErrors.shift();
    if (this.faults.latencyMs > 0) {
      await this.#options.clock.sleep(this.faults.latencyMs, signal);
      signal?.throwIfAborted();
    }
    if (error !== undefined) throw error;
  }

  #offerings(type: string, market: Market) {
    const machineType = this.#options.types.find((one) => one.name === type);
    if (machineType === undefined) return [];
    return this.#zones.map((zone) => {
      const key = { instanceType: type, zone, market };
      return {
        ...key,
        machineType,
        price: machineType.pricePerHour,
        ...(this.#room(key) > 0
          ? {}
          : { unavailable: { until: new Date(this.#now() + 1000), reason: "sold out" } }),
      };
    });
  }

  /** How many more of this offering may exist. */
  #room(key: OfferingKey): number {
    const id = offeringId(key);
    const limit = this.capacity.get(id);
    if (limit === undefined) return Number.POSITIVE_INFINITY;
    const taken = this.all().filter((one) => offeringId(one.offering) === id).length;
    return limit - taken;
  }

  #launch(cluster: string, requests: readonly LaunchRequest[], { atomic }: LaunchOptions) {
    const crashAfter = this.faults.nextCrashesAfter.shift();
    const fresh = new Set<string>();
    const outcomes: LaunchOutcome[] = [];
    for (const [index, request] of requests.entries()) {
      if (index === crashAfter) break;
      const outcome = this.#accept(cluster, request, fresh);
      outcomes.push(outcome);
      if (atomic && !outcome.ok) {
        for (const id of fresh) this.#forget(cluster, id);
        const { kind, message } = outcome.error;
        return requests.map(
          (): LaunchOutcome => ({ ok: false, error: new CloudError(kind, message) }),
        );
      }
    }
    for (const id of fresh) this.#boot(id);
    if (fresh.size > 0) channel(this.#changes, cluster).publish();
    if (crashAfter !== undefined) throw new Error("the connection to the simulated cloud broke");
    return outcomes;
  }

  #accept(cluster: string, request: LaunchRequest, fresh: Set<string>): LaunchOutcome {
    const refuse = (kind: CloudError["kind"], message: string): LaunchOutcome => ({
      ok: false,
      error: new CloudError(kind, message),
    });
    const known = this.#tokens.get(`${cluster}/${request.token}`);
    if (known !== undefined) {
      const entry = this.#machines.get(known);
      if (entry !== undefined) return { ok: true, machine: entry.machine };
      return refuse("NotFound", `the machine of token ${request.token} is gone`);
    }
    if (!this.#bucket.take(this.faults.throttle, this.#now())) {
      return refuse("Throttled", "too many requests");
    }
    const error = this.faults.nextRequestErrors.shift();
    if (error !== undefined) return { ok: false, error };
    const { offering } = request;
    if (!this.#options.types.some((type) => type.name === offering.instanceType)) {
      return refuse("LaunchRejected", `there is no instance type ${offering.instanceType}`);
    }
    if (!this.#zones.includes(offering.zone)) {
      return refuse("LaunchRejected", `there is no zone ${offering.zone}`);
    }
    if (this.#room(offering) <= 0) {
      return refuse("InsufficientCapacity", `no ${offeringId(offering)} left`);
    }
    const machine = this.#create(cluster, request);
    fresh.add(machine.id);
    return { ok: true, machine };
  }

  #create(cluster: string, request: LaunchRequest): Machine {
    this.#lastId += 1;
    const machine: Machine = {
      id: `sim-${this.#lastId}`,
      token: request.token,
      role: "compute",
      node: request.node,
      pool: request.pool,
      offering: request.offering,
      state: "pending",
      address: `10.${this.#lastId >> 16}.${(this.#lastId >> 8) & 255}.${this.#lastId & 255}`,
      launchedAt: this.#options.clock.now(),
      tags: { ...request.tags },
    };
    this.#machines.set(machine.id, {
      machine,
      cluster,
      listedFrom: this.#now() + this.faults.listDelayMs,
      ends: new AbortController(),
    });
    this.#tokens.set(`${cluster}/${request.token}`, machine.id);
    this.accepted.push(request);
    return machine;
  }

  /** Takes back a launch of an atomic call that failed: as if it had never been asked. */
  #forget(cluster: string, id: string): void {
    const entry = this.#machines.get(id);
    this.#machines.delete(id);
    if (entry === undefined) return;
    this.#tokens.delete(`${cluster}/${entry.machine.token}`);
    const at = this.accepted.findLastIndex((one) => one.token === entry.machine.token);
    this.accepted.splice(at, 1);
  }

  #boot(id: string): void {
    const entry = this.#machines.get(id);
    const request = this.accepted.findLast((one) => one.token === entry?.machine.token);
    if (entry === undefined || request === undefined) return;
    const { bootMs = 0, clock, onRunning } = this.#options;
    const hangs = this.faults.neverBoots(request);
    void clock
      .sleep(typeof bootMs === "number" ? bootMs : bootMs(request), entry.ends.signal)
      .then(() => {
        if (entry.ends.signal.aborted) return;
        entry.machine = { ...entry.machine, state: "running" };
        channel(this.#changes, entry.cluster).publish();
        if (!hangs) onRunning?.(entry.machine, entry.cluster);
      });
  }

  #terminate(cluster: string, id: string) {
    const entry = this.#machines.get(id);
    if (entry?.cluster !== cluster) {
      return { ok: false, error: new CloudError("NotFound", `there is no machine ${id}`) } as const;
    }
    if (entry.machine.state !== "stopping") {
      entry.machine = { ...entry.machine, state: "stopping" };
      entry.ends.abort();
      const { stopMs = 0, clock } = this.#options;
      if (stopMs === 0) this.#remove(entry);
      else void clock.sleep(stopMs).then(() => this.#remove(entry));
    }
    return { ok: true } as const;
  }

  #remove(entry: SimMachine): void {
    if (!this.#machines.delete(entry.machine.id)) return;
    this.#tombstones.push({ ...entry, machine: { ...entry.machine, state: "gone" } });
    entry.ends.abort();
    channel(this.#changes, entry.cluster).publish();
    this.#options.onGone?.(entry.machine, entry.cluster);
  }
}

function channel<T>(channels: Map<string, Broadcast<T>>, cluster: string): Broadcast<T> {
  const existing = channels.get(cluster);
  if (existing !== undefined) return existing;
  const created = new Broadcast<T>();
  channels.set(cluster, created);
  return created;
}
