export {
  type ConformanceCase,
  type ConformanceHarness,
  type ConformanceOptions,
  machinesConformance,
} from "./conformance.ts";
export {
  createSimCloud,
  type SimCloud,
  type SimCloudOptions,
  type SimReport,
} from "./sim-cloud.ts";
export { offeringId, type SimFaults } from "./sim-faults.ts";
