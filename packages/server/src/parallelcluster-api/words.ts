import type { ClusterRecord, ClusterStatus, ImageRecord, Machine, Progress } from "@sluice/cloud";
import { parseStoredClusterFile } from "@sluice/model";
import type { ServedCloud, ServedCluster } from "../clusters/directory.ts";
import { PARALLELCLUSTER_VERSION } from "./document.ts";

/** ParallelCluster's names of things of ours. */

export function clusterInfo(cluster: Pick<ServedCluster, "name" | "region" | "record">) {
  const { name: clusterName, region, record } = cluster;
  return {
    clusterName,
    region,
    version: PARALLELCLUSTER_VERSION,
    cloudformationStackArn: stackOf(record, region),
    cloudformationStackStatus: statusOf(record),
    clusterStatus: statusOf(record),
    scheduler: { type: "slurm" },
  };
}

/** Before the cloud has heard of it. */
export function plannedInfo(
  clusterName: string,
  { provider, region }: Pick<ServedCloud, "provider" | "region">,
) {
  return {
    clusterName,
    region,
    version: PARALLELCLUSTER_VERSION,
    cloudformationStackArn: `sluice:${provider}:${region}:cluster/${clusterName}`,
    cloudformationStackStatus: "CREATE_IN_PROGRESS",
    clusterStatus: "CREATE_IN_PROGRESS",
    scheduler: { type: "slurm" },
  };
}

/** The stack's own, where there is one. */
export function stackOf({ provider, name, id, resources }: ClusterRecord, region: string): string {
  const stack = Object.values(resources).find((text) => /^arn:[^:]*:cloudformation:/.test(text));
  return stack ?? `sluice:${provider}:${region}:cluster/${name}/${id}`;
}

/** A cluster that is stopped is one that is there: ParallelCluster has no word for it. */
export function statusOf({
  status,
  fileVersion,
}: ClusterRecord): Exclude<ClusterStatus, "STOPPED"> {
  if (status !== "STOPPED") return status;
  return fileVersion > 1 ? "UPDATE_COMPLETE" : "CREATE_COMPLETE";
}

export function instanceStateOf(state: Machine["state"] | string): string {
  switch (state) {
    case "stopping":
      return "shutting-down";
    case "gone":
      return "terminated";
    default:
      return state;
  }
}

export function instanceInfo(machine: {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly launchTime: string;
  readonly privateIpAddress?: string;
  readonly publicIpAddress?: string;
  readonly state: string;
}) {
  const { instanceId, instanceType, launchTime, privateIpAddress, publicIpAddress } = machine;
  return {
    instanceId,
    instanceType,
    launchTime,
    privateIpAddress: privateIpAddress ?? "",
    ...(publicIpAddress === undefined ? {} : { publicIpAddress }),
    state: instanceStateOf(machine.state),
  };
}

/** Tags and pools of login nodes, as the file in force says them. */
export function fileFactsOf({ configText, name }: ClusterRecord) {
  const parsed = parseStoredClusterFile(configText, name);
  if (!parsed.ok) return { tags: [], pools: [] };
  const { Tags = [], LoginNodes } = parsed.config;
  return {
    tags: Tags.map(({ Key: key, Value: value }) => ({ key, value })),
    pools: (LoginNodes?.Pools ?? []).map(({ Name: poolName, Count }) => ({ poolName, Count })),
  };
}

export function loginNodesOf(
  pools: ReturnType<typeof fileFactsOf>["pools"],
  machines: readonly Machine[],
) {
  const login = machines.filter(({ role, state }) => role === "login" && state !== "gone");
  return pools.map(({ poolName, Count }) => {
    const mine =
      pools.length === 1 ? login : login.filter(({ node }) => node.startsWith(`${poolName}-`));
    const healthyNodes = mine.filter(({ state }) => state === "running").length;
    const address = mine.find((machine) => machine.address !== undefined)?.address;
    return {
      status: healthyNodes >= Count ? "active" : "pending",
      poolName,
      ...(address === undefined ? {} : { address }),
      healthyNodes,
      unhealthyNodes: mine.length - healthyNodes,
    };
  });
}

/** CloudFormation's word for a step, as near as it has one. */
export function resourceStatusOf(status: Progress["status"], resource: string): string {
  const verb = resource === "update" ? "UPDATE" : "CREATE";
  switch (status) {
    case "started":
    case "info":
      return `${verb}_IN_PROGRESS`;
    case "done":
      return `${verb}_COMPLETE`;
    case "failed":
      return `${verb}_FAILED`;
    default: {
      const never: never = status;
      return never;
    }
  }
}

export function imageInfo(image: ImageRecord, region: string) {
  return {
    imageId: image.id,
    region,
    version: PARALLELCLUSTER_VERSION,
    imageBuildStatus: image.status,
    ...(image.reference === undefined ? {} : { ec2AmiInfo: { amiId: image.reference } }),
  };
}
