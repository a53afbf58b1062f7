import type { CheckRow } from "./row.ts";

const IMAGES: readonly CheckRow[] = [
  {
    id: "OsCustomAmiValidator",
    says: "an image is named where there is no official one",
    how: "refused",
    levels: ["ERROR"],
    note: "every operating system has an image of its maker's, and what that lacks is installed when it boots",
  },
  {
    id: "CustomAmiTagValidator",
    says: "images were made by build-image",
    how: "online",
    levels: ["WARNING"],
    note: "one of another version is no error: what it lacks is installed when it boots",
  },
  {
    id: "AmiOsCompatibleValidator",
    says: "images have the cluster's operating system",
    how: "online",
    levels: ["ERROR", "WARNING"],
  },
  {
    id: "InstanceTypeBaseAMICompatibleValidator",
    says: "images exist and have the architecture of the machine type",
    how: "online",
    levels: ["ERROR"],
  },
  {
    id: "RootVolumeSizeValidator",
    says: "root volumes have room for the image",
    how: "online",
    levels: ["ERROR"],
    note: "of images that the file names",
  },
  {
    id: "ArchitectureOsValidator",
    says: "the operating system runs on the architecture",
    how: "refused",
    levels: ["ERROR"],
    note: "every operating system there is runs on both",
  },
  {
    id: "InstanceTypeOSCompatibleValidator",
    says: "the operating system has enough memory",
    how: "offline",
    levels: ["WARNING"],
  },
  {
    id: "IntelHpcOsValidator",
    says: "Intel's packages go with CentOS 7",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "IntelHpcArchitectureValidator",
    says: "Intel's packages go with x86_64",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "DcvValidator",
    says: "desktops have memory enough and are not open to the world",
    how: "offline",
    levels: ["WARNING"],
    note: "every operating system there is has DCV, so that it is never an error",
  },
  {
    id: "KeyPairValidator",
    says: "a key pair exists, and is named where addresses may connect by SSH",
    how: "both",
    levels: ["ERROR", "WARNING"],
  },
  {
    id: "HeadNodeLaunchTemplateValidator",
    says: "EC2 would launch the head node",
    how: "online",
    levels: ["ERROR", "WARNING"],
  },
  {
    id: "ComputeResourceLaunchTemplateValidator",
    says: "EC2 would launch machines of every compute resource in each of its subnets",
    how: "online",
    levels: ["ERROR", "WARNING"],
  },
];

const TYPES: readonly CheckRow[] = [
  {
    id: "InstanceTypeValidator",
    says: "machine types exist",
    how: "both",
    levels: ["ERROR", "WARNING"],
    note: "a name that the built-in list lacks is a warning; an error where an account or the file itself has the list",
  },
  {
    id: "InstanceTypeMemoryInfoValidator",
    says: "the memory of machine types is known",
    how: "refused",
    levels: ["ERROR"],
    note: "it is known of all in the built-in list, and others are reported as unknown",
  },
  {
    id: "InstanceTypeAcceleratorManufacturerValidator",
    says: "accelerators are NVIDIA's or AWS's",
    how: "offline",
    levels: ["WARNING"],
  },
  {
    id: "InstanceArchitectureCompatibilityValidator",
    says: "compute nodes have the head node's architecture",
    how: "offline",
    levels: ["ERROR"],
  },
  {
    id: "SchedulableMemoryValidator",
    says: "SchedulableMemory is used, and about what the machine type has",
    how: "offline",
    levels: ["ERROR", "INFO", "WARNING"],
  },
  {
    id: "InstancesCPUValidator",
    says: "machine types of one compute resource have as many processors",
    how: "offline",
    levels: ["WARNING"],
    note: "no error here: Slurm is told of the fewest",
  },
  {
    id: "InstancesAcceleratorsValidator",
    says: "machine types of one compute resource have as many GPUs, of one maker",
    how: "offline",
    levels: ["ERROR", "WARNING"],
    note: "a different number is no error here: Slurm is told of the fewest",
  },
  {
    id: "InstancesEFAValidator",
    says: "EFA is enabled where all machine types have it",
    how: "offline",
    levels: ["ERROR", "WARNING"],
  },
  {
    id: "InstancesNetworkingValidator",
    says: "machine types of one compute resource have the same network, and are not placed together",
    how: "offline",
    levels: ["WARNING"],
  },
  {
    id: "InstancesMemorySchedulingWarningValidator",
    says: "machine types of one compute resource have about as much memory",
    how: "offline",
    levels: ["WARNING"],
  },
];

/** Checks of machine types, of images and of what is launched. */
export const MACHINE_CHECKS: readonly CheckRow[] = [...TYPES, ...IMAGES];
