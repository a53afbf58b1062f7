import type { CheckCase } from "./case.ts";
import { aws } from "./texts.ts";

const QUEUE = "Scheduling.SlurmQueues[0]";
const RESOURCE = `${QUEUE}.ComputeResources[0]`;
const TARGET = "CapacityReservationTarget: {CapacityReservationId: cr-0123}";
const placed = (group: string): string =>
  `InstanceType: c5.large, Networking: {PlacementGroup: {${group}}}`;

export const CAPACITY_CASES: readonly CheckCase[] = [
  {
    id: "CapacityTypeValidator",
    level: "ERROR",
    name: "a machine type that is no spot machine",
    file: aws({ resource: "InstanceType: hpc7a.96xlarge", queue: "CapacityType: SPOT" }),
    path: `${RESOURCE}.InstanceType`,
    says: /hpc7a.96xlarge can't be had as SPOT/,
  },
  {
    id: "CapacityTypeValidator",
    level: "ERROR",
    name: "a machine type that is no capacity block",
    file: aws({
      resource: `InstanceType: c5.large, MinCount: 1, MaxCount: 1, ${TARGET}`,
      queue: "CapacityType: CAPACITY_BLOCK",
    }),
    path: `${RESOURCE}.InstanceType`,
    says: /c5.large can't be had as CAPACITY_BLOCK/,
  },
  {
    id: "CapacityTypeValidator",
    level: "ERROR",
    name: "a size of Azure that is no spot machine",
    file: `Provider: azure\n${aws({ resource: "InstanceType: Standard_B1s", queue: "CapacityType: SPOT" })}`,
    path: `${RESOURCE}.InstanceType`,
    says: /Standard_B1s can't be had as SPOT/,
  },
  {
    id: "CapacityTypeValidator",
    level: "ERROR",
    name: "a capacity block without a name",
    file: aws({
      resource: "InstanceType: p5.48xlarge, MinCount: 1, MaxCount: 1",
      queue: "CapacityType: CAPACITY_BLOCK",
    }),
    path: `${RESOURCE}.CapacityReservationTarget`,
    says: /must be named by its id/,
  },
  {
    id: "CapacityTypeValidator",
    level: "WARNING",
    name: "a machine type of which little is known",
    file: aws({ resource: "InstanceType: g7.2xlarge", queue: "CapacityType: SPOT" }),
    path: `${RESOURCE}.InstanceType`,
    says: /whether g7.2xlarge can be had as SPOT is not known/,
  },
  {
    id: "FallbackCapacityTypeValidator",
    level: "ERROR",
    name: "nothing to fall back from",
    file: aws({ queue: "FallbackCapacityType: ONDEMAND" }),
    path: `${QUEUE}.FallbackCapacityType`,
    says: /every machine is ONDEMAND/,
  },
  {
    id: "InstancesAllocationStrategyValidator",
    level: "ERROR",
    name: "spare capacity of machines on demand",
    file: aws({ queue: "AllocationStrategy: capacity-optimized" }),
    path: `${QUEUE}.AllocationStrategy`,
    says: /chooses among spot machines/,
  },
  {
    id: "CapacityReservationValidator",
    level: "ERROR",
    name: "one reservation for several machine types",
    file: aws({
      resource: `Instances: [{InstanceType: c5.large}, {InstanceType: c6i.large}], ${TARGET}`,
    }),
    path: `${RESOURCE}.Instances`,
    says: /is of one machine type/,
  },
  {
    id: "PlacementGroupCapacityTypeValidator",
    level: "WARNING",
    name: "a placement group for a capacity block",
    file: aws({
      resource: `InstanceType: p5.48xlarge, MinCount: 1, MaxCount: 1, ${TARGET}, Networking: {PlacementGroup: {Enabled: true}}`,
      queue: "CapacityType: CAPACITY_BLOCK",
    }),
    path: `${RESOURCE}.Networking.PlacementGroup`,
    says: /close together already/,
  },
  {
    id: "PlacementGroupNamingValidator",
    level: "ERROR",
    name: "two names",
    file: aws({ resource: placed("Id: pg-0123, Name: mine") }),
    path: `${RESOURCE}.Networking.PlacementGroup.Id`,
    says: /by Id and by Name/,
  },
  {
    id: "PlacementGroupNamingValidator",
    level: "ERROR",
    name: "named and not used",
    file: aws({ resource: placed("Enabled: false, Name: mine") }),
    path: `${RESOURCE}.Networking.PlacementGroup.Enabled`,
    says: /"mine" is named, and Enabled is false/,
  },
  {
    id: "InstanceTypePlacementGroupValidator",
    level: "ERROR",
    name: "a burstable machine type",
    file: aws({ resource: placed("Enabled: true").replace("c5.large", "t3.large") }),
    path: `${RESOURCE}.InstanceType`,
    says: /t3.large can't be launched into a placement group/,
  },
  {
    id: "MultiAzPlacementGroupValidator",
    level: "ERROR",
    name: "a placement group over several zones",
    file: aws({ resource: placed("Enabled: true"), subnets: "subnet-01234567, subnet-76543210" }),
    path: `${RESOURCE}.Networking.PlacementGroup`,
    says: /in one zone/,
  },
];
