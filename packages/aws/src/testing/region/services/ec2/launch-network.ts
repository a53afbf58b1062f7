import type {
  InstanceNetworkInterface,
  InstanceNetworkInterfaceSpecification,
  NetworkInterface,
  NetworkInterfaceType,
  Subnet,
} from "@aws-sdk/client-ec2";
import type { Ec2InstanceType } from "@sluice/model";
import { ServiceError } from "../../contract.ts";
import { newId } from "./ids.ts";
import { groupRows, newInterface, publicAddress } from "./interfaces.ts";
import type { LaunchRequest } from "./launch-request.ts";
import type { Ec2State } from "./state.ts";
import { tagsFor } from "./tags.ts";
import { mostInterfaces } from "./types.ts";

/** Where machines of a launch are to be, and by which interfaces. */
export interface Placing {
  readonly subnet: Subnet;
  readonly specifications: readonly InstanceNetworkInterfaceSpecification[];
}

/** @throws ServiceError for what can't be, before anything was made. */
export function placingOf(state: Ec2State, request: LaunchRequest, type: Ec2InstanceType): Placing {
  const specifications = specificationsOf(request);
  check(state, request, specifications, type);
  const subnet = subnetOf(state, request, specifications);
  const zone = request.Placement?.AvailabilityZone;
  if (zone !== undefined && zone !== subnet.AvailabilityZone) {
    throw new ServiceError(
      "InvalidParameterValue",
      `The availability zone '${zone}' does not match the zone of subnet '${subnet.SubnetId}' (${subnet.AvailabilityZone})`,
    );
  }
  for (const { Groups } of specifications) groupRows(state, Groups ?? [], subnet.VpcId);
  return { subnet, specifications };
}

/** One for a request that names none. */
function specificationsOf(
  request: LaunchRequest,
): readonly InstanceNetworkInterfaceSpecification[] {
  const { NetworkInterfaces = [], SubnetId, SecurityGroupIds, PrivateIpAddress } = request;
  if (NetworkInterfaces.length > 0) {
    if (SubnetId !== undefined) throw notTogether("an instance-level subnet ID");
    if (SecurityGroupIds !== undefined) throw notTogether("an instance-level security groups");
    return NetworkInterfaces;
  }
  return [
    {
      DeviceIndex: 0,
      SubnetId,
      Groups: SecurityGroupIds,
      PrivateIpAddress,
      DeleteOnTermination: true,
    },
  ];
}

function notTogether(what: string): ServiceError {
  return new ServiceError(
    "InvalidParameterCombination",
    `Network interfaces and ${what} may not be specified on the same request`,
  );
}

function check(
  state: Ec2State,
  request: LaunchRequest,
  specifications: readonly InstanceNetworkInterfaceSpecification[],
  type: Ec2InstanceType,
): void {
  const places = specifications.map(
    ({ NetworkCardIndex = 0, DeviceIndex }) => `${NetworkCardIndex}/${DeviceIndex}`,
  );
  if (specifications.some(({ DeviceIndex }) => DeviceIndex === undefined)) {
    throw new ServiceError(
      "InvalidParameterValue",
      "Each network interface requires a device index.",
    );
  }
  if (new Set(places).size < places.length) {
    throw new ServiceError("InvalidParameterValue", "Duplicate network interface device index.");
  }
  if (!places.includes("0/0")) {
    throw new ServiceError(
      "InvalidParameterValue",
      "A network interface with device index 0 on network card 0 is required.",
    );
  }
  if (specifications.length > 1 && specifications.some((one) => one.AssociatePublicIpAddress)) {
    throw new ServiceError(
      "InvalidParameterCombination",
      "The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces.",
    );
  }
  const isBeyond = (card = 0) => card >= type.networkCards;
  if (specifications.some(({ NetworkCardIndex }) => isBeyond(NetworkCardIndex))) {
    throw new ServiceError(
      "InvalidParameterValue",
      `The network card index is greater than what instance type ${type.name} has: ${type.networkCards} network cards.`,
    );
  }
  if (specifications.length > mostInterfaces(type) * type.networkCards) {
    throw new ServiceError(
      "AttachmentLimitExceeded",
      `Interface count ${specifications.length} exceeds the limit for ${type.name}`,
    );
  }
  const efa = specifications.filter(({ InterfaceType = "" }) => InterfaceType.startsWith("efa"));
  if (efa.length > type.efaInterfaces) {
    throw new ServiceError(
      "InvalidParameterCombination",
      `EFA interfaces: ${efa.length} exceed the ${type.efaInterfaces} that instance type ${type.name} supports`,
    );
  }
  for (const one of specifications) checkGiven(one);
  const existing = specifications.flatMap(({ NetworkInterfaceId }) => NetworkInterfaceId ?? []);
  const isFixed = specifications.some((one) => one.PrivateIpAddress !== undefined);
  if ((existing.length > 0 || isFixed) && (request.MaxCount ?? 0) > 1) {
    throw new ServiceError(
      "InvalidParameterCombination",
      "Multiple instances can't be launched with one network interface or private address.",
    );
  }
  if (
    existing.length === specifications.length &&
    tagsFor(request.TagSpecifications, "network-interface").length > 0
  ) {
    throw new ServiceError(
      "InvalidParameterValue",
      "You cannot specify tags for network interfaces if there are no network interfaces being created by the request.",
    );
  }
  for (const id of existing) {
    if (state.interfaces.get(id).Status === "in-use") {
      throw new ServiceError("InvalidNetworkInterface.InUse", `Interface: [${id}] in use.`);
    }
  }
}

/** What only a new interface can have; one that is there has it already. */
function checkGiven(one: InstanceNetworkInterfaceSpecification): void {
  if (one.NetworkInterfaceId === undefined) return;
  const { SubnetId, Groups = [], AssociatePublicIpAddress, PrivateIpAddress } = one;
  const wrong = Object.entries({
    "a subnet ID": SubnetId !== undefined,
    "security groups": Groups.length > 0,
    associatePublicIPAddress: AssociatePublicIpAddress !== undefined,
    "a private IP address": PrivateIpAddress !== undefined,
  }).find(([, isAsked]) => isAsked)?.[0];
  if (wrong === undefined) return;
  throw new ServiceError(
    "InvalidParameterCombination",
    `A network interface may not specify both a network interface ID and ${wrong}`,
  );
}

function subnetOf(
  state: Ec2State,
  request: LaunchRequest,
  specifications: readonly InstanceNetworkInterfaceSpecification[],
): Subnet {
  const [first] = specifications;
  if (first?.NetworkInterfaceId !== undefined) {
    return state.subnets.get(state.interfaces.get(first.NetworkInterfaceId).SubnetId);
  }
  const id = first?.SubnetId;
  if (id !== undefined) return state.subnets.get(id);
  const zone = request.Placement?.AvailabilityZone;
  const subnet = state.subnets
    .values()
    .find(
      ({ DefaultForAz, AvailabilityZone }) =>
        DefaultForAz === true && (zone === undefined || AvailabilityZone === zone),
    );
  if (subnet === undefined) {
    throw new ServiceError(
      "MissingInput",
      "No subnets found for the default VPC. Please specify a subnet.",
    );
  }
  return subnet;
}

/** How many addresses of the subnet each machine takes. */
export function addressesOf({ specifications }: Placing): number {
  return specifications.filter(
    ({ NetworkInterfaceId, InterfaceType }) =>
      NetworkInterfaceId === undefined && InterfaceType !== "efa-only",
  ).length;
}

/** Makes the interfaces of one machine, or takes those that are there; in the order of its devices. */
export function attachInterfaces(
  state: Ec2State,
  { subnet, specifications }: Placing,
  request: LaunchRequest,
  instanceId: string,
): readonly InstanceNetworkInterface[] {
  return specifications.map((one) => {
    const isOwn = one.NetworkInterfaceId !== undefined;
    const network = isOwn
      ? state.interfaces.get(one.NetworkInterfaceId)
      : newInterface(state, {
          subnet: one.SubnetId === undefined ? subnet : state.subnets.get(one.SubnetId),
          groups: one.Groups ?? [],
          description: one.Description ?? "",
          type: (one.InterfaceType ?? "interface") as NetworkInterfaceType,
          address: one.PrivateIpAddress,
          tags: tagsFor(request.TagSpecifications, "network-interface"),
        });
    network.Status = "in-use";
    network.Attachment = {
      AttachmentId: newId("eni-attach"),
      AttachTime: state.region.now(),
      DeleteOnTermination: one.DeleteOnTermination ?? !isOwn,
      DeviceIndex: one.DeviceIndex,
      NetworkCardIndex: one.NetworkCardIndex ?? 0,
      InstanceId: instanceId,
      InstanceOwnerId: state.region.account,
      Status: "attached",
    };
    const isPublic =
      one.AssociatePublicIpAddress ??
      (specifications.length === 1 && subnet.MapPublicIpOnLaunch === true);
    if (isPublic && network.Association === undefined) {
      network.Association = { IpOwnerId: "amazon", PublicIp: publicAddress(state) };
    }
    const address = state.addresses.find(network.Association?.AllocationId);
    if (address !== undefined) address.InstanceId = instanceId;
    return asInstanceHasIt(network, one.InterfaceType);
  });
}

function asInstanceHasIt(
  network: NetworkInterface,
  InterfaceType = "interface",
): InstanceNetworkInterface {
  return {
    NetworkInterfaceId: network.NetworkInterfaceId,
    SubnetId: network.SubnetId,
    VpcId: network.VpcId,
    Description: network.Description,
    Groups: network.Groups,
    InterfaceType,
    MacAddress: network.MacAddress,
    OwnerId: network.OwnerId,
    PrivateDnsName: network.PrivateDnsName,
    PrivateIpAddress: network.PrivateIpAddress,
    PrivateIpAddresses: network.PrivateIpAddresses?.map((one) => ({
      ...one,
      Association: network.Association,
    })),
    SourceDestCheck: true,
    Status: network.Status as "in-use",
    Association: network.Association,
    Attachment: {
      AttachmentId: network.Attachment?.AttachmentId,
      AttachTime: network.Attachment?.AttachTime,
      DeleteOnTermination: network.Attachment?.DeleteOnTermination,
      DeviceIndex: network.Attachment?.DeviceIndex,
      NetworkCardIndex: network.Attachment?.NetworkCardIndex,
      Status: "attached",
    },
  };
}
