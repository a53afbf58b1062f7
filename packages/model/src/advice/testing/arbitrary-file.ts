import fc from "fast-check";
import { printClusterFile } from "../../cluster-file/edit/index.ts";

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"];
const TYPES = [
  ...["c6i.4xlarge", "c6i.32xlarge", "m6i.32xlarge", "c5n.18xlarge", "hpc7a.96xlarge"],
  ...["t3.medium", "c4.xlarge", "c5.metal", "g5.xlarge", "p4d.24xlarge", "x9.future"],
];

const networking = fc.record({
  SubnetIds: fc.constantFrom(SUBNETS.slice(0, 1), SUBNETS),
  AssignPublicIp: maybe(fc.boolean()),
  PlacementGroup: maybe(fc.constantFrom({ Enabled: true }, { Enabled: false }, { Name: "mine" })),
});

const resource = fc
  .record({
    type: fc.oneof(
      fc.constantFrom(...TYPES).map((InstanceType) => ({ InstanceType })),
      fc.constant({ Instances: [{ InstanceType: "c6i.4xlarge" }, { InstanceType: "c5.4xlarge" }] }),
    ),
    more: fc.record({
      MinCount: maybe(fc.nat(3)),
      MaxCount: maybe(fc.constantFrom(1, 3, 8, 40, 200)),
      Efa: maybe(fc.record({ Enabled: fc.boolean() })),
      DisableSimultaneousMultithreading: maybe(fc.boolean()),
      DynamicNodePriority: maybe(fc.constantFrom(1, 2)),
    }),
  })
  .map(({ type, more }) => ({ ...type, ...more }));

const queue = fc.record({
  CapacityType: maybe(fc.constantFrom("ONDEMAND", "SPOT")),
  FallbackCapacityType: maybe(fc.constant("ONDEMAND")),
  AllocationStrategy: maybe(fc.constantFrom("lowest-price", "capacity-optimized")),
  ScaledownIdletime: maybe(fc.constantFrom(-1, "10s", 10, "2h")),
  CheckpointGrace: maybe(fc.constantFrom("5s", "60s", "10m")),
  WarmNodes: maybe(fc.constant({ Count: 1 })),
  Networking: networking,
  CustomActions: maybe(
    fc.constantFrom(
      { OnNodeStart: { Script: "https://example.com/install.sh" } },
      { OnNodeConfigured: { Sequence: [{ Script: "s3://site/a" }, { Script: "s3://site/b" }] } },
    ),
  ),
  Iam: maybe(fc.constant({ S3Access: [{ BucketName: "*" }] })),
  resources: fc.array(resource, { minLength: 1, maxLength: 3 }),
});

const storage = fc.constantFrom(
  { StorageType: "Ebs" },
  { StorageType: "Ebs", EbsSettings: { Encrypted: false, VolumeType: "gp2" } },
  { StorageType: "Efs" },
  { StorageType: "Efs", EfsSettings: { ThroughputMode: "bursting", Encrypted: true } },
  { StorageType: "FsxLustre", FsxLustreSettings: { StorageCapacity: 1200 } },
  {
    StorageType: "FsxLustre",
    FsxLustreSettings: {
      StorageCapacity: 1200,
      DeploymentType: "PERSISTENT_2",
      PerUnitStorageThroughput: 125,
    },
  },
  { StorageType: "FsxOpenZfs", FsxOpenZfsSettings: { VolumeId: "fsvol-0123456789abcdef0" } },
);

/** Texts of cluster files on AWS in which most rules find something; not all pass the checks. */
export const arbitraryFile: fc.Arbitrary<string> = fc
  .record({
    ImdsSupport: maybe(fc.constantFrom("v1.0", "v2.0")),
    HeadNode: fc.record({
      InstanceType: fc.constantFrom("t3.medium", "m7i.xlarge", "x9.future"),
      Networking: fc.record({ SubnetId: fc.constant(SUBNETS[0]), ElasticIp: maybe(fc.boolean()) }),
      Ssh: maybe(fc.record({ AllowedIps: maybe(fc.constantFrom("0.0.0.0/0", "10.0.0.0/8")) })),
      SharedStorageType: maybe(fc.constantFrom("Ebs", "Efs")),
    }),
    settings: fc.record({
      ScaledownIdletime: maybe(fc.constantFrom(-1, 5, 90)),
      CustomSlurmSettings: maybe(fc.constant([{ JobRequeue: 0 }])),
    }),
    queues: fc.array(queue, { minLength: 1, maxLength: 4 }),
    storages: fc.array(storage, { maxLength: 3 }),
  })
  .map(({ ImdsSupport, HeadNode, settings, queues, storages }) =>
    printClusterFile({
      Region: "us-east-1",
      Image: { Os: "alinux2023" },
      ...(ImdsSupport === undefined ? {} : { Imds: { ImdsSupport } }),
      HeadNode,
      Scheduling: {
        ...(Object.values(settings).some((value) => value !== undefined)
          ? { SlurmSettings: settings }
          : {}),
        SlurmQueues: queues.map(({ resources, ...own }, index) => ({
          Name: ["mpi", "interactive", "batch", "cfd"][index],
          ...own,
          ComputeResources: resources.map((one, at) => ({ Name: `r${at}`, ...one })),
        })),
      },
      SharedStorage: storages.map((one, index) => ({
        Name: `s${index}`,
        MountDir: ["/projects", "/scratch", "/data"][index],
        ...one,
      })),
    }),
  );
