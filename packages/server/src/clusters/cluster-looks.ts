import {
  type ClusterCost,
  type ClusterDescription,
  type ClusterEvents,
  type ClusterInstance,
  type ClusterSnapshot,
  clusterCost,
  clusterEvents,
  clusterSnapshot,
  describeCluster,
  describeClusterInstances,
} from "@sluice/lifecycle";
import type { Clock } from "@sluice/model";
import { Looks } from "./looks.ts";

/** What all routes that show something of clusters share. */
export interface ClusterLooks {
  readonly snapshots: Looks<ClusterSnapshot>;
  readonly descriptions: Looks<ClusterDescription>;
  readonly machines: Looks<readonly ClusterInstance[]>;
  readonly costs: Looks<ClusterCost>;
  readonly events: Looks<ClusterEvents>;
}

export function createClusterLooks(clock: Clock): ClusterLooks {
  return {
    snapshots: new Looks(clock, clusterSnapshot),
    descriptions: new Looks(clock, describeCluster),
    machines: new Looks(clock, describeClusterInstances),
    costs: new Looks(clock, clusterCost),
    events: new Looks(clock, ({ cloud, name }) => clusterEvents({ cloud, name })),
  };
}
