import type { Gateway } from "@sluice/gateway";
import { ask, type Outcome } from "./ask.ts";
import type { JobRequest } from "./contract.ts";
import type { Groups } from "./groups.ts";
import type { Found } from "./look.ts";
import type { SubmissionRow } from "./store.ts";
import { isRecord, withJobs } from "./tag.ts";

export interface Again {
  readonly gateway: Gateway;
  readonly row: SubmissionRow;
  /** With its tag. */
  readonly request: JobRequest;
  /** SlurmUser of the cluster. */
  readonly slurmUser: string;
  readonly groups: Groups;
  readonly look: (row: SubmissionRow) => Promise<Found>;
}

/** ESLURM_DUPLICATE_JOB_ID */
const DUPLICATE_JOB_ID = 2011;

/**
 * Hands in once more what slurmctld forgot, under the number that it had where that can be: only
 * SlurmUser may choose one, so it is asked as SlurmUser for the user, without anything that the
 * user's own asking would not have given. A second such request is refused by slurmctld itself.
 * Otherwise as the user, under a new number. Jobs of several parts and sbatch's have new ones.
 */
export async function askAgain({
  gateway,
  row,
  request,
  slurmUser,
  groups,
  look,
}: Again): Promise<Outcome> {
  const asUser = () => ask(gateway, row.unix_user, request);
  // A number of another cluster means nothing here.
  if (row.moved_from !== null || !mayKeepNumber(request)) {
    return asUser();
  }
  const group = await groups.of(gateway, row.unix_user);
  if (group === undefined || row.job_id === null) return asUser();
  const body = withJobs(request.body, (job) => ({
    ...unprivileged(job),
    user_id: row.unix_user,
    group_id: String(group),
    job_id: row.job_id,
  }));
  const outcome = await ask(gateway, slurmUser, { ...request, body });
  if (outcome.kind !== "refused") return outcome;
  if (hasNumber(outcome, DUPLICATE_JOB_ID)) {
    const found = await look(row).catch((error: unknown) => ({ where: "unknown" as const, error }));
    if (found.where === "unknown") return { kind: "lost", error: found.error };
    if (found.where !== "nowhere") return { kind: "accepted", jobId: found.jobId };
  }
  return asUser();
}

/**
 * Whether a job can be asked for under a number. Before v0.0.40 slurmrestd knows neither `job_id` nor
 * `user_id` in a job's description; sbatch runs as the user.
 */
export function mayKeepNumber(request: JobRequest): request is RestRequest {
  if (request.by === "sbatch" || !isRecord(request.body)) return false;
  const [, minor] = /^v0\.0\.(\d+)$/.exec(request.version) ?? [];
  return Number(minor) >= 40 && isRecord(request.body.job);
}

type RestRequest = Extract<JobRequest, { readonly by: "slurmrestd" }>;

/** What slurmctld heeds of operators alone, and takes no notice of from others. */
const OF_OPERATORS = ["admin_comment", "site_factor", "reboot"] as const;

function unprivileged(job: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const plain = Object.fromEntries(
    Object.entries(job).filter(([name]) => !(OF_OPERATORS as readonly string[]).includes(name)),
  );
  const priority = numberIn(plain.priority);
  if (priority !== 0) delete plain.priority;
  if ((numberIn(plain.nice) ?? 0) < 0) delete plain.nice;
  return plain;
}

/** Of a plain number, of one in words, and of `{set, infinite, number}`. */
function numberIn(value: unknown): number | undefined {
  const plain = isRecord(value) ? value.number : value;
  return plain === undefined || plain === null ? undefined : Number(plain);
}

function hasNumber(outcome: Outcome & { readonly kind: "refused" }, number: number): boolean {
  const { body } = outcome.answer ?? {};
  const errors = isRecord(body) && Array.isArray(body.errors) ? body.errors : [];
  return errors.some((error) => isRecord(error) && error.error_number === number);
}
