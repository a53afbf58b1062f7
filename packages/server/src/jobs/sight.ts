import { isAtLeast } from "@sluice/api";
import type { CachedJob, JobCache, JobVisibility } from "@sluice/jobs";
import { parseJobReference } from "@sluice/jobs";
import { SluiceError } from "@sluice/model";
import { type Principal, roleOf } from "../identity/principal.ts";

type Who = Pick<Principal, "grants" | "unixUser">;

/**
 * Which jobs of a cluster somebody sees: operators all of the cluster, or of the accounts for which
 * they are; everybody their own.
 */
export function jobVisibility({ grants, unixUser }: Who, cluster: string): JobVisibility {
  const role = roleOf({ grants }, { cluster });
  if (role !== undefined && isAtLeast(role, "operator")) return "all";
  const accounts = grants
    .filter((grant) => grant.cluster === "*" || grant.cluster === cluster)
    .filter((grant) => grant.account !== "*" && isAtLeast(grant.role, "operator"))
    .map(({ account }) => account);
  return { users: unixUser === undefined ? [] : [unixUser], accounts };
}

/** Whose account is not known is seen as if it were another's. */
export function seesJob(
  principal: Who,
  job: { readonly cluster: string; readonly user: string; readonly account?: string | undefined },
): boolean {
  const visibility = jobVisibility(principal, job.cluster);
  if (visibility === "all") return true;
  return visibility.users.includes(job.user) || visibility.accounts.includes(job.account ?? "");
}

/**
 * What a path names, the newest of that number. Errors: `JOB_ID_INVALID`; `JOB_NOT_FOUND` also for
 * jobs that this principal may not see.
 */
export async function visibleJobs(
  jobs: JobCache,
  principal: Who,
  { cluster, job: text }: { readonly cluster: string; readonly job: string },
): Promise<readonly [CachedJob, ...CachedJob[]]> {
  const reference = parseJobReference(text);
  const found = await jobs.find(cluster, reference);
  const visible = found.filter((job) => seesJob(principal, job));
  // A number that was given twice is two jobs: the later one is meant.
  const latest = visible.find(({ id }) => id === reference.id) ?? visible[0];
  if (latest === undefined) throw jobNotFound(text, cluster);
  const isOne = latest.arrayJobId === undefined;
  const others = isOne ? [] : visible.filter((job) => job !== latest && job.user === latest.user);
  return [latest, ...others];
}

export function jobNotFound(text: string, cluster: string): SluiceError {
  return new SluiceError("JOB_NOT_FOUND", "user", `there is no job ${text} on cluster ${cluster}`);
}

/** Errors: `UNIX_USER_MISSING`. */
export function ownUnixUser({ unixUser }: Who, cluster: string): string {
  if (unixUser !== undefined) return unixUser;
  const why = `you are nobody on cluster ${cluster}: your account has no Unix user`;
  throw new SluiceError("UNIX_USER_MISSING", "user", why, {
    hint: "ask an administrator of the site to map your account",
  });
}
