import { describe, expect, it } from "vitest";
import { aws, check, local, queues, resource } from "../testing/cluster-text.ts";

const settings = (text: string) =>
  `${resource("{Name: a, InstanceType: local.small}")}  SlurmSettings: {CustomSlurmSettings: [${text}]}\n`;
const storage = (text: string) => local(`SharedStorage: [${text}]`);

const FIT: readonly (readonly [string, string])[] = [
  ["a local file", local("")],
  ["an aws file", aws("ComputeResources: [{Name: a, InstanceType: c5.large}]")],
  [
    "the same resource name in two queues",
    queues(
      "{Name: q, ComputeResources: [{Name: a, InstanceType: local.small}]}, {Name: r, ComputeResources: [{Name: a, InstanceType: local.small}]}",
    ),
  ],
  [
    "a machine type of the file",
    `${resource("{Name: a, InstanceType: mine}")}Local: {MachineTypes: [{Name: mine, VCpus: 1, Memory: 512}]}\n`,
  ],
  [
    "settings that are not ours",
    settings("{MaxArraySize: 5000}, {DebugFlags: 'Power,Hetjob'}, {JobSubmitPlugins: lua}"),
  ],
  [
    "two storages side by side",
    storage(
      "{Name: a, MountDir: /data, StorageType: Local}, {Name: b, MountDir: /data2, StorageType: Local}",
    ),
  ],
  ["a private network", local("Local: {Network: 10.77.0.0/20}")],
];

const MISTAKES: readonly (readonly [string, string])[] = [
  ["ERROR ConfigSchemaValidator", local("»Usrs: []")],
  ["ERROR ConfigSchemaValidator", "Provider: local\n»Scheduling: {}\n"],
  ["ERROR ConfigSchemaValidator", local("Tags: »{}")],
  [
    "ERROR ConfigSchemaValidator",
    "Provider: »gcp\nScheduling: {SlurmQueues: [{Name: q, ComputeResources: [{Name: a, InstanceType: x}]}]}\n",
  ],
  [
    "ERROR SchedulerValidator",
    `${queues("{Name: q, ComputeResources: [{Name: a, InstanceType: local.small}]}")}  Scheduler: »awsbatch\n`,
  ],
  [
    "ERROR ConfigSchemaValidator",
    `${queues("{Name: q, ComputeResources: [{Name: a, InstanceType: local.small}]}")}  »AwsBatchQueues: []\n`,
  ],
  ["WARNING ProviderKeyValidator", local("HeadNode: {»Ssh: {KeyName: k}}")],
  [
    "WARNING ProviderKeyValidator",
    `${aws("ComputeResources: [{Name: a, InstanceType: c5.large}]")}»Local: {}\n`,
  ],
  ["ERROR OsValidator", local("Image: {Os: »rocky9}")],
  [
    "ERROR ConfigSchemaValidator",
    aws("ComputeResources: [{Name: a, InstanceType: c5.large}]").replace(
      "Image: {Os: alinux2023}",
      "»Image: {}",
    ),
  ],
  [
    "ERROR ConfigSchemaValidator",
    aws("ComputeResources: [{Name: a, InstanceType: c5.large}]")
      .replace("InstanceType: t3.small, ", "")
      .replace("HeadNode", "»HeadNode"),
  ],
  [
    "ERROR ConfigSchemaValidator",
    aws("ComputeResources: [{Name: a, InstanceType: c5.large}]")
      .replace("Networking: {SubnetIds: [subnet-01234567]}, ", "")
      .replace("{Name: q", "»{Name: q"),
  ],
  [
    "ERROR CapacityTypeValidator",
    queues(
      "{Name: q, CapacityType: »CAPACITY_BLOCK, ComputeResources: [{Name: a, InstanceType: local.small}]}",
    ),
  ],
  [
    "ERROR DuplicateNameValidator",
    queues(
      "{Name: q, ComputeResources: [{Name: a, InstanceType: local.small}]}, {Name: »q, ComputeResources: [{Name: b, InstanceType: local.small}]}",
    ),
  ],
  [
    "ERROR DuplicateNameValidator",
    resource("{Name: a, InstanceType: local.small}, {Name: »a, InstanceType: local.small}"),
  ],
  [
    "ERROR DuplicateNameValidator",
    local(
      "Local: {MachineTypes: [{Name: t, VCpus: 1, Memory: 64}, {Name: »t, VCpus: 1, Memory: 64}]}",
    ),
  ],
  [
    "ERROR NameValidator",
    queues("{Name: »default, ComputeResources: [{Name: a, InstanceType: local.small}]}"),
  ],
  ["ERROR NameValidator", resource(`{Name: »${"a".repeat(26)}, InstanceType: local.small}`)],
  ["ERROR NameValidator", resource("{Name: »a_b, InstanceType: local.small}")],
  [
    "ERROR NameValidator",
    queues(
      "{Name: a-dy-b, ComputeResources: [{Name: c, InstanceType: local.small}]}, {Name: a, ComputeResources: [{Name: »b-dy-c, InstanceType: local.small}]}",
    ),
  ],
  ["ERROR ConfigSchemaValidator", resource("»{Name: a}")],
  [
    "ERROR ConfigSchemaValidator",
    resource("{Name: a, InstanceType: local.small, »Instances: [{InstanceType: local.large}]}"),
  ],
  [
    "ERROR ConfigSchemaValidator",
    resource("{Name: a, Instances: [{InstanceType: local.small}, {InstanceType: »local.small}]}"),
  ],
  [
    "ERROR ComputeResourceSizeValidator",
    resource("{Name: a, InstanceType: local.small, MinCount: »11}"),
  ],
  [
    "ERROR MaxCountValidator",
    resource(
      "{Name: a, InstanceType: light.small, MaxCount: 60000}, {Name: b, InstanceType: light.small, MaxCount: »60000}",
    ),
  ],
  [
    "ERROR InstancesAllocationStrategyValidator",
    queues(
      "{Name: q, AllocationStrategy: »capacity-optimized, ComputeResources: [{Name: a, InstanceType: local.small}]}",
    ),
  ],
  [
    "WARNING SchedulableMemoryValidator",
    resource("{Name: a, InstanceType: local.small, »SchedulableMemory: 500}"),
  ],
  [
    "ERROR SchedulableMemoryValidator",
    `${resource("{Name: a, InstanceType: local.small, SchedulableMemory: »5000}")}  SlurmSettings: {EnableMemoryBasedScheduling: true}\n`,
  ],
  ["ERROR InstanceTypeValidator", resource("{Name: a, Instances: [{InstanceType: »c5.large}]}")],
  ["ERROR InstanceTypeValidator", local("HeadNode: {InstanceType: »t3.small}")],
  ["ERROR InstanceTypeValidator", local("HeadNode: {InstanceType: »light.small}")],
  ["ERROR LocalNetworkValidator", local("Local: {Network: »8.8.0.0/16}")],
  ["ERROR LocalNetworkValidator", local("Local: {Network: »10.0.0.0/8}")],
  ["ERROR LocalNetworkValidator", local("Local: {Network: »192.168.1.1/24}")],
  ["ERROR ConfigSchemaValidator", local("Local: {Network: »10.0.0/16}")],
  ["ERROR CustomSlurmSettingsValidator", settings("{»slurmuser: root}")],
  ["ERROR CustomSlurmSettingsValidator", settings("{»PrologSlurmctld: /bin/true}")],
  ["ERROR CustomSlurmSettingsValidator", settings("{»include: /etc/passwd}")],
  ["ERROR CustomSlurmSettingsValidator", settings("{»'A B': 1}")],
  ["ERROR CustomSlurmSettingsValidator", settings("{MaxJobCount: »'1 SlurmUser=root'}")],
  ["ERROR CustomSlurmSettingsValidator", settings(`{Licenses: »'a "b" c'}`)],
  ["ERROR CustomSlurmSettingsValidator", settings("{MaxJobCount: »'\"1'}")],
  ["ERROR ConfigSchemaValidator", resource("{Name: a, InstanceType: »'local.small Weight=1'}")],
  ["ERROR TextValidator", settings('{MaxJobCount: »"1\\nSlurmUser=root"}')],
  ["ERROR CustomSlurmNodeNamesValidator", settings("{NodeName: »'q-dy-a-[1-3]'}")],
  [
    "ERROR CustomSlurmSettingsValidator",
    queues(
      "{Name: q, CustomSlurmSettings: {»State: DOWN}, ComputeResources: [{Name: a, InstanceType: local.small}]}",
    ),
  ],
  [
    "ERROR CustomSlurmSettingsValidator",
    resource("{Name: a, InstanceType: local.small, CustomSlurmSettings: {»Weight: 1}}"),
  ],
  [
    "ERROR SharedStorageNameValidator",
    storage("{Name: »default, MountDir: /data, StorageType: Local}"),
  ],
  [
    "ERROR SharedStorageNameValidator",
    storage("{Name: »'a/b', MountDir: /data, StorageType: Local}"),
  ],
  [
    "ERROR DuplicateNameValidator",
    storage(
      "{Name: a, MountDir: /data, StorageType: Local}, {Name: »a, MountDir: /d, StorageType: Local}",
    ),
  ],
  [
    "ERROR DuplicateMountDirValidator",
    storage(
      "{Name: a, MountDir: /d, StorageType: Local}, {Name: b, MountDir: »/d, StorageType: Local}",
    ),
  ],
  [
    "ERROR OverlappingMountDirValidator",
    storage(
      "{Name: a, MountDir: »/d/e/f, StorageType: Local}, {Name: b, MountDir: /d, StorageType: Local}",
    ),
  ],
  [
    "ERROR OverlappingMountDirValidator",
    storage("{Name: a, MountDir: »/shared/x, StorageType: Local}"),
  ],
  [
    "WARNING DuplicateMountDirValidator",
    storage("{Name: a, MountDir: »/shared, StorageType: Local}"),
  ],
  ...["/data/", "/a/../etc", "/", "/etc", "/usr/local", "/a b", "//data", "/var/lib/mysql/x"].map(
    (dir) =>
      [
        "ERROR SharedStorageMountDirValidator",
        storage(`{Name: a, MountDir: »'${dir}', StorageType: Local}`),
      ] as const,
  ),
  ["ERROR SharedStorageTypeValidator", storage("{Name: a, MountDir: /data, StorageType: »Efs}")],
  ["ERROR UserValidator", local("Users: [{Name: »root}]")],
  ["ERROR UserValidator", local("Users: [{Name: »slurm}]")],
  ["ERROR UserValidator", local("Users: [{Name: ada}, {Name: »ada}]")],
  ["ERROR UserValidator", local("Users: [{Name: ada, Uid: 2001}, {Name: ben, Uid: »2001}]")],
  ["ERROR ConfigSchemaValidator", local("Users: [{Name: »'ada;rm'}]")],
  ["ERROR ConfigSchemaValidator", local("Users: [{Name: ada, Uid: »0}]")],
  ["ERROR ConfigSchemaValidator", local("Tags: [{Key: a, Value: b}, {Key: »a, Value: c}]")],
  ["ERROR ConfigSchemaValidator", local("Tags: [{Key: »'parallelcluster:x', Value: b}]")],
  ["ERROR ConfigSchemaValidator", local("Tags: [{Key: »'Sluice:x', Value: b}]")],
  ["ERROR ConfigSchemaValidator", local("Tags: [{Key: a, Value: »1}]")],
  ["ERROR TextValidator", local('Tags: [{Key: a, Value: »"a\\u0007"}]')],
];

describe("a file that is right", () => {
  it.each(FIT)("%s: nothing is said", (_, text) => {
    expect(check(text).said).toEqual([]);
  });
});

describe("a file with one mistake", () => {
  it.each(MISTAKES)("%s, and nothing else: %s", (finding, text) => {
    const { said, place } = check(text);
    expect(said).toEqual([`${finding} ${place}`]);
  });
});

describe("a value with lines", () => {
  it("is taken where it is a document of its own, and nowhere else", () => {
    const attributes = local('DevSettings: {InstanceTypesData: "{\\n}"}');
    expect(check(attributes).said.filter((one) => one.includes("TextValidator"))).toEqual([]);
    const tag = local('Tags: [{Key: a, Value: »"b\\nc"}]');
    expect(check(tag).said).toEqual([`ERROR TextValidator ${check(tag).place}`]);
  });
});
