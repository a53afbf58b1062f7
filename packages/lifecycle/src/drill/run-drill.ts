import { messageOf } from "@sluice/model";
import type { DrillPortal, DrillResult, DrillTimes } from "./contract.ts";
import { type Accident, type Drill, whole } from "./drills.ts";
import { Load } from "./load.ts";
import { ControllerWatch, type Outage, PortalWatch, schedules } from "./probes.ts";
import type { SiteUnderDrill } from "./site-under-drill.ts";

export interface DrillOptions {
  readonly site: SiteUnderDrill;
  readonly portal: DrillPortal;
  readonly users: readonly string[];
  /** On every machine of every cluster; the load writes there. */
  readonly folder: string;
  readonly jobs: number;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** A line for whoever watches. */
  readonly say: (line: string) => void;
  readonly probePartition?: string;
}

/** Seconds of load before anything happens. */
const CALM = 5;
/** Seconds after which something that is not back is not waited for any longer. */
const PATIENCE = 150;
/**
 * For its jobs: what slurmctld took for started, and no node got, it finds when that node registers
 * again, after some minutes.
 */
const JOBS_PATIENCE = 420;
/** Seconds in which accounting catches up with what ended. */
const ACCOUNTING_PATIENCE = 60;
/** Two reads and writes in a row are an answer; a single one may be luck of the balancer. */
const ANSWERS = 4;
const LOOK_MS = 300;
/** Seconds of waiting that are worth a word. */
const NOTICED = 10;
/** Seconds in which two controllers may be seen, of a machine that has just begun to go on. */
const OVERLAP = 1;

const NEVER: DrillTimes = {
  ...{ scheduling: undefined, portal: undefined, full: undefined },
  ...{ portalAgain: 0, undone: 0 },
};

/** Does one accident to a site under load, and says what came of it. Throws when it is called off. */
export async function runDrill(drill: Drill, options: DrillOptions): Promise<DrillResult> {
  return new RunningDrill(drill, options).run();
}

class RunningDrill {
  readonly #drill: Drill;
  readonly #options: DrillOptions;
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  readonly #load: Load;
  readonly #watch: PortalWatch;
  readonly #controllers: ControllerWatch;
  readonly #timeline: { at: number; what: string }[] = [];
  readonly #problems: string[] = [];
  #accidentAt = 0;
  #events = 0;

  constructor(drill: Drill, options: DrillOptions) {
    this.#drill = drill;
    this.#options = options;
    const { site, portal, users } = options;
    this.#signal = AbortSignal.any([this.#over.signal, options.signal]);
    const serial = Math.floor(options.random() * 36 ** 5).toString(36);
    const prefix = `drill-${drill.name}-${serial}`;
    const { folder, jobs, random, signal } = options;
    this.#load = new Load({ site, portal, users, folder, prefix, jobs, random, signal });
    const [user = ""] = users;
    const onChange = ({ to, why }: Outage): void => {
      if (this.#accidentAt === 0) return;
      this.#note(to === undefined ? `the portal fails: ${why}` : "the portal answers");
    };
    this.#watch = new PortalWatch({ site, portal, user, signal: this.#signal, onChange });
    this.#controllers = new ControllerWatch(site, this.#signal);
  }

  async run(): Promise<DrillResult> {
    const { site, signal, say, portal, users } = this.#options;
    const { name, what } = this.#drill;
    const startedAt = site.clock.now().toISOString();
    say(`${name}: ${what}`);
    await this.#untilWhole("before it");
    await this.#load.prepare();
    const beside = [
      this.#watch.run(),
      this.#controllers.run(),
      portal.follow(users[0] ?? "", this.#signal, () => {
        this.#events += 1;
      }),
    ].map((work) => work.catch((error: unknown) => this.#problem(messageOf(error))));
    const submitted = this.#load.submitAll();
    try {
      await site.clock.sleep(CALM * 1000, signal);
      const times = await this.#happen().catch((error: unknown) => {
        this.#problem(messageOf(error));
        return NEVER;
      });
      await submitted;
      await this.#untilDone();
      signal.throwIfAborted();
      const result = await this.#judge(startedAt, times);
      const { load, problems } = result;
      const unknown = load.unaccounted.length;
      const apart = unknown === 0 ? "" : `, ${unknown} of them unknown to accounting`;
      const ran = `${load.completed} of ${load.acknowledged} acknowledged jobs ran${apart}`;
      say(`  ${ran}; ${problems.length === 0 ? "all is well" : problems.join("; ")}`);
      return result;
    } finally {
      this.#over.abort();
      await Promise.allSettled([submitted, ...beside]);
      await this.#load.end();
    }
  }

  async #happen(): Promise<DrillTimes> {
    const { site } = this.#options;
    this.#accidentAt = site.clock.now().getTime();
    const accident = await this.#drill.happen(site);
    this.#note("it has happened");
    let scheduling: number | undefined;
    let answers = false;
    let mendingAt = 0;
    try {
      [scheduling, answers] = await Promise.all([this.#scheduling(), this.#portal()]);
      const rest = this.#drill.lasts - this.#elapsed;
      if (rest > 0) await site.clock.sleep(rest * 1000, this.#signal);
    } finally {
      // Whatever went wrong, the site gets its parts back.
      mendingAt = site.clock.now().getTime();
      await this.#undo(accident);
    }
    const undone = accident.undo === undefined ? 0 : this.#elapsed;
    const faults = await whole(site, PATIENCE, this.#signal);
    const full = faults.length > 0 ? undefined : this.#elapsed - undone;
    if (faults.length > 0) this.#problem(`not there again: ${faults.join(", ")}`);
    else this.#note("every part is there");
    const portal = answers ? this.#portalTime(mendingAt) : undefined;
    return { scheduling, portal, portalAgain: this.#portalAgain(mendingAt), undone, full };
  }

  async #undo({ undo }: Accident): Promise<void> {
    if (undo === undefined) return;
    try {
      await undo();
      this.#note("it is undone");
    } catch (error) {
      this.#problem(`it could not be undone: ${messageOf(error)}`);
    }
  }

  async #scheduling(): Promise<number | undefined> {
    const { site, portal, users, probePartition } = this.#options;
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(PATIENCE * 1000)]);
    const partition = probePartition === undefined ? {} : { partition: probePartition };
    const probe = { site, portal, user: users[0] ?? "", signal, ...partition };
    const each = await Promise.all(
      site.clusters.map(async (cluster) => {
        const at = await schedules(probe, cluster);
        if (at === undefined) this.#problem(`${cluster} ran no new job within ${PATIENCE} s`);
        else this.#note(`${cluster} has run a new job`);
        return at;
      }),
    );
    if (each.includes(undefined)) return undefined;
    return (Math.max(...each.map((at) => at ?? 0)) - this.#accidentAt) / 1000;
  }

  /** Resolves when it answers, or to false when it does not. */
  async #portal(): Promise<boolean> {
    const { clock } = this.#options.site;
    const enough = this.#watch.successes + ANSWERS;
    while (this.#elapsed < PATIENCE && !this.#signal.aborted) {
      await clock.sleep(LOOK_MS, this.#signal);
      const last = this.#watch.outages.at(-1)?.from ?? 0;
      if (this.#watch.successes >= (last >= this.#accidentAt ? ANSWERS : enough)) return true;
    }
    const why = this.#watch.outages.at(-1)?.why;
    this.#problem(`the portal did not answer within ${PATIENCE} s: ${why}`);
    return false;
  }

  /** Until the end of the last outage of those that began before anything was mended. */
  #portalTime(mendingAt: number): number | undefined {
    const outages = this.#watch.outages.filter(({ from, to }) => {
      return from < mendingAt && (to === undefined || to > this.#accidentAt);
    });
    const last = outages.at(-1);
    if (last === undefined) return 0;
    return last.to === undefined ? undefined : (last.to - this.#accidentAt) / 1000;
  }

  /** Seconds of outages that began while the site was mended and became whole again. */
  #portalAgain(mendingAt: number): number {
    const now = this.#options.site.clock.now().getTime();
    const outages = this.#watch.outages.filter(({ from }) => from >= mendingAt);
    return outages.reduce((sum, { from, to }) => sum + ((to ?? now) - from) / 1000, 0);
  }

  async #untilWhole(when: string): Promise<void> {
    const { clock } = this.#options.site;
    const began = clock.now().getTime();
    const faults = await whole(this.#options.site, PATIENCE, this.#options.signal);
    const waited = (clock.now().getTime() - began) / 1000;
    if (waited > NOTICED) this.#options.say(`  waited ${waited.toFixed(0)} s for every part`);
    this.#options.signal.throwIfAborted();
    if (faults.length > 0) this.#problem(`${when} was not there: ${faults.join(", ")}`);
  }

  async #untilDone(): Promise<void> {
    const { site, signal } = this.#options;
    const now = (): number => site.clock.now().getTime();
    const end = now() + JOBS_PATIENCE * 1000;
    let ranAt: number | undefined;
    for (;;) {
      const { open, unaccounted } = await this.#load.waiting();
      ranAt = open.length === 0 ? (ranAt ?? now()) : undefined;
      const isKnown = open.length + unaccounted.length === 0;
      const isTold = ranAt !== undefined && now() > ranAt + ACCOUNTING_PATIENCE * 1000;
      if (isKnown || isTold || signal.aborted || now() > end) break;
      await site.clock.sleep(2_000, signal);
    }
    this.#note("its jobs have ended");
  }

  async #judge(startedAt: string, times: DrillTimes): Promise<DrillResult> {
    const { name, what, target } = this.#drill;
    const load = await this.#load.verdict();
    const twoControllers = this.#controllers.overlap / 1000;
    const late = (["scheduling", "portal", "full"] as const).flatMap((part) => {
      const time = times[part];
      return time !== undefined && time > target[part]
        ? [`${part} took ${time.toFixed(1)} s, more than ${target[part]} s`]
        : [];
    });
    if (times.portalAgain > target.portal) {
      late.push(`portal failed for ${times.portalAgain.toFixed(1)} s while parts came back`);
    }
    const wrong = (["lost", "missing", "doubled"] as const).flatMap((kind) =>
      load[kind].length === 0 ? [] : [`${load[kind].length} ${kind}: ${some(load[kind])}`],
    );
    const split = twoControllers > OVERLAP ? [`two controllers for ${twoControllers} s`] : [];
    const unsaid = load.acknowledged === 0 ? [`nothing was acknowledged: ${this.#errors}`] : [];
    return {
      ...{ name, what, startedAt, times, target, load, twoControllers, events: this.#events },
      problems: [...this.#problems, ...late, ...wrong, ...split, ...unsaid],
      timeline: this.#timeline,
    };
  }

  get #errors(): string {
    return [...this.#load.errors].map(([way, why]) => `${way}: ${why}`).join("; ");
  }

  get #elapsed(): number {
    return (this.#options.site.clock.now().getTime() - this.#accidentAt) / 1000;
  }

  #note(what: string): void {
    const at = this.#elapsed;
    this.#timeline.push({ at, what });
    this.#options.say(`  ${at.toFixed(1).padStart(6)} s  ${what}`);
  }

  #problem(what: string): void {
    this.#problems.push(what);
    this.#options.say(`  PROBLEM  ${what}`);
  }
}

function some(units: readonly string[]): string {
  return units
    .slice(0, 5)
    .join(" ")
    .concat(units.length > 5 ? " …" : "");
}
