/**
 * The built-in machine catalogue: what the clouds' machine types are and cost, known without an
 * account. Facts and prices are of the dates that they carry; a type that is not here may be newer,
 * so it is unknown rather than wrong. `scripts/catalogue.ts` makes the data.
 */
export {
  type AzureVmSize,
  azureFactsAsOf,
  azureVmSize,
  azureVmSizeNames,
} from "./azure.ts";
export {
  type CandidateWish,
  hpcAlternatives,
  type QueueCandidate,
  queueCandidates,
} from "./candidates.ts";
export {
  type Arch,
  type Ec2Gpu,
  type Ec2InstanceType,
  ec2FactsAsOf,
  ec2InstanceType,
  ec2InstanceTypeNames,
  type PlacementStrategy,
  type UsageClass,
} from "./ec2.ts";
export { type LocalMachineType, localMachineTypes } from "./local-machine-types.ts";
export {
  type CatalogueConfig,
  type CatalogueKnowledge,
  catalogueKnows,
  type HourlyPrice,
  instanceFamilyNames,
  machineTypeNames,
  machineTypeOf,
  priceFor,
} from "./machine-types.ts";
export { type OnDemandPrice, onDemandPrice, pricedRegions } from "./prices.ts";
