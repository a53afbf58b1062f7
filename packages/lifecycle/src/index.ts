export * from "./backup/index.ts";
export * from "./cluster-cost.ts";
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
export * from "./drill/index.ts";
export * from "./explain-cluster.ts";
export * from "./export-logs.ts";
export * from "./head-control.ts";
export * from "./images.ts";
export * from "./log-streams.ts";
export {
  type ClusterOperation,
  clusterNotFound,
  type LongOperation,
  requireCluster,
} from "./operation.ts";
export {
  type HeadValues,
  type ReplacedHead,
  type ReplaceHead,
  replaceHead,
} from "./replace-head.ts";
export * from "./run-on-head.ts";
export * from "./site/index.ts";
export * from "./stack-events.ts";
export * from "./stop-start.ts";
export * from "./synthesise-cluster.ts";
export * from "./update-cluster.ts";
export {
  planClusterUpgrade,
  planSiteUpgrade,
  type UpgradeCluster,
  type UpgradedCluster,
  type UpgradedSite,
  type UpgradePlanned,
  type UpgradeSite,
  type UpgradeWish,
  upgradeCluster,
  upgradeSite,
} from "./upgrade/index.ts";
export * from "./views.ts";
export * from "./watch-cluster.ts";
