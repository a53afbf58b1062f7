import type { ClusterRecord, ClusterStatus, HeadView, Machine } from "@sluice/cloud";
import type { ComputeFleetStatus, QueueView, UnavailableOffering } from "@sluice/model";
import type { BackupState } from "./backup/state.ts";

/**
 * What operations answer with. Field names and words are those of ParallelCluster's API (version
 * 3.12) wherever it has one, so that scripts written for it keep working; times are ISO 8601, UTC.
 */

export type NodeType = "HeadNode" | "ComputeNode" | "LoginNode";

export interface InstanceView {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly launchTime: string;
  /** Missing until the machine has one. */
  readonly privateIpAddress?: string;
  /** Missing where it has none. */
  readonly publicIpAddress?: string;
  readonly state: Machine["state"];
}

export interface ClusterInstance extends InstanceView {
  readonly nodeType: NodeType;
  readonly nodeName: string;
  readonly queueName?: string;
  readonly computeResourceName?: string;
  readonly capacityType: "ONDEMAND" | "SPOT";
  readonly availabilityZone: string;
}

/** One of two heads. */
export interface HeadNodeView extends InstanceView {
  readonly nodeName: string;
  readonly availabilityZone: string;
  readonly role: HeadView["role"];
}

export interface ClusterSummary {
  readonly clusterName: string;
  readonly clusterStatus: ClusterStatus;
  readonly provider: string;
  readonly scheduler: { readonly type: "slurm" };
  readonly creationTime: string;
}

export interface ClusterDescription extends ClusterSummary {
  readonly clusterId: string;
  readonly lastUpdatedTime: string;
  /** Number of the cluster file in force, among all that the cluster was given. */
  readonly fileVersion: number;
  readonly computeFleetStatus: ComputeFleetStatus;
  readonly headNode?: InstanceView;
  /** Every head machine, where a cluster has two; `headNode` is the one that leads. */
  readonly headNodes?: readonly HeadNodeView[];
  readonly queues: readonly QueueView[];
  readonly unavailable: readonly UnavailableOffering[];
  /** Of those that it makes by itself; missing where its file wants none, or the head does not answer. */
  readonly backup?: BackupState;
  /** Names of what the cloud holds for the cluster. */
  readonly resources: Readonly<Record<string, string>>;
  readonly failures?: readonly { readonly failureReason: string }[];
}

export function summaryOf(record: ClusterRecord): ClusterSummary {
  return {
    clusterName: record.name,
    clusterStatus: record.status,
    provider: record.provider,
    scheduler: { type: "slurm" },
    creationTime: record.createdAt.toISOString(),
  };
}

export function instanceOf(machine: Machine): InstanceView {
  return {
    instanceId: machine.id,
    instanceType: machine.offering.instanceType,
    launchTime: machine.launchedAt.toISOString(),
    ...(machine.address === undefined ? {} : { privateIpAddress: machine.address }),
    ...(machine.publicAddress === undefined ? {} : { publicIpAddress: machine.publicAddress }),
    state: machine.state,
  };
}

export function headNodeOf({ machine, zone, role }: HeadView): HeadNodeView {
  return { ...instanceOf(machine), nodeName: machine.node, availabilityZone: zone, role };
}

export function clusterInstanceOf(machine: Machine): ClusterInstance {
  return {
    ...instanceOf(machine),
    nodeType: nodeTypeOf(machine),
    nodeName: machine.node,
    ...(machine.pool === undefined
      ? {}
      : { queueName: machine.pool.queue, computeResourceName: machine.pool.computeResource }),
    capacityType: machine.offering.market === "spot" ? "SPOT" : "ONDEMAND",
    availabilityZone: machine.offering.zone,
  };
}

function nodeTypeOf({ role }: Machine): NodeType {
  switch (role) {
    case "head":
    // A site's machines are in no cluster's list.
    case "site":
      return "HeadNode";
    case "compute":
      return "ComputeNode";
    case "login":
      return "LoginNode";
    default: {
      const never: never = role;
      return never;
    }
  }
}
