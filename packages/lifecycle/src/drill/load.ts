import { messageOf } from "@sluice/model";
import type { DrillPortal, LoadVerdict } from "./contract.ts";
import { JOB_PROGRAM, type LedgerPlace, type Run, runsOf } from "./ledger.ts";
import type { SiteUnderDrill } from "./site-under-drill.ts";
import { type AccountedJob, type Submission, verdictOf } from "./verdict.ts";

export interface LoadOptions {
  readonly site: SiteUnderDrill;
  readonly portal: DrillPortal;
  readonly users: readonly string[];
  /** Mounted on every machine of every cluster. */
  readonly folder: string;
  /** Begins the names of all its jobs, and of nobody else's. */
  readonly prefix: string;
  readonly jobs: number;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

interface Unit {
  readonly unit: string;
  readonly cluster: string;
  readonly user: string;
  readonly way: "sbatch" | "api";
  readonly seconds: number;
  /** Milliseconds after the load began. */
  readonly dueMs: number;
  state: "planned" | "asked" | "answered" | "unsure";
  id: number | undefined;
}

/** Seconds in which all of a load is submitted. */
const WINDOW = 20;
/** Seconds that a submission by the API is tried again for, under the same key. */
const API_PATIENCE = 120;
const SBATCH_SECONDS = 12;
const LOOK_MS = 500;
const SHORTEST_JOB = 1;
const LONGEST_JOB = 12;

const OVER = /^(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY|DEADLINE|BOOT_FAIL)/;

/** Jobs of several users on all clusters, half by sbatch on the head and half by the site's API. */
export class Load {
  readonly #options: LoadOptions;
  readonly #units: Unit[];
  readonly #place: LedgerPlace;
  readonly #pending = new Set<Promise<void>>();
  /** The last error of each way, for whoever wonders why nothing was submitted. */
  readonly errors = new Map<string, string>();

  constructor(options: LoadOptions) {
    this.#options = options;
    const { site, users, folder, prefix, jobs, random } = options;
    this.#place = { folder, file: `${folder}/${prefix}.ledger` };
    this.#units = Array.from({ length: jobs }, (_, index) => ({
      unit: `${prefix}-${index}`,
      cluster: site.clusters[index % site.clusters.length] ?? "",
      user: users[Math.floor(random() * users.length)] ?? "",
      way: random() < 0.5 ? "sbatch" : "api",
      seconds: SHORTEST_JOB + Math.floor(random() * (LONGEST_JOB - SHORTEST_JOB + 1)),
      dueMs: (index * WINDOW * 1000) / jobs,
      state: "planned",
      id: undefined,
    }));
  }

  /** Folder and program of its jobs, where all machines have them. */
  async prepare(): Promise<void> {
    const { folder, file } = this.#place;
    const script = `mkdir -p ${folder} && chmod 777 ${folder} && touch ${file} && chmod 666 ${file}
      cat > ${folder}/job.sh <<'END'\n${JOB_PROGRAM}END\nchmod 755 ${folder}/job.sh`;
    const { exitCode, stderr } = await this.#options.site.onAnyHead(script, 20);
    if (exitCode !== 0) throw new TypeError(`the load could not be prepared: ${stderr.trim()}`);
  }

  /** Resolves when every unit was answered, or nobody answers for it any more. */
  async submitAll(): Promise<void> {
    const { site, signal } = this.#options;
    const began = site.clock.now().getTime();
    while (this.#units.some(({ state }) => state === "planned") && !signal.aborted) {
      const now = site.clock.now().getTime() - began;
      const due = this.#units.filter(({ state, dueMs }) => state === "planned" && dueMs <= now);
      for (const unit of due) unit.state = "asked";
      const byHand = due.filter(({ way }) => way === "sbatch");
      const groups = Map.groupBy(byHand, ({ cluster, user }) => `${cluster} ${user}`);
      for (const units of groups.values()) this.#track(this.#sbatch(units));
      for (const unit of due.filter(({ way }) => way === "api")) this.#track(this.#byApi(unit));
      await site.clock.sleep(LOOK_MS, signal);
    }
    await Promise.all(this.#pending);
  }

  /**
   * Units that were acknowledged and have not ended, as far as their own lines and Slurm tell; apart
   * from them those that ended by their own lines, and that accounting does not know.
   */
  async waiting(): Promise<{
    readonly open: readonly string[];
    readonly unaccounted: readonly string[];
  }> {
    const { runs, accounting } = await this.#look();
    const ended = new Set(runs.filter(({ isEnded }) => isEnded).map(({ unit }) => unit));
    const over = new Set(accounting.filter(({ state }) => OVER.test(state)).map((one) => one.unit));
    const known = new Set(accounting.map(({ unit }) => unit));
    const waiting = this.#units
      .filter(({ id, unit }) => id !== undefined && !(ended.has(unit) && over.has(unit)))
      .map(({ unit }) => unit);
    const isUnaccounted = (unit: string): boolean => ended.has(unit) && !known.has(unit);
    return {
      open: waiting.filter((unit) => !isUnaccounted(unit)),
      unaccounted: waiting.filter(isUnaccounted),
    };
  }

  async verdict(): Promise<LoadVerdict> {
    return verdictOf({ submissions: this.#submissions(), ...(await this.#look()) });
  }

  /** Cancels what is left of it. */
  async end(): Promise<void> {
    const { site, prefix } = this.#options;
    const script = `squeue -a -h -o '%A %j' | awk '$2 ~ /^${prefix}-/ { print $1 }' | xargs -r scancel`;
    await Promise.all(
      site.clusters.map((one) => site.onHead(one, "root", script, { seconds: 20 })),
    );
  }

  #submissions(): readonly Submission[] {
    return this.#units
      .filter(({ state }) => state !== "planned")
      .map(({ unit, cluster, id }) => ({ unit, cluster, id }));
  }

  async #look(): Promise<{ readonly runs: readonly Run[]; readonly accounting: AccountedJob[] }> {
    const { site, prefix } = this.#options;
    const [ledger, ...books] = await Promise.all([
      site.onAnyHead(`cat ${this.#place.file}`, 20),
      ...site.clusters.map((cluster) => this.#accounting(cluster)),
    ]);
    const mine = books.flat().filter(({ unit }) => unit.startsWith(`${prefix}-`));
    return { runs: runsOf(ledger?.stdout ?? ""), accounting: mine };
  }

  async #accounting(cluster: string): Promise<readonly AccountedJob[]> {
    // With duplicates: a number may be another job's since, and sacct shows the last of each alone.
    const script = "sacct -a -D -X -n -P -S now-6hours -o jobidraw,jobname,state";
    const options = { seconds: 30 };
    const { stdout } = await this.#options.site.onHead(cluster, "root", script, options);
    return stdout.split("\n").flatMap((line) => {
      const [id, unit = "", state = ""] = line.split("|");
      return unit === "" ? [] : [{ cluster, id: Number(id), unit, state }];
    });
  }

  #track(work: Promise<void>): void {
    this.#pending.add(work);
    void work.finally(() => this.#pending.delete(work));
  }

  #script({ unit, seconds }: Unit): string {
    const { folder, file } = this.#place;
    return `#!/bin/sh\nexec ${folder}/job.sh ${unit} ${seconds} ${file}\n`;
  }

  /** What sbatch does not answer stays open, as it does for people: it is not asked twice. */
  async #sbatch(units: readonly Unit[]): Promise<void> {
    const [first] = units;
    if (first === undefined) return;
    const lines = units.map(
      (unit) => `id=$(timeout -s KILL ${SBATCH_SECONDS} sbatch --parsable -D / -J ${unit.unit} \\
        -o /dev/null <<'END'\n${this.#script(unit)}END\n) && echo "ok ${unit.unit} $id"`,
    );
    const seconds = SBATCH_SECONDS * units.length + 5;
    const { cluster, user } = first;
    const { site, signal } = this.#options;
    const said = await site.onHead(cluster, user, lines.join("\n"), { seconds, signal });
    if (said.stderr !== "") this.errors.set(`sbatch on ${cluster}`, said.stderr.trim());
    for (const unit of units) {
      const [, id] = new RegExp(`^ok ${unit.unit} (\\d+)`, "m").exec(said.stdout) ?? [];
      unit.id = id === undefined ? undefined : Number(id);
      unit.state = id === undefined ? "unsure" : "answered";
    }
  }

  async #byApi(unit: Unit): Promise<void> {
    const { site, portal, signal } = this.#options;
    const until = site.clock.now().getTime() + API_PATIENCE * 1000;
    const { cluster, user, unit: name } = unit;
    const job = { cluster, user, name, script: this.#script(unit), key: `drill-${name}` };
    while (site.clock.now().getTime() < until && !signal.aborted) {
      try {
        unit.id = await portal.submit(job, AbortSignal.any([signal, AbortSignal.timeout(20_000)]));
        unit.state = "answered";
        return;
      } catch (error) {
        this.errors.set(`the API for ${cluster}`, messageOf(error));
        await site.clock.sleep(LOOK_MS * 2, signal);
      }
    }
    unit.state = "unsure";
  }
}
