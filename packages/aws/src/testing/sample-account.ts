import type { Region } from "./region/region.ts";

/** What the secrets of the sample account hold. */
export const SAMPLE_SECRETS = {
  munge: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
  ldap: "pass word!",
} as const;

/** Puts one of everything that a cluster file may name into a region, under ids that are told apart. */
export async function fillSampleAccount(region: Region): Promise<void> {
  fillNetwork(region);
  fillMachines(region);
  fillStorage(region);
  await fillRights(region);
}

function fillNetwork({ ec2: { state }, existing }: Region): void {
  state.vpcs.add({
    VpcId: "vpc-1",
    CidrBlock: "10.0.0.0/16",
    State: "available",
    Tags: [{ Key: "Name", Value: "hpc" }],
  });
  state.vpcNames.set("vpc-1", { support: true, hostnames: false });
  const subnet = { VpcId: "vpc-1", State: "available" as const };
  state.subnets.add({
    ...subnet,
    SubnetId: "subnet-01234567",
    AvailabilityZone: "eu-central-1a",
    CidrBlock: "10.0.0.0/24",
    AvailableIpAddressCount: 250,
    MapPublicIpOnLaunch: true,
  });
  state.subnets.add({
    ...subnet,
    SubnetId: "subnet-89abcdef",
    AvailabilityZone: "eu-central-1b",
    CidrBlock: "10.0.1.0/28",
    AvailableIpAddressCount: 11,
    MapPublicIpOnLaunch: false,
  });
  state.securityGroups.add({
    GroupId: "sg-01234567",
    GroupName: "hpc",
    VpcId: "vpc-1",
    IpPermissions: [
      { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
    ],
    IpPermissionsEgress: [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: "sg-01234567" }] }],
  });
  state.internetGateways.add({ InternetGatewayId: "igw-1", Attachments: [{ VpcId: "vpc-1" }] });
  state.routeTables.add({
    RouteTableId: "rtb-1",
    VpcId: "vpc-1",
    Associations: [{ Main: false, SubnetId: "subnet-01234567" }],
    Routes: [{ DestinationCidrBlock: "0.0.0.0/0", GatewayId: "igw-1" }],
  });
  state.routeTables.add({
    RouteTableId: "rtb-2",
    VpcId: "vpc-1",
    Associations: [{ Main: true }],
    Routes: [{ DestinationCidrBlock: "10.0.0.0/16", GatewayId: "local" }],
  });
  state.interfaces.add({
    NetworkInterfaceId: "eni-1",
    SubnetId: "subnet-01234567",
    Groups: [{ GroupId: "sg-01234567" }],
  });
  state.addresses.add({ AllocationId: "eipalloc-1", AssociationId: "eipassoc-1" });
  existing.hostedZones.set("Z1", { name: "hpc.local.", private: true, vpcs: ["vpc-1"] });
}

function fillMachines({ ec2, existing }: Region): void {
  const { state } = ec2;
  state.keyPairs.add({ KeyName: "ada" });
  const tags = { made: "by-hand" };
  ec2.addImage({ imageId: "ami-01234567", arch: "arm64", name: "ours-arm", sizeGiB: 35, tags });
  ec2.addImage({ imageId: "ami-89abcdef", arch: "x86_64", name: "ours", sizeGiB: 35, tags });
  state.notOffered.add("c5.large/eu-central-1c");
  state.placementGroups.add({
    GroupName: "mpi",
    GroupId: "pg-0123",
    Strategy: "cluster",
    State: "available",
  });
  state.reservations.add({
    CapacityReservationId: "cr-1",
    InstanceType: "c5.large",
    AvailabilityZone: "eu-central-1a",
    TotalInstanceCount: 4,
    State: "active",
  });
  existing.resourceGroups.set("arn:aws:resource-groups:eu-central-1:123456789012:group/reserved", [
    "arn:aws:ec2:eu-central-1:123456789012:capacity-reservation/cr-1",
  ]);
}

function fillStorage({ ec2: { state }, existing, buckets }: Region): void {
  state.volumes.add({
    VolumeId: "vol-1",
    AvailabilityZone: "eu-central-1a",
    Size: 100,
    State: "in-use",
  });
  state.snapshots.add({ SnapshotId: "snap-1", VolumeSize: 40, State: "completed" });
  existing.efs.set("fs-0123456789abcdef0", {
    mountTargets: [
      { zone: "eu-central-1a", subnetId: "subnet-01234567", securityGroups: ["sg-01234567"] },
    ],
  });
  existing.efsAccessPoints.set("fsap-1", "fs-0123456789abcdef0");
  existing.fileSystems.push({
    FileSystemId: "fs-0aaaaaaaaaaaaaaaa",
    FileSystemType: "LUSTRE",
    VpcId: "vpc-1",
    SubnetIds: ["subnet-01234567"],
    NetworkInterfaceIds: ["eni-1"],
  });
  existing.fileCaches.push({
    FileCacheId: "fc-1",
    VpcId: "vpc-1",
    SubnetIds: [],
    NetworkInterfaceIds: [],
  });
  existing.fsxVolumes.push({
    VolumeId: "fsvol-1",
    VolumeType: "OPENZFS",
    FileSystemId: "fs-0ccccccccccccccc1",
  });
  existing.fsxBackups.push({
    BackupId: "backup-1",
    Lifecycle: "AVAILABLE",
    Type: "USER_INITIATED",
    CreationTime: new Date(0),
    FileSystem: undefined,
  });
  const data = buckets.create("data", "eu-west-1");
  data.versioning = "Enabled";
  buckets.put(data, "setup.sh", { body: Buffer.alloc(120, "#") });
}

async function fillRights(region: Region): Promise<void> {
  const [iam, secretsManager, ssm] = await Promise.all([
    import("@aws-sdk/client-iam"),
    import("@aws-sdk/client-secrets-manager"),
    import("@aws-sdk/client-ssm"),
  ]);
  const RoleName = "node";
  const trust = {
    Effect: "Allow",
    Principal: { Service: "ec2.amazonaws.com" },
    Action: "sts:AssumeRole",
  };
  await region.call(iam.CreateRoleCommand, {
    RoleName,
    Path: "/path/",
    AssumeRolePolicyDocument: JSON.stringify({ Statement: [trust] }),
  });
  const InstanceProfileName = "node";
  await region.call(iam.CreateInstanceProfileCommand, { InstanceProfileName });
  await region.call(iam.AddRoleToInstanceProfileCommand, { InstanceProfileName, RoleName });
  await region.call(secretsManager.CreateSecretCommand, {
    Name: "munge",
    SecretString: SAMPLE_SECRETS.munge,
  });
  await region.call(ssm.PutParameterCommand, {
    Name: "ldap",
    Value: SAMPLE_SECRETS.ldap,
    Type: "SecureString",
  });
  region.existing.kmsKeys.set("alias/disk", false);
}
