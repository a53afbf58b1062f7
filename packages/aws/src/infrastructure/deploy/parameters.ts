import type { RouteTable } from "@aws-sdk/client-ec2";
import { SluiceError } from "@sluice/model";
import type { Clients } from "../../clients.ts";
import { partitionOf, urlSuffix } from "../../names.ts";
import { ec2, fsx, iam } from "../../sdk.ts";
import { overlayAddress } from "../overlay-address.ts";
import type { ExistingStorage, TemplateParameter } from "../synth/contract.ts";
import type { AccountPlace } from "./account.ts";
import { officialImage } from "./images.ts";

/**
 * Finds out in the account what the template's parameters ask for.
 *
 * Errors: `OFFICIAL_IMAGE_MISSING`, `RESOURCE_NOT_FOUND` for what the cluster file names and is not there.
 */
export async function parameterValues(
  clients: Clients,
  place: AccountPlace,
  parameters: readonly TemplateParameter[],
): Promise<Readonly<Record<string, string>>> {
  const answers = await Promise.all(
    parameters.map(async (parameter) => [parameter.name, await answer(clients, place, parameter)]),
  );
  return Object.fromEntries(answers);
}

async function answer(
  clients: Clients,
  place: AccountPlace,
  question: TemplateParameter,
): Promise<string> {
  switch (question.kind) {
    case "image":
      return officialImage(clients, question.os, question.arch);
    case "vpc":
      return (await subnet(clients, question.subnetId)).VpcId ?? "";
    case "zone":
      return zoneApart(clients, question);
    case "route-tables":
      return (await routeTablesOf(clients, place, question.subnetIds)).join(",");
    case "overlay-address":
      return overlayAddress(question.unique, await rangesOf(clients, question.subnetId));
    case "first-of-zone": {
      const zone = await zoneOf(clients, question.subnetId);
      const before = await Promise.all(question.before.map((id) => zoneOf(clients, id)));
      return String(!before.includes(zone));
    }
    case "load-balancer-scheme":
      return (await isPublic(clients, question.subnetId)) ? "internet-facing" : "internal";
    case "profile-roles":
      return (await profileRoles(clients, question.instanceProfiles)).join(",");
    case "dns-name":
      return (await fileSystem(clients, place, question.of)).dnsName;
    case "mount-path":
      return (await fileSystem(clients, place, question.of)).path;
    default:
      return question satisfies never;
  }
}

async function subnet(clients: Clients, id: string) {
  const { sdk, client } = await ec2(clients);
  try {
    const { Subnets = [] } = await client.send(new sdk.DescribeSubnetsCommand({ SubnetIds: [id] }));
    if (Subnets[0] !== undefined) return Subnets[0];
  } catch (error) {
    if (!(error instanceof Error) || !/NotFound|Malformed/.test(error.name)) throw error;
  }
  throw notFound("subnet", id);
}

async function zoneOf(clients: Clients, id: string): Promise<string> {
  return (await subnet(clients, id)).AvailabilityZone ?? "";
}

async function zoneApart(
  clients: Clients,
  { subnetId, apartFrom }: { readonly subnetId: string; readonly apartFrom?: string },
): Promise<string> {
  const zone = await zoneOf(clients, subnetId);
  if (apartFrom === undefined || zone !== (await zoneOf(clients, apartFrom))) return zone;
  throw new SluiceError(
    "HEADS_IN_ONE_ZONE",
    "user",
    `the subnets ${apartFrom} and ${subnetId} of the two heads are both in ${zone}, and both would fail with it`,
    { hint: "write a subnet in another zone as HeadNode.Standby.SubnetId" },
  );
}

/** Whether it has a way to the internet that is open to it. */
async function isPublic(clients: Clients, id: string): Promise<boolean> {
  const table = await routeTableOf(clients, id);
  return (table?.Routes ?? []).some(({ GatewayId }) => GatewayId?.startsWith("igw-") === true);
}

/** As EC2 decides it: by the subnet's own table of routes, or the main one of its network. */
async function routeTableOf(clients: Clients, id: string): Promise<RouteTable | undefined> {
  const { sdk, client } = await ec2(clients);
  const { VpcId = "" } = await subnet(clients, id);
  const { RouteTables = [] } = await client.send(
    new sdk.DescribeRouteTablesCommand({ Filters: [{ Name: "vpc-id", Values: [VpcId] }] }),
  );
  return (
    RouteTables.find(({ Associations = [] }) =>
      Associations.some(({ SubnetId }) => SubnetId === id),
    ) ?? RouteTables.find(({ Associations = [] }) => Associations.some(({ Main }) => Main))
  );
}

/** A network that another account shares has its tables there, where no right of this one's leads. */
async function routeTablesOf(
  clients: Clients,
  { account, region }: AccountPlace,
  subnetIds: readonly string[],
): Promise<readonly string[]> {
  const found = await Promise.all(
    subnetIds.map(async (id) => {
      const { OwnerId, RouteTableId } = (await routeTableOf(clients, id)) ?? {};
      if (RouteTableId !== undefined && OwnerId === account) {
        return `arn:${partitionOf(region)}:ec2:${region}:${account}:route-table/${RouteTableId}`;
      }
      throw new SluiceError(
        "ROUTES_NOT_OURS",
        "user",
        `the subnet ${id} has no table of routes that account ${account} may change, and a second head needs routes to whichever leads`,
        { hint: "use subnets of the account's own network, or leave out HeadNode.Standby" },
      );
    }),
  );
  return [...new Set(found)].sort();
}

async function rangesOf(clients: Clients, subnetId: string): Promise<readonly string[]> {
  const { sdk, client } = await ec2(clients);
  const { VpcId = "" } = await subnet(clients, subnetId);
  const { Vpcs = [] } = await client.send(new sdk.DescribeVpcsCommand({ VpcIds: [VpcId] }));
  return Vpcs.flatMap(({ CidrBlock, CidrBlockAssociationSet = [] }) => [
    ...(CidrBlock === undefined ? [] : [CidrBlock]),
    ...CidrBlockAssociationSet.flatMap((one) => one.CidrBlock ?? []),
  ]);
}

async function profileRoles(
  clients: Clients,
  profiles: readonly string[],
): Promise<readonly string[]> {
  const { sdk, client } = await iam(clients);
  const roles: string[] = [];
  for (const arn of profiles) {
    const InstanceProfileName = arn.split("/").at(-1) ?? arn;
    const command = new sdk.GetInstanceProfileCommand({ InstanceProfileName });
    const { InstanceProfile } = await client.send(command).catch((error: unknown) => {
      if (error instanceof Error && error.name === "NoSuchEntityException") {
        throw notFound("instance profile", arn);
      }
      throw error;
    });
    roles.push(...(InstanceProfile?.Roles ?? []).flatMap(({ Arn }) => Arn ?? []));
  }
  return [...new Set(roles)];
}

async function fileSystem(
  clients: Clients,
  { region }: AccountPlace,
  { type, id }: ExistingStorage,
): Promise<{ readonly dnsName: string; readonly path: string }> {
  const { sdk, client } = await fsx(clients);
  if (type === "filecache") {
    const { FileCaches = [] } = await client
      .send(new sdk.DescribeFileCachesCommand({ FileCacheIds: [id] }))
      .catch(absent("file cache", id));
    const [cache] = FileCaches;
    if (cache === undefined) throw notFound("file cache", id);
    return {
      dnsName: cache.DNSName ?? `${id}.fsx.${region}.${urlSuffix(region)}`,
      path: cache.LustreConfiguration?.MountName ?? "",
    };
  }
  if (type === "lustre") {
    const { FileSystems = [] } = await client
      .send(new sdk.DescribeFileSystemsCommand({ FileSystemIds: [id] }))
      .catch(absent("file system", id));
    const [system] = FileSystems;
    if (system === undefined) throw notFound("file system", id);
    return {
      dnsName: system.DNSName ?? `${id}.fsx.${region}.${urlSuffix(region)}`,
      path: system.LustreConfiguration?.MountName ?? "",
    };
  }
  const { Volumes = [] } = await client
    .send(new sdk.DescribeVolumesCommand({ VolumeIds: [id] }))
    .catch(absent("volume", id));
  const [volume] = Volumes;
  if (volume === undefined) throw notFound("volume", id);
  const { FileSystemId = "", OntapConfiguration: ontap, OpenZFSConfiguration: zfs } = volume;
  const machine = ontap?.StorageVirtualMachineId;
  return {
    dnsName:
      type === "ontap" && machine !== undefined
        ? `${machine}.${FileSystemId}.fsx.${region}.${urlSuffix(region)}`
        : `${FileSystemId}.fsx.${region}.${urlSuffix(region)}`,
    path: ontap?.JunctionPath ?? zfs?.VolumePath ?? "",
  };
}

function absent(what: string, id: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof Error && /NotFound/.test(error.name)) throw notFound(what, id);
    throw error;
  };
}

function notFound(what: string, id: string): SluiceError {
  return new SluiceError(
    "RESOURCE_NOT_FOUND",
    "user",
    `the cluster file names the ${what} ${id}, which is not in this account and region`,
    { hint: "check the id, Region, and which account the credentials are of" },
  );
}
