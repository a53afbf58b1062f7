import { randomUUID } from "node:crypto";
import type { Cloud, ExecResult } from "@sluice/cloud";
import {
  actOnJob,
  type CachedJob,
  describeJob,
  hasTask,
  isFinishedState,
  type JobReference,
  mergedJobs,
  outputOfJob,
  parseJobReference,
  shownJob,
} from "@sluice/jobs";
import { clusterUsers, runOnHead } from "@sluice/lifecycle";
import { SluiceError } from "@sluice/model";
import {
  commandFailure,
  HISTORY_COLUMNS,
  type HistoryJob,
  HistoryReader,
  historyFormat,
  JOB_LIST_COLUMNS,
  jobInList,
  jobListFormat,
  type QueueJob,
  rowCutter,
  SLURM_COMMAND_ENV,
} from "@sluice/slurm";
import type { Context } from "../context.ts";
import { userFor } from "../user.ts";
import type { JobListQuery, JobPlace } from "./place.ts";

/** One word of a command may not be longer, and the script goes to the head as one. */
const MOST_SCRIPT = 100_000;

/** Of `--all` and of a job that slurmctld forgot. */
const PAST_MS = 30 * 24 * 3_600_000;

/** The script goes in by standard input of sbatch, as nobody but the user may read it. */
const SUBMIT = 'script=$1; shift; printf %s "$script" | exec sbatch --parsable "$@"';

/** Shows the file as it grows, until slurmctld says that the job is over. */
const FOLLOW = `tail -n +1 -F -- "$1" 2>/dev/null & tail=$!
while [ -n "$(squeue -h -j "$2" -t PD,R,CF,CG,S -o %i 2>/dev/null)" ]; do sleep 1; done
sleep 1; kill $tail`;

/** Jobs by Slurm's own commands on the head, as the user. */
export async function headJobs(
  context: Context,
  cluster: string,
  asked: string | undefined,
): Promise<JobPlace> {
  const cloud = await context.cloudOf(cluster);
  const now = () => context.host.clock.now();
  const exec = async (argv: readonly string[], user: string): Promise<ExecResult> =>
    cloud.shell.exec(cluster, { argv, user, env: SLURM_COMMAND_ENV }, { signal: context.signal });
  const user = await userOnHead(context, { cloud, cluster, asked, argv: ["squeue"] });
  const commands = { command: (argv: readonly string[]) => exec(argv, user) };
  const read = async (query: Pick<JobListQuery, "all">, job?: JobReference) => {
    const queue = await queueOf(exec, user, job);
    const history = query.all ? await historyOf(exec, user, now(), job) : [];
    return mergedJobs(cluster, { queue, history }, now());
  };
  const find = async (text: string): Promise<readonly [CachedJob, ...CachedJob[]]> => {
    const reference = parseJobReference(text);
    const [job, ...others] = (await read({ all: true }, reference)).filter((one) =>
      isMeant(one, reference),
    );
    if (job !== undefined) return [job, ...others];
    throw new SluiceError("JOB_NOT_FOUND", "user", `there is no job ${text} on cluster ${cluster}`);
  };
  return {
    async list(query) {
      const found = (await read(query)).filter((job) => fits(job, query));
      const jobs = found.slice(0, query.limit).map((job) => shownJob(job, now()));
      return { jobs, total: found.length };
    },
    async describe(text) {
      const [job, ...others] = await find(text);
      return describeJob({ job, others, worker: commands, now: now(), signal: context.signal });
    },
    async submit({ script, options, arguments: args, workingDirectory }) {
      if (Buffer.byteLength(script) > MOST_SCRIPT) {
        const why = `the script has more than ${MOST_SCRIPT} bytes`;
        throw new SluiceError("USAGE", "user", why, {
          hint: `hand it in on the head: sluice run -n ${cluster} -- sbatch < job.sh`,
        });
      }
      const submitter = await userOnHead(context, { cloud, cluster, asked, argv: ["sbatch"] });
      const directory = workingDirectory ?? (await homeOf(exec, submitter));
      const argv = [
        ...["sh", "-c", SUBMIT, "sluice", script, `--chdir=${directory}`, ...options],
        ...(args.length === 0 ? [] : ["/dev/stdin", ...args]),
      ];
      // The job gets what sbatch has: nothing of what makes Slurm's words easy to read here.
      const request = { argv, user: submitter };
      const result = await cloud.shell.exec(cluster, request, { signal: context.signal });
      const [, id] = /^(\d+)(?:;\S+)?$/m.exec(result.stdout) ?? [];
      if (result.exitCode !== 0 || id === undefined) throw commandFailure(["sbatch"], result);
      return { cluster, jobId: Number(id) };
    },
    async cancel(text) {
      await actOnJob(commands, parseJobReference(text), { do: "cancel" }, context.signal);
    },
    async follow({ label }) {
      const [job] = await find(label);
      const path = await outputOfJob(commands, job, "stdout", context.signal);
      const argv = ["sh", "-c", FOLLOW, "sluice", path, label];
      context.lendTerminal();
      await runOnHead({ cloud, name: cluster, argv, user: job.user });
    },
  };
}

type Exec = (argv: readonly string[], user: string) => Promise<ExecResult>;

/** As `userFor` says; a name of this machine that the head does not know is its only user. */
async function userOnHead(
  context: Context,
  question: Parameters<typeof userFor>[1] & { readonly cloud: Cloud },
): Promise<string> {
  const { user, isGuessed = false } = await userFor(context, question);
  if (!isGuessed) return user;
  const users = await clusterUsers({ cloud: question.cloud, name: question.cluster });
  const [only, ...others] = users;
  if (users.includes(user) || only === undefined || others.length > 0) return user;
  return only;
}

async function homeOf(exec: Exec, user: string): Promise<string> {
  const { stdout } = await exec(["getent", "passwd", user], user);
  return stdout.trim().split(":")[5] || "/";
}

async function queueOf(
  exec: Exec,
  user: string,
  job: JobReference | undefined,
): Promise<readonly QueueJob[]> {
  const mark = `<${randomUUID()}>`;
  const argv = [
    ...["squeue", "--noheader", "--all", "--states=all", `--Format=${jobListFormat(mark)}`],
    ...(job === undefined ? [] : [`--jobs=${job.id}`]),
  ];
  const result = await exec(argv, user);
  // A job that slurmctld has forgotten is an error of squeue's, and none here.
  const isForgotten = job !== undefined && /Invalid job id/.test(result.stderr);
  if (result.exitCode !== 0 && !isForgotten) throw commandFailure(argv, result);
  return rowCutter(mark, JOB_LIST_COLUMNS)(result.stdout).map(jobInList);
}

async function historyOf(
  exec: Exec,
  user: string,
  now: Date,
  job: JobReference | undefined,
): Promise<readonly HistoryJob[]> {
  const mark = `<${randomUUID()}>`;
  const since = new Date(now.getTime() - PAST_MS).toISOString().slice(0, 19);
  const argv = [
    ...["sacct", "--noheader", "--allusers", "--parsable", `--delimiter=${mark}`],
    // The columns that every version has.
    ...[`--starttime=${since}`, `--format=${historyFormat("22.05")}`],
    ...(job === undefined ? [] : [`--jobs=${job.id}`]),
  ];
  const result = await exec(argv, user);
  if (result.exitCode !== 0) throw commandFailure(argv, result);
  const reader = new HistoryReader();
  const rows = rowCutter(mark, HISTORY_COLUMNS)(result.stdout);
  return [...rows.map((row) => reader.take(row)), reader.end()].filter((one) => one !== undefined);
}

function isMeant(job: CachedJob, { id, tasks }: JobReference): boolean {
  if (tasks === undefined) return job.id === id || job.arrayJobId === id;
  return job.arrayJobId === id && hasTask(job.arrayTaskId ?? "", tasks);
}

function fits(job: CachedJob, query: JobListQuery): boolean {
  const { all, users, states, partitions, text = "" } = query;
  const hay = [job.label, job.name, job.user, job.account, job.partition, job.state, job.nodes]
    .join("\n")
    .toLowerCase();
  return (
    (all || !isFinishedState(job.state)) &&
    (users?.includes(job.user) ?? true) &&
    (states?.includes(job.state) ?? true) &&
    (partitions?.includes(job.partition) ?? true) &&
    text
      .toLowerCase()
      .split(/\s+/)
      .every((word) => hay.includes(word))
  );
}
