import type { CapacityReservation, Instance, Tag, Volume } from "@aws-sdk/client-ec2";
import type { Ec2InstanceType } from "@sluice/model";
import { type Call, ServiceError } from "../../contract.ts";
import type { Capacity, Claim } from "./capacity.ts";
import { spotPrice } from "./capacity.ts";
import { newId } from "./ids.ts";
import { type Instances, listVolumes } from "./instances.ts";
import { noAddresses } from "./interfaces.ts";
import { addressesOf, attachInterfaces, type Placing, placingOf } from "./launch-network.ts";
import { disksOfBoth, type LaunchRequest } from "./launch-request.ts";
import { type Machine, type MachineProfile, stateRow } from "./machine.ts";
import { groupNamed } from "./placement-groups.ts";
import { profileOf } from "./profiles.ts";
import { reservationFor } from "./reservations.ts";
import type { Ec2State } from "./state.ts";
import { tagsFor } from "./tags.ts";
import { knownType } from "./types.ts";

/** Bytes of user data at most, before base64. */
const MOST_USER_DATA = 16_384;

/** A launch that EC2 would make, if there is capacity for it. */
export interface Launch {
  readonly request: LaunchRequest;
  readonly type: Ec2InstanceType;
  readonly arch: Machine["arch"];
  readonly placing: Placing;
  readonly isSpot: boolean;
  readonly profile: MachineProfile | undefined;
  readonly reservation: CapacityReservation | undefined;
  readonly userData: Buffer | undefined;
  /** Beside those that were asked for: tags that only AWS writes. */
  readonly ownTags: readonly Tag[];
}

/**
 * Checks all of a request that needs no capacity.
 *
 * @throws ServiceError with what EC2 says against it.
 */
export async function checked(
  state: Ec2State,
  request: LaunchRequest,
  call: Call,
  ownTags: readonly Tag[] = [],
): Promise<Launch> {
  const { MinCount: least = 0, MaxCount: most = 0 } = request;
  if (least < 1 || most < least) {
    throw new ServiceError(
      "InvalidParameterValue",
      `Value (${least}) for parameter minCount is invalid. MinCount must be at least 1 and at most MaxCount (${most}).`,
    );
  }
  if (request.ImageId === undefined) {
    throw new ServiceError("MissingParameter", "The request must contain the parameter ImageId");
  }
  const image = state.images.find(request.ImageId);
  if (image === undefined) {
    throw new ServiceError(
      "InvalidAMIID.NotFound",
      `The image id '[${request.ImageId}]' does not exist`,
    );
  }
  const type = knownType(request.InstanceType ?? "m1.small");
  const arch = image.Architecture === "arm64" ? "arm64" : "x86_64";
  if (!type.arch.includes(arch)) {
    throw new ServiceError(
      "InvalidParameterValue",
      `The architecture '${type.arch.join(",")}' of the specified instance type does not match the architecture '${arch}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.`,
    );
  }
  if (request.KeyName !== undefined && state.keyPairs.find(request.KeyName) === undefined) {
    throw new ServiceError(
      "InvalidKeyPair.NotFound",
      `The key pair '${request.KeyName}' does not exist`,
    );
  }
  checkCpus(request, type);
  checkPlacement(state, request, type);
  const placing = placingOf(state, request, type);
  const zone = placing.subnet.AvailabilityZone ?? "";
  const isSpot = request.InstanceMarketOptions?.MarketType === "spot";
  if (isSpot) checkSpot(state, request, type, zone);
  const profile = await profileOf(state, request.IamInstanceProfile, call);
  const reservation = await reservationFor(state, request, type.name, zone);
  const userData = userDataOf(request.UserData);
  return { request, type, arch, placing, isSpot, profile, reservation, userData, ownTags };
}

function userDataOf(base64: string | undefined): Buffer | undefined {
  if (base64 === undefined || base64 === "") return undefined;
  if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(base64)) {
    throw new ServiceError("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
  }
  const raw = Buffer.from(base64, "base64");
  if (raw.length > MOST_USER_DATA) {
    throw new ServiceError(
      "InvalidParameterValue",
      `User data is limited to ${MOST_USER_DATA} bytes`,
    );
  }
  return raw;
}

function checkCpus({ CpuOptions }: LaunchRequest, type: Ec2InstanceType): void {
  const { CoreCount, ThreadsPerCore } = CpuOptions ?? {};
  if (ThreadsPerCore !== undefined && ThreadsPerCore > type.threadsPerCore) {
    throw new ServiceError(
      "InvalidParameterValue",
      `The value '${ThreadsPerCore}' for parameter 'ThreadsPerCore' is not valid for instance type ${type.name}.`,
    );
  }
  if (CoreCount !== undefined && CoreCount > type.cores) {
    throw new ServiceError(
      "InvalidParameterValue",
      `The value '${CoreCount}' for parameter 'CoreCount' is not valid for instance type ${type.name}.`,
    );
  }
}

function checkPlacement(
  state: Ec2State,
  { Placement }: LaunchRequest,
  type: Ec2InstanceType,
): void {
  const group =
    Placement?.GroupId === undefined
      ? Placement?.GroupName && groupNamed(state, Placement.GroupName)
      : state.placementGroups.get(Placement.GroupId);
  if (!group || group.Strategy === undefined) return;
  if (type.placement.some((strategy) => strategy === group.Strategy)) return;
  const strategy = group.Strategy.charAt(0).toUpperCase() + group.Strategy.slice(1);
  throw new ServiceError(
    "InvalidParameterCombination",
    `${strategy} placement groups are not supported by the '${type.name}' instance type. Specify a supported instance type or change the placement group strategy, and try again.`,
  );
}

/** Machines of a cluster placement group are in one zone. */
function checkGroupZone(
  state: Ec2State,
  instances: Instances,
  { request: { Placement }, placing: { subnet } }: Launch,
): void {
  const name = Placement?.GroupName;
  if (name === undefined || groupNamed(state, name).Strategy !== "cluster") return;
  const other = instances
    .values()
    .find(
      (one) =>
        one.state !== "terminated" &&
        one.row.Placement?.GroupName === name &&
        one.zone !== subnet.AvailabilityZone,
    );
  if (other === undefined) return;
  throw new ServiceError(
    "InvalidPlacementGroup.InUse",
    `The placement group '${name}' is in use in another availability zone: ${other.zone}`,
  );
}

function checkSpot(
  state: Ec2State,
  request: LaunchRequest,
  type: Ec2InstanceType,
  zone: string,
): void {
  if (!type.usage.includes("spot")) {
    throw new ServiceError(
      "UnsupportedOperation",
      `The instance type '${type.name}' does not support Spot.`,
    );
  }
  const most = request.InstanceMarketOptions?.SpotOptions?.MaxPrice;
  const price = spotPrice(state, type.name, zone);
  if (most !== undefined && Number(most) < price) {
    throw new ServiceError(
      "SpotMaxPriceTooLow",
      `Your Spot request price of ${most} is lower than the minimum required Spot request fulfillment price of ${price}.`,
    );
  }
}

/**
 * Makes as many machines of the launch as can be had, at least `MinCount`.
 *
 * @throws ServiceError when there is no capacity, no quota or no address for that many.
 */
export function launched(
  state: Ec2State,
  instances: Instances,
  capacity: Capacity,
  launch: Launch,
): Machine[] {
  checkGroupZone(state, instances, launch);
  const { request, placing, type, isSpot, reservation } = launch;
  const { MinCount: least = 1, MaxCount: most = 1 } = request;
  const each = addressesOf(placing);
  const free = placing.subnet.AvailableIpAddressCount ?? 0;
  const room = each === 0 ? most : Math.floor(free / each);
  if (room < least) throw noAddresses(placing.subnet);
  const claims = capacity.claim(
    { type: type.name, zone: placing.subnet.AvailabilityZone ?? "", isSpot, reservation },
    least,
    Math.min(most, room),
  );
  const reservationId = newId("r");
  return claims.map((claim, index) => {
    const machine = made(state, launch, { claim, index, reservationId });
    instances.add(machine);
    return machine;
  });
}

function made(
  state: Ec2State,
  launch: Launch,
  one: { readonly claim: Claim; readonly index: number; readonly reservationId: string },
): Machine {
  const { request, type, placing, isSpot, profile, reservation } = launch;
  const { region } = state;
  const id = state.instances.newId();
  const image = state.images.get(request.ImageId);
  const networks = attachInterfaces(state, placing, request, id);
  const first = networks.find(({ Attachment }) => {
    return Attachment?.DeviceIndex === 0 && Attachment.NetworkCardIndex === 0;
  });
  const zone = placing.subnet.AvailabilityZone ?? "";
  const now = region.now();
  const row: Instance = {
    InstanceId: id,
    ImageId: request.ImageId,
    InstanceType: request.InstanceType,
    AmiLaunchIndex: one.index,
    Architecture: launch.arch,
    ClientToken: request.ClientToken ?? "",
    CpuOptions: {
      CoreCount: request.CpuOptions?.CoreCount ?? type.cores,
      ThreadsPerCore: request.CpuOptions?.ThreadsPerCore ?? type.threadsPerCore,
    },
    EbsOptimized: request.EbsOptimized ?? false,
    EnaSupport: true,
    Hypervisor: "xen",
    ...(profile && { IamInstanceProfile: { Arn: profile.arn, Id: profile.id } }),
    ...(isSpot && {
      InstanceLifecycle: "spot" as const,
      SpotInstanceRequestId: `sir-${newId("x").slice(-8)}`,
    }),
    ...(reservation && { CapacityReservationId: reservation.CapacityReservationId }),
    ...(reservation?.ReservationType === "capacity-block" && {
      InstanceLifecycle: "capacity-block" as const,
    }),
    KeyName: request.KeyName,
    LaunchTime: now,
    MetadataOptions: {
      State: "applied",
      HttpEndpoint: request.MetadataOptions?.HttpEndpoint ?? "enabled",
      HttpPutResponseHopLimit: request.MetadataOptions?.HttpPutResponseHopLimit ?? 1,
      HttpTokens: request.MetadataOptions?.HttpTokens ?? "optional",
      InstanceMetadataTags: request.MetadataOptions?.InstanceMetadataTags ?? "disabled",
    },
    Monitoring: { State: request.Monitoring?.Enabled === true ? "enabled" : "disabled" },
    NetworkInterfaces: [...networks],
    Placement: { Tenancy: "default", ...request.Placement, AvailabilityZone: zone },
    PlatformDetails: "Linux/UNIX",
    PrivateDnsName: first?.PrivateDnsName,
    PrivateIpAddress: first?.PrivateIpAddress,
    PublicDnsName: "",
    PublicIpAddress: first?.Association?.PublicIp,
    RootDeviceName: image.RootDeviceName,
    RootDeviceType: "ebs",
    SecurityGroups: first?.Groups,
    SourceDestCheck: true,
    State: stateRow("pending"),
    StateTransitionReason: "",
    SubnetId: first?.SubnetId,
    Tags: [...tagsFor(request.TagSpecifications, "instance"), ...launch.ownTags],
    VirtualizationType: "hvm",
    VpcId: first?.VpcId,
  };
  const machine: Machine = {
    id,
    row,
    type: type.name,
    zone,
    arch: launch.arch,
    reservationId: one.reservationId,
    userData: launch.userData,
    profile,
    launchedAt: now.getTime(),
    state: "pending",
    history: [{ state: "pending", since: now.getTime() }],
    claim: one.claim,
    isRebooting: false,
    onShutdown: request.InstanceInitiatedShutdownBehavior ?? "stop",
    protectedFromTermination: request.DisableApiTermination ?? false,
    spotNotice: undefined,
    events: [],
    volumes: new Set(disksOf(state, launch, id, zone)),
    work: Promise.resolve(),
  };
  listVolumes(machine);
  return machine;
}

/** The volumes that a machine is born with: the image's and those that were asked for. */
function disksOf(state: Ec2State, { request }: Launch, id: string, zone: string): Volume[] {
  const image = state.images.get(request.ImageId);
  const wanted = disksOfBoth(image.BlockDeviceMappings ?? [], request.BlockDeviceMappings ?? []);
  return wanted.flatMap(({ DeviceName, Ebs, NoDevice }) => {
    if (Ebs === undefined || NoDevice !== undefined) return [];
    const attachment = {
      Device: DeviceName,
      InstanceId: id,
      AttachTime: state.region.now(),
      DeleteOnTermination: Ebs.DeleteOnTermination ?? true,
      State: "attached" as const,
    };
    const VolumeId = state.volumes.newId();
    return [
      state.volumes.add({
        VolumeId,
        AvailabilityZone: zone,
        Size: Ebs.VolumeSize ?? 8,
        SnapshotId: Ebs.SnapshotId ?? "",
        VolumeType: Ebs.VolumeType ?? "gp2",
        Encrypted: Ebs.Encrypted ?? false,
        Iops: Ebs.Iops,
        Throughput: Ebs.Throughput,
        CreateTime: state.region.now(),
        State: "in-use",
        Attachments: [{ ...attachment, VolumeId }],
        Tags: tagsFor(request.TagSpecifications, "volume"),
      }),
    ];
  });
}
