import { type BodyOf, type JobEstimate, jobPlacementRoutes } from "@sluice/api";
import {
  type Candidate,
  type CandidateAnswer,
  chooseCluster,
  createPlacements,
  type JobCache,
  type Ranked,
  type Submissions,
} from "@sluice/jobs";
import { clusterNotFound } from "@sluice/lifecycle";
import { isSluiceError, messageOf, nodePrefix, SluiceError } from "@sluice/model";
import type { ClusterLooks } from "../clusters/cluster-looks.ts";
import type { ServedCluster } from "../clusters/directory.ts";
import type { ServerDeps } from "../deps.ts";
import { mayAsk } from "../http/access.ts";
import { type Implementation, implement } from "../http/handler.ts";
import type { Principal } from "../identity/principal.ts";
import { ownUnixUser } from "../jobs/sight.ts";

export interface AnyClusterParts extends Pick<ServerDeps, "clusters" | "clock" | "database"> {
  readonly jobs: JobCache;
  readonly submissions: Submissions;
}

type Body = BodyOf<typeof jobPlacementRoutes.submitAnywhere>;

/** What a cluster says of a submission. */
export type EstimateOn = (
  cluster: ServedCluster,
  unixUser: string,
  asked: Pick<Body, "script" | "options" | "workingDirectory"> & { readonly signal: AbortSignal },
) => Promise<JobEstimate>;

/** Milliseconds that a cluster has to say something; one that is slower is away. */
const PATIENCE_MS = 8000;

export function anyClusterImplementations(
  parts: AnyClusterParts,
  looks: Pick<ClusterLooks, "snapshots">,
  estimateOn: EstimateOn,
): readonly Implementation[] {
  const { clusters, jobs, submissions } = parts;
  const placements = createPlacements(parts);
  return [
    implement(jobPlacementRoutes.submitAnywhere, async (call) => {
      const { body, principal, idempotencyKey, audit, signal } = call;
      const unixUser = ownUnixUser(principal, "any");
      const hand = async (cluster: string, candidates: readonly Ranked[], why: string) => {
        // A key may have been used with more rights than there are now.
        if (!maySubmit(principal, cluster)) throw clusterNotFound(cluster);
        const { workingDirectory, ...job } = body;
        const { submissionId, jobId, isRepeat } = await submissions.submit({
          ...{ cluster, unixUser, principalId: principal.id },
          job: {
            by: "sbatch",
            ...job,
            workingDirectory: workingDirectory ?? (await homeOn(clusters, cluster, unixUser)),
          },
          ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        });
        audit.target(`job ${cluster}/${jobId}`);
        void jobs.refresh(cluster);
        return { cluster, jobId, submissionId, isRepeat, why, candidates: viewsOf(candidates) };
      };
      // A key is one job: on the cluster that was chosen when it came first.
      const known =
        idempotencyKey === undefined ? undefined : await placements.of(unixUser, idempotencyKey);
      if (known !== undefined) return hand(known, [], "it was chosen when the key came first");
      const candidates = await candidatesOf(parts, looks, estimateOn, { body, principal, signal });
      const { chosen, ranked } = chooseCluster(candidates);
      if (chosen === undefined) throw noneTakes(ranked);
      const cluster =
        idempotencyKey === undefined
          ? chosen.cluster
          : await placements.choose(unixUser, idempotencyKey, chosen.cluster);
      return hand(cluster, ranked, chosen.why);
    }),
  ];
}

async function candidatesOf(
  { clusters, clock }: AnyClusterParts,
  { snapshots }: Pick<ClusterLooks, "snapshots">,
  estimateOn: EstimateOn,
  asked: { readonly body: Body; readonly principal: Principal; readonly signal: AbortSignal },
): Promise<readonly Candidate[]> {
  const { body, principal, signal } = asked;
  const may = (await clusters.list()).filter(({ name }) => maySubmit(principal, name));
  return Promise.all(
    may.map(async (cluster) => {
      const late = AbortSignal.timeout(PATIENCE_MS);
      const look = async (): Promise<CandidateAnswer> => {
        const { script, options, workingDirectory } = body;
        const [estimate, snapshot] = await Promise.all([
          estimateOn(cluster, ownUnixUser(principal, cluster.name), {
            ...{ script, options, workingDirectory },
            signal: AbortSignal.any([signal, late]),
          }),
          snapshots.of(cluster),
        ]);
        return answerOf(estimate, snapshot, clock.now());
      };
      const slow = new Promise<never>((_, reject) =>
        late.addEventListener("abort", () => reject(new Error("it does not answer in time"))),
      );
      const answer = await Promise.race([look(), slow]).catch(
        (error: unknown): CandidateAnswer => ({
          kind: isSluiceError(error) && error.source === "user" ? "refuses" : "away",
          reason: messageOf(error),
        }),
      );
      return { cluster: cluster.name, answer };
    }),
  );
}

function maySubmit(principal: Principal, cluster: string): boolean {
  return mayAsk({ role: "user", on: "cluster", scope: "jobs:write" }, principal, cluster);
}

type Snapshot = Awaited<ReturnType<ClusterLooks["snapshots"]["of"]>>;

function answerOf(estimate: JobEstimate, { fleet }: Snapshot, now: Date): CandidateAnswer {
  if (!estimate.accepted) return { kind: "refuses", reason: estimate.problem ?? "no reason given" };
  const { startTime, nodes, nodesToBoot, bootSeconds, typicalWaitSeconds, cost } = estimate;
  const isOf = (queue: string, resource: string) =>
    nodes.some((node) => node.startsWith(nodePrefix(queue, "dynamic", resource)));
  const short = fleet.unavailable
    .filter(({ queue, computeResource }) => isOf(queue, computeResource))
    .map(({ until }) => (Date.parse(until) - now.getTime()) / 1000);
  return {
    kind: "takes",
    startsInSeconds:
      startTime === undefined
        ? undefined
        : Math.max(0, (Date.parse(startTime) - now.getTime()) / 1000),
    ...{ nodesToBoot, bootSeconds, typicalWaitSeconds, usdPerHour: cost.usdPerHour },
    shortForSeconds: nodesToBoot === 0 || short.length === 0 ? undefined : Math.max(0, ...short),
  };
}

function viewsOf(candidates: readonly Ranked[]) {
  return candidates.map(({ cluster, seconds, why }) => ({
    ...{ cluster, why },
    ...(seconds === undefined ? {} : { startsInSeconds: seconds }),
  }));
}

async function homeOn(
  clusters: ServerDeps["clusters"],
  cluster: string,
  user: string,
): Promise<string> {
  const gateway = await (await clusters.get(cluster)).gateway();
  const [home] = await gateway.user(user).roots();
  return home?.path ?? "/tmp";
}

function noneTakes(ranked: readonly Ranked[]): SluiceError {
  const said = ranked.map(({ cluster, why }) => `${cluster}: ${why}`).join("; ");
  return new SluiceError(
    "NO_CLUSTER_TAKES",
    "user",
    `no cluster takes the job: ${said === "" ? "there is none on which you may submit" : said}`,
    { hint: "ask for less, or name a cluster and wait until it is there" },
  );
}
