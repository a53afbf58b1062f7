import { appendFileSync } from "node:fs";
import { type PlannedJob, unitsOf } from "./schedule.ts";
import type { View } from "./view.ts";

/** A row of squeue or sacct for one unit. */
export interface KnownJob {
  /** The job's, or the array's. */
  readonly id: string;
  readonly state: string;
  /** When its present run began, in seconds since the epoch; NaN when it has not. */
  readonly start: number;
  readonly end: number;
}

/** What Slurm says, unit by unit. */
export interface Audit {
  readonly queue: ReadonlyMap<string, readonly KnownJob[]>;
  readonly accounting: ReadonlyMap<string, readonly KnownJob[]>;
}

/** What is known of a unit's submissions. Times are milliseconds since the epoch. */
export interface UnitRecord {
  readonly job: PlannedJob;
  readonly unit: string;
  state: "planned" | "asked" | "acknowledged";
  firstAsked: number | undefined;
  lastAsked: number | undefined;
  /** Ids that `sbatch` answered with. */
  readonly ids: string[];
  /** Since when nobody knows of it. */
  missingSince: number | undefined;
  resubmissions: number;
}

/** Jobs of one user that are submitted by one script on the head. */
const BATCH = 15;
const SBATCH_SECONDS = 15;
/** A submission may have been taken by slurmctld though `sbatch` heard nothing: it shows by then. */
const SETTLED_MS = 8_000;
const MISSING_MS = 3_000;

/** A run that wrote down its end so long ago has ended, whatever slurmctld says. */
const PHANTOM_SECONDS = 15;
/** No job of the load takes so long. */
const LOST_LAUNCH_SECONDS = 90;
/** As old is a job at most whose launch is still under way. */
const KILLED_YOUNG_SECONDS = 10;

const ENDED = /^(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY|DEADLINE|BOOT_FAIL)/;

/**
 * Each run of a job leaves one file, in one step, when it is done: the unit, its job, how often it
 * had been restarted, its nodes, and when it began and ended.
 */
const JOB_SCRIPT = `#!/bin/sh
start=$(date +%s.%N)
sleep "$1"
unit=$SLURM_JOB_NAME\${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}
job=\${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}
end=$(date +%s.%N)
file=/shared/chaos/done/.$unit.$job.$end
echo "$unit $job \${SLURM_RESTART_COUNT:-0} $SLURM_JOB_NODELIST $start $end" > "$file"
mv "$file" "/shared/chaos/done/$unit@$end"
`;

/**
 * Submits the jobs of a schedule, and again those that were lost. slurmctld writes its state down up
 * to five seconds late, so that what it acknowledged may be gone after its death; whoever wants such
 * a job to run has to hold it durably, as this ledger does, until it is known to have ended.
 */
export class Load {
  readonly units = new Map<string, UnitRecord>();
  readonly #view: View;
  readonly #ledger: string;

  constructor(view: View, jobs: readonly PlannedJob[], ledger: string) {
    this.#view = view;
    this.#ledger = ledger;
    for (const job of jobs) {
      for (const unit of unitsOf(job)) {
        this.units.set(unit, {
          ...{ job, unit, state: "planned", firstAsked: undefined, lastAsked: undefined },
          ...{ ids: [], missingSince: undefined, resubmissions: 0 },
        });
      }
    }
  }

  async prepare(): Promise<void> {
    const script = `mkdir -p /shared/chaos/done && chmod 1777 /shared/chaos/done
      cat > /shared/chaos/job.sh <<'END'\n${JOB_SCRIPT}END\nchmod 755 /shared/chaos/job.sh`;
    const { code, stderr } = await this.#view.head$("root", script, 10);
    if (code !== 0) throw new Error(`the load could not be prepared: ${stderr}`);
  }

  /** Submits what is due `elapsed` seconds after the beginning; users do so side by side. */
  async submit(elapsed: number): Promise<void> {
    const due = [...this.units.values()].filter(
      ({ job, state }) => state === "planned" && job.at <= elapsed,
    );
    const byUser = Map.groupBy(due, ({ job }) => job.user);
    await Promise.all([...byUser].map(([user, units]) => this.#submitAs(user, units)));
  }

  async #submitAs(user: string, units: readonly UnitRecord[]): Promise<void> {
    const jobs = [...Map.groupBy(units, ({ job }) => job).entries()].slice(0, BATCH);
    const asked = new Map(jobs.map(([job, members]) => [job.tag, members]));
    const lines = jobs.map(([job, members]) => `ask ${job.tag} ${options(job, members)}`);
    const script = `
      ask() { tag=$1; shift
        echo "ask $tag"
        id=$(timeout ${SBATCH_SECONDS} sbatch --parsable -J "$tag" -D / -o /dev/null "$@" 2>&1) &&
          echo "ok $tag $id" || { echo "failed $tag $id" | tr '\\n' ' '; echo; exit 0; }
      }
      ${lines.join("\n")}`;
    this.#note({ user, tags: [...asked.keys()] });
    const before = Date.now();
    const { stdout } = await this.#view.head$(user, script, BATCH * SBATCH_SECONDS);
    const now = Date.now();
    for (const [, word, tag = "", rest = ""] of stdout.matchAll(/^(\w+) (\S+) ?(.*)$/gm)) {
      for (const unit of asked.get(tag) ?? []) {
        if (word === "ask") unit.state = "asked";
        if (word === "ok") {
          unit.state = "acknowledged";
          unit.ids.push(rest);
        }
        unit.firstAsked ??= before;
        unit.lastAsked = now;
      }
      if (word !== "ask") this.#note({ tag, word, rest });
    }
  }

  /** Undefined while Slurm or its accounting does not answer. */
  async audit(): Promise<Audit | undefined> {
    const { code, stdout } = await this.#view.head$(
      "root",
      `sacct -a -X -n -P -S 2020-01-01 -o jobid,jobname,state,start,end || exit 3; echo --
       squeue -a -h -r -t all -o '%i|%j|%T|%S|%e' || exit 4`,
      40,
    );
    if (code !== 0) return undefined;
    const [accounting = "", queue = ""] = stdout.split("--\n");
    return { accounting: rowsOf(accounting), queue: rowsOf(queue) };
  }

  /**
   * Has submitted again what nobody knows of: not the queue, not accounting as something that ended,
   * and no run of it was done. A record that accounting has of a job that is only said to run is
   * nobody's if the queue has not heard of it.
   */
  resubmitLost(audit: Audit, done: ReadonlySet<string>): readonly string[] {
    const now = Date.now();
    const lost: string[] = [];
    for (const record of this.units.values()) {
      const { unit, state, lastAsked } = record;
      const isYoung = lastAsked === undefined || now - lastAsked < SETTLED_MS;
      const isKnown =
        done.has(unit) ||
        audit.queue.has(unit) ||
        audit.accounting.get(unit)?.some((one) => ENDED.test(one.state));
      if (state === "planned" || isYoung || isKnown) {
        record.missingSince = undefined;
        continue;
      }
      record.missingSince ??= now;
      if (now - record.missingSince < MISSING_MS) continue;
      if (state === "acknowledged") lost.push(unit);
      record.state = "planned";
      record.missingSince = undefined;
      record.resubmissions += 1;
      this.#note({ lost: unit, state, ids: record.ids });
    }
    return lost;
  }

  /**
   * Requeues phantoms that nobody can tell: jobs that ended while slurmdbd was away, just before
   * slurmctld was killed. It believes them to run, and accounting never heard of their end, so the
   * node manager has nothing to go by. So do jobs whose launch never reached its node, when slurmctld
   * was killed before it knew: nodes tell it what they run when it asks, at every twentieth ping.
   * Slurm finds out after some minutes; an administrator would not wait.
   *
   * @param kills when slurmctld was killed, in milliseconds.
   */
  async requeuePhantoms(
    audit: Audit,
    done: ReadonlyMap<string, readonly string[]>,
    kills: readonly number[],
  ): Promise<readonly string[]> {
    const late = Date.now() / 1000 - PHANTOM_SECONDS;
    const isLostLaunch = (start: number): boolean =>
      start < Date.now() / 1000 - LOST_LAUNCH_SECONDS &&
      kills.some((at) => start <= at / 1000 + 1 && at / 1000 - start < KILLED_YOUNG_SECONDS);
    const phantoms = [...audit.queue].flatMap(([unit, rows]) =>
      rows
        .filter(({ id, state, start }) => {
          const ends = (done.get(unit) ?? [])
            .map((line) => line.split(" "))
            .filter(([, job]) => job === id)
            .map((words) => Number(words[5]));
          const isToldOver = audit.accounting
            .get(unit)
            ?.some((row) => row.id === id && ENDED.test(row.state));
          const isOver = ends.some((end) => start <= end && end < late);
          const isLost = isOver || (ends.length === 0 && isLostLaunch(start));
          return state === "RUNNING" && isLost && isToldOver !== true;
        })
        .map(({ id }) => ({ unit, id: [id, ...unit.split("_").slice(1)].join("_") })),
    );
    const script = `for job in ${phantoms.map(({ id }) => id).join(" ")}; do
        scontrol requeue $job
      done; sleep 2
      for job in ${phantoms.map(({ id }) => id).join(" ")}; do
        scontrol update jobid=$job starttime=now
      done`;
    if (phantoms.length > 0) await this.#view.head$("root", script, 40);
    return phantoms.map(({ unit }) => unit);
  }

  #note(entry: object): void {
    appendFileSync(this.#ledger, `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
  }
}

function options(job: PlannedJob, members: readonly UnitRecord[]): string {
  const array = members.map(({ unit }) => unit.slice(job.tag.length + 1)).join(",");
  return [
    `-p ${job.partition} -N${job.nodes}`,
    ...(job.exclusive ? ["--exclusive"] : []),
    ...(job.tasks === 0 ? [] : [`-a ${array}`]),
    `/shared/chaos/job.sh ${job.seconds}`,
  ].join(" ");
}

/** Rows of `id|name|state|start|end`, by unit; whole arrays that wait (`5_[1-3]`) are no unit. */
function rowsOf(text: string): ReadonlyMap<string, readonly KnownJob[]> {
  const rows = new Map<string, KnownJob[]>();
  for (const line of text.split("\n")) {
    const [jobId = "", name = "", state = "", start, end] = line.split("|");
    const [, id, task] = /^(\d+)(?:_(\d+))?$/.exec(jobId) ?? [];
    if (id === undefined) continue;
    const unit = task === undefined ? name : `${name}_${task}`;
    rows.set(unit, [
      ...(rows.get(unit) ?? []),
      { id, state, start: Number(start), end: Number(end) },
    ]);
  }
  return rows;
}
