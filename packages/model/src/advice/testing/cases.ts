import {
  aws,
  azure,
  database,
  instances,
  loginNodes,
  mpi,
  nodes,
  persistent,
  placed,
  policy,
  priorities,
  queue,
  rootDisk,
  script,
  spot,
  storage,
  ZONE_A,
  ZONE_B,
} from "./trees.ts";

/** A file that makes a rule speak, and one like it that does not. */
export interface AdviceCase {
  readonly id: string;
  readonly speaks: string;
  readonly silent: string;
}

export const CASES: readonly AdviceCase[] = [
  {
    id: "network/no-efa",
    speaks: aws([mpi({})]),
    silent: aws([mpi({ Efa: { Enabled: false } })]),
  },
  {
    id: "network/no-placement-group",
    speaks: aws([mpi({ Efa: { Enabled: false } })]),
    silent: aws([mpi({ Efa: { Enabled: false } }, { Networking: placed({ Enabled: false }) })]),
  },
  {
    id: "network/no-placement-group",
    speaks: aws([mpi({ InstanceType: "c6i.4xlarge" })]),
    silent: aws([mpi({ InstanceType: "c6i.4xlarge" }, { Networking: placed({ Name: "mine" }) })]),
  },
  {
    id: "network/no-interconnect",
    speaks: aws([mpi({ InstanceType: "m5.4xlarge" })]),
    silent: aws([mpi({ InstanceType: "m5.4xlarge", MaxCount: 1 })]),
  },
  {
    id: "network/no-interconnect",
    speaks: azure([mpi({ InstanceType: "Standard_F16s_v2" })]),
    silent: azure([mpi({ InstanceType: "Standard_HB120rs_v3" })]),
  },
  {
    id: "network/spread-over-zones",
    speaks: aws([mpi({}, { Networking: { SubnetIds: [ZONE_A, ZONE_B] } })]),
    silent: aws([
      queue(
        { Networking: { SubnetIds: [ZONE_A, ZONE_B] } },
        instances("c6i.4xlarge", "c5.4xlarge"),
      ),
    ]),
  },
  {
    id: "network/no-accelerated-networking",
    speaks: azure([nodes(4, { InstanceType: "Standard_B1s" })]),
    silent: azure([nodes(4, { InstanceType: "Standard_F16s_v2" })]),
  },
  {
    id: "storage/nfs-from-head",
    speaks: aws([nodes(64)], { SharedStorage: storage("Ebs", {}) }),
    silent: aws([nodes(63)], { SharedStorage: storage("Ebs", {}) }),
  },
  {
    id: "storage/slow-disk",
    speaks: aws([nodes(20)], { SharedStorage: storage("Ebs", {}) }),
    silent: aws([nodes(20)], { SharedStorage: storage("Ebs", { Throughput: 500 }) }),
  },
  {
    id: "storage/bursting-efs",
    speaks: aws([nodes(20)], { SharedStorage: storage("Efs", { Encrypted: true }) }),
    silent: aws([nodes(20)], {
      SharedStorage: storage("Efs", { FileSystemId: "fs-0123456789abcdef0" }),
    }),
  },
  {
    id: "storage/small-lustre",
    speaks: aws([nodes(100)], { SharedStorage: storage("FsxLustre", { StorageCapacity: 1200 }) }),
    silent: aws([nodes(24)], { SharedStorage: storage("FsxLustre", { StorageCapacity: 1200 }) }),
  },
  {
    id: "storage/scratch-holds-data",
    speaks: aws([queue()], {
      SharedStorage: storage("FsxLustre", { StorageCapacity: 1200 }, "/projects"),
    }),
    silent: aws([queue()], {
      SharedStorage: storage("FsxLustre", { StorageCapacity: 1200 }, "/scratch"),
    }),
  },
  {
    id: "storage/deleted-with-cluster",
    speaks: aws([queue()], { SharedStorage: storage("Ebs", { Size: 100 }, "/projects") }),
    silent: aws([queue()], { SharedStorage: storage("Ebs", { Size: 100 }, "/scratch") }),
  },
  {
    id: "storage/deleted-with-cluster",
    speaks: aws([queue()], { SharedStorage: storage("Efs", { Encrypted: true }, "/home") }),
    silent: aws([queue()], {
      SharedStorage: storage("Efs", { Encrypted: true, DeletionPolicy: "Retain" }, "/home"),
    }),
  },
  {
    id: "storage/no-backup",
    speaks: aws([queue()], { SharedStorage: storage("FsxLustre", persistent({})) }),
    silent: aws([queue()], {
      SharedStorage: storage("FsxLustre", persistent({ AutomaticBackupRetentionDays: 3 })),
    }),
  },
  {
    id: "autoscaling/long-idle-time",
    speaks: aws([queue()], { Settings: { ScaledownIdletime: 60 } }),
    silent: aws([queue()], { Settings: { ScaledownIdletime: 30 } }),
  },
  {
    id: "autoscaling/short-idle-time",
    speaks: aws([queue({ ScaledownIdletime: "10s" })]),
    silent: aws([queue({ ScaledownIdletime: "1m" })]),
  },
  {
    id: "autoscaling/interactive-waits",
    speaks: aws([queue({ Name: "interactive" })]),
    silent: aws([queue({ Name: "interactive", WarmNodes: { Count: 1 } })]),
  },
  {
    id: "autoscaling/static-nodes-idle",
    speaks: aws([nodes(8, { MinCount: 2 })]),
    silent: aws([nodes(8, { MinCount: 1, InstanceType: "c6i.large" })]),
  },
  {
    id: "machine-types/burstable",
    speaks: aws([nodes(4, { InstanceType: "t3.medium" })]),
    silent: aws([nodes(4, { InstanceType: "c6i.large" })]),
  },
  {
    id: "machine-types/hyperthreads",
    speaks: aws([mpi({})]),
    silent: aws([mpi({ DisableSimultaneousMultithreading: false })]),
  },
  {
    id: "machine-types/gpus-without-interconnect",
    speaks: aws([queue({ Name: "train" }, { InstanceType: "g5.xlarge" })]),
    silent: aws([queue({ Name: "infer" }, { InstanceType: "g5.xlarge" })]),
  },
  {
    id: "machine-types/previous-generation",
    speaks: aws([nodes(4, { InstanceType: "c4.xlarge" })]),
    silent: aws([nodes(4, { InstanceType: "c5.xlarge" })]),
  },
  {
    id: "machine-types/general-purpose",
    speaks: aws([mpi({ InstanceType: "m6i.32xlarge" })]),
    silent: aws([queue({}, { InstanceType: "m6i.32xlarge" })]),
  },
  {
    id: "cost/never-scales-in",
    speaks: aws([queue()], { Settings: { ScaledownIdletime: -1 } }),
    silent: aws([nodes(4, { MinCount: 4 })], { Settings: { ScaledownIdletime: -1 } }),
  },
  {
    id: "cost/never-scales-in",
    speaks: aws([queue({ ScaledownIdletime: -1 })]),
    silent: aws([queue({ ScaledownIdletime: 30 })], { Settings: { ScaledownIdletime: -1 } }),
  },
  {
    id: "cost/no-spot",
    speaks: aws([nodes(8)]),
    silent: aws([nodes(8), spot({}, { FallbackCapacityType: "ONDEMAND" })]),
  },
  {
    id: "cost/no-budget",
    speaks: aws([nodes(100)]),
    silent: aws([nodes(100)], { Tags: [{ Key: "project", Value: "weather" }] }),
  },
  {
    id: "cost/dear-first",
    speaks: aws([priorities(1, 2)]),
    silent: aws([priorities(2, 1)]),
  },
  {
    id: "preemption/no-fallback",
    speaks: aws([spot()]),
    silent: aws([spot(), queue()]),
  },
  {
    id: "preemption/no-requeue",
    speaks: aws([spot()], { Settings: { CustomSlurmSettings: [{ JobRequeue: 0 }] } }),
    silent: aws([queue()], { Settings: { CustomSlurmSettings: [{ JobRequeue: 0 }] } }),
  },
  {
    id: "preemption/checkpoint-grace",
    speaks: aws([spot({}, { CheckpointGrace: "5s" })]),
    silent: aws([spot({}, { CheckpointGrace: "60s" })]),
  },
  {
    id: "preemption/checkpoint-grace",
    speaks: aws([spot({}, { CheckpointGrace: "10m" })]),
    silent: aws([queue({ CheckpointGrace: "10m" })]),
  },
  {
    id: "preemption/one-pool",
    speaks: aws([spot()]),
    silent: aws([spot(instances("c6i.4xlarge", "c5.4xlarge"))]),
  },
  {
    id: "preemption/one-pool",
    speaks: aws([spot()]),
    silent: aws([spot({}, { Networking: undefined })], { Head: { Networking: undefined } }),
  },
  {
    id: "preemption/lowest-price",
    speaks: aws([spot(instances("c6i.4xlarge", "c5.4xlarge"))]),
    silent: aws([
      spot(instances("c6i.4xlarge", "c5.4xlarge"), { AllocationStrategy: "capacity-optimized" }),
    ]),
  },
  {
    id: "preemption/multi-node-on-spot",
    speaks: aws([mpi({}, { CapacityType: "SPOT", AllocationStrategy: "capacity-optimized" })]),
    silent: aws([mpi({})]),
  },
  {
    id: "head/local-accounting",
    speaks: aws([nodes(16)]),
    silent: aws([nodes(16)], { Settings: { Database: database() } }),
  },
  {
    id: "head/folders-on-its-disk",
    speaks: aws([nodes(16)]),
    silent: aws([nodes(16)], { Head: { SharedStorageType: "Efs" } }),
  },
  {
    id: "head/one-controller",
    speaks: aws([nodes(100)]),
    silent: aws([nodes(99)]),
  },
  {
    id: "head/burstable",
    speaks: aws([nodes(32)], { Head: { InstanceType: "t3.medium" } }),
    silent: aws([nodes(31)], { Head: { InstanceType: "t3.medium" } }),
  },
  {
    id: "head/unwatched",
    speaks: aws([queue()], {
      Monitoring: { Alarms: { Enabled: false }, Logs: { CloudWatch: { Enabled: false } } },
    }),
    silent: aws([queue()], { Monitoring: { DetailedMonitoring: true } }),
  },
  {
    id: "security/ssh-open",
    speaks: aws([queue()], { Head: { Ssh: { KeyName: "mine", AllowedIps: "0.0.0.0/0" } } }),
    silent: aws([queue()], {
      Head: {
        Ssh: { KeyName: "mine", AllowedIps: "0.0.0.0/0" },
        Networking: { SubnetId: ZONE_A, SecurityGroups: ["sg-0123456789abcdef0"] },
      },
    }),
  },
  {
    id: "security/ssh-open",
    speaks: aws([queue()], { Head: { Ssh: { AllowedIps: "::/0" } } }),
    silent: aws([queue()], { Head: { Ssh: { KeyName: "mine" } } }),
  },
  {
    id: "security/ssh-open",
    speaks: aws([queue()], { LoginNodes: loginNodes({ AllowedIps: "0.0.0.0/0" }) }),
    silent: aws([queue()], { LoginNodes: loginNodes({ AllowedIps: "192.0.2.0/24" }) }),
  },
  {
    id: "security/desktops-open",
    speaks: aws([queue()], { Head: { Dcv: { Enabled: true } } }),
    silent: aws([queue()], { Head: { Dcv: { Enabled: true, AllowedIps: "192.0.2.0/24" } } }),
  },
  {
    id: "security/public-head",
    speaks: aws([queue()], {
      Head: { Networking: { SubnetId: ZONE_A, ElasticIp: true } },
      LoginNodes: loginNodes({ AllowedIps: "192.0.2.0/24" }),
    }),
    silent: aws([queue()], { Head: { Networking: { SubnetId: ZONE_A, ElasticIp: true } } }),
  },
  {
    id: "security/public-nodes",
    speaks: aws([queue({ Networking: { SubnetIds: [ZONE_A], AssignPublicIp: true } })]),
    silent: aws([queue({ Networking: { SubnetIds: [ZONE_A], AssignPublicIp: false } })]),
  },
  {
    id: "security/broad-rights",
    speaks: aws([queue(policy("AdministratorAccess"))]),
    silent: aws([queue(policy("AmazonS3ReadOnlyAccess"))]),
  },
  {
    id: "security/broad-rights",
    speaks: aws([queue({ Iam: { S3Access: [{ BucketName: "*" }] } })]),
    silent: aws([queue({ Iam: { S3Access: [{ BucketName: "inputs" }] } })]),
  },
  {
    id: "security/imds-v1",
    speaks: aws([queue()], { Imds: { ImdsSupport: "v1.0" } }),
    silent: aws([queue()], { Imds: { ImdsSupport: "v2.0" } }),
  },
  {
    id: "security/imds-for-everybody",
    speaks: aws([queue()], { Head: { Imds: { Secured: false } } }),
    silent: aws([queue()], { Head: { Imds: { Secured: true } } }),
  },
  {
    id: "security/unencrypted",
    speaks: aws([queue()], { SharedStorage: storage("Efs", { Encrypted: false }) }),
    silent: aws([queue()], { SharedStorage: storage("Efs", {}) }),
  },
  {
    id: "security/unencrypted",
    speaks: aws([queue(rootDisk(false))], {
      Head: { LocalStorage: { RootVolume: { Encrypted: false } } },
    }),
    silent: aws([queue(rootDisk(true))]),
  },
  {
    id: "slow-starts/installs-at-boot",
    speaks: aws([queue(script("s3://site/install-cuda.sh"))]),
    silent: aws([queue(script("s3://site/mount.sh"))]),
  },
  {
    id: "slow-starts/scripts-from-the-web",
    speaks: aws([queue(script("https://raw.githubusercontent.com/a/b/main/mount.sh"))]),
    silent: aws([queue(script("https://site.s3.eu-central-1.amazonaws.com/mount.sh"))]),
  },
  {
    id: "slow-starts/bare-metal",
    speaks: aws([nodes(4, { InstanceType: "c5.metal" })]),
    silent: aws([nodes(4, { InstanceType: "c5.metal", MinCount: 4 })]),
  },
  {
    id: "machine-room/all-static",
    speaks: aws([nodes(4, { MinCount: 4 })]),
    silent: aws([nodes(4, { MinCount: 4 }), queue({ Name: "other" })]),
  },
  {
    id: "machine-room/one-zone",
    speaks: aws([nodes(32)]),
    silent: aws([nodes(32), queue({ Name: "other", Networking: { SubnetIds: [ZONE_B] } })]),
  },
  {
    id: "machine-room/one-type",
    speaks: aws([nodes(32)]),
    silent: aws([nodes(32), queue({ Name: "other" }, { InstanceType: "m6i.xlarge" })]),
  },
];
