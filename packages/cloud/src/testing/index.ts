export {
  type ConformanceCase,
  type ConformanceHarness,
  type ConformanceOptions,
  machinesConformance,
} from "./conformance.ts";
export { type RegistersCase, registersConformance } from "./conformance-registers.ts";
export type { SimTraffic } from "./sim-calls.ts";
export {
  createSimCloud,
  type SimCloud,
  type SimCloudOptions,
  type SimReport,
} from "./sim-cloud.ts";
export type { SimFaults } from "./sim-faults.ts";
export { SimFiles } from "./sim-files.ts";
export {
  AWS_DEFAULT_LIMITS,
  type BucketLimit,
  raisedLimits,
  type SimLimits,
  type SimOperation,
  TokenBucket,
} from "./sim-limits.ts";
export { offeringId, type SimCapacity, type SimReservation } from "./sim-market.ts";
export { drawMs, type SimDuration, seededRandom } from "./sim-random.ts";
