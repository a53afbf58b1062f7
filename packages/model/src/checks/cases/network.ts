import type { CheckCase } from "./case.ts";
import { aws } from "./texts.ts";

const QUEUE = "Scheduling.SlurmQueues[0]";
const RESOURCE = `${QUEUE}.ComputeResources[0]`;
const efa = (type: string, more = ""): string =>
  `InstanceType: ${type}, Efa: {Enabled: true}${more}`;

export const NETWORK_CASES: readonly CheckCase[] = [
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
