import type { CheckCase } from "./case.ts";
import { aws, made } from "./texts.ts";

const QUEUE = "Scheduling.SlurmQueues[0]";
const RESOURCE = `${QUEUE}.ComputeResources[0]`;
const efa = (type: string, more = ""): string =>
  `InstanceType: ${type}, Efa: {Enabled: true}${more}`;

const vpc = (name: string, keys: string, path: string, says: RegExp): CheckCase => ({
  id: "VpcValidator",
  level: "ERROR",
  name,
  file: made({ more: `Vpc: {${keys}}` }),
  path: `Vpc.${path}`,
  says,
});

const VPC_CASES: readonly CheckCase[] = [
  vpc("a range without room", "Cidr: 10.0.0.0/25", "Cidr", /one of 16 to 24/),
  vpc("real addresses", "Cidr: 11.0.0.0/16", "Cidr", /is not private/),
  vpc("an address inside", "Cidr: 10.0.1.0/16", "Cidr", /instead of its first/),
  vpc(
    "one zone twice",
    "AvailabilityZones: [eu-central-1a, eu-central-1a]",
    "AvailabilityZones[1]",
    /in the list twice/,
  ),
  vpc(
    "a zone of another region",
    "AvailabilityZones: [eu-central-1a, eu-west-1a]",
    "AvailabilityZones[1]",
    /is not a zone of eu-central-1/,
  ),
  {
    id: "VpcValidator",
    level: "WARNING",
    name: "no way out",
    file: made({ more: "Vpc: {NatGateways: none}" }),
    path: "Vpc.NatGateways",
    says: /reach S3 and nothing else/,
  },
  {
    id: "VpcValidator",
    level: "ERROR",
    name: "security groups of another network",
    file: made({ queue: "Networking: {AdditionalSecurityGroups: [sg-01234567]}" }),
    path: `${QUEUE}.Networking.AdditionalSecurityGroups`,
    says: /that of queue q is made with the cluster/,
  },
  {
    id: "VpcValidator",
    level: "ERROR",
    name: "public addresses in private subnets",
    file: made({ queue: "Networking: {AssignPublicIp: true}" }),
    path: `${QUEUE}.Networking.AssignPublicIp`,
    says: /private subnets/,
  },
  {
    id: "VpcValidator",
    level: "WARNING",
    name: "a file system of another network",
    file: made({
      more: "SharedStorage: [{Name: a, MountDir: /a, StorageType: Efs, EfsSettings: {FileSystemId: fs-01234567}}]",
    }),
    path: "SharedStorage[0].EfsSettings.FileSystemId",
    says: /"fs-01234567" is in a network of its own/,
  },
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "a network that is made, and a subnet",
    file: aws({ more: "Vpc: {}" }),
    path: "Vpc",
    says: /the head node names a subnet/,
  },
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "a queue without a subnet among others with one",
    file: aws({}).replace("Networking: {SubnetIds: [subnet-01234567]}, ", ""),
    path: `${QUEUE}.Networking.SubnetIds`,
    says: /SubnetIds of queue q is missing, and the head node names its subnet/,
  },
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "a head node without a subnet among others with one",
    file: aws({}).replace(", Networking: {SubnetId: subnet-01234567}", ""),
    path: "HeadNode.Networking.SubnetId",
    says: /queue q names its subnet/,
  },
];

export const NETWORK_CASES: readonly CheckCase[] = [
  ...VPC_CASES,
  {
    id: "QueueSubnetsValidator",
    level: "ERROR",
    name: "one subnet twice",
    file: aws({ subnets: "subnet-01234567, subnet-01234567" }),
    path: `${QUEUE}.Networking.SubnetIds[1]`,
    says: /in the list twice/,
  },
  {
    id: "MultiNetworkInterfacesInstancesValidator",
    level: "ERROR",
    name: "public addresses for several network cards",
    file: aws({ resource: efa("p4d.24xlarge") }).replace(
      "SubnetIds: [subnet-01234567]}",
      "SubnetIds: [subnet-01234567], AssignPublicIp: true}",
    ),
    path: `${QUEUE}.Networking.AssignPublicIp`,
    says: /have 4 network cards/,
  },
  {
    id: "EfaValidator",
    level: "ERROR",
    name: "a machine type without",
    file: aws({ resource: efa("c5.large") }),
    path: `${RESOURCE}.InstanceType`,
    says: /c5.large has no EFA/,
  },
  {
    id: "EfaValidator",
    level: "ERROR",
    name: "GPUDirect without EFA",
    file: aws({ resource: "InstanceType: p4d.24xlarge, Efa: {GdrSupport: true}" }),
    path: `${RESOURCE}.Efa.GdrSupport`,
    says: /goes over EFA/,
  },
  {
    id: "EfaValidator",
    level: "WARNING",
    name: "not enabled",
    file: aws({ resource: "InstanceType: c5n.18xlarge" }),
    path: `${RESOURCE}.InstanceType`,
    says: /c5n.18xlarge has EFA/,
  },
  {
    id: "EfaPlacementGroupValidator",
    level: "ERROR",
    name: "not a word on the placement group",
    file: aws({ resource: efa("c5n.18xlarge") }),
    path: `${RESOURCE}.Efa`,
    says: /does not say whether its machines are placed close together/,
  },
  {
    id: "EfaPlacementGroupValidator",
    level: "WARNING",
    name: "no placement group",
    file: aws({
      resource: efa("c5n.18xlarge", ", Networking: {PlacementGroup: {Enabled: false}}"),
    }),
    path: `${RESOURCE}.Networking.PlacementGroup.Enabled`,
    says: /may be far apart/,
  },
  {
    id: "EfaMultiAzValidator",
    level: "ERROR",
    name: "subnets in several zones",
    file: aws({ resource: efa("c5n.18xlarge"), subnets: "subnet-01234567, subnet-76543210" }),
    path: `${RESOURCE}.Efa.Enabled`,
    says: /works inside one zone/,
  },
];
