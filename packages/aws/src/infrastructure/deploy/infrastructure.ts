import type { Infrastructure } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { asSluiceError } from "../../credentials.ts";
import { TAGS } from "../../names.ts";
import { applyCluster } from "./apply.ts";
import { clusterNotFound, type DeployContext } from "./context.ts";
import { clusterCost } from "./cost.ts";
import { destroyCluster } from "./destroy.ts";
import { clusterEvents } from "./events.ts";
import { fenceCluster } from "./fence.ts";
import { clusterMachines } from "./machines.ts";
import { parameterValues } from "./parameters.ts";
import { planSteps } from "./plan/steps.ts";
import { startHead, stopHead } from "./power.ts";
import { newIdentity, sampleStack } from "./prepare.ts";
import { clusterRecord, filesOf, recordOrStack } from "./record.ts";
import { clusterRegisters } from "./registers.ts";
import { replaceHead } from "./replace-head.ts";
import { type ClusterStack, findStack, listStacks } from "./stack.ts";
import { updateCluster } from "./update.ts";

/** Where a cluster's file and its `Region` disagree with where it would be made. */
function requireRegion(wanted: string | undefined, region: string): void {
  if (wanted === undefined || wanted === region) return;
  throw new SluiceError(
    "AWS_WRONG_REGION",
    "user",
    `the cluster file is for ${wanted}, and the region chosen is ${region}`,
    { hint: `give --region ${wanted}` },
  );
}

/** The long-lived things of clusters in an account: one stack for each, and a bucket for all. */
export function awsInfrastructure(
  context: DeployContext,
  regionGiven: () => Promise<string>,
): Infrastructure {
  const require = async (name: string): Promise<ClusterStack> => {
    const stack = await findStack(context.clients, name);
    if (stack === undefined) throw clusterNotFound(name);
    return stack;
  };
  return {
    async plan(request) {
      const place = await context.place();
      requireRegion(request.config.Region, place.region);
      await newIdentity(context, request);
      const stack = await sampleStack(request, place.region);
      await parameterValues(context.clients, place, stack.parameters);
      return { steps: planSteps(request, place, stack) };
    },
    async apply(request, options) {
      requireRegion(request.config.Region, (await context.place()).region);
      return applyCluster(context, request, options);
    },
    async synthesise(request) {
      const region = request.config.Region ?? (await regionGiven());
      const { template, nested } = await sampleStack(request, region);
      return [
        { path: "cluster.template.json", text: template },
        ...Object.entries(nested).map(([key, text], at) => ({
          path: `nested-${at + 1}-${key.split("/").at(-1)?.slice(0, 8)}.template.json`,
          text,
        })),
      ];
    },
    update: (request, options) => updateCluster(context, request, options),
    async files(name) {
      return (await filesOf(context, await require(name))).all();
    },
    destroy: (name, options) => destroyCluster(context, name, options),
    stopHead: (name, options) => stopHead(context, name, options),
    startHead: (name, options) => startHead(context, name, options),
    fence: (name) => fenceCluster(context, name),
    registers: (name) => withOurErrors(clusterRegisters(context, name)),
    replaceHead: (request, options) => replaceHead(context, request, options),
    async describe(name) {
      const stack = await findStack(context.clients, name);
      return stack === undefined ? undefined : clusterRecord(context, stack);
    },
    async list() {
      const { clients, site } = context;
      const all = await listStacks(clients);
      const stacks = site === undefined ? all : all.filter(({ tags }) => tags[TAGS.site] === site);
      return Promise.all(stacks.map((stack) => recordOrStack(context, stack)));
    },
    events: (name) => clusterEvents(context, name),
    async machines(name) {
      return clusterMachines(context.clients, (await require(name)).unique);
    },
    async cost(name) {
      return clusterCost(context, await require(name));
    },
  };
}

/** The same, failing with errors of ours only. What answers at once goes on to. */
export function withOurErrors<T extends object>(object: T): T {
  const failed = (error: unknown): never => {
    throw asSluiceError(error);
  };
  return Object.fromEntries(
    Object.entries(object).map(([name, member]) => [
      name,
      typeof member !== "function"
        ? member
        : (...args: unknown[]) => {
            try {
              const answer: unknown = member(...args);
              return answer instanceof Promise ? answer.catch(failed) : answer;
            } catch (error) {
              return failed(error);
            }
          },
    ]),
  ) as T;
}
