import type { SlurmNode } from "../control.ts";

/** The order in which slurmctld prints them. */
const FLAG_ORDER = [
  "CLOUD",
  "COMPLETING",
  "DRAIN",
  "MAINTENANCE",
  "POWER_DOWN",
  "POWERED_DOWN",
  "RESERVED",
  "NOT_RESPONDING",
  "POWERING_DOWN",
  "POWERING_UP",
] as const;

export type NodeFlag = (typeof FLAG_ORDER)[number];

/** A node's record in slurmctld's memory. Times are milliseconds since the epoch. */
export class FakeNode {
  readonly name: string;
  readonly partitions: readonly string[];
  readonly isStatic: boolean;
  /** Milliseconds of idleness; Infinity: it is never suspended for being idle. */
  readonly suspendAfter: number;
  down = false;
  readonly flags = new Set<NodeFlag>(["CLOUD", "POWERED_DOWN"]);
  /** Asked for with POWER_UP; slurmctld keeps it but does not print it. */
  powerUpAsked = false;
  jobId: number | undefined;
  address: string;
  reason: string | undefined;
  reasonUser: string | undefined;
  bootTime: number | undefined;
  slurmdStartTime: number | undefined;
  /** 0: the idle time does not count, as for a node that was never up. */
  lastBusy = 0;
  bootRequestedAt = 0;
  powerDownAt = 0;
  /** When its slurmd fell silent; undefined while it answers, or is not up. */
  silentSince: number | undefined;

  constructor(options: Pick<FakeNode, "name" | "partitions" | "isStatic" | "suspendAfter">) {
    this.name = options.name;
    this.partitions = options.partitions;
    this.isStatic = options.isStatic;
    this.suspendAfter = options.suspendAfter;
    this.address = options.name;
  }

  has(...flags: readonly NodeFlag[]): boolean {
    return flags.some((flag) => this.flags.has(flag));
  }

  clear(...flags: readonly NodeFlag[]): void {
    for (const flag of flags) this.flags.delete(flag);
  }

  /** Its slurmd has registered and no power change is under way. */
  get isUp(): boolean {
    return !this.has("POWERED_DOWN", "POWERING_DOWN", "POWERING_UP");
  }

  /** A job that holds it may start. */
  get isReady(): boolean {
    return this.isUp && !this.down && this.silentSince === undefined;
  }

  get isAllocatable(): boolean {
    if (this.down || this.jobId !== undefined || this.has("DRAIN", "POWERING_DOWN")) return false;
    if (this.has("POWER_DOWN") && !this.has("POWERED_DOWN")) return false;
    return !this.has("NOT_RESPONDING") || !this.isUp;
  }

  setReason(reason: string, user: string): void {
    this.reason = reason;
    this.reasonUser = user;
  }

  clearReason(): void {
    this.reason = undefined;
    this.reasonUser = undefined;
  }

  /** Leaves its job, if it has one. */
  release(now: number): void {
    if (this.jobId === undefined) return;
    this.jobId = undefined;
    this.clear("COMPLETING");
    this.lastBusy = now;
  }

  /** @param reserved what active reservations add to its flags. */
  view(reserved: readonly NodeFlag[] = []): SlurmNode {
    const isFree = this.jobId === undefined || this.has("COMPLETING");
    const base = this.down ? "DOWN" : isFree ? "IDLE" : "ALLOCATED";
    const flags = FLAG_ORDER.filter((flag) => this.flags.has(flag) || reserved.includes(flag));
    return {
      name: this.name,
      state: [base, ...flags].join("+"),
      base,
      flags: new Set(flags),
      address: this.address,
      partitions: this.partitions,
      reason: this.reason,
      reasonUser: this.reasonUser,
      bootTime: date(this.bootTime),
      slurmdStartTime: date(this.slurmdStartTime),
      lastBusyTime: date(this.lastBusy === 0 ? undefined : this.lastBusy),
    };
  }
}

export function date(milliseconds: number | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds);
}
