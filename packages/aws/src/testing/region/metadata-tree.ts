import type { InstanceNetworkInterface } from "@aws-sdk/client-ec2";
import type { Region } from "./region.ts";
import type { Machine } from "./services/ec2/index.ts";

/** Values by their paths below `meta-data/`; folders are the paths that lead to them. */
export type MetadataTree = ReadonlyMap<string, string>;

/** What a machine's metadata says, but for credentials. */
export function metadataTree(region: Region, machine: Machine): MetadataTree {
  const { row } = machine;
  const [primary] = row.NetworkInterfaces ?? [];
  const hostname = row.PrivateDnsName ?? "";
  const zone = row.Placement?.AvailabilityZone ?? "";
  return new Map(
    Object.entries({
      "ami-id": row.ImageId,
      "ami-launch-index": String(row.AmiLaunchIndex ?? 0),
      "ami-manifest-path": "(unknown)",
      "autoscaling/target-lifecycle-state": machine.targetLifecycleState,
      "block-device-mapping/ami": row.RootDeviceName,
      "block-device-mapping/root": row.RootDeviceName,
      hostname,
      "instance-action": "none",
      "instance-id": machine.id,
      "instance-life-cycle": row.InstanceLifecycle ?? "on-demand",
      "instance-type": machine.type,
      "local-hostname": hostname,
      "local-ipv4": row.PrivateIpAddress,
      mac: primary?.MacAddress,
      "placement/availability-zone": zone,
      "placement/group-name": row.Placement?.GroupName,
      "placement/region": region.name,
      profile: "default-hvm",
      "public-hostname": row.PublicDnsName,
      "public-ipv4": row.PublicIpAddress,
      "reservation-id": machine.reservationId,
      "security-groups": names(row.SecurityGroups),
      "services/domain": "amazonaws.com",
      "services/partition": region.partition,
      ...interfacesOf(region, row.NetworkInterfaces ?? []),
      ...keyOf(region, row.KeyName),
      ...tagsOf(machine),
      ...noticesOf(machine),
    }).flatMap(([path, value]): [string, string][] =>
      value === undefined || value === "" ? [] : [[path, value]],
    ),
  );
}

type Values = Readonly<Record<string, string | undefined>>;

function interfacesOf(region: Region, interfaces: readonly InstanceNetworkInterface[]): Values {
  return Object.assign({}, ...interfaces.map((one) => interfaceOf(region, one)));
}

function interfaceOf(region: Region, one: InstanceNetworkInterface): Values {
  const { state } = region.ec2;
  const subnet = state.subnets.find(one.SubnetId);
  const vpc = state.vpcs.find(one.VpcId);
  const folder = `network/interfaces/macs/${one.MacAddress}`;
  const values: Values = {
    "device-number": String(one.Attachment?.DeviceIndex ?? 0),
    "interface-id": one.NetworkInterfaceId,
    "local-hostname": one.PrivateDnsName,
    "local-ipv4s": one.PrivateIpAddress,
    mac: one.MacAddress,
    "network-card": String(one.Attachment?.NetworkCardIndex ?? 0),
    "owner-id": region.account,
    "public-ipv4s": one.Association?.PublicIp,
    "security-group-ids": (one.Groups ?? []).map(({ GroupId }) => GroupId).join("\n"),
    "security-groups": names(one.Groups),
    "subnet-id": one.SubnetId,
    "subnet-ipv4-cidr-block": subnet?.CidrBlock,
    "vpc-id": one.VpcId,
    "vpc-ipv4-cidr-block": vpc?.CidrBlock,
    "vpc-ipv4-cidr-blocks": vpc?.CidrBlock,
  };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${folder}/${name}`, value]),
  );
}

function names(groups: readonly { readonly GroupName?: string | undefined }[] | undefined): string {
  return (groups ?? []).map(({ GroupName }) => GroupName).join("\n");
}

function keyOf(region: Region, name: string | undefined): Values {
  const key = region.ec2.state.keyPairs.find(name)?.PublicKey;
  return { "public-keys/0/openssh-key": key };
}

function tagsOf({ row }: Machine): Values {
  if (row.MetadataOptions?.InstanceMetadataTags !== "enabled") return {};
  return Object.fromEntries(
    (row.Tags ?? []).map(({ Key, Value }) => [`tags/instance/${Key}`, Value]),
  );
}

/** Of what is about to happen to the machine. */
function noticesOf({ spotNotice, rebalanceAt, events }: Machine): Values {
  const scheduled = events.map(({ Code, Description, InstanceEventId, NotBefore, NotAfter }) => ({
    Code,
    Description,
    EventId: InstanceEventId,
    State: "active",
    NotBefore: NotBefore === undefined ? undefined : eventTime(NotBefore),
    NotAfter: NotAfter === undefined ? undefined : eventTime(NotAfter),
  }));
  const base = {
    "events/maintenance/history": "[]",
    "events/maintenance/scheduled": JSON.stringify(scheduled, undefined, 2),
    "events/recommendations/rebalance":
      rebalanceAt && JSON.stringify({ noticeTime: instant(rebalanceAt) }),
  };
  if (spotNotice === undefined) return base;
  const { action, at } = spotNotice;
  const time = instant(at);
  return {
    ...base,
    "spot/instance-action": JSON.stringify({ action, time }),
    ...(action === "terminate" ? { "spot/termination-time": time } : {}),
  };
}

function instant(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}

/** `21 Jan 2026 09:00:43 GMT` */
function eventTime(time: Date): string {
  return time.toUTCString().replace(/^\w+, /, "");
}
