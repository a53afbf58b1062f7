import type { Image } from "@aws-sdk/client-ec2";
import { isNamed } from "../bucket.ts";
import type { Clients } from "../clients.ts";
import { TAGS } from "../names.ts";
import { ec2 } from "../sdk.ts";

/** An image of EC2 that a build of ours made. */
export interface BuiltAmi {
  readonly ami: string;
  readonly id: string;
  readonly build: string;
  /** `available`, `pending`, `failed` and EC2's other words. */
  readonly state: string;
  readonly arch: string;
  readonly createdAt: Date;
  readonly snapshots: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

export async function builtAmis(clients: Clients): Promise<readonly BuiltAmi[]> {
  const { sdk, client } = await ec2(clients);
  const found: BuiltAmi[] = [];
  const input = { Owners: ["self"], Filters: [{ Name: "tag-key", Values: [TAGS.imageBuild] }] };
  for await (const { Images = [] } of sdk.paginateDescribeImages({ client }, input)) {
    found.push(...Images.map(builtAmi));
  }
  return found;
}

function builtAmi(image: Image): BuiltAmi {
  const tags = Object.fromEntries(
    (image.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]),
  );
  return {
    ami: image.ImageId ?? "",
    id: tags[TAGS.imageId] ?? "",
    build: tags[TAGS.imageBuild] ?? "",
    state: image.State ?? "",
    arch: image.Architecture ?? "",
    createdAt: new Date(image.CreationDate ?? 0),
    snapshots: (image.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []),
    tags,
  };
}

/** Who would miss it, in words; undefined when nobody would. */
export async function usersOf(clients: Clients, { ami }: BuiltAmi): Promise<string | undefined> {
  const { sdk, client } = await ec2(clients);
  const machines: string[] = [];
  const input = {
    Filters: [
      { Name: "image-id", Values: [ami] },
      { Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] },
    ],
  };
  for await (const { Reservations = [] } of sdk.paginateDescribeInstances({ client }, input)) {
    for (const { Instances = [] } of Reservations) {
      machines.push(...Instances.flatMap(({ InstanceId }) => InstanceId ?? []));
    }
  }
  if (machines.length > 0) {
    const others = machines.length > 1 ? ` and ${machines.length - 1} more` : "";
    return `runs on ${machines[0]}${others}`;
  }
  const { LaunchPermissions = [] } = await client.send(
    new sdk.DescribeImageAttributeCommand({ ImageId: ami, Attribute: "launchPermission" }),
  );
  const [first] = LaunchPermissions;
  if (first === undefined) return undefined;
  return `is shared with ${first.UserId ?? first.Group ?? first.OrganizationArn ?? "others"}`;
}

export async function removeAmi(clients: Clients, { ami, snapshots }: BuiltAmi): Promise<void> {
  const { sdk, client } = await ec2(clients);
  try {
    await client.send(new sdk.DeregisterImageCommand({ ImageId: ami }));
  } catch (error) {
    if (!isNamed(error, "InvalidAMIID.NotFound", "InvalidAMIID.Unavailable")) throw error;
  }
  for (const SnapshotId of snapshots) {
    try {
      await client.send(new sdk.DeleteSnapshotCommand({ SnapshotId }));
    } catch (error) {
      if (!isNamed(error, "InvalidSnapshot.NotFound")) throw error;
    }
  }
}

export async function tagAmi(
  clients: Clients,
  ami: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const { sdk, client } = await ec2(clients);
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  await client.send(new sdk.CreateTagsCommand({ Resources: [ami], Tags }));
}
