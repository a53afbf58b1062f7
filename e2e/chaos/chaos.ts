import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "../harness.ts";
import { unrest } from "./calm.ts";
import { USERS } from "./cluster-file.ts";
import { continueAll, Hand } from "./faults.ts";
import { type Audit, Load } from "./load.ts";
import { type FaultKind, makeSchedule, type Schedule } from "./schedule.ts";
import { accountsOf, type CompletedRun, killsOf, wronglyTerminated } from "./verdict.ts";
import { View } from "./view.ts";
import { Watch } from "./watch.ts";

export interface ChaosOptions {
  readonly seed: number;
  /** How long faults go on. */
  readonly seconds: number;
  readonly jobs: number;
  /** Seconds between two faults, on average. */
  readonly gap: number;
  /** Seconds in which all must be at rest after the last fault. */
  readonly calmSeconds: number;
  /** Faults to leave out. */
  readonly without?: readonly FaultKind[];
  /** Where to put logs and records of a run that failed. */
  readonly evidence: string;
  readonly signal: AbortSignal;
  /** A line for the log. */
  readonly say: (line: string) => void;
  /** How it stands, several times a second. */
  readonly show: (status: string) => void;
}

export interface ChaosReport {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly jobs: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Runs after the first of the same job. */
  readonly requeues: number;
  /** Jobs that were acknowledged, and that slurmctld forgot when it was killed. */
  readonly lost: number;
  /** Jobs that were over and that slurmctld took for running, with no word of it in accounting. */
  readonly phantoms: number;
  /** Jobs that ran, of which slurmctld and accounting know no end. */
  readonly forgotten: number;
  /** Jobs that ran to their end more than once, because slurmctld forgot the first time. */
  readonly ranTwice: number;
  readonly launched: number;
  readonly terminated: number;
  readonly mostMachines: number;
  /** From a job's first submission to its run that ended. */
  readonly longestWaitSeconds: number;
  readonly calmAfterSeconds: number;
}

const LOOK_MS = 1_000;
const SUBMIT_MS = 500;
const AUDIT_MS = 2_500;

/** Breaks a cluster under load, lets it calm down, and says what is wrong with it then. */
export async function runChaos(cluster: Cluster, options: ChaosOptions): Promise<ChaosReport> {
  const view = new View(cluster);
  const without = new Set(options.without);
  const kinds = (await Hand.kinds(view)).filter((kind) => !without.has(kind));
  const schedule = makeSchedule({ ...options, kinds, users: USERS });
  return new Chaos(view, schedule, options).run();
}

class Chaos {
  readonly #view: View;
  readonly #schedule: Schedule;
  readonly #options: ChaosOptions;
  readonly #load: Load;
  readonly #watch: Watch;
  readonly #hand: Hand;
  readonly #began = Date.now();
  /** Ends all that goes on beside the main course: at the end, or when the run is broken off. */
  readonly #over = new AbortController();
  #lost = 0;
  #phantoms = 0;
  #audit: Audit | undefined;
  #latest = "";

  constructor(view: View, schedule: Schedule, options: ChaosOptions) {
    this.#view = view;
    this.#schedule = schedule;
    this.#options = options;
    this.#load = new Load(view, schedule.jobs, join(view.cluster.site.run.folder, "jobs.jsonl"));
    this.#watch = new Watch(view);
    this.#hand = new Hand(view, options.signal);
  }

  async run(): Promise<ChaosReport> {
    const { say, signal } = this.#options;
    const { faults, jobs } = this.#schedule;
    say(`seed ${this.#options.seed}: ${faults.length} faults, ${this.#load.units.size} jobs`);
    for (const { at, kind, seconds } of faults) {
      say(
        `  ${at.toFixed(1).padStart(6)} s  ${kind}${seconds > 0 ? `, ${seconds.toFixed(1)} s` : ""}`,
      );
    }
    say(`  jobs until ${jobs.at(-1)?.at.toFixed(1)} s`);
    await this.#load.prepare();
    const beside = Promise.all([
      this.#every(LOOK_MS, async () => this.#look()),
      this.#every(SUBMIT_MS, () => this.#load.submit(this.#elapsed)),
      this.#every(AUDIT_MS, () => this.#auditOnce()),
    ]);
    try {
      await this.#break();
      say("the faults are over");
      const calm = await this.#calmDown();
      return await this.#judge(calm);
    } finally {
      this.#over.abort();
      continueAll(this.#view);
      await beside;
      signal.throwIfAborted();
    }
  }

  async #break(): Promise<void> {
    const { signal, seconds } = this.#options;
    const strikes: Promise<void>[] = [];
    for (const fault of this.#schedule.faults) {
      await delay(Math.max(0, (fault.at - this.#elapsed) * 1000), undefined, { signal });
      const say = (text: string): void => {
        this.#latest = text;
        this.#say(text);
      };
      strikes.push(
        this.#hand.strike(fault, say).catch((error: unknown) => say(`${fault.kind}: ${error}`)),
      );
    }
    await delay(Math.max(0, (seconds - this.#elapsed) * 1000), undefined, { signal });
    await Promise.all(strikes);
  }

  /** Waits until nothing moves any more; gives the seconds that took and what did not come to rest. */
  async #calmDown(): Promise<{ readonly seconds: number; readonly left: readonly string[] }> {
    const { calmSeconds, signal } = this.#options;
    const began = Date.now();
    for (;;) {
      const left = await this.#unrest();
      const seconds = (Date.now() - began) / 1000;
      if (left.length === 0 || seconds > calmSeconds) return { seconds, left };
      this.#latest = `waiting for: ${left[0]}`;
      await delay(LOOK_MS, undefined, { signal });
    }
  }

  async #unrest(): Promise<readonly string[]> {
    const done = this.#view.done();
    const waiting = [...this.#load.units.keys()].filter((unit) => !done.has(unit));
    if (waiting.length > 0) return [`${waiting.length} jobs, as ${waiting.slice(0, 5).join(" ")}`];
    const left = await unrest(this.#view);
    if (left.length > 0) return left;
    return this.#accounts(this.#audit, done).problems;
  }

  #accounts(audit: Audit | undefined, done: ReadonlyMap<string, readonly string[]>) {
    return audit === undefined
      ? { problems: ["slurm or its accounting does not answer"], forgotten: [] }
      : accountsOf(this.#load.units.values(), audit, done, this.#hand.blows);
  }

  async #judge(calm: { seconds: number; left: readonly string[] }): Promise<ChaosReport> {
    this.#look();
    const done = this.#view.done();
    const accounts = this.#accounts(await this.#load.audit(), done);
    const { events, mostMachines } = this.#watch;
    const { blows } = this.#hand;
    const runs = await this.#completedRuns();
    const problems = [
      ...calm.left.map((what) => `not at rest after ${this.#options.calmSeconds} s: ${what}`),
      ...accounts.problems.filter((what) => !calm.left.includes(what)),
      ...this.#watch.problems,
      ...wronglyTerminated(events, runs, blows),
    ];
    if (problems.length > 0) await this.#keepEvidence(problems);
    const byKind = Map.groupBy(blows, ({ kind }) => kind);
    const lines = [...done.values()].map((all) => all.map((line) => line.split(" ")));
    const count = (kind: string): number => events.filter((one) => one.kind === kind).length;
    return {
      seed: this.#options.seed,
      problems,
      jobs: done.size,
      faults: Object.fromEntries([...byKind].map(([kind, those]) => [kind, those.length])),
      requeues: lines.reduce((sum, all) => sum + Number(all.at(-1)?.[2] ?? 0), 0),
      lost: this.#lost,
      phantoms: this.#phantoms,
      forgotten: accounts.forgotten.length,
      ranTwice: lines.filter((all) => all.length > 1).length,
      launched: count("launched"),
      terminated: count("terminated"),
      mostMachines,
      longestWaitSeconds: Math.round(this.#longestWait(done)),
      calmAfterSeconds: Math.round(calm.seconds),
    };
  }

  #longestWait(done: ReadonlyMap<string, readonly string[]>): number {
    const waits = [...done].map(([unit, lines]) => {
      const start = Number(lines.at(-1)?.split(" ")[4]);
      return start - (this.#load.units.get(unit)?.firstAsked ?? 0) / 1000;
    });
    return Math.max(0, ...waits);
  }

  async #completedRuns(): Promise<readonly CompletedRun[]> {
    const script =
      "sacct -a -X -n -P -S 2020-01-01 -s COMPLETED -E now -o jobid,start,end,nodelist";
    const { stdout } = await this.#view.head$("root", script, 60);
    return stdout.split("\n").flatMap((line) => {
      const [id = "", start, end, nodes = ""] = line.split("|");
      return id === "" || nodes === "" || nodes === "None assigned"
        ? []
        : [{ id, start: Number(start), end: Number(end), nodes }];
    });
  }

  async #auditOnce(): Promise<void> {
    const audit = await this.#load.audit();
    this.#audit = audit;
    if (audit === undefined) return;
    const done = this.#view.done();
    const kills = killsOf(this.#hand.blows, "slurmctld");
    const phantoms = await this.#load.requeuePhantoms(audit, done, kills);
    this.#phantoms += phantoms.length;
    if (phantoms.length > 0) this.#say(`nobody knows the end of ${phantoms.join(" ")}: requeued`);
    const lost = this.#load.resubmitLost(audit, new Set(done.keys()));
    this.#lost += lost.length;
    if (lost.length > 0) this.#say(`slurmctld lost ${lost.join(" ")}: submitted again`);
  }

  #look(): void {
    this.#watch.look();
    const units = [...this.#load.units.values()];
    const asked = units.filter(({ state }) => state !== "planned").length;
    const done = this.#view.done().size;
    const machines = this.#view.compute().length;
    const counts = `jobs ${done}/${asked}/${units.length}  machines ${machines}`;
    this.#options.show(`${this.#elapsed.toFixed(0).padStart(4)} s  ${counts}  ${this.#latest}`);
  }

  /** Until it is over; what throws is tried again, because anything may be away for a while. */
  async #every(milliseconds: number, work: () => Promise<unknown>): Promise<void> {
    const signal = AbortSignal.any([this.#over.signal, this.#options.signal]);
    while (!signal.aborted) {
      await work().catch((error: unknown) => this.#say(`a look failed: ${error}`));
      await delay(milliseconds, undefined, { signal }).catch(() => {});
    }
  }

  get #elapsed(): number {
    return (Date.now() - this.#began) / 1000;
  }

  #say(line: string): void {
    this.#options.say(
      `${new Date().toISOString().slice(11, 23)} ${this.#elapsed.toFixed(1)} s  ${line}`,
    );
  }

  /** The cluster is about to be deleted, and with it all that could tell why. */
  async #keepEvidence(problems: readonly string[]): Promise<void> {
    const { evidence, say } = this.#options;
    mkdirSync(evidence, { recursive: true });
    const { blows } = this.#hand;
    const keep = (name: string, text: string): void => writeFileSync(join(evidence, name), text);
    const lines = (rows: readonly object[]): string =>
      rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    keep("problems.txt", `${problems.join("\n")}\n`);
    keep("events.jsonl", lines(this.#watch.events));
    keep(
      "blows.jsonl",
      lines(blows.map((blow) => ({ ...blow, at: new Date(blow.at).toISOString() }))),
    );
    keep("units.jsonl", lines([...this.#load.units.values()]));
    keep("done.txt", `${[...this.#view.done().values()].flat().join("\n")}\n`);
    keep("machines.jsonl", lines(this.#view.machines()));
    keep("intents.jsonl", lines(this.#view.stored("intents")));
    keep("unavailable.jsonl", lines(this.#view.unavailable()));
    for (const [name, script] of Object.entries({
      "sluice-head.log": "journalctl -q -u sluice-head -o short-iso-precise --no-pager",
      "slurmctld.log": "cat /var/lib/sluice/log/slurmctld.log",
      "sacct.txt":
        "sacct -a -X --duplicates -P -S 2020-01-01 -o jobid,jobname,state,submit,start,end,nodelist",
      "nodes.txt": "scontrol -o show nodes",
      "jobs.txt": "scontrol -o show jobs",
    })) {
      keep(name, (await this.#view.head$("root", script, 60)).stdout);
    }
    say(`what could tell why is in ${evidence}`);
  }
}
