import { Readable } from "node:stream";
import {
  type BodyOf,
  isAtLeast,
  type JobsPage,
  jobsRoutes,
  type QueryOf,
  type SubmittedJobAnswer,
} from "@sluice/api";
import type { UserWorker } from "@sluice/gateway";
import {
  accountingWord,
  actOnJob,
  type CachedJob,
  describeJob,
  type JobAction,
  type JobCache,
  type JobFilter,
  type JobRequest,
  jobScript,
  optionsAgain,
  outputOfJob,
  parseJobReference,
  type Submissions,
  shownJob,
} from "@sluice/jobs";
import { clusterNotFound } from "@sluice/lifecycle";
import { SluiceError } from "@sluice/model";
import { maySee } from "../clusters/sight.ts";
import type { ServerDeps } from "../deps.ts";
import { startOf } from "../files/follow-events.ts";
import { type Call, type Implementation, implement } from "../http/handler.ts";
import { type Principal, roleOf } from "../identity/principal.ts";
import { followOutput } from "../jobs/follow-output.ts";
import { jobVisibility, ownUnixUser, visibleJobs } from "../jobs/sight.ts";
import { statusView } from "../jobs/views.ts";

export interface JobsParts extends Pick<ServerDeps, "clusters" | "clock"> {
  readonly jobs: JobCache;
  readonly submissions: Submissions;
}

type ListQuery = QueryOf<typeof jobsRoutes.listJobs>;
type OneJob = Pick<Call<typeof jobsRoutes.getJob>, "params" | "principal" | "signal">;

export function jobsImplementations(parts: JobsParts): readonly Implementation[] {
  return [...looking(parts), ...submitting(parts), ...acting(parts)];
}

function looking(parts: JobsParts): readonly Implementation[] {
  const { jobs, clusters, clock } = parts;
  return [
    implement(jobsRoutes.listAllJobs, async ({ query, principal }) => {
      const { cluster: asked, ...rest } = query;
      const names = (await clusters.list())
        .map(({ name }) => name)
        .filter((name) => maySee(principal, name));
      for (const name of asked ?? []) if (!names.includes(name)) throw clusterNotFound(name);
      const wanted = names.filter((name) => asked === undefined || asked.includes(name));
      return page(parts, principal, wanted, rest);
    }),
    implement(jobsRoutes.listJobs, async ({ params, query, principal }) => {
      const { name } = await clusters.get(params.cluster);
      return page(parts, principal, [name], query);
    }),
    implement(jobsRoutes.getJob, async (call) => {
      const [job, ...others] = await seen(parts, call);
      const worker = await readerFor(parts, call.principal, job);
      const told = { job, others, worker, now: clock.now(), signal: call.signal };
      return describeJob(told);
    }),
    implement(jobsRoutes.getJobScript, async (call) => {
      const [job] = await seen(parts, call);
      const script = await jobScript(await workerOf(parts, job), job, call.signal);
      call.reply.type("text/plain; charset=utf-8");
      return Readable.from([script]);
    }),
    implement(jobsRoutes.getJobOutput, async (call) => {
      const [job] = await seen(parts, call);
      const worker = await workerOf(parts, job);
      const { stream, start: asked, end: askedEnd } = call.query;
      const path = await outputOfJob(worker, job, stream, call.signal);
      const { size } = await worker.stat(path);
      const start = asked < 0 ? Math.max(0, size + asked) : Math.min(asked, size);
      // What is written meanwhile is not part of this answer, so that its length is known.
      const end = Math.max(start, Math.min(askedEnd ?? size, size));
      call.reply
        .type("application/octet-stream")
        .header("content-disposition", "attachment")
        .header("content-length", end - start)
        .header("sluice-offset", start)
        .header("sluice-size", size);
      if (end === start) return Readable.from([]);
      const { content } = await worker.read(path, { start, end });
      return content;
    }),
    implement(jobsRoutes.followJobOutput, async (call) => {
      const [job] = await seen(parts, call);
      const worker = await workerOf(parts, job);
      const { stream, offset } = call.query;
      return followOutput({
        worker,
        path: await outputOfJob(worker, job, stream, call.signal),
        offset: startOf(call.request, offset),
        look: async () => {
          const found = await jobs.find(job.cluster, parseJobReference(job.label));
          return found.find(({ id }) => id === job.id);
        },
        ...{ clock, signal: call.signal },
      });
    }),
  ];
}

function submitting(parts: JobsParts): readonly Implementation[] {
  const { clusters } = parts;
  return [
    implement(jobsRoutes.submitJob, async (call) => {
      const { params, query, body, principal, idempotencyKey } = call;
      const { name: cluster } = await clusters.get(params.cluster);
      const unixUser =
        query.as === undefined || query.as === principal.unixUser
          ? ownUnixUser(principal, cluster)
          : asAnother(call, cluster, query.as);
      const { workingDirectory, ...job } = body;
      return submit(parts, call, cluster, unixUser, {
        by: "sbatch",
        ...job,
        workingDirectory:
          workingDirectory ?? (await directoryFor(parts, { cluster, unixUser, idempotencyKey })),
      });
    }),
    implement(jobsRoutes.resubmitJob, async (call) => {
      const [job] = await seen(parts, call);
      const worker = await workerOf(parts, job);
      const { body, signal } = call;
      actAs(call, job);
      // As it was, an operator may have it run again; anything else runs what the job's user never wrote.
      if (job.user !== call.principal.unixUser && isOther(body)) {
        asAnother(call, job.cluster, job.user);
      }
      const submitLine = await accountingWord(worker, job.label, "SubmitLine", signal);
      return submit(parts, call, job.cluster, job.user, {
        by: "sbatch",
        script: body.script ?? (await jobScript(worker, job, signal)),
        options: [...optionsAgain(submitLine, job), ...body.options],
        ...(body.arguments === undefined ? {} : { arguments: body.arguments }),
        workingDirectory: body.workingDirectory ?? job.workingDirectory,
        environment: body.environment,
      });
    }),
  ];
}

function acting(parts: JobsParts): readonly Implementation[] {
  const act = async (call: ActingCall, action: JobAction): Promise<undefined> => {
    const [job] = await seen(parts, call);
    actAs(call, job);
    const worker = await workerOf(parts, job);
    await actOnJob(worker, parseJobReference(call.params.job), action, call.signal);
    // Whoever asks next shall see it; this answer need not wait.
    void parts.jobs.refresh(job.cluster);
    return undefined;
  };
  return [
    implement(jobsRoutes.cancelJob, (call) => act(call, { do: "cancel" })),
    implement(jobsRoutes.holdJob, (call) => act(call, { do: "hold" })),
    implement(jobsRoutes.releaseJob, (call) => act(call, { do: "release" })),
    implement(jobsRoutes.requeueJob, (call) => act(call, { do: "requeue" })),
    implement(jobsRoutes.signalJob, (call) => {
      call.audit.detail({ signal: call.body.signal });
      return act(call, { do: "signal", ...call.body });
    }),
  ];
}

type ActingCall = OneJob & Pick<Call<typeof jobsRoutes.cancelJob>, "audit">;

async function page(
  { jobs, clock }: JobsParts,
  principal: Principal,
  clusters: readonly string[],
  query: ListQuery,
): Promise<JobsPage> {
  const { sort, order, limit, cursor } = query;
  const found = await jobs.search({
    clusters: new Map(clusters.map((name) => [name, jobVisibility(principal, name)])),
    filter: filterOf(query),
    sort,
    ...(order === undefined ? {} : { isDescending: order === "descending" }),
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  const now = clock.now();
  return {
    items: found.jobs.map((job) => shownJob(job, now)),
    ...(found.next === undefined ? {} : { next: found.next }),
    total: found.total,
    totals: { ...found.totals },
    status: found.status.map(statusView),
  };
}

function filterOf(query: ListQuery): JobFilter {
  const { text, state, user, account, partition, qos, name, node, array, finished } = query;
  const time = (value: string | undefined) => (value === undefined ? undefined : new Date(value));
  const filter = {
    ...{ text, users: user, accounts: account, partitions: partition, qos, name, node },
    states: state?.map((word) => word.toUpperCase()),
    arrayJobId: array,
    isFinished: finished,
    submittedAfter: time(query.submittedAfter),
    submittedBefore: time(query.submittedBefore),
    endedAfter: time(query.endedAfter),
    endedBefore: time(query.endedBefore),
  };
  return Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== undefined),
  ) as JobFilter;
}

async function seen({ clusters, jobs }: JobsParts, { params, principal }: OneJob) {
  const { name: cluster } = await clusters.get(params.cluster);
  return visibleJobs(jobs, principal, { cluster, job: params.job });
}

/** The job's own user's: who may see a job may read of it what its user may. */
async function workerOf({ clusters }: JobsParts, job: CachedJob): Promise<UserWorker> {
  const cluster = await clusters.get(job.cluster);
  return (await cluster.gateway()).user(job.user);
}

/** As `workerOf`; for jobs of root and of the system, which have none, whoever asks. */
async function readerFor(
  parts: JobsParts,
  { unixUser }: Principal,
  job: CachedJob,
): Promise<UserWorker | undefined> {
  const isOfSystem = job.user === "root" || job.user === "slurm" || job.user === "";
  if (!isOfSystem) return workerOf(parts, job);
  return unixUser === undefined ? undefined : workerOf(parts, { ...job, user: unixUser });
}

async function homeOf({ clusters }: JobsParts, cluster: string, user: string): Promise<string> {
  const gateway = await (await clusters.get(cluster)).gateway();
  const [home] = await gateway.user(user).roots();
  if (home !== undefined) return home.path;
  throw new SluiceError("FILE_NOT_FOUND", "user", `${user} has no home on cluster ${cluster}`, {
    hint: "say in which directory the job is to run",
  });
}

/** The home, or what it was when the key came first: of a cluster that is away, nobody can tell. */
async function directoryFor(
  parts: JobsParts,
  asked: {
    readonly cluster: string;
    readonly unixUser: string;
    readonly idempotencyKey: string | undefined;
  },
): Promise<string> {
  const { cluster, unixUser, idempotencyKey } = asked;
  try {
    return await homeOf(parts, cluster, unixUser);
  } catch (error) {
    if (idempotencyKey === undefined) throw error;
    const key = { cluster, unixUser, idempotencyKey };
    const kept = await parts.submissions.keptDirectory(key);
    if (kept === undefined) throw error;
    return kept;
  }
}

function isOther(body: BodyOf<typeof jobsRoutes.resubmitJob>): boolean {
  const { script, options, arguments: words, workingDirectory, environment } = body;
  const isGiven = [script, words, workingDirectory].some((part) => part !== undefined);
  return isGiven || options.length > 0 || Object.keys(environment).length > 0;
}

/** Notes that somebody does it for the job's user. */
function actAs({ principal, audit }: ActingCall, job: CachedJob): void {
  audit.target(`job ${job.cluster}/${job.label}`);
  if (principal.unixUser !== job.user) audit.actingAs(job.user);
}

/** Errors: `NOT_ALLOWED`. */
function asAnother(
  { principal, audit }: Pick<Call<typeof jobsRoutes.submitJob>, "principal" | "audit">,
  cluster: string,
  unixUser: string,
): string {
  const role = roleOf(principal, { cluster });
  if (role === undefined || !isAtLeast(role, "administrator")) {
    throw new SluiceError("NOT_ALLOWED", "user", `you may not submit jobs as ${unixUser}`, {
      hint: "submit them as yourself; administrators of the cluster may act as others",
    });
  }
  audit.actingAs(unixUser);
  return unixUser;
}

async function submit(
  { submissions, jobs }: JobsParts,
  {
    principal,
    idempotencyKey,
    audit,
  }: Pick<Call<typeof jobsRoutes.submitJob>, "principal" | "idempotencyKey" | "audit">,
  cluster: string,
  unixUser: string,
  job: Extract<JobRequest, { by: "sbatch" }>,
): Promise<SubmittedJobAnswer> {
  const { submissionId, jobId, isRepeat } = await submissions.submit({
    ...{ cluster, unixUser, principalId: principal.id, job },
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  });
  audit.target(`job ${cluster}/${jobId}`);
  void jobs.refresh(cluster);
  return { cluster, jobId, submissionId, isRepeat };
}
