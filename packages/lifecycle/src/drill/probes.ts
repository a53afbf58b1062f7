import type { DrillPortal } from "./contract.ts";
import type { SiteUnderDrill } from "./site-under-drill.ts";

export interface ProbeOptions {
  readonly site: SiteUnderDrill;
  readonly portal: DrillPortal;
  readonly user: string;
  readonly signal: AbortSignal;
  /** The partition that jobs to try with go to; missing: the default one. */
  readonly partition?: string;
}

/** Seconds that one job to try with has, from the question to its end. */
const JOB_SECONDS = 20;
const END_SECONDS = 3;
const PROBE = "drill-probe";
/** A next one is begun beside it: the node that one was given may be the one that was lost. */
const JOB_GAP_MS = 1_500;
const PORTAL_SECONDS = 4;
const PORTAL_GAP_MS = 400;

/** @returns milliseconds since 1970 at which a job that was submitted from now on had run. */
export async function schedules(
  { site, user, signal, partition }: ProbeOptions,
  cluster: string,
): Promise<number | undefined> {
  const over = new AbortController();
  const ended = AbortSignal.any([over.signal, signal]);
  const where = partition === undefined ? "" : `-p ${partition}`;
  // Its own output counts, and no exit code: whoever is killed in between has one too. It is asked to
  // end before it is killed: an srun that was killed leaves its job behind, on a node that others want.
  const script = `timeout -k ${END_SECONDS} ${JOB_SECONDS} srun -Q ${where} -N1 -J ${PROBE} echo it-ran`;
  let ranAt: number | undefined;
  const attempts = new Set<Promise<void>>();
  while (ranAt === undefined && !signal.aborted) {
    const attempt = site
      .onHead(cluster, user, script, { seconds: JOB_SECONDS + END_SECONDS + 2, signal: ended })
      .then(({ stdout }) => {
        if (ranAt !== undefined || !stdout.includes("it-ran")) return;
        ranAt = site.clock.now().getTime();
        over.abort();
      });
    attempts.add(attempt);
    void attempt.finally(() => attempts.delete(attempt));
    await site.clock.sleep(JOB_GAP_MS, ended);
  }
  over.abort();
  await Promise.all(attempts);
  // Of those that were killed all the same.
  await site.onHead(cluster, user, `scancel -n ${PROBE} -u ${user}`, { seconds: 10 });
  return ranAt;
}

/** Times in milliseconds since 1970. */
export interface Outage {
  readonly from: number;
  /** Undefined while it lasts. */
  readonly to: number | undefined;
  /** The last that was heard. */
  readonly why: string;
}

/** Reads and writes as somebody signed in, again and again, until it is stopped. */
export class PortalWatch {
  readonly #options: ProbeOptions & { readonly onChange: (outage: Outage) => void };
  readonly #outages: Outage[] = [];
  #successes = 0;

  /** @param options `onChange` is called when an outage begins and when it ends. */
  constructor(options: ProbeOptions & { readonly onChange: (outage: Outage) => void }) {
    this.#options = options;
  }

  get outages(): readonly Outage[] {
    return this.#outages;
  }

  /** Answers of both kinds in a row, since the last failure or the beginning. */
  get successes(): number {
    return this.#successes;
  }

  async run(): Promise<void> {
    const { site, portal, user, signal } = this.#options;
    while (!signal.aborted) {
      const asked = site.clock.now().getTime();
      const limit = AbortSignal.any([signal, AbortSignal.timeout(PORTAL_SECONDS * 1000)]);
      try {
        await Promise.all([portal.read(user, limit), portal.write(user, limit)]);
        this.#answered(site.clock.now().getTime());
      } catch (error) {
        if (signal.aborted) return;
        this.#failed(asked, error instanceof Error ? error.message : String(error));
      }
      await site.clock.sleep(PORTAL_GAP_MS, signal);
    }
  }

  #answered(at: number): void {
    this.#successes += 1;
    const last = this.#outages.at(-1);
    if (last !== undefined && last.to === undefined) this.#put({ ...last, to: at });
  }

  #failed(from: number, why: string): void {
    this.#successes = 0;
    const last = this.#outages.at(-1);
    if (last === undefined || last.to !== undefined) this.#put({ from, to: undefined, why });
    else this.#outages[this.#outages.length - 1] = { ...last, why };
  }

  #put(outage: Outage): void {
    if (outage.to !== undefined) this.#outages.pop();
    this.#outages.push(outage);
    this.#options.onChange(outage);
  }
}

/** Looks whether two controllers of one cluster are at work at the same time. */
export class ControllerWatch {
  readonly #site: SiteUnderDrill;
  readonly #signal: AbortSignal;
  /** Milliseconds in which two were seen. */
  overlap = 0;

  constructor(site: SiteUnderDrill, signal: AbortSignal) {
    this.#site = site;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const { clock, clusters } = this.#site;
    let before = clock.now().getTime();
    let was = false;
    while (!this.#signal.aborted) {
      const counts = await Promise.all(clusters.map((cluster) => this.#controllers(cluster)));
      const now = clock.now().getTime();
      const is = counts.some((count) => count > 1);
      // Between two looks that both saw two of them.
      if (is && was) this.overlap += now - before;
      [before, was] = [now, is];
      await clock.sleep(500, this.#signal);
    }
  }

  async #controllers(cluster: string): Promise<number> {
    const { zones } = this.#site.cloud;
    const heads = await this.#site.heads(cluster).catch(() => []);
    const running = await Promise.all(
      heads.map((head) => zones.awake(cluster, head).catch((): readonly string[] => [])),
    );
    return running.filter((names) => names.includes("slurmctld")).length;
  }
}
