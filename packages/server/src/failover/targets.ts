import { askedOption, type JobRequest, type MovableSubmission, testOnlyOf } from "@sluice/jobs";
import { isSluiceError } from "@sluice/model";
import type { ServedCluster } from "../clusters/directory.ts";
import type { ServerDeps } from "../deps.ts";
import { personOf } from "../identity/principals.ts";
import { mayUse } from "../runs/viewers.ts";

/** Milliseconds that a cluster has to say whether it takes a job. */
const PATIENCE_MS = 15_000;

/** What sbatch is asked of a job, to hear whether it would be taken. */
interface Trial {
  readonly script: string;
  readonly options: readonly string[];
  readonly workingDirectory: string;
}

/**
 * The cluster that takes a job of one that is lost: of those on which its owner may submit now, which
 * have the job's folder and whose Slurm would take it, the one where it starts first.
 *
 * @param candidates clusters in service that are not lost.
 */
export async function targetOf(
  { database }: Pick<ServerDeps, "database">,
  submission: MovableSubmission,
  candidates: readonly ServedCluster[],
): Promise<string | undefined> {
  const { principalId, unixUser, request } = submission;
  const owner = await personOf(database, principalId);
  const trial = trialOf(JSON.parse(request) as JobRequest);
  if (owner === undefined || trial === undefined) return undefined;
  const starts = await Promise.all(
    candidates
      .filter(({ name }) => name !== submission.cluster && mayUse(owner, name))
      .map(async (cluster) => {
        // One that is away, or has no such folder or user, is none that takes it.
        const start = await startOn(cluster, unixUser, trial).catch(() => undefined);
        return start === undefined ? [] : [{ name: cluster.name, start }];
      }),
  );
  const [first] = starts.flat().toSorted((a, b) => a.start - b.start || (a.name < b.name ? -1 : 1));
  return first?.name;
}

/** Milliseconds since 1970; undefined: it does not take the job. */
async function startOn(
  cluster: ServedCluster,
  unixUser: string,
  trial: Trial,
): Promise<number | undefined> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const worker = (await cluster.gateway()).user(unixUser);
  // Slurm does not look whether it is there before the job runs. Of places that a server may not look
  // at, nobody can tell.
  await worker.stat(trial.workingDirectory).catch((error: unknown) => {
    if (!isSluiceError(error) || error.code !== "FILE_OUTSIDE") throw error;
  });
  const said = testOnlyOf(await worker.trySbatch(trial, { signal }));
  return said.accepted ? (said.startTime?.getTime() ?? Number.MAX_SAFE_INTEGER) : undefined;
}

function trialOf(request: JobRequest): Trial | undefined {
  if (request.by === "sbatch") {
    const { script, options, workingDirectory } = request;
    return { script, options, workingDirectory };
  }
  // What slurmrestd was asked has many keys; those that decide whether a cluster has such a place.
  const body = recordIn(request.body);
  const job = recordIn(body.job ?? (Array.isArray(body.jobs) ? body.jobs[0] : undefined));
  const script = textIn(job.script) ?? textIn(body.script);
  const workingDirectory = textIn(job.current_working_directory);
  if (script === undefined || workingDirectory === undefined) return undefined;
  const options = (["partition", "account", "qos", "constraints"] as const).flatMap((key) => {
    const value = textIn(job[key]);
    const name = key === "constraints" ? "constraint" : key;
    const isSaid = askedOption(script, [], `--${name}`) !== undefined;
    return value === undefined || isSaid ? [] : [`--${name}=${value}`];
  });
  return { script, options, workingDirectory };
}

function recordIn(value: unknown): Readonly<Record<string, unknown>> {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? (value as Readonly<Record<string, unknown>>) : {};
}

function textIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
