import { clustersRoutes, jobPlacementRoutes, jobsRoutes } from "@sluice/api";
import type { JobDescription, ShownJob } from "@sluice/jobs";
import type { Context } from "../context.ts";
import { harmless } from "../render/table.ts";
import type { ServerClient } from "../server-session.ts";
import { usage } from "../usage.ts";
import { ANY_CLUSTER, type JobPlace } from "./place.ts";

export interface ServerJobsOptions {
  readonly clusterName: string | undefined;
  /** Another Unix user to submit as, for administrators. */
  readonly as: string | undefined;
}

export function serverJobs(
  context: Context,
  server: ServerClient,
  { clusterName, as }: ServerJobsOptions,
): JobPlace {
  const clusterOf = async (): Promise<string> => {
    if (clusterName !== undefined) return clusterName;
    const { items } = await server.call(clustersRoutes.listClusters, {});
    const names = items.map((item) => item.clusterName);
    const [only, ...others] = names;
    if (only !== undefined && others.length === 0) return only;
    const known = names.length === 0 ? "it has none" : `one of ${names.join(", ")}`;
    throw usage("the cluster is not named", `give -n NAME: ${known}`);
  };
  return {
    async list({ all, users, states, partitions, text, limit }) {
      const query = {
        limit,
        ...(all ? {} : { finished: "false" }),
        ...(users === undefined ? {} : { user: [...users] }),
        ...(states === undefined ? {} : { state: [...states] }),
        ...(partitions === undefined ? {} : { partition: [...partitions] }),
        ...(text === undefined ? {} : { text }),
        ...(clusterName === undefined ? {} : { cluster: [clusterName] }),
      };
      const { items, total, status } = await server.call(jobsRoutes.listAllJobs, { query });
      for (const { problem } of status) {
        if (problem !== undefined) context.host.writeErr(`not up to date: ${harmless(problem)}\n`);
      }
      return { jobs: items as readonly ShownJob[], total };
    },
    async describe(job) {
      const params = { cluster: await clusterOf(), job };
      return (await server.call(jobsRoutes.getJob, { params })) as JobDescription;
    },
    async submit({ workingDirectory, ...job }) {
      const body = {
        script: job.script,
        options: [...job.options],
        arguments: [...job.arguments],
        ...(workingDirectory === undefined ? {} : { workingDirectory }),
      };
      // An answer that is lost on the way is asked for again by whoever repeats the request.
      const idempotencyKey = crypto.randomUUID();
      if (clusterName === ANY_CLUSTER) {
        if (as !== undefined) throw usage("-u does not go with any cluster", "name the cluster");
        const { submitAnywhere } = jobPlacementRoutes;
        const { cluster, jobId, why } = await server.call(submitAnywhere, { body, idempotencyKey });
        return { cluster, jobId, why };
      }
      const { cluster, jobId } = await server.call(jobsRoutes.submitJob, {
        params: { cluster: await clusterOf() },
        query: as === undefined ? {} : { as },
        ...{ body, idempotencyKey },
      });
      return { cluster, jobId };
    },
    async cancel(job) {
      await server.call(jobsRoutes.cancelJob, { params: { cluster: await clusterOf(), job } });
    },
    async follow({ cluster, label }, signal) {
      const params = { cluster, job: label };
      for await (const { event, data } of server.events(jobsRoutes.followJobOutput, {
        ...{ params, signal },
      })) {
        if (event === "end") return;
        if ("text" in data) context.host.writeOut(data.text);
      }
    },
  };
}
