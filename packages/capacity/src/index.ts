export type {
  AwaitedJob,
  ExplainSubject,
  FleetCensus,
  JobVerdict,
  Log,
  Meter,
  NodeManager,
  NodeManagerDeps,
  NumberedEvent,
  PoolSpec,
  ResumeRequest,
  Tally,
} from "./contract.ts";
export { createNodeManager } from "./manager.ts";
export { type NodePhase, phaseOf } from "./observe/node-phase.ts";
export {
  type CapacityPolicy,
  DEFAULT_POLICY,
  DEFAULT_POOL_POLICY,
  type PoolPolicy,
  type ScalingStrategy,
  type WarmPolicy,
  type WarmWindow,
} from "./policy.ts";
export type { CapacityStore } from "./store/contract.ts";
export { openCapacityStore } from "./store/sqlite.ts";
