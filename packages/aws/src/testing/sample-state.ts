import type { AccountState } from "./state.ts";

const tag = (key: string, value: string) => ({ key, value });

/** An account with one of everything. */
export function sampleState(): AccountState {
  return {
    ec2: {
      subnets: [
        {
          subnetId: "subnet-01234567",
          vpcId: "vpc-1",
          availabilityZone: "eu-central-1a",
          cidrBlock: "10.0.0.0/24",
          availableIpAddressCount: 250,
          mapPublicIpOnLaunch: true,
        },
        {
          subnetId: "subnet-89abcdef",
          vpcId: "vpc-1",
          availabilityZone: "eu-central-1b",
          cidrBlock: "10.0.1.0/24",
          availableIpAddressCount: 12,
          mapPublicIpOnLaunch: false,
        },
      ],
      securityGroups: [
        {
          groupId: "sg-01234567",
          vpcId: "vpc-1",
          ipPermissions: [
            { ipProtocol: "tcp", fromPort: 22, toPort: 22, ipRanges: [{ cidrIp: "0.0.0.0/0" }] },
          ],
          ipPermissionsEgress: [{ ipProtocol: "-1", groups: [{ groupId: "sg-01234567" }] }],
        },
      ],
      keyPairs: [{ keyName: "ada" }],
      images: [
        {
          imageId: "ami-01234567",
          architecture: "arm64",
          imageState: "available",
          rootDeviceName: "/dev/xvda",
          blockDeviceMapping: [{ deviceName: "/dev/xvda", ebs: { volumeSize: 35 } }],
          tagSet: [tag("made", "by-hand")],
        },
      ],
      instanceTypes: [{ instanceType: "c5.large", memoryInfo: { sizeInMiB: 4096 } }],
      offerings: ["eu-central-1b", "eu-central-1a"].map((location) => ({
        instanceType: "c5.large",
        locationType: "availability-zone",
        location,
      })),
      addresses: [{ allocationId: "eipalloc-1", associationId: "eipassoc-1" }],
      placementGroups: [
        { groupName: "mpi", groupId: "pg-0123", strategy: "cluster", state: "available" },
      ],
      capacityReservations: [
        {
          capacityReservationId: "cr-1",
          instanceType: "c5.large",
          availabilityZone: "eu-central-1a",
          totalInstanceCount: 4,
          state: "active",
        },
      ],
      volumes: [
        { volumeId: "vol-1", availabilityZone: "eu-central-1a", size: 100, status: "in-use" },
      ],
      snapshots: [{ snapshotId: "snap-1", volumeSize: 40, status: "completed" }],
      vpcs: [
        {
          vpcId: "vpc-1",
          cidrBlock: "10.0.0.0/16",
          tagSet: [tag("Name", "hpc")],
          enableDnsSupport: true,
          enableDnsHostnames: false,
        },
      ],
      networkInterfaces: [{ networkInterfaceId: "eni-1", groupSet: [{ groupId: "sg-01234567" }] }],
      routeTables: [
        {
          vpcId: "vpc-1",
          associationSet: [{ subnetId: "subnet-01234567" }],
          routeSet: [{ gatewayId: "igw-1" }],
        },
        { vpcId: "vpc-1", associationSet: [{ main: true }], routeSet: [{ gatewayId: "local" }] },
      ],
      internetGateways: [{ internetGatewayId: "igw-1" }],
      regions: [{ regionName: "us-east-1" }, { regionName: "eu-central-1" }],
      refusedLaunches: { "p5.48xlarge": "InsufficientInstanceCapacity" },
    },
    iam: {
      roles: {
        node: { trust: '{"Statement":[{"Principal":{"Service":"ec2.amazonaws.com"}}]}' },
      },
      instanceProfiles: { node: { roles: ["arn:aws:iam::123456789012:role/path/node"] } },
      policies: ["arn:aws:iam::aws:policy/ReadOnly"],
    },
    buckets: { data: { region: "eu-west-1", versioned: true, objects: { "setup.sh": 120 } } },
    secrets: {
      "arn:aws:secretsmanager:eu-central-1:123456789012:secret:munge":
        "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
      "arn:aws:ssm:eu-central-1:123456789012:parameter/ldap": "pass word!",
    },
    kmsKeys: { "alias/disk": false },
    efs: {
      "fs-0123456789abcdef0": {
        mountTargets: [
          { zone: "eu-central-1a", subnetId: "subnet-01234567", securityGroups: ["sg-01234567"] },
        ],
      },
    },
    accessPoints: { "fsap-1": "fs-0123456789abcdef0" },
    fsx: [
      {
        FileSystemId: "fs-0aaaaaaaaaaaaaaaa",
        FileSystemType: "LUSTRE",
        VpcId: "vpc-1",
        SubnetIds: ["subnet-01234567"],
        NetworkInterfaceIds: ["eni-1"],
      },
      { FileCacheId: "fc-1", VpcId: "vpc-1", SubnetIds: [], NetworkInterfaceIds: [] },
      { VolumeId: "fsvol-1", VolumeType: "OPENZFS", FileSystemId: "fs-0ccccccccccccccc1" },
      { BackupId: "backup-1", Lifecycle: "AVAILABLE" },
    ],
    hostedZones: { Z1: { name: "hpc.local.", private: true, vpcs: ["vpc-1"] } },
    resourceGroups: {
      "arn:aws:resource-groups:eu-central-1:123456789012:group/reserved": [
        "arn:aws:ec2:eu-central-1:123456789012:capacity-reservation/cr-1",
      ],
    },
    denied: new Set(),
  };
}
