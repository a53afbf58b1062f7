import type { HeadSignal, Leadership } from "@sluice/cloud";
import {
  keepLease,
  type Lease,
  type LeaseTimes,
  type MonotonicClock,
  type Tenure,
} from "@sluice/lease";
import { messageOf, SluiceError } from "@sluice/model";
import { holderName, parseHolder } from "./holder.ts";
import { isNewer, leaveRelease, releaseLeft } from "./release.ts";
import type { LeadingServices } from "./services.ts";
import { NOTE_MILLISECONDS, StandbyNotes } from "./standing-by.ts";
import type { LeadRole, LeadState, TakeOver } from "./state.ts";
import { TakingOver } from "./taking-over.ts";
import { Word } from "./word.ts";

/** Register of the lease. */
export const LEASE = "head";

/** Does one part of becoming the head, and notes how long it took; not when the lease is over. */
export type Step = <T>(name: string, work: () => Promise<T>) => Promise<T>;

export interface Becoming {
  readonly step: Step;
  /** Fires when the lease is over. */
  readonly over: AbortSignal;
  /** Jobs can be submitted and run from here on. What fails later is tried again, and stops nothing. */
  readonly ready: () => Promise<void>;
}

export interface LeaderDeps {
  readonly leadership: Leadership;
  readonly signal: HeadSignal;
  /** Of this life of the machine. */
  readonly boot: string;
  /** Slurm on this machine, such as `24.11`. */
  readonly release: string;
  readonly clock: MonotonicClock;
  readonly services: LeadingServices;
  /** Resolves when all that a head runs is there. Rejects soon after `over` fired. */
  readonly becomeHead: (becoming: Becoming) => Promise<void>;
  /** For the dead man's switch: milliseconds of `clock`. Written when this returns. */
  readonly holdUntil: (until: number) => void;
  /** For the node manager's metrics. */
  readonly publish: (state: LeadState) => void;
  /** For people, through the node manager's events. */
  readonly tell: (kind: string, message: string) => Promise<void>;
  readonly now: () => Date;
  readonly log: (message: string) => void;
  readonly times?: LeaseTimes;
}

const FENCE_MILLISECONDS = 5000;
const DROP_MILLISECONDS = 1500;
const LOOK_MILLISECONDS = 2000;
/** Looks until what is missing is tried again. */
const LOOKS_FOR_WHOLE = 15;
/** After a set-up that failed the other head goes first, if there is one. */
const FIRST_PAUSE = 5000;
const LONGEST_PAUSE = 60_000;

/** What the lease carries: machines whose end nobody has seen to yet. */
interface LeaseData {
  readonly fence?: readonly string[];
}

/**
 * One of two machines that are their cluster's head in turn.
 *
 * ```
 *   standing-by ── has the lease ──▶ taking-over ── all runs ──▶ leading
 *        ▲                               │ set-up fails             │ the lease is lost: kill at once
 *        │                               ▼                          │ asked to: stop, then resign
 *        └──────────────────────────  stopping  ◀───────────────────┘
 *                                        └── something can't be killed: power off
 * ```
 *
 * Nothing that only a head may run is allowed to start but in `taking-over` and `leading`.
 */
export class Leader {
  readonly #deps: LeaderDeps;
  readonly #lease: Lease;
  readonly #notes: StandbyNotes;
  readonly #self: string;
  readonly #gone = new Set<string>();
  #state: LeadState;
  /** What the cloud was not told yet. */
  readonly #word: Word;
  /** Fires when there is something to say at once. */
  #wake = new AbortController();
  #isAsked = false;
  #pause = 0;
  /** Release whose state it can't read, once that was logged. */
  #refusedFor: string | undefined;
  #notBefore = 0;

  constructor(deps: LeaderDeps) {
    this.#deps = deps;
    const { boot, clock, leadership } = deps;
    this.#self = holderName({ machine: leadership.self, boot });
    const { registers } = leadership;
    this.#notes = new StandbyNotes({ registers, clock, self: this.#self });
    this.#word = new Word(deps);
    this.#state = {
      role: "standing-by",
      machine: leadership.self,
      term: null,
      since: deps.now().toISOString(),
      other: null,
      tookOver: null,
    };
    this.#lease = keepLease({
      registers,
      name: LEASE,
      holder: this.#self,
      clock,
      ...(deps.times === undefined ? {} : { times: deps.times }),
      isGone: (holder) => this.#isGone(holder),
      mayTake: async () => clock.milliseconds() >= this.#notBefore && (await this.#understands()),
      onHeldUntil: deps.holdUntil,
      onHeld: (tenure) => this.#held(tenure),
      onOver: () => this.#over(),
      onError: (error) => deps.log(messageOf(error)),
    });
  }

  get state(): LeadState {
    return this.#state;
  }

  /** Until the signal fires; then stops what runs as gently as a stop may be, and gives the lease up. */
  async run(signal: AbortSignal): Promise<void> {
    const end = new AbortController();
    this.#publish({});
    const notes = this.#keepNotes(end.signal);
    const stop = async (): Promise<void> => {
      if (this.#lease.isHeld) await this.#stopGently();
      end.abort();
    };
    signal.addEventListener("abort", () => void stop(), { once: true });
    if (signal.aborted) await stop();
    await this.#lease.run(end.signal);
    await notes;
  }

  /**
   * Gives the lead to the other head; resolves to that machine when nothing runs here any more.
   *
   * @throws SluiceError `HEAD_STANDS_BY`, `HEAD_NO_STANDBY`: nothing was changed.
   */
  async resign(): Promise<string> {
    if (this.#state.role !== "leading") {
      throw new SluiceError("HEAD_STANDS_BY", "user", `${this.#state.machine} does not lead`, {
        hint: "ask the machine that has the cluster's address",
      });
    }
    const other = await this.#notes.heard();
    // It may have been heard of some seconds ago, and be gone since.
    const isGone = other === undefined || (await this.#isGone(other).catch(() => false));
    if (isGone) {
      throw new SluiceError("HEAD_NO_STANDBY", "user", "no other head stands by", {
        hint: "one that died is made anew; see describe-cluster",
      });
    }
    await this.#stopGently();
    await this.#lease.resign(other);
    return parseHolder(other).machine;
  }

  /** A state that a newer slurmctld saved is of no use to this one. */
  async #understands(): Promise<boolean> {
    const { leadership, log, release } = this.#deps;
    const left = await releaseLeft(leadership.registers);
    if (left === undefined || !isNewer(left, release)) return true;
    const message = `this machine has Slurm ${release} and can't lead: the state is that of ${left}`;
    if (this.#refusedFor !== left) log(message);
    this.#refusedFor = left;
    return false;
  }

  async #isGone(holder: string): Promise<boolean> {
    const { leadership, boot } = this.#deps;
    const { machine, boot: other } = parseHolder(holder);
    // This machine was started anew: what it ran before runs no more.
    const isGone = machine === leadership.self ? other !== boot : await leadership.isGone(machine);
    if (isGone) this.#gone.add(holder);
    return isGone;
  }

  async #held(tenure: Tenure): Promise<void> {
    const { clock, services, signal } = this.#deps;
    const wasUp = await services.isAllowed().catch(() => false);
    this.#isAsked = false;
    this.#notes.forget();
    this.#publish({ role: "taking-over", term: tenure.term, other: null });
    const former = tenure.former === undefined ? null : parseHolder(tenure.former).machine;
    const told = { former, because: this.#cause(tenure, wasUp) };
    try {
      const isWhole = await this.#becomeHead(tenure, told);
      if (!wasUp) this.#tell("head-took-over", sentence(this.#state));
      await this.#watch(tenure, told, isWhole);
    } catch (error) {
      if (this.#isEnding(tenure)) return;
      this.#pause = Math.min(Math.max(FIRST_PAUSE, this.#pause * 2), LONGEST_PAUSE);
      this.#notBefore = clock.milliseconds() + this.#pause;
      await signal.report("failed", messageOf(error)).catch(() => {});
      throw error;
    }
  }

  /** False when jobs can run, but something else is not there. */
  async #becomeHead(tenure: Tenure, told: Pick<TakeOver, "former" | "because">): Promise<boolean> {
    const { becomeHead, clock, leadership, log, release, services } = this.#deps;
    const { over } = tenure;
    const taking = new TakingOver(clock, over);
    const { step } = taking;
    await Promise.all([
      step("fence", () => this.#fence(tenure)),
      step("address", () => leadership.takeAddress({ signal: over })),
    ]);
    over.throwIfAborted();
    await leaveRelease(leadership.registers, release, over);
    await services.allow();
    let isReady = false;
    const ready = async (): Promise<void> => {
      isReady = true;
      this.#pause = 0;
      this.#publish({ role: "leading", tookOver: { ...told, ...taking.soFar(), total: null } });
      await this.#word.say("ready");
      this.#wake.abort();
    };
    try {
      await becomeHead({ step, over, ready });
    } catch (error) {
      if (!isReady || this.#isEnding(tenure)) throw error;
      log(`the head is not whole: ${messageOf(error)}`);
      this.#tell("head-incomplete", `jobs run, but ${messageOf(error)}`);
      return false;
    }
    this.#publish({ tookOver: { ...told, ...taking.soFar() } });
    return true;
  }

  #isEnding(tenure: Tenure): boolean {
    return tenure.over.aborted || this.#isAsked;
  }

  #tell(kind: string, message: string): void {
    this.#deps.tell(kind, message).catch((error: unknown) => {
      this.#deps.log(`untold: ${message}: ${messageOf(error)}`);
    });
  }

  /** Puts an end to those who led before. Whoever it can't be told of has his time over all the same. */
  async #fence({ former, data, over }: Tenure): Promise<void> {
    const { clock, leadership, log } = this.#deps;
    const left = ((data ?? {}) as LeaseData).fence ?? [];
    const holders = [...new Set([...left, ...(former === undefined ? [] : [former])])];
    const others = holders.filter((holder) => parseHolder(holder).machine !== leadership.self);
    if (others.length === 0) return;
    // For whoever leads next, if this one ends on the way.
    const noted = this.#lease.setData({ fence: others } satisfies LeaseData);
    noted.catch(() => {});
    const late = new AbortController();
    const signal = AbortSignal.any([late.signal, over]);
    const timer = new AbortController();
    const limit = clock.sleep(FENCE_MILLISECONDS, AbortSignal.any([timer.signal, over]));
    const ends = others.map(async (holder) => {
      const { machine } = parseHolder(holder);
      const end = leadership.fence(machine, { signal }).catch((error: unknown) => messageOf(error));
      const result = await Promise.race([end, limit.then(() => "the cloud does not answer")]);
      if (result !== "off") log(`it is not sure that ${machine} is off: ${result}`);
    });
    await Promise.all(ends);
    timer.abort();
    late.abort();
    void noted.then(() => this.#lease.setData({})).catch(() => {});
  }

  #cause(tenure: Tenure, wasUp: boolean): string {
    if (wasUp) return "its leading process was started again";
    if (tenure.former === undefined) return tenure.term === 1 ? "it is the first" : "it was free";
    return this.#gone.has(tenure.former) ? "that machine is gone" : "nothing was heard of it";
  }

  /**
   * While it leads: what somebody or the dead man's switch stopped by mistake comes back, and what
   * could not be started is tried again.
   */
  async #watch(
    tenure: Tenure,
    told: Pick<TakeOver, "former" | "because">,
    isWhole: boolean,
  ): Promise<void> {
    const { clock, services, log } = this.#deps;
    for (let looks = 1; !this.#isEnding(tenure); looks++) {
      await clock.sleep(LOOK_MILLISECONDS, tenure.over);
      if (this.#isEnding(tenure)) return;
      const isAllowed = await services.isAllowed().catch(() => true);
      if (!isAllowed) log("what a head runs was stopped, and is started again");
      else if (isWhole || looks % LOOKS_FOR_WHOLE !== 0) continue;
      isWhole = await this.#becomeHead(tenure, told);
    }
  }

  async #stopGently(): Promise<void> {
    this.#isAsked = true;
    this.#publish({ role: "stopping" });
    await this.#deps.services.stop();
  }

  async #over(): Promise<void> {
    const { clock, leadership, log, services } = this.#deps;
    this.#publish({ role: "stopping" });
    const late = clock.sleep(DROP_MILLISECONDS).then(() => {
      throw new Error("it takes too long");
    });
    late.catch(() => {});
    const ends = await Promise.allSettled([
      services.kill(),
      Promise.race([leadership.dropAddress(), late]),
    ]);
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) {
      log(`the machine is powered off: ${messageOf(failed.reason)}`);
      await services.powerOff();
      throw failed.reason;
    }
    this.#publish({ role: "standing-by", other: null, tookOver: null });
    this.#word.mean("standing-by");
    this.#wake.abort();
  }

  /** Whoever stands by says so; whoever leads looks for it. */
  async #keepNotes(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const done = new AbortController();
      const late = new AbortController();
      const limit = clock.sleep(NOTE_MILLISECONDS, done.signal).then(() => late.abort());
      const given = AbortSignal.any([signal, late.signal]);
      // A request that hangs is given up with the next note.
      await Promise.race([this.#note(given), limit]).catch((error: unknown) => {
        if (!signal.aborted) log(`standing by can't be told: ${messageOf(error)}`);
      });
      done.abort();
      await clock.sleep(NOTE_MILLISECONDS, AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  async #note(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const { role } = this.#state;
    await this.#word.note(role);
    if (role === "standing-by" && clock.milliseconds() >= this.#notBefore) {
      await this.#notes.write(signal);
    }
    if (role !== "leading") return;
    const found = await this.#notes.look(signal);
    const other = found === undefined ? null : parseHolder(found).machine;
    if (other === this.#state.other || this.#state.role !== "leading") return;
    const former = this.#state.other;
    this.#publish({ other });
    if (other !== null) this.#tell("head-standby", `${other} stands by, and could take over`);
    else {
      const message = `${former} stands by no more: no other head could take over`;
      this.#tell("head-standby-lost", message);
    }
  }

  #publish(change: Partial<LeadState> & { readonly role?: LeadRole }): void {
    const isOther = change.role !== undefined && change.role !== this.#state.role;
    const since = isOther ? this.#deps.now().toISOString() : this.#state.since;
    this.#state = { ...this.#state, ...change, since };
    this.#deps.publish(this.#state);
  }
}

function sentence({ machine, term, tookOver }: LeadState): string {
  if (tookOver === null) return `${machine} leads`;
  const { former, because, slurmctld, total } = tookOver;
  const from = former === null ? "" : ` from ${former}`;
  const rest = total === null ? "not all is there yet" : `all after ${total} s`;
  return (
    `${machine} took over${from}, because ${because}: ` +
    `slurmctld was there after ${slurmctld ?? "?"} s, ${rest} (term ${term})`
  );
}
