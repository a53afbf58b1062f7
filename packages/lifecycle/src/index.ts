export * from "./cluster-events.ts";
export * from "./cluster-instances.ts";
export { type ClusterLogs, clusterLogs, followClusterLogs, LOG_SOURCES } from "./cluster-logs.ts";
export {
  describeComputeFleet,
  type UpdateComputeFleet,
  updateComputeFleet,
} from "./compute-fleet.ts";
export * from "./create-cluster.ts";
export * from "./delete-cluster.ts";
export * from "./describe-cluster.ts";
export * from "./explain-cluster.ts";
export * from "./head-control.ts";
export {
  type ClusterOperation,
  clusterNotFound,
  type LongOperation,
  requireCluster,
} from "./operation.ts";
export * from "./run-on-head.ts";
export * from "./stop-start.ts";
export * from "./update-cluster.ts";
export * from "./views.ts";
export * from "./watch-cluster.ts";
