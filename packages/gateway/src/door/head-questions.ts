import { randomBytes } from "node:crypto";
import type { Clock } from "@sluice/model";
import {
  commandFailure,
  createSlurmCommands,
  execRunner,
  HISTORY_COLUMNS,
  type HistoryJob,
  HistoryReader,
  historyFormat,
  isUnreachable,
  JOB_LIST_COLUMNS,
  jobInList,
  jobListFormat,
  OVER_STATES,
  RUN_STATES,
  rowCutter,
  runStreaming,
  SLURM_COMMAND_ENV,
  type SlurmVersion,
  SUBMISSION_TAG,
} from "@sluice/slurm";
import type { HistoryRange } from "../contract.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import type { HeadQuestions, Write } from "./questions.ts";
import { exactVersion, restVersions } from "./rest-versions.ts";
import { SavedState } from "./saved-state.ts";
import { nextSpan } from "./time-spans.ts";

export interface HeadQuestionsOptions {
  readonly clusterName: string;
  /** `24.11` */
  readonly slurmVersion: SlurmVersion;
  /** SlurmUser, who may see everything. */
  readonly slurmUser: { readonly uid: number; readonly gid: number };
  /** `job_state` in StateSaveLocation. */
  readonly jobState: string;
  readonly clock: Clock;
}

const QUEUE_MILLISECONDS = 50_000;
/** For each part of a history; slurmdbd may have years of it. */
const HISTORY_MILLISECONDS = 300_000;

/** Asks by Slurm's own commands, and looks into slurmctld's saved state. */
export function createHeadQuestions(options: HeadQuestionsOptions): HeadQuestions {
  const { slurmVersion, clock } = options;
  const commands = createSlurmCommands({ run: execRunner({ env: SLURM_COMMAND_ENV }) });
  const together = new OneAtATime();
  const saved = new SavedState(options.jobState);
  const installed = exactVersion();
  const rest = restVersions(slurmVersion);

  const stream = async (
    argv: readonly string[],
    timeoutMs: number,
    onText: Write,
    signal: AbortSignal,
  ): Promise<void> => {
    const result = await runStreaming(argv, {
      env: SLURM_COMMAND_ENV,
      as: options.slurmUser,
      timeoutMs,
      signal,
      onText,
    });
    if (result.exitCode !== 0) throw commandFailure(argv, result);
  };

  const queue = (write: Write, signal: AbortSignal): Promise<void> => {
    const mark = newMark();
    const cut = rowCutter(mark, JOB_LIST_COLUMNS);
    const format = `--Format=${jobListFormat(mark)}`;
    const argv = ["squeue", "--noheader", "--all", "--states=all", format];
    return stream(
      argv,
      QUEUE_MILLISECONDS,
      async (text) => {
        const jobs = cut(text).map(jobInList);
        if (jobs.length > 0) await write(linesOf(jobs));
      },
      signal,
    );
  };

  /** Jobs that ended in these seconds, oldest end first. */
  const ended = async (
    { since, until, everyRun }: HistoryRange,
    signal: AbortSignal,
  ): Promise<readonly HistoryJob[]> => {
    const mark = newMark();
    const cut = rowCutter(mark, HISTORY_COLUMNS);
    const reader = new HistoryReader();
    const jobs: HistoryJob[] = [];
    const argv = [
      ...["sacct", "--noheader", "--allusers", "--parsable", `--delimiter=${mark}`],
      ...(everyRun ? ["--duplicates", `--state=${RUN_STATES}`] : [`--state=${OVER_STATES}`]),
      `--starttime=${slurmTime(since)}`,
      ...[`--endtime=${slurmTime(until)}`, `--format=${historyFormat(slurmVersion)}`],
    ];
    const take = async (text: string): Promise<void> => {
      for (const row of cut(text)) {
        const job = reader.take(row);
        if (job !== undefined) jobs.push(job);
      }
    };
    await stream(argv, HISTORY_MILLISECONDS, take, signal);
    const last = reader.end();
    if (last !== undefined) jobs.push(last);
    // Steps may fall into a span that their job does not.
    return jobs.filter(({ endTime }) => isBetween(endTime, since, until)).toSorted(byEnd);
  };

  const history = async (
    { since, until, everyRun = false }: HistoryRange,
    write: Write,
    signal: AbortSignal,
  ): Promise<void> => {
    const from = wholeSecond(since);
    const to = new Date(Math.min(wholeSecond(until).getTime(), clock.now().getTime()));
    let span = nextSpan(undefined, from, to);
    while (span !== undefined && !signal.aborted) {
      const jobs = await ended({ ...span, everyRun }, signal);
      // Also when there are none: whoever waits hears that it goes on.
      await write(jobs.length === 0 ? "\n" : linesOf(jobs));
      span = nextSpan({ ...span, jobs: jobs.length }, from, to);
    }
  };

  return {
    async info() {
      const startedAt = await commands.startedAt().catch(() => undefined);
      return {
        clusterName: options.clusterName,
        slurmVersion: await installed(),
        restVersions: await rest(),
        ...(startedAt === undefined ? {} : { controllerStartedAt: startedAt }),
      };
    },
    queue: (write, signal, maxAge = 0) => together.hear("queue", maxAge, queue, write, signal),
    history(range, write, signal) {
      const key = `history ${JSON.stringify(range)}`;
      return together.listen(key, (all, gone) => history(range, all, gone), write, signal);
    },
    async saved(tags) {
      const found = await saved.tags();
      return tags.filter((tag) => found.has(tag));
    },
    async find(tags) {
      const found = new Map<string, number>();
      for (const [tag, jobs] of await jobsUnder(new Set(tags))) {
        const job = jobs.length === 1 ? jobs[0] : await firstWith(tag, jobs);
        if (job !== undefined) found.set(tag, job);
      }
      return Object.fromEntries(found);
    },
  };

  /** The jobs that seem to have each tag: a text with line breaks may pretend to be another job. */
  async function jobsUnder(
    wanted: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, readonly number[]>> {
    const found = new Map<string, Set<number>>();
    let rest = "";
    let id = 0;
    const look = async (text: string): Promise<void> => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const [, job, array] = JOB_LINE.exec(line) ?? [];
        id = Number(array ?? job ?? id);
        for (const [tag] of line.matchAll(TAGS)) {
          if (wanted.has(tag)) found.set(tag, (found.get(tag) ?? new Set()).add(id));
        }
      }
    };
    await stream([...SHOW, "jobs"], QUEUE_MILLISECONDS, look, forever);
    return new Map([...found].map(([tag, ids]) => [tag, [...ids].toSorted((a, b) => a - b)]));
  }

  /** Everybody sees a tag, and may put it on a job of their own: later than its owner did. */
  async function firstWith(tag: string, jobs: readonly number[]): Promise<number | undefined> {
    for (const job of jobs.slice(0, MOST_PRETENDERS)) {
      let text = "";
      const take = async (more: string): Promise<void> => {
        text += more;
      };
      // Of a job that is gone, or never was, it fails.
      await stream([...SHOW, "job", String(job)], QUEUE_MILLISECONDS, take, forever).catch(
        (error: unknown) => {
          if (isUnreachable(error)) throw error;
        },
      );
      if (text.includes(tag)) return job;
    }
    return undefined;
  }
}

const SHOW = ["scontrol", "--all", "--oneliner", "show"];
const MOST_PRETENDERS = 100;
const forever = new AbortController().signal;
const JOB_LINE = /^JobId=(\d+)(?: ArrayJobId=(\d+))? /;
const TAGS = new RegExp(SUBMISSION_TAG, "g");

/** Ends every value, and can be in none of them. */
function newMark(): string {
  return `~${randomBytes(6).toString("hex")}~`;
}

function linesOf(jobs: readonly object[]): string {
  return jobs.map((job) => `${JSON.stringify(job)}\n`).join("");
}

function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

/** In UTC, as all times of our commands. */
function slurmTime(time: Date): string {
  return time.toISOString().slice(0, 19);
}

function isBetween(time: Date | undefined, since: Date, until: Date): boolean {
  return time !== undefined && time >= since && time <= until;
}

function byEnd(one: HistoryJob, other: HistoryJob): number {
  return (one.endTime?.getTime() ?? 0) - (other.endTime?.getTime() ?? 0);
}
