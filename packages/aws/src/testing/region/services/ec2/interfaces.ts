import {
  type Address,
  AllocateAddressCommand,
  AssociateAddressCommand,
  CreateNetworkInterfaceCommand,
  DeleteNetworkInterfaceCommand,
  DescribeAddressesCommand,
  DescribeNetworkInterfacesCommand,
  DisassociateAddressCommand,
  ModifyNetworkInterfaceAttributeCommand,
  type NetworkInterface,
  type NetworkInterfaceType,
  ReleaseAddressCommand,
  type Subnet,
  type Tag,
} from "@aws-sdk/client-ec2";
import { handle, ServiceError } from "../../contract.ts";
import { addressNumber, blockOf, freeAddress, RESERVED } from "./cidr.ts";
import { described, type Filters, fields } from "./describe.ts";
import { newId } from "./ids.ts";
import type { Ec2State, Operations, TakenAddresses } from "./state.ts";
import { tagsFor } from "./tags.ts";

type Interface = NetworkInterface & { Tags?: Tag[] | undefined };

const FILTERS: Filters<Interface> = {
  ...fields<Interface>(
    "NetworkInterfaceId",
    "SubnetId",
    "VpcId",
    "AvailabilityZone",
    "Status",
    "Description",
    "InterfaceType",
    "PrivateIpAddress",
    "MacAddress",
  ),
  "group-id": ({ Groups = [] }) => Groups.map(({ GroupId }) => GroupId),
  "attachment.instance-id": ({ Attachment }) => Attachment?.InstanceId,
  "attachment.attachment-id": ({ Attachment }) => Attachment?.AttachmentId,
  "addresses.private-ip-address": ({ PrivateIpAddress }) => PrivateIpAddress,
  "association.public-ip": ({ Association }) => Association?.PublicIp,
};

const ADDRESS_FILTERS = fields<Address>(
  "AllocationId",
  "AssociationId",
  "InstanceId",
  "NetworkInterfaceId",
  "PublicIp",
  "PrivateIpAddress",
);

export function interfaceOperations(state: Ec2State): Operations {
  return { ...networkInterfaces(state), ...addresses(state) };
}

function networkInterfaces(state: Ec2State): Operations {
  return {
    CreateNetworkInterface: handle(CreateNetworkInterfaceCommand, (input) => {
      const NetworkInterface = newInterface(state, {
        subnet: state.subnets.get(input.SubnetId),
        groups: input.Groups ?? [],
        description: input.Description ?? "",
        type: (input.InterfaceType ?? "interface") as NetworkInterfaceType,
        address: input.PrivateIpAddress ?? input.PrivateIpAddresses?.[0]?.PrivateIpAddress,
        tags: tagsFor(input.TagSpecifications, "network-interface"),
      });
      return { NetworkInterface };
    }),
    DeleteNetworkInterface: handle(DeleteNetworkInterfaceCommand, ({ NetworkInterfaceId }) => {
      const network = state.interfaces.get(NetworkInterfaceId);
      if (network.Status === "in-use") {
        throw new ServiceError(
          "InvalidNetworkInterface.InUse",
          `The networkInterface '${NetworkInterfaceId}' is currently in use.`,
        );
      }
      removeInterface(state, network);
      return {};
    }),
    ModifyNetworkInterfaceAttribute: handle(
      ModifyNetworkInterfaceAttributeCommand,
      ({ NetworkInterfaceId, Groups, Description, SourceDestCheck }) => {
        const network = state.interfaces.get(NetworkInterfaceId);
        if (Groups !== undefined) network.Groups = groupRows(state, Groups);
        if (Description !== undefined) network.Description = Description.Value;
        if (SourceDestCheck !== undefined) network.SourceDestCheck = SourceDestCheck.Value;
        retell(state, network);
        return {};
      },
    ),
    DescribeNetworkInterfaces: handle(DescribeNetworkInterfacesCommand, (input) => {
      const found = described(state.interfaces, input.NetworkInterfaceIds, input, FILTERS);
      return { NetworkInterfaces: found.rows, NextToken: found.NextToken };
    }),
  };
}

function addresses(state: Ec2State): Operations {
  return {
    AllocateAddress: handle(AllocateAddressCommand, ({ TagSpecifications }) => {
      const AllocationId = state.addresses.newId();
      const PublicIp = publicAddress(state);
      state.addresses.add({
        AllocationId,
        PublicIp,
        Domain: "vpc",
        NetworkBorderGroup: state.region.name,
        Tags: tagsFor(TagSpecifications, "elastic-ip"),
      });
      return { AllocationId, PublicIp, Domain: "vpc" as const };
    }),
    ReleaseAddress: handle(ReleaseAddressCommand, ({ AllocationId = "" }) => {
      const address = state.addresses.get(AllocationId);
      if (address.AssociationId !== undefined) {
        throw new ServiceError("InvalidIPAddress.InUse", `Address ${address.PublicIp} is in use.`);
      }
      state.addresses.delete(AllocationId);
      return {};
    }),
    AssociateAddress: handle(AssociateAddressCommand, (input) => {
      const address = state.addresses.get(input.AllocationId);
      const network =
        input.NetworkInterfaceId === undefined
          ? state.interfaces
              .values()
              .find(({ Attachment }) => Attachment?.InstanceId === input.InstanceId)
          : state.interfaces.get(input.NetworkInterfaceId);
      if (network === undefined) {
        throw new ServiceError(
          "InvalidInstanceID.NotFound",
          `The instance ID '${input.InstanceId}' does not exist`,
        );
      }
      if (address.AssociationId !== undefined && input.AllowReassociation === false) {
        throw new ServiceError(
          "Resource.AlreadyAssociated",
          `resource ${address.AllocationId} is already associated with associate-id ${address.AssociationId}`,
        );
      }
      dissociate(state, address);
      return { AssociationId: associate(state, address, network) };
    }),
    DisassociateAddress: handle(DisassociateAddressCommand, ({ AssociationId }) => {
      const address = state.addresses.values().find((one) => one.AssociationId === AssociationId);
      if (AssociationId === undefined || address === undefined) {
        throw new ServiceError(
          "InvalidAssociationID.NotFound",
          `The association ID '${AssociationId}' does not exist`,
        );
      }
      dissociate(state, address);
      return {};
    }),
    DescribeAddresses: handle(DescribeAddressesCommand, (input) => ({
      Addresses: described(
        state.addresses,
        input.AllocationIds,
        { Filters: input.Filters },
        ADDRESS_FILTERS,
      ).rows,
    })),
  };
}

/** @returns the association's id. */
export function associate(state: Ec2State, address: Address, network: Interface): string {
  const AssociationId = newId("eipassoc");
  address.AssociationId = AssociationId;
  address.NetworkInterfaceId = network.NetworkInterfaceId;
  address.InstanceId = network.Attachment?.InstanceId;
  address.PrivateIpAddress = network.PrivateIpAddress;
  network.Association = {
    AllocationId: address.AllocationId,
    AssociationId,
    PublicIp: address.PublicIp,
  };
  retell(state, network);
  return AssociationId;
}

/** A machine's own row says the same of its interfaces as theirs. */
function retell(state: Ec2State, network: Interface): void {
  const { NetworkInterfaceId, Association, Groups, Attachment } = network;
  const instance = state.instances.find(Attachment?.InstanceId);
  const own = instance?.NetworkInterfaces?.find(
    (one) => one.NetworkInterfaceId === NetworkInterfaceId,
  );
  if (instance === undefined || own === undefined) return;
  own.Association = Association;
  own.Groups = Groups;
  const isFirst = Attachment?.DeviceIndex === 0 && (Attachment.NetworkCardIndex ?? 0) === 0;
  if (!isFirst) return;
  instance.PublicIpAddress = Association?.PublicIp;
  instance.SecurityGroups = Groups;
}

function dissociate(state: Ec2State, address: Address): void {
  const network = state.interfaces.find(address.NetworkInterfaceId);
  if (network !== undefined) {
    delete network.Association;
    retell(state, network);
  }
  delete address.AssociationId;
  delete address.NetworkInterfaceId;
  delete address.InstanceId;
  delete address.PrivateIpAddress;
}

/** An address of the internet, from the block that is kept for benchmarks. */
export function publicAddress(state: Ec2State): string {
  const taken = new Set([
    ...state.addresses.values().map(({ PublicIp }) => PublicIp ?? ""),
    ...state.interfaces.values().map(({ Association }) => Association?.PublicIp ?? ""),
  ]);
  const free = freeAddress(blockOf("198.18.0.0/15"), taken);
  if (free === undefined) {
    throw new ServiceError(
      "AddressLimitExceeded",
      "The maximum number of addresses has been reached.",
    );
  }
  return free;
}

interface NewInterface {
  readonly subnet: Subnet;
  readonly groups: readonly string[];
  readonly description: string;
  readonly type: NetworkInterfaceType;
  readonly address?: string | undefined;
  readonly tags?: Tag[];
}

/** @throws ServiceError when the subnet has no address left, or not that one. */
export function newInterface(state: Ec2State, wanted: NewInterface): Interface {
  const { subnet } = wanted;
  const PrivateIpAddress = takenAddress(state, subnet, wanted.address);
  const name = `ip-${PrivateIpAddress.replaceAll(".", "-")}.${state.region.name}.compute.internal`;
  const octets = PrivateIpAddress.split(".").map((octet) => Number(octet));
  const hex = octets.map((octet) => octet.toString(16).padStart(2, "0")).join(":");
  const Groups =
    wanted.groups.length === 0
      ? defaultGroups(state, subnet.VpcId)
      : groupRows(state, wanted.groups, subnet.VpcId);
  const row = state.interfaces.add({
    NetworkInterfaceId: state.interfaces.newId(),
    AvailabilityZone: subnet.AvailabilityZone,
    Description: wanted.description,
    Groups,
    InterfaceType: wanted.type,
    MacAddress: `06:00:${hex}`,
    OwnerId: state.region.account,
    PrivateDnsName: name,
    PrivateIpAddress,
    PrivateIpAddresses: [{ Primary: true, PrivateDnsName: name, PrivateIpAddress }],
    SourceDestCheck: true,
    Status: "available",
    SubnetId: subnet.SubnetId,
    VpcId: subnet.VpcId,
    TagSet: wanted.tags ?? [],
  });
  // EC2 calls the tags of this kind alone otherwise.
  Object.defineProperty(row, "Tags", {
    get: () => row.TagSet,
    set: (tags: Tag[]) => {
      row.TagSet = tags;
    },
  });
  return row;
}

export function removeInterface(state: Ec2State, network: Interface): void {
  const address = state.addresses.find(network.Association?.AllocationId);
  if (address !== undefined) dissociate(state, address);
  state.interfaces.delete(network.NetworkInterfaceId ?? "");
  taken(state, network.SubnetId ?? "").addresses.delete(network.PrivateIpAddress ?? "");
  const subnet = state.subnets.find(network.SubnetId);
  if (subnet !== undefined) countFree(state, subnet);
}

function taken(state: Ec2State, subnetId: string): TakenAddresses {
  const known = state.takenAddresses.get(subnetId) ?? { addresses: new Set<string>(), next: 0 };
  state.takenAddresses.set(subnetId, known);
  return known;
}

function takenAddress(state: Ec2State, subnet: Subnet, asked: string | undefined): string {
  const block = blockOf(subnet.CidrBlock ?? "");
  const known = taken(state, subnet.SubnetId ?? "");
  if (asked !== undefined) {
    const at = addressNumber(asked);
    if (at < block.first + 4 || at >= block.first + block.size - 1) {
      throw new ServiceError(
        "InvalidParameterValue",
        `Address ${asked} does not fall within the subnet's address range`,
      );
    }
    if (known.addresses.has(asked)) {
      throw new ServiceError("InvalidIPAddress.InUse", `Address ${asked} is in use.`);
    }
  }
  const address =
    asked ?? freeAddress(block, known.addresses, known.next) ?? freeAddress(block, known.addresses);
  if (address === undefined) throw noAddresses(subnet);
  known.addresses.add(address);
  if (asked === undefined) known.next = addressNumber(address) + 1;
  countFree(state, subnet);
  return address;
}

export function noAddresses({ SubnetId }: Subnet): ServiceError {
  return new ServiceError(
    "InsufficientFreeAddressesInSubnet",
    `There are not enough free addresses in subnet '${SubnetId}' to satisfy the requested number of instances.`,
  );
}

function countFree(state: Ec2State, subnet: Subnet): void {
  const { size } = blockOf(subnet.CidrBlock ?? "");
  subnet.AvailableIpAddressCount =
    size - RESERVED - taken(state, subnet.SubnetId ?? "").addresses.size;
}

/** @param vpcId where they have to be. */
export function groupRows(state: Ec2State, ids: readonly string[], vpcId?: string) {
  return ids.map((id) => {
    const { GroupId, GroupName, VpcId } = state.securityGroups.get(id);
    if (vpcId !== undefined && VpcId !== vpcId) {
      throw new ServiceError(
        "InvalidParameter",
        `Security group ${id} and subnet belong to different networks.`,
      );
    }
    return { GroupId, GroupName };
  });
}

function defaultGroups(state: Ec2State, vpcId: string | undefined) {
  return state.securityGroups
    .values()
    .filter(({ VpcId, GroupName }) => VpcId === vpcId && GroupName === "default")
    .map(({ GroupId, GroupName }) => ({ GroupId, GroupName }));
}
