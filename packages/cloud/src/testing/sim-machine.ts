import type { Interruption, LaunchRequest, Machine, MachineState } from "../contract.ts";

const CONSOLE_BYTES = 64 * 1024;

/** A machine, as only the simulation knows it. */
export class SimMachine {
  readonly cluster: string;
  readonly request: LaunchRequest;
  /** What it takes of the market, see `SimMarket.shares`. */
  readonly shares: readonly string[];
  /** USD per hour. */
  readonly price: number | undefined;
  readonly #listedFrom: number;
  /** Fires when it is asked to go, or is gone. */
  readonly going = new AbortController();
  /** In force until it is withdrawn, replaced, or the machine is gone. */
  notice: Interruption | undefined;
  goneAt: number | undefined;
  /** It was asked to be switched off and is not off yet. */
  parking = false;
  #power = new AbortController();
  #console = "";
  /** Oldest first. */
  readonly #history: { readonly at: number; readonly machine: Machine }[];
  readonly #bills: { readonly from: number; until: number | undefined }[] = [];

  constructor(facts: {
    readonly cluster: string;
    readonly request: LaunchRequest;
    readonly shares: readonly string[];
    readonly price: number | undefined;
    readonly machine: Machine;
    readonly listedFrom: number;
  }) {
    this.cluster = facts.cluster;
    this.request = facts.request;
    this.shares = facts.shares;
    this.price = facts.price;
    this.#listedFrom = facts.listedFrom;
    this.#history = [{ at: facts.machine.launchedAt.getTime(), machine: facts.machine }];
  }

  get machine(): Machine {
    return (this.#history.at(-1) as { machine: Machine }).machine;
  }

  become(state: MachineState, now: number): void {
    this.#history.push({ at: now, machine: { ...this.machine, state } });
  }

  /** As a list shows it that is `staleMs` behind; undefined while no list knows it. */
  seenAt(now: number, staleMs: number): Machine | undefined {
    if (now < this.#listedFrom) return undefined;
    const seen = this.#history.findLast((one) => one.at + staleMs <= now) ?? this.#history[0];
    return seen?.machine;
  }

  /** @returns what fires when it is switched off again, whoever does it. */
  powerOn(): AbortSignal {
    this.#power = new AbortController();
    return this.#power.signal;
  }

  powerOff(): void {
    this.#power.abort();
  }

  say(text: string): void {
    this.#console += `${text}\n`;
  }

  get console(): string {
    const bytes = Buffer.from(this.#console);
    // A character that is cut in two becomes a longer one.
    if (bytes.length <= CONSOLE_BYTES) return this.#console;
    return bytes.subarray(8 - CONSOLE_BYTES).toString("utf8");
  }

  startBilling(now: number): void {
    this.#bills.push({ from: now, until: undefined });
  }

  stopBilling(now: number): void {
    const open = this.#bills.at(-1);
    if (open !== undefined) open.until ??= now;
  }

  get billed(): boolean {
    const last = this.#bills.at(-1);
    return last !== undefined && last.until === undefined;
  }

  billedSeconds(now: number): number {
    return this.#bills.reduce((sum, { from, until = now }) => sum + (until - from) / 1000, 0);
  }
}
