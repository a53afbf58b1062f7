import { instanceTypes } from "../cluster-file/config.ts";
import type { UpdatePolicy } from "../cluster-file/schema/meta.ts";
import { isSmaller, namesOf, namesOnlyIn } from "./clusters.ts";
import type { Difference } from "./differences.ts";
import { judgeMachineType } from "./machine-types.ts";
import type { Clusters, Need, NodesOff } from "./need.ts";
import { losesManagedGroup } from "./placement-groups.ts";
import { never } from "./refusals.ts";
import { judgeStorage, managedLustre } from "./storage.ts";

type Rule = (difference: Difference, clusters: Clusters) => Need;

const nothing = (why: string): Need => ({ is: "nothing", why });

const live: Rule = (difference) => nothing(liveReason(difference));

function liveReason({ kind, policy, where }: Difference): string {
  if (kind === "order") {
    return where.queue === undefined
      ? "jobs that name no queue go to the first one of the file from then on"
      : "machine types are asked for in the new order from then on";
  }
  return policy === "IGNORED"
    ? "it holds for this update already"
    : "it is taken over while jobs run";
}

/** Machines that run would stay as they are, so those that it is about are replaced. */
const replaced = ({ where }: Difference, { before }: Clusters): NodesOff => {
  const resources = before.resources(where);
  return {
    is: "nodes-off",
    why: "only new machines have it",
    nodes: () => namesOf(resources),
    replaces: true,
  };
};

const fleetStop: Rule = (difference, clusters) =>
  difference.where.queue === undefined
    ? { is: "fleet-off", why: "it must be the same on every node" }
    : replaced(difference, clusters);

const resize: Rule = ({ kind, where }, { before, after }) => {
  if (kind === "added") return nothing("it is added beside what is there");
  const resources = before.resources(where);
  const [other] = after.resources(where);
  if (kind === "removed" || other === undefined) {
    return goes("its nodes go", () => namesOf(resources));
  }
  const gone = resources.flatMap((one) => namesOnlyIn(one, other));
  return gone.length === 0
    ? nothing("nodes are added, and those that are there stay")
    : goes("nodes with the highest numbers go", () => gone);
};

function goes(why: string, nodes: NodesOff["nodes"]): Need {
  return { is: "nodes-off", why, nodes, replaces: false };
}

const ABOUT_TYPES = /\.(InstanceType|Instances(\[[^\]]*\])?|\{InstanceType,Instances\})$/;

/** Types that may back a node: more of them change nothing for those that run. */
const machineTypes: Rule = (difference, clusters) => {
  const { before, after } = clusters;
  const [one] = before.resources(difference.where);
  const [other] = after.resources(difference.where);
  if (one === undefined || other === undefined) return fleetStop(difference, clusters);
  const [old, young] = [instanceTypes(one.resource), instanceTypes(other.resource)];
  const added = difference.isEntry && difference.kind === "added";
  const types = added ? [...old, ...typeOf(difference.to)] : young;
  const isLess = isSmaller({ config: before.config, types: old }, { config: after.config, types });
  if (isLess) {
    const why = "the nodes have less than Slurm was told, and jobs may use it";
    return { ...replaced(difference, clusters), why };
  }
  if (old.every((name) => types.includes(name))) {
    return nothing("machines of more types may be asked for, and those that run stay");
  }
  return { ...replaced(difference, clusters), why: "machines of the old type go" };
};

function typeOf(entry: unknown): readonly string[] {
  const { InstanceType: name } = entry as { readonly InstanceType?: unknown };
  return typeof name === "string" ? [name] : [];
}

/** The rule of what says which machines there are, in whatever list. */
function machineRule({ path, where }: Difference): Rule | undefined {
  if (where.machineType !== undefined) return judgeMachineType;
  return where.resource !== undefined && ABOUT_TYPES.test(path) ? machineTypes : undefined;
}

const stop: Rule = (difference, clusters) =>
  (machineRule(difference) ?? fleetStop)(difference, clusters);

const stopOnRemove: Rule = (difference, clusters) => {
  const rule = difference.kind === "added" ? live : fleetStop;
  return (machineRule(difference) ?? rule)(difference, clusters);
};

/** ParallelCluster's way: login nodes are taken to none by an update of their own. */
function loginNodesGone({ where }: Difference, { before }: Clusters): Need {
  const count = before.loginNodes(where.pool);
  const whose = where.pool === undefined ? "the cluster" : `the pool ${where.pool}`;
  return count === 0
    ? nothing("there is no login node that it could disturb")
    : {
        is: "never",
        why: `people work on the ${count} login nodes of ${whose}`,
        suggestion: "write Count: 0 there and update, then make this change and write Count again",
      };
}

const RULES: Readonly<Record<UpdatePolicy, Rule>> = {
  SUPPORTED: live,
  IGNORED: live,
  QUEUE_UPDATE_STRATEGY: replaced,
  RESIZE_UPDATE_STRATEGY_ON_REMOVE: resize,
  COMPUTE_FLEET_STOP_ON_REMOVE: stopOnRemove,
  COMPUTE_FLEET_STOP: stop,
  COMPUTE_AND_LOGIN_NODES_STOP: (difference, clusters) => {
    const login = loginNodesGone(difference, clusters);
    return login.is === "never" ? login : fleetStop(difference, clusters);
  },
  LOGIN_NODES_STOP: loginNodesGone,
  LOGIN_NODES_POOL_STOP: loginNodesGone,
  LOGIN_NODES_POOLS: (difference, clusters) =>
    difference.kind === "removed"
      ? loginNodesGone(difference, clusters)
      : live(difference, clusters),
  READ_ONLY_RESOURCE_BUCKET: never,
  SHARED_STORAGE_UPDATE_POLICY: judgeStorage,
  MANAGED_FSX: (difference, clusters) => {
    const lustre = managedLustre(clusters);
    return lustre === undefined
      ? replaced(difference, clusters)
      : {
          is: "never",
          why: `the file system ${lustre} was made in the old subnet and stays there`,
          suggestion: "write the old subnets, or create a new cluster from this file",
        };
  },
  MANAGED_PLACEMENT_GROUP: (difference, clusters) =>
    losesManagedGroup(difference, clusters)
      ? {
          is: "fleet-off",
          why: "the placement group that was made for the nodes goes, which it can't while it has any",
        }
      : replaced(difference, clusters),
  UNSUPPORTED: never,
};

export function needOf(difference: Difference, clusters: Clusters): Need {
  if (difference.kind === "order") return live(difference, clusters);
  return RULES[difference.policy](difference, clusters);
}
