import type { Leadership } from "@sluice/cloud";
import { type FreezableClock, MemoryRegisters, VirtualTime, type Way } from "@sluice/lease/testing";
import { Leader } from "../leader.ts";
import type { LeadingServices } from "../services.ts";
import type { LeadState } from "../state.ts";

/** Head machines of one cluster, with their cloud. */
export class World {
  readonly time = new VirtualTime();
  readonly registers = new MemoryRegisters(this.time);
  readonly heads: FakeHead[] = [];
  /** Machines that are off. */
  readonly off = new Set<string>();
  /** What the cloud says when it is told to power a machine off. */
  fences: "off" | "unsure" | "silent" = "off";
  readonly fenced: string[] = [];
  addressAt: string | undefined;
  /** Moments at which two machines ran what only one may. */
  readonly doubles: string[] = [];

  head(machine: string): FakeHead {
    const head = new FakeHead(this, machine);
    this.heads.push(head);
    return head;
  }

  powerOff(machine: string): void {
    this.off.add(machine);
    const head = this.heads.find((one) => one.machine === machine);
    head?.die();
    if (this.addressAt === machine) this.addressAt = undefined;
  }

  look(): void {
    const running = this.heads.filter((head) => head.services.runs && !head.clock.isFrozen);
    if (running.length > 1) this.doubles.push(running.map(({ machine }) => machine).join("+"));
  }
}

/** What only the head that leads may run, as systemd has it. */
export class FakeServices implements LeadingServices {
  readonly #head: FakeHead;
  allowed = false;
  runs = false;
  stopSeconds = 3;
  cantBeKilled = false;
  readonly calls: string[] = [];

  constructor(head: FakeHead) {
    this.#head = head;
  }

  async allow(): Promise<void> {
    this.calls.push("allow");
    this.allowed = true;
  }

  async isAllowed(): Promise<boolean> {
    return this.allowed;
  }

  start(): void {
    if (!this.allowed) throw new Error("the target is not active");
    this.runs = true;
    this.#head.world.look();
  }

  async stop(): Promise<void> {
    this.calls.push("stop");
    await this.#head.clock.sleep(this.stopSeconds * 1000);
    this.end();
  }

  async kill(): Promise<void> {
    this.calls.push("kill");
    await this.#head.clock.sleep(200);
    if (this.cantBeKilled) throw new Error("slurmctld can't be killed");
    this.end();
  }

  async powerOff(): Promise<void> {
    this.calls.push("power off");
    this.#head.world.powerOff(this.#head.machine);
    await new Promise(() => {});
  }

  /** Also what the dead man's switch does. */
  end(): void {
    this.allowed = false;
    this.runs = false;
  }
}

export class FakeHead {
  readonly world: World;
  readonly machine: string;
  readonly clock: FreezableClock;
  readonly way: Way = { delay: 5, loses: "nothing" };
  readonly services: FakeServices;
  readonly reports: string[] = [];
  readonly told: string[] = [];
  readonly logged: string[] = [];
  published: LeadState | undefined;
  heldUntil = 0;
  /** Set-up fails so often. */
  fails = 0;
  /** And its end, with jobs running already. */
  failsLate = 0;
  setupSeconds = 2;
  /** Slurm on this machine. */
  release = "24.11";
  /** The process of now; dies and may be started again. */
  leader: Leader;
  #stop = new AbortController();
  running: Promise<void> = Promise.resolve();

  constructor(world: World, machine: string) {
    this.world = world;
    this.machine = machine;
    this.clock = world.time.clock();
    this.services = new FakeServices(this);
    this.leader = this.#make();
  }

  start(): void {
    this.#stop = new AbortController();
    this.leader = this.#make();
    this.running = this.leader.run(this.#stop.signal);
    void this.#deadMansSwitch();
  }

  /** As systemd does. */
  askToStop(): void {
    this.#stop.abort();
  }

  /** Its power is lost; nothing of it goes on. */
  die(): void {
    this.services.end();
    this.clock.freeze();
  }

  #make(): Leader {
    const { clock, services, way, world } = this;
    return new Leader({
      leadership: this.#leadership(),
      boot: "boot-1",
      release: this.release,
      clock,
      services,
      signal: {
        report: async (status) => {
          await clock.sleep(way.delay);
          if (way.loses !== "nothing") throw new Error("the cloud is not reached");
          this.reports.push(status);
        },
      },
      becomeHead: async ({ step, over, ready }) => {
        await step("volume", () => clock.sleep((this.setupSeconds * 1000) / 2, over));
        if (this.fails > 0) {
          this.fails -= 1;
          throw new Error("slurmctld does not start");
        }
        await step("slurmctld", async () => services.start());
        await ready();
        if (this.failsLate > 0) {
          this.failsLate -= 1;
          throw new Error("mariadb did not start");
        }
        await step("rest", () => clock.sleep((this.setupSeconds * 1000) / 2, over));
      },
      holdUntil: (until) => {
        this.heldUntil = until;
      },
      publish: (state) => {
        this.published = state;
      },
      tell: async (_kind, message) => void this.told.push(message),
      now: () => new Date(world.time.now),
      log: (message) => this.logged.push(message),
    });
  }

  #leadership(): Leadership {
    const { clock, machine, way, world } = this;
    return {
      self: machine,
      address: "10.0.0.2",
      registers: world.registers.seenFrom(clock, way),
      isGone: async (other) => world.off.has(other),
      fence: async (other) => {
        world.fenced.push(other);
        if (world.fences === "silent") return new Promise<never>(() => {});
        if (world.fences === "off") world.powerOff(other);
        return world.fences;
      },
      takeAddress: async () => {
        world.addressAt = machine;
      },
      dropAddress: async () => {
        if (world.addressAt === machine) world.addressAt = undefined;
      },
    };
  }

  async #deadMansSwitch(): Promise<void> {
    while (!this.world.off.has(this.machine)) {
      await this.clock.sleep(500);
      if (this.clock.milliseconds() >= this.heldUntil) this.services.end();
    }
  }
}
