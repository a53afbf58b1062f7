import type { AccountFacts } from "@sluice/model";
import type { Clients } from "../clients.ts";
import { type Asker, oneByOne } from "./answer.ts";
import { isNamed } from "./refusal.ts";

const efsOf = (clients: Clients) =>
  clients.get("efs", async (config) => {
    const sdk = await import("@aws-sdk/client-efs");
    return { sdk, client: new sdk.EFSClient(config) };
  });

const fsxOf = (clients: Clients) =>
  clients.get("fsx", async (config) => {
    const sdk = await import("@aws-sdk/client-fsx");
    return { sdk, client: new sdk.FSxClient(config) };
  });

export const efsFileSystems: Asker<"efs"> = oneByOne(
  async ({ id: FileSystemId }, clients, abortSignal) => {
    const { sdk, client } = await efsOf(clients);
    const { FileSystems = [] } = await client.send(
      new sdk.DescribeFileSystemsCommand({ FileSystemId }),
      { abortSignal },
    );
    const [system] = FileSystems;
    if (system === undefined) return undefined;
    const { MountTargets = [] } = await client.send(
      new sdk.DescribeMountTargetsCommand({ FileSystemId }),
      { abortSignal },
    );
    const mountTargets = await Promise.all(
      MountTargets.map(async ({ MountTargetId, SubnetId = "", AvailabilityZoneName = "" }) => {
        const { SecurityGroups = [] } = await client.send(
          new sdk.DescribeMountTargetSecurityGroupsCommand({ MountTargetId }),
          { abortSignal },
        );
        return { zone: AvailabilityZoneName, subnetId: SubnetId, securityGroups: SecurityGroups };
      }),
    );
    return { zoneName: system.AvailabilityZoneName, mountTargets };
  },
  isNamed("FileSystemNotFound"),
);

export const efsAccessPoints: Asker<"efsAccessPoint"> = oneByOne(
  async ({ id: AccessPointId }, clients, abortSignal) => {
    const { sdk, client } = await efsOf(clients);
    const command = new sdk.DescribeAccessPointsCommand({ AccessPointId });
    const [point] = (await client.send(command, { abortSignal })).AccessPoints ?? [];
    return point === undefined ? undefined : { fileSystemId: point.FileSystemId ?? "" };
  },
  isNamed("AccessPointNotFound"),
);

/** File systems, and caches by their `fc-` ids. */
export const fsxFileSystems: Asker<"fsx"> = oneByOne(
  async ({ id }, clients, abortSignal) => {
    const { sdk, client } = await fsxOf(clients);
    if (id.startsWith("fc-")) {
      const command = new sdk.DescribeFileCachesCommand({ FileCacheIds: [id] });
      const [cache] = (await client.send(command, { abortSignal })).FileCaches ?? [];
      return cache && { kind: "FILE_CACHE", ...(await networkOf(cache, clients, abortSignal)) };
    }
    const command = new sdk.DescribeFileSystemsCommand({ FileSystemIds: [id] });
    const [system] = (await client.send(command, { abortSignal })).FileSystems ?? [];
    if (system === undefined) return undefined;
    const kind = KINDS[system.FileSystemType ?? ""];
    // One of a kind that Sluice does not mount is as good as none.
    return kind && { kind, ...(await networkOf(system, clients, abortSignal)) };
  },
  isNamed("FileSystemNotFound", "FileCacheNotFound"),
);

const KINDS: Readonly<Record<string, AccountFacts["fsx"]["kind"]>> = {
  LUSTRE: "LUSTRE",
  ONTAP: "ONTAP",
  OPENZFS: "OPENZFS",
};

interface Placed {
  readonly VpcId?: string | undefined;
  readonly SubnetIds?: string[] | undefined;
  readonly NetworkInterfaceIds?: string[] | undefined;
}

/** Security groups are those of its network interfaces; zones those of its subnets. */
async function networkOf(placed: Placed, clients: Clients, abortSignal: AbortSignal) {
  const { DescribeNetworkInterfacesCommand, DescribeSubnetsCommand } = await import(
    "@aws-sdk/client-ec2"
  );
  const ec2 = await clients.ec2();
  const { VpcId = "", SubnetIds = [], NetworkInterfaceIds = [] } = placed;
  const describe = async <T>(ids: string[], ask: (ids: string[]) => Promise<T[]>) =>
    ids.length === 0 ? [] : ask(ids);
  const [subnets, interfaces] = await Promise.all([
    describe(SubnetIds, async (Values) => {
      const command = new DescribeSubnetsCommand({ Filters: [{ Name: "subnet-id", Values }] });
      return (await ec2.send(command, { abortSignal })).Subnets ?? [];
    }),
    describe(NetworkInterfaceIds, async (Values) => {
      const command = new DescribeNetworkInterfacesCommand({
        Filters: [{ Name: "network-interface-id", Values }],
      });
      return (await ec2.send(command, { abortSignal })).NetworkInterfaces ?? [];
    }),
  ]);
  const groups = interfaces.flatMap(({ Groups = [] }) => Groups.map(({ GroupId = "" }) => GroupId));
  return {
    vpcId: VpcId,
    securityGroups: [...new Set(groups)],
    zones: [...new Set(subnets.map(({ AvailabilityZone = "" }) => AvailabilityZone))].sort(),
  };
}

export const fsxVolumes: Asker<"fsxVolume"> = oneByOne(async ({ id }, clients, abortSignal) => {
  const { sdk, client } = await fsxOf(clients);
  const command = new sdk.DescribeVolumesCommand({ VolumeIds: [id] });
  const [volume] = (await client.send(command, { abortSignal })).Volumes ?? [];
  if (volume === undefined) return undefined;
  const kind = volume.VolumeType === "OPENZFS" ? "OPENZFS" : "ONTAP";
  return { kind, fileSystemId: volume.FileSystemId ?? "" };
}, isNamed("VolumeNotFound"));

export const fsxBackups: Asker<"fsxBackup"> = oneByOne(async ({ id }, clients, abortSignal) => {
  const { sdk, client } = await fsxOf(clients);
  const command = new sdk.DescribeBackupsCommand({ BackupIds: [id] });
  const [backup] = (await client.send(command, { abortSignal })).Backups ?? [];
  return backup === undefined ? undefined : { state: backup.Lifecycle ?? "unknown" };
}, isNamed("BackupNotFound"));

const s3Of = (clients: Clients) =>
  clients.get("s3", async (config) => {
    const sdk = await import("@aws-sdk/client-s3");
    // Elsewhere than at AWS no host name stands for a bucket.
    const forcePathStyle =
      config.endpoint !== undefined || process.env.AWS_ENDPOINT_URL !== undefined;
    return {
      sdk,
      client: new sdk.S3Client({ ...config, forcePathStyle, followRegionRedirects: true }),
    };
  });

export const buckets: Asker<"bucket"> = oneByOne(
  async ({ id: Bucket }, clients, abortSignal) => {
    const { sdk, client } = await s3Of(clients);
    const head = await client.send(new sdk.HeadBucketCommand({ Bucket }), { abortSignal });
    const versioning = await client.send(new sdk.GetBucketVersioningCommand({ Bucket }), {
      abortSignal,
    });
    return { region: head.BucketRegion ?? "", versioned: versioning.Status === "Enabled" };
  },
  isNamed("NotFound", "NoSuchBucket", "404"),
);

export const objects: Asker<"object"> = oneByOne(
  async ({ id }, clients, abortSignal) => {
    const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(id) ?? [];
    if (Bucket === undefined || Key === undefined) return undefined;
    const { sdk, client } = await s3Of(clients);
    const head = await client.send(new sdk.HeadObjectCommand({ Bucket, Key }), { abortSignal });
    return { size: head.ContentLength ?? 0 };
  },
  isNamed("NotFound", "NoSuchKey", "NoSuchBucket", "404"),
);

const PATIENCE_MILLISECONDS = 10_000;

/** A page of the web; asked without credentials, and nothing of it is kept. */
export const urls: Asker<"url"> = oneByOne(
  async ({ id }, _clients, signal) => {
    const within = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MILLISECONDS)]);
    const response = await fetch(id, { method: "HEAD", redirect: "follow", signal: within });
    return { status: response.status };
  },
  () => false,
);
