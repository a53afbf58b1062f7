import { isSluiceError, SluiceError } from "@sluice/model";
import { errorFrom, HEAD_PROGRAM } from "../head-control.ts";
import { type ClusterOperation, type LongOperation, requireHead } from "../operation.ts";
import { requireSite, siteFileOf, sitesOf } from "./operation.ts";
import { databaseStatus } from "./views.ts";

const HAND_OVER_ATTEMPTS = 3;
/** Seconds. */
const HAND_OVER_PAUSE = 5;

export interface FailedOver {
  /** What was moved, in sentences; empty when all was where it is wanted. */
  readonly moved: readonly string[];
}

/**
 * Lets the head of a cluster that stands by take over. What runs goes on.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `HEAD_NO_LEADERSHIP` without a second head, `HEAD_NO_STANDBY` when it
 * does not stand by.
 */
export async function failOverCluster({
  cloud,
  name,
  signal,
}: ClusterOperation): Promise<FailedOver> {
  await requireHead(cloud, name);
  const argv = [HEAD_PROGRAM, "ctl", "resign"];
  const options = signal === undefined ? {} : { signal };
  const { exitCode, stdout } = await cloud.shell.exec(name, { argv, user: "root" }, options);
  const answer = answerOf(stdout, exitCode);
  return { moved: [`${name}: ${String(answer.to ?? "the other head")} leads`] };
}

/**
 * Moves everything of a site out of a zone: the heads that lead there, and the primary of the database.
 *
 * Errors: `SITE_NOT_FOUND`, `ZONE_NOT_FOUND`, those of each move; what was moved by then stays moved.
 */
export async function failOverSite(
  operation: LongOperation & { readonly outOf: string },
): Promise<FailedOver> {
  const { cloud, name, outOf, signal } = operation;
  const record = await requireSite(cloud, name);
  if (!record.zones.some((zone) => zone.name === outOf)) {
    const zones = record.zones.map((zone) => zone.name).join(", ");
    throw new SluiceError("ZONE_NOT_FOUND", "user", `site ${name} has no zone ${outOf}`, {
      hint: `its zones are ${zones}`,
    });
  }
  const moved: string[] = [];
  for (const { Name } of siteFileOf(record).Clusters) {
    const cluster = await cloud.infrastructure.describe(Name);
    const leader = cluster?.heads?.find(({ role }) => role === "leading");
    if (leader?.zone !== outOf || cluster?.heads?.length === 1) continue;
    const one = { cloud, name: Name, ...(signal === undefined ? {} : { signal }) };
    moved.push(...(await failOverCluster(one)).moved);
  }
  for (const { node, offering } of record.machines) {
    if (offering.zone !== outOf) continue;
    const status = await databaseStatus(cloud, name, node);
    if (status?.role !== "primary" || status.isManaged === true) continue;
    await handOver(operation, node);
    moved.push(`database: ${status.inStep.join(", ")} has the primary`);
  }
  return { moved };
}

/**
 * slurmdbd has a transaction open while it tells the heads that it takes to lead, also those that
 * have just been moved: for some seconds the database does not come to rest.
 */
async function handOver({ cloud, clock, name, signal }: LongOperation, node: string) {
  const argv = [HEAD_PROGRAM, "site-ctl", "hand-over"];
  for (let attempt = 1; ; attempt++) {
    try {
      const { exitCode, stdout } = await sitesOf(cloud).exec(name, node, argv);
      answerOf(stdout, exitCode);
      return;
    } catch (error) {
      const isBusy = isSluiceError(error) && error.code === "DATABASE_BUSY";
      if (!isBusy || attempt === HAND_OVER_ATTEMPTS) throw error;
      await clock.sleep(HAND_OVER_PAUSE * 1000, signal);
    }
  }
}

function answerOf(stdout: string, exitCode: number): Readonly<Record<string, unknown>> {
  let answer: Readonly<Record<string, unknown>>;
  try {
    answer = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new SluiceError("HEAD_UNREACHABLE", "system", `no answer, and exit code ${exitCode}`, {
      cause,
    });
  }
  if ("error" in answer) throw errorFrom(answer.error);
  return answer;
}
