import { MACHINE_CHECKS } from "./machines.ts";
import type { CheckRow } from "./row.ts";

const BATCH = "AWS Batch is not a scheduler of Sluice: Slurm is the only one";

const BATCH_CHECKS: readonly CheckRow[] = [
  {
    id: "AwsBatchComputeResourceSizeValidator",
    says: "vCPU counts of AWS Batch are in order",
    how: "refused",
    levels: ["ERROR"],
    note: BATCH,
  },
  {
    id: "AwsBatchComputeInstanceTypeValidator",
    says: "AWS Batch knows the machine types",
    how: "refused",
    levels: ["ERROR", "WARNING"],
    note: BATCH,
  },
  {
    id: "AwsBatchInstancesArchitectureCompatibilityValidator",
    says: "machine types of AWS Batch have the head node's architecture",
    how: "refused",
    levels: ["ERROR", "INFO"],
    note: BATCH,
  },
  {
    id: "AwsBatchFsxValidator",
    says: "AWS Batch goes without FSx",
    how: "refused",
    levels: ["ERROR"],
    note: BATCH,
  },
  {
    id: "SchedulerDisableSudoAccessForDefaultUserValidator",
    says: "DisableSudoAccessForDefaultUser goes without AWS Batch",
    how: "refused",
    levels: ["ERROR"],
    note: BATCH,
  },
  {
    id: "SchedulerOsValidator",
    says: "the operating system goes with the scheduler",
    how: "refused",
    levels: ["ERROR"],
    note: "Slurm is the only scheduler, and runs on every operating system there is",
  },
  {
    id: "HeadNodeImdsValidator",
    says: "Imds.Secured goes without AWS Batch",
    how: "refused",
    levels: ["ERROR"],
    note: BATCH,
  },
  {
    id: "LoginNodesSchedulerValidator",
    says: "login nodes go without AWS Batch",
    how: "refused",
    levels: ["ERROR"],
    note: BATCH,
  },
];

const FILE_AND_NAMES: readonly CheckRow[] = [
  {
    id: "ClusterNameValidator",
    says: "the cluster's name has a form that its database takes",
    how: "schema",
    levels: ["ERROR"],
    suppressible: false,
    note: "when a cluster is made: its name is not in the file",
  },
  {
    id: "RegionValidator",
    says: "the region is one of the chosen cloud",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "FeatureRegionValidator",
    says: "the region has what the file uses",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "SchedulerValidator",
    says: "the scheduler is Slurm",
    how: "schema",
    levels: ["ERROR"],
    suppressible: false,
  },
  {
    id: "OsValidator",
    says: "the operating system is one of the chosen cloud",
    how: "offline",
    levels: ["ERROR"],
    suppressible: false,
    ours: true,
  },
  {
    id: "NameValidator",
    says: "names can be parts of host names and of slurm.conf, and no two nodes come to one name",
    how: "offline",
    levels: ["ERROR"],
    suppressible: false,
  },
  {
    id: "DuplicateNameValidator",
    says: "queues, compute resources, login pools, storages and machine types have names of their own",
    how: "offline",
    levels: ["ERROR"],
    suppressible: false,
  },
  {
    id: "MaxCountValidator",
    says: "there are no more nodes than Slurm takes, 65,536",
    how: "offline",
    levels: ["ERROR"],
    note: "queues, compute resources and login pools may be as many as one likes",
  },
  {
    id: "ComputeResourceSizeValidator",
    says: "MinCount is at most MaxCount, and equal to it in a capacity block",
    how: "offline",
    levels: ["ERROR"],
    suppressible: false,
  },
  {
    id: "WarmNodesValidator",
    says: "no more nodes are kept warm than there are dynamic ones, in hours that are some",
    how: "offline",
    levels: ["ERROR"],
    ours: true,
  },
  {
    id: "LocalNetworkValidator",
    says: "the local network is a private range of a fitting size",
    how: "offline",
    levels: ["ERROR"],
    suppressible: false,
    ours: true,
  },
];

const CAPACITY: readonly CheckRow[] = [
  {
    id: "CapacityTypeValidator",
    says: "the machine type can be had as CapacityType says, and a capacity block is named",
    how: "offline",
    levels: ["ERROR", "WARNING"],
  },
  {
    id: "FallbackCapacityTypeValidator",
    says: "there is something to fall back from",
    how: "offline",
    levels: ["ERROR"],
    ours: true,
  },
  {
    id: "InstancesAllocationStrategyValidator",
    says: "AllocationStrategy exists for CapacityType",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "CapacityReservationValidator",
    says: "the capacity reservation is of the queue's machine type, zone and kind",
    how: "both",
    levels: ["ERROR"],
  },
  {
    id: "CapacityReservationSizeValidator",
    says: "a capacity reservation has as many machines as MaxCount asks of it",
    how: "online",
    levels: ["ERROR"],
    note: "not for queues with FallbackCapacityType, which go on without it",
  },
  {
    id: "CapacityReservationResourceGroupValidator",
    says: "a group of reservations has some for each machine type and zone",
    how: "online",
    levels: ["ERROR", "WARNING"],
  },
  {
    id: "PlacementGroupCapacityReservationValidator",
    says: "machines out of a reservation can be placed as the file says",
    how: "online",
    levels: ["ERROR", "WARNING"],
  },
  {
    id: "PlacementGroupCapacityTypeValidator",
    says: "a capacity block goes without a placement group",
    how: "offline",
    levels: ["WARNING"],
  },
  {
    id: "PlacementGroupNamingValidator",
    says: "a placement group has one name, is enabled and exists",
    how: "both",
    levels: ["ERROR"],
  },
  {
    id: "InstanceTypePlacementGroupValidator",
    says: "the machine type can be launched into a placement group",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "MultiAzPlacementGroupValidator",
    says: "a placement group goes without subnets in several zones",
    how: "offline",
    levels: ["ERROR"],
  },
];

const NETWORK: readonly CheckRow[] = [
  {
    id: "SubnetsValidator",
    says: "all subnets exist and are in one VPC with DNS",
    how: "online",
    levels: ["ERROR"],
  },
  {
    id: "VpcValidator",
    says: "the network that is made can be, and what else the file names is not in another",
    how: "offline",
    levels: ["ERROR", "WARNING"],
    ours: true,
  },
  {
    id: "QueueSubnetsValidator",
    says: "the subnets of a queue are in different zones",
    how: "both",
    levels: ["ERROR"],
  },
  {
    id: "SingleInstanceTypeSubnetValidator",
    says: "one InstanceType goes with one subnet",
    how: "refused",
    levels: ["ERROR"],
    note: "machines of one type are asked for zone by zone as well",
  },
  {
    id: "SecurityGroupsValidator",
    says: "security groups exist",
    how: "online",
    levels: ["ERROR"],
  },
  {
    id: "ElasticIpValidator",
    says: "the fixed address exists",
    how: "online",
    levels: ["ERROR"],
  },
  {
    id: "HostedZoneValidator",
    says: "the hosted zone is private and of the cluster's VPC",
    how: "online",
    levels: ["ERROR"],
    note: "without the length of its name and the cluster's, which is not in the file",
  },
  {
    id: "LambdaFunctionsVpcConfigValidator",
    says: "subnets and security groups of the functions exist in one VPC",
    how: "online",
    levels: ["ERROR"],
  },
  {
    id: "MultiNetworkInterfacesInstancesValidator",
    says: "machines with several network cards go without public addresses",
    how: "both",
    levels: ["ERROR"],
  },
  {
    id: "EfaValidator",
    says: "EFA is enabled where the machine type has it",
    how: "offline",
    levels: ["ERROR", "WARNING"],
  },
  {
    id: "EfaPlacementGroupValidator",
    says: "the file says whether machines with EFA are placed close together",
    how: "offline",
    levels: ["ERROR", "WARNING"],
  },
  {
    id: "EfaMultiAzValidator",
    says: "EFA goes without subnets in several zones",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "EfaSecurityGroupValidator",
    says: "security groups of one's own let EFA through",
    how: "online",
    levels: ["ERROR"],
    note: "groups that can't be read are listed as not checked",
  },
  {
    id: "EfaOsArchitectureValidator",
    says: "the operating system has EFA on the architecture",
    how: "refused",
    levels: ["ERROR"],
    note: "every operating system there is has it; CentOS 7 on Arm had not",
  },
];

/** Checks of queues, compute resources, machine types, images, network and placement. */
export const COMPUTE_CHECKS: readonly CheckRow[] = [
  ...FILE_AND_NAMES,
  ...MACHINE_CHECKS,
  ...CAPACITY,
  ...NETWORK,
  ...BATCH_CHECKS,
];
