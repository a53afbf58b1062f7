import type { CheckCase } from "./case.ts";
import { aws } from "./texts.ts";

const RESOURCE = "Scheduling.SlurmQueues[0].ComputeResources[0]";

const several = (types: string, more = ""): string =>
  `Instances: [${types
    .split(" ")
    .map((type) => `{InstanceType: ${type}}`)
    .join(", ")}]${more}`;
const BY_MEMORY = "EnableMemoryBasedScheduling: true";
const azure = (resource: string): string =>
  `Provider: azure\n${aws({ resource, headType: "Standard_D2s_v3" })
    .replace("alinux2023", "ubuntu2404")
    .replace("eu-central-1", "westeurope")}`;

const TYPES: readonly CheckCase[] = [
  {
    id: "InstanceTypeValidator",
    level: "WARNING",
    name: "a slip",
    file: aws({ resource: "InstanceType: c5.larg" }),
    path: `${RESOURCE}.InstanceType`,
    says: /"c5.larg" is not a machine type that is known here/,
  },
  {
    id: "InstanceTypeValidator",
    level: "WARNING",
    name: "of the head node",
    file: aws({ headType: "t3.smal" }),
    path: "HeadNode.InstanceType",
    says: /"t3.smal"/,
  },
  {
    id: "InstanceTypeValidator",
    level: "WARNING",
    name: "of Azure",
    file: azure("InstanceType: Standard_HB120rs_v33"),
    path: `${RESOURCE}.InstanceType`,
    says: /"Standard_HB120rs_v33"/,
  },
  {
    id: "InstanceTypeAcceleratorManufacturerValidator",
    level: "WARNING",
    name: "GPUs of AMD",
    file: aws({ resource: "InstanceType: g4ad.xlarge" }),
    path: `${RESOURCE}.InstanceType`,
    says: /g4ad.xlarge are made by AMD/,
  },
  {
    id: "InstanceTypeAcceleratorManufacturerValidator",
    level: "WARNING",
    name: "accelerators that are not GPUs",
    file: aws({ resource: "InstanceType: dl2q.24xlarge" }),
    path: `${RESOURCE}.InstanceType`,
    says: /Qualcomm/,
  },
  {
    id: "InstanceArchitectureCompatibilityValidator",
    level: "ERROR",
    name: "Arm behind an x86 head node",
    file: aws({ resource: several("c5.large c7g.large") }),
    path: `${RESOURCE}.Instances[1].InstanceType`,
    says: /c7g.large is arm64 and the head node x86_64/,
  },
  {
    id: "InstanceArchitectureCompatibilityValidator",
    level: "ERROR",
    name: "on Azure",
    file: azure("InstanceType: Standard_D16plds_v5"),
    path: `${RESOURCE}.InstanceType`,
    says: /is arm64/,
  },
  {
    id: "SchedulableMemoryValidator",
    level: "WARNING",
    name: "nobody asks for it",
    file: aws({ resource: "InstanceType: c5.large, SchedulableMemory: 4000" }),
    path: `${RESOURCE}.SchedulableMemory`,
    says: /Slurm does not schedule by memory/,
  },
  {
    id: "SchedulableMemoryValidator",
    level: "WARNING",
    name: "the memory is not known",
    file: aws({ resource: "InstanceType: g7.2xlarge, SchedulableMemory: 4000", slurm: BY_MEMORY }),
    path: `${RESOURCE}.SchedulableMemory`,
    says: /memory of g7.2xlarge is not known/,
  },
  {
    id: "SchedulableMemoryValidator",
    level: "ERROR",
    name: "more than the smallest machine has",
    file: aws({
      resource: several("m5.large c5.large", ", SchedulableMemory: 5000"),
      slurm: BY_MEMORY,
    }),
    path: `${RESOURCE}.SchedulableMemory`,
    says: /5000 MiB is more than c5.large has, which is 4096 MiB/,
  },
  {
    id: "SchedulableMemoryValidator",
    level: "INFO",
    name: "much less than there is",
    file: aws({ resource: "InstanceType: c5.large, SchedulableMemory: 3000", slurm: BY_MEMORY }),
    path: `${RESOURCE}.SchedulableMemory`,
    says: /less than 95%/,
  },
  {
    id: "InstancesCPUValidator",
    level: "WARNING",
    name: "vCPUs",
    file: aws({ resource: several("c5.large c5.xlarge") }),
    path: `${RESOURCE}.Instances`,
    says: /c5.xlarge has 4 vCPUs and c5.large 2/,
  },
  {
    id: "InstancesCPUValidator",
    level: "WARNING",
    name: "cores, where a core is one processor",
    file: aws({
      resource: several("c5.large c6a.xlarge", ", DisableSimultaneousMultithreading: true"),
    }),
    path: `${RESOURCE}.Instances`,
    says: /2 cores and c5.large 1/,
  },
  {
    id: "InstancesAcceleratorsValidator",
    level: "WARNING",
    name: "a different number of GPUs",
    file: aws({ resource: several("g5.12xlarge g5.16xlarge") }),
    path: `${RESOURCE}.Instances`,
    says: /g5.12xlarge has 4 GPUs and g5.16xlarge 1; Slurm is told of 1/,
  },
  {
    id: "InstancesAcceleratorsValidator",
    level: "ERROR",
    name: "GPUs of several makers",
    file: aws({ resource: several("g5.xlarge g4ad.xlarge") }),
    path: `${RESOURCE}.Instances`,
    says: /NVIDIA in g5.xlarge, AMD in g4ad.xlarge/,
  },
  {
    id: "InstancesEFAValidator",
    level: "ERROR",
    name: "one type has none",
    file: aws({ resource: several("c5n.18xlarge c5.18xlarge", ", Efa: {Enabled: true}") }),
    path: `${RESOURCE}.Instances[1].InstanceType`,
    says: /refuses to launch c5.18xlarge/,
  },
  {
    id: "InstancesEFAValidator",
    level: "WARNING",
    name: "not enabled",
    file: aws({ resource: several("c5n.18xlarge c5.18xlarge") }),
    path: `${RESOURCE}.Instances`,
    says: /c5n.18xlarge has EFA/,
  },
  {
    id: "InstancesNetworkingValidator",
    level: "WARNING",
    name: "a different number of network cards",
    file: aws({ resource: several("p4d.24xlarge p5.48xlarge") }),
    path: `${RESOURCE}.Instances`,
    says: /p5.48xlarge has 32 network cards and p4d.24xlarge 4/,
  },
  {
    id: "InstancesNetworkingValidator",
    level: "WARNING",
    name: "several types close together",
    file: aws({
      resource: several("c5.large c5a.large", ", Networking: {PlacementGroup: {Enabled: true}}"),
    }),
    path: `${RESOURCE}.Instances`,
    says: /seldom room for machines of several types/,
  },
  {
    id: "InstancesNetworkingValidator",
    level: "WARNING",
    name: "InfiniBand on Azure",
    file: azure(several("Standard_HC44rs Standard_D64s_v3")),
    path: `${RESOURCE}.Instances`,
    says: /Standard_HC44rs has InfiniBand and Standard_D64s_v3 has not/,
  },
  {
    id: "InstancesNetworkingValidator",
    level: "WARNING",
    name: "accelerated networking on Azure",
    file: azure(several("Standard_D2s_v3 Standard_B1s")),
    path: `${RESOURCE}.Instances`,
    says: /Standard_D2s_v3 has accelerated networking and Standard_B1s has not/,
  },
  {
    id: "InstancesMemorySchedulingWarningValidator",
    level: "WARNING",
    name: "much more memory in one",
    file: aws({ resource: several("c5.4xlarge r5.4xlarge"), slurm: BY_MEMORY }),
    path: `${RESOURCE}.Instances`,
    says: /r5.4xlarge has 131072 MiB and c5.4xlarge 32768/,
  },
];

const IMAGES: readonly CheckCase[] = [
  {
    id: "InstanceTypeOSCompatibleValidator",
    level: "WARNING",
    name: "a tiny head node",
    file: aws({ headType: "t3.micro" }).replace("alinux2023", "ubuntu2404"),
    path: "HeadNode.InstanceType",
    says: /"t3.micro" has 1 GiB/,
  },
  {
    id: "InstanceTypeOSCompatibleValidator",
    level: "WARNING",
    name: "tiny compute nodes",
    file: aws({ resource: "InstanceType: t3.nano" }).replace("alinux2023", "rhel9"),
    path: `${RESOURCE}.InstanceType`,
    says: /"t3.nano" has 1 GiB/,
  },
  {
    id: "IntelHpcOsValidator",
    level: "ERROR",
    name: "any system of today",
    file: aws({ more: "AdditionalPackages: {IntelSoftware: {IntelHpcPlatform: true}}" }),
    path: "AdditionalPackages.IntelSoftware.IntelHpcPlatform",
    says: /CentOS 7 only, and Os is alinux2023/,
  },
  {
    id: "IntelHpcArchitectureValidator",
    level: "ERROR",
    name: "Arm",
    file: aws({
      headType: "c7g.large",
      more: "AdditionalPackages: {IntelSoftware: {IntelHpcPlatform: true}}",
    }),
    path: "AdditionalPackages.IntelSoftware.IntelHpcPlatform",
    says: /the head node is arm64/,
  },
  {
    id: "DcvValidator",
    level: "WARNING",
    name: "a desktop on a tiny machine",
    file: aws({ headType: "t3.micro", head: "Dcv: {Enabled: true, AllowedIps: 10.0.0.0/8}" }),
    path: "HeadNode.InstanceType",
    says: /a desktop needs about 1.7 GiB/,
  },
  {
    id: "DcvValidator",
    level: "WARNING",
    name: "open to the world by default",
    file: aws({ head: "Dcv: {Enabled: true}" }),
    path: "HeadNode.Dcv.AllowedIps",
    says: /port 8443 of the desktop is open to the whole internet/,
  },
  {
    id: "DcvValidator",
    level: "WARNING",
    name: "on login nodes",
    file: aws({
      more: "LoginNodes: {Pools: [{Name: p, InstanceType: t3.small, Count: 1, Networking: {SubnetIds: [subnet-01234567]}, Dcv: {Enabled: true, Port: 9443, AllowedIps: 0.0.0.0/0}}]}",
    }),
    path: "LoginNodes.Pools[0].Dcv.AllowedIps",
    says: /port 9443/,
  },
  {
    id: "KeyPairValidator",
    level: "WARNING",
    name: "addresses that may connect, and none",
    file: aws({ head: "Ssh: {AllowedIps: 192.0.2.0/24}" }),
    path: "HeadNode.Ssh.KeyName",
    says: /nobody can log in to the head node by SSH/,
  },
];

export const MACHINE_CASES: readonly CheckCase[] = [...TYPES, ...IMAGES];
