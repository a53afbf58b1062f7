import { CAPACITY_CASES } from "./capacity.ts";
import type { CheckCase } from "./case.ts";
import { MACHINE_CASES } from "./machines.ts";
import { NETWORK_CASES } from "./network.ts";
import { aws, local } from "./texts.ts";

const QUEUE = "Scheduling.SlurmQueues[0]";
const SECOND = "Scheduling.SlurmQueues[1]";
const queue = (text: string): string => `{Networking: {SubnetIds: [subnet-01234567]}, ${text}}`;
const iso = (region: string, text: string): string => text.replace("eu-central-1", region);

const FILE: readonly CheckCase[] = [
  {
    id: "NoEffectValidator",
    level: "WARNING",
    name: "a key for those who work on ParallelCluster",
    file: aws({ more: "DevSettings: {NodePackage: 'https://example.org/node.tgz'}" }),
    path: "DevSettings.NodePackage",
    says: /NodePackage has no effect: the node manager is Sluice's own/,
  },
  {
    id: "NoEffectValidator",
    level: "WARNING",
    name: "a section of theirs",
    file: aws({ more: "DevSettings: {Cookbook: {ChefCookbook: 'https://example.org/c.tgz'}}" }),
    path: "DevSettings.Cookbook",
    says: /cloud-init, not by Chef/,
  },
  {
    id: "ProviderKeyValidator",
    level: "WARNING",
    name: "a key of another cloud",
    file: local("Region: eu-central-1"),
    path: "Region",
    says: /has no effect with Provider: local/,
  },
  {
    id: "RegionValidator",
    level: "ERROR",
    name: "a slip",
    file: iso("eu-centrall-1", aws({})),
    path: "Region",
    says: /"eu-centrall-1" is not a region of aws/,
  },
  {
    id: "RegionValidator",
    level: "ERROR",
    name: "a region of the other cloud",
    file: `Provider: azure\n${aws({})}`,
    path: "Region",
    says: /"eu-central-1" is a region of aws, and Provider is azure/,
  },
  {
    id: "FeatureRegionValidator",
    level: "ERROR",
    name: "a desktop",
    file: iso("us-iso-east-1", aws({ head: "Dcv: {Enabled: true}" })),
    path: "HeadNode.Dcv",
    says: /DCV does not exist in us-iso-east-1/,
  },
  {
    id: "FeatureRegionValidator",
    level: "ERROR",
    name: "a capacity block",
    file: iso("us-isob-east-1", aws({ queue: "CapacityType: CAPACITY_BLOCK" })),
    path: `${QUEUE}.CapacityType`,
    says: /capacity block/,
  },
  {
    id: "FeatureRegionValidator",
    level: "ERROR",
    name: "a file system",
    file: iso(
      "us-isob-east-1",
      aws({ more: "SharedStorage: [{Name: s, MountDir: /s, StorageType: FsxLustre}]" }),
    ),
    path: "SharedStorage[0].StorageType",
    says: /FsxLustre storage does not exist/,
  },
  {
    id: "SchedulerValidator",
    level: "ERROR",
    name: "AWS Batch",
    file: aws({}).replace("Scheduling:\n", "Scheduling:\n  Scheduler: awsbatch\n"),
    path: "Scheduling.Scheduler",
    says: /AWS Batch is not a scheduler of Sluice/,
  },
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "queues of AWS Batch",
    file: aws({}).replace("Scheduling:\n", "Scheduling:\n  AwsBatchQueues: []\n"),
    path: "Scheduling.AwsBatchQueues",
    says: /AWS Batch is not a scheduler of Sluice/,
  },
  ...(
    [
      ["alinux2", /Amazon Linux 2 reached the end of its support in June 2026/],
      ["centos7", /CentOS 7 reached/],
      ["ubuntu1804", /Ubuntu 18.04 reached/],
      ["ubuntu2004", /Ubuntu 20.04 reached/],
      ["rhel7", /Red Hat Enterprise Linux 7 reached/],
    ] as const
  ).map(
    ([os, says]): CheckCase => ({
      id: "ConfigSchemaValidator",
      level: "ERROR",
      name: `${os}, which is past its end`,
      file: aws({}).replace("alinux2023", os),
      path: "Image.Os",
      says,
    }),
  ),
  {
    id: "OsValidator",
    level: "ERROR",
    name: "a system of AWS on the local cloud",
    file: local("Image: {Os: rocky9}"),
    path: "Image.Os",
    says: /not an operating system of Provider: local/,
  },
  {
    id: "OsValidator",
    level: "ERROR",
    name: "Amazon Linux on Azure",
    file: `Provider: azure\n${aws({})}`,
    path: "Image.Os",
    says: /not an operating system of Provider: azure/,
  },
  {
    id: "LocalNetworkValidator",
    level: "ERROR",
    name: "public addresses",
    file: local("Local: {Network: 8.8.0.0/16}"),
    path: "Local.Network",
    says: /not private/,
  },
];

const NAMES: readonly CheckCase[] = [
  {
    id: "NameValidator",
    level: "ERROR",
    name: "a capital letter",
    file: aws({
      queues: queue("Name: Big, ComputeResources: [{Name: a, InstanceType: c5.large}]"),
    }),
    path: `${SECOND}.Name`,
    says: /"Big"/,
  },
  {
    id: "NameValidator",
    level: "ERROR",
    name: "default",
    file: aws({
      queues: queue("Name: default, ComputeResources: [{Name: a, InstanceType: c5.large}]"),
    }),
    path: `${SECOND}.Name`,
    says: /meaning of its own in slurm.conf/,
  },
  {
    id: "NameValidator",
    level: "ERROR",
    name: "nodes that come to one name",
    file: aws({
      queues: queue(
        "Name: q-dy-a, ComputeResources: [{Name: c, InstanceType: c5.large}]}, {Name: z, ComputeResources: [{Name: y, InstanceType: c5.large}]",
      ).replace("SlurmQueues", ""),
      resource: "InstanceType: c5.large}, {Name: a-dy-c, InstanceType: c5.large",
    }),
    path: `${SECOND}.ComputeResources[0].Name`,
    says: /q-dy-a-dy-c-1/,
  },
  {
    id: "DuplicateNameValidator",
    level: "ERROR",
    name: "two queues",
    file: aws({ queues: queue("Name: q, ComputeResources: [{Name: a, InstanceType: c5.large}]") }),
    path: `${SECOND}.Name`,
    says: /"q" is already the name of Scheduling.SlurmQueues\[0\]/,
  },
  {
    id: "DuplicateNameValidator",
    level: "ERROR",
    name: "two login pools",
    file: aws({
      more: "LoginNodes: {Pools: [{Name: p, InstanceType: t3.small, Count: 1, Networking: {SubnetIds: [subnet-01234567]}}, {Name: p, InstanceType: t3.small, Count: 1, Networking: {SubnetIds: [subnet-01234567]}}]}",
    }),
    path: "LoginNodes.Pools[1].Name",
    says: /"p" is already the name of LoginNodes.Pools\[0\]/,
  },
  {
    id: "MaxCountValidator",
    level: "ERROR",
    name: "more nodes than Slurm takes",
    file: aws({ resource: "InstanceType: c5.large, MaxCount: 70000" }),
    path: `${QUEUE}.ComputeResources[0].MaxCount`,
    says: /Slurm takes 65536/,
  },
  {
    id: "ComputeResourceSizeValidator",
    level: "ERROR",
    name: "MinCount above MaxCount",
    file: aws({ resource: "InstanceType: c5.large, MinCount: 3, MaxCount: 2" }),
    path: `${QUEUE}.ComputeResources[0].MinCount`,
    says: /3 is more than MaxCount/,
  },
  {
    id: "WarmNodesValidator",
    level: "ERROR",
    name: "more than there are",
    file: aws({ queue: "WarmNodes: {Count: 11}" }),
    path: `${QUEUE}.WarmNodes.Count`,
    says: /10 dynamic ones/,
  },
];

export const COMPUTE_CASES: readonly CheckCase[] = [
  ...FILE,
  ...NAMES,
  ...MACHINE_CASES,
  ...CAPACITY_CASES,
  ...NETWORK_CASES,
];
