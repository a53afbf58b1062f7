import { clustersRoutes } from "@sluice/api";
import { eventMatcher, explainInCluster, summaryOf } from "@sluice/lifecycle";
import { type ComputeFleet, type JobView, SluiceError } from "@sluice/model";
import { type Implementation, implement } from "../../http/handler.ts";
import type { Principal } from "../../identity/principal.ts";
import { seesJob } from "../../jobs/sight.ts";
import { DatabaseSight } from "../../state/database-sight.ts";
import type { ServedCluster } from "../directory.ts";
import type { Operation } from "../operations/index.ts";
import { isAtLeastOn, maySee, roleOn } from "../sight.ts";
import { machineView, type SharedParts, seenCluster } from "./parts.ts";

/** What shows a cluster. */
export function lookingRoutes(parts: SharedParts): readonly Implementation[] {
  const { clusters, operations, snapshots, descriptions, machines, costs, events } = parts;
  // What is known of clusters without the database is shown without it.
  const sight = new DatabaseSight();
  const runningOf = (filter: { readonly cluster?: string; readonly limit: number }) =>
    sight.unlessAway(() => operations.list({ ...filter, state: "running" }), []);
  return [
    implement(clustersRoutes.listClusters, async ({ principal }) => {
      const all = await clusters.list();
      const running = await runningOf({ limit: 1000 });
      return {
        items: all
          .filter(({ name }) => maySee(principal, name))
          .map((cluster) => ({
            ...summaryOf(cluster.record),
            ...aboutCaller(cluster, principal, running),
          })),
        unanswered: clusters.unanswered(),
      };
    }),

    implement(clustersRoutes.getCluster, async ({ params, principal }) => {
      const cluster = await seenCluster(parts, principal, params.cluster);
      const { name } = cluster;
      const running = await runningOf({ cluster: name, limit: 1 });
      const description = await descriptions.of(cluster);
      // Folders of the server's machine, ids of an account: for those who run the cluster.
      const mayKnow = isAtLeastOn(principal, name, "operator");
      return {
        ...description,
        resources: mayKnow ? description.resources : {},
        ...aboutCaller(cluster, principal, running),
      };
    }),

    implement(clustersRoutes.getClusterFile, async ({ params, query, principal }) => {
      const { cloud, name } = await seenCluster(parts, principal, params.cluster);
      const files = await cloud.infrastructure.files(name);
      const file =
        query.version === undefined
          ? (files.findLast(({ state }) => state === "in-force") ?? files.at(-1))
          : files.find(({ version }) => version === query.version);
      if (file === undefined) throw noSuchVersion(name, query.version);
      return { ...file, givenAt: file.givenAt.toISOString() };
    }),

    implement(clustersRoutes.listClusterFiles, async ({ params, principal }) => {
      const { cloud, name } = await seenCluster(parts, principal, params.cluster);
      const files = await cloud.infrastructure.files(name);
      return {
        items: files.map(({ version, state, givenAt }) => ({
          version,
          state,
          givenAt: givenAt.toISOString(),
        })),
      };
    }),

    implement(clustersRoutes.getComputeFleet, async ({ params, principal }) => {
      const cluster = await seenCluster(parts, principal, params.cluster);
      const { fleet } = await snapshots.of(cluster);
      return fleetFor(fleet, principal, cluster.name);
    }),

    implement(clustersRoutes.getClusterSnapshot, async ({ params, principal }) => {
      const cluster = await seenCluster(parts, principal, params.cluster);
      const { fleet, nodes, jobs } = await snapshots.of(cluster);
      return {
        fleet: fleetFor(fleet, principal, cluster.name),
        nodes,
        jobs: jobs.filter((job) => seesJob(principal, { ...job, cluster: cluster.name })),
      };
    }),

    implement(clustersRoutes.listMachines, async ({ params, query, principal }) => {
      const cluster = await seenCluster(parts, principal, params.cluster);
      const { nodeType, queueName } = query;
      const items = (await machines.of(cluster))
        .filter((machine) => nodeType === undefined || machine.nodeType === nodeType)
        .filter((machine) => queueName === undefined || machine.queueName === queueName)
        .map((machine) => machineView(cluster, machine));
      return { items };
    }),

    implement(clustersRoutes.listClusterEvents, async ({ params, query, principal }) => {
      const cluster = await seenCluster(parts, principal, params.cluster);
      const { node, job, since, limit } = query;
      const { events: all, incomplete } = await events.of(cluster);
      const wanted = eventMatcher({
        ...(node === undefined ? {} : { node }),
        ...(job === undefined ? {} : { job }),
        ...(since === undefined ? {} : { since: new Date(since) }),
      });
      const items = all.filter(wanted).slice(-limit);
      return { items, ...(incomplete === undefined ? {} : { incomplete }) };
    }),

    implement(clustersRoutes.explain, async ({ params, query, principal, signal }) => {
      const cluster = await seenCluster(parts, principal, params.cluster);
      const { cloud, name } = cluster;
      const { job, node = "" } = query;
      if (job !== undefined) await requireOwnJob(parts, cluster, principal, job);
      const subject = job === undefined ? { node } : { job };
      return explainInCluster({ cloud, name, signal, subject });
    }),

    implement(clustersRoutes.getClusterCost, async ({ params, principal }) => {
      const cluster = await seenCluster(parts, principal, params.cluster);
      const cost = await costs.of(cluster);
      const items = cost.items.map(({ what, usdPerHour }) => ({
        what,
        ...(usdPerHour === undefined ? {} : { usdPerHour }),
      }));
      return { ...cost, items };
    }),
  ];
}

function aboutCaller(
  { name, region }: ServedCluster,
  principal: Principal,
  running: readonly Operation[],
) {
  const operation = running.find(({ cluster }) => cluster === name)?.id;
  const role = roleOn(principal, name) ?? "read-only";
  return { region, role, ...(operation === undefined ? {} : { operation }) };
}

/** What a console says is for those who run the cluster. */
function fleetFor(fleet: ComputeFleet, principal: Principal, cluster: string): ComputeFleet {
  if (isAtLeastOn(principal, cluster, "operator")) return fleet;
  return { ...fleet, protected: fleet.protected.map((one) => ({ ...one, console: [] })) };
}

/** A job of which one may know nothing is one that is not there. */
async function requireOwnJob(
  { snapshots }: SharedParts,
  cluster: ServedCluster,
  principal: Principal,
  asked: string,
): Promise<void> {
  const { name } = cluster;
  if (isAtLeastOn(principal, name, "operator")) return;
  const isAsked = ({ id }: JobView) => numberOf(id) === numberOf(asked);
  let { jobs } = await snapshots.of(cluster);
  if (!jobs.some(isAsked)) {
    snapshots.drop(name);
    ({ jobs } = await snapshots.of(cluster));
  }
  if (jobs.some((job) => isAsked(job) && seesJob(principal, { ...job, cluster: name }))) return;
  throw new SluiceError("JOB_NOT_FOUND", "user", `there is no job ${asked}`, {
    hint: "see those that there are in the list of jobs",
  });
}

/** Tasks of an array are one user's. */
function numberOf(label: string): string {
  return label.split("_")[0] ?? label;
}

function noSuchVersion(name: string, version: number | undefined): SluiceError {
  const what = version === undefined ? "no file" : `no version ${version} of its file`;
  return new SluiceError("FILE_VERSION_NOT_FOUND", "user", `cluster ${name} has ${what}`, {
    hint: "see which there are in the list of its files",
  });
}
