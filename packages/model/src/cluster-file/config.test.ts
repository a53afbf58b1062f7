import { describe, expect, it } from "vitest";
import { localMachineTypes } from "../catalogue/local-machine-types.ts";
import { bootstrapTimeouts, type ClusterConfig, instanceTypes } from "./config.ts";
import { parseClusterFile } from "./parse.ts";

const QUEUES = `Scheduling:
  SlurmQueues:
    - Name: cpu
      Networking: { SubnetIds: [subnet-01234567] }
      ComputeResources: [{ Name: small, InstanceType: light.small }]
`;
const AWS = `Image: { Os: alinux2023 }
HeadNode: { InstanceType: t3.small, Networking: { SubnetId: subnet-01234567 } }
`;

function config(text: string): ClusterConfig {
  const result = parseClusterFile(text, { fileName: "f.yaml" });
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.config;
}
const local = (text: string) => config(`Provider: local\n${text}${QUEUES}`);

describe("defaults", () => {
  it("takes a mount point without its first slash, as ParallelCluster does", () => {
    const storage = (dir: string) =>
      `SharedStorage: [{Name: a, MountDir: ${dir}, StorageType: Local}]\n`;
    const [relative, absolute] = ["data", "/data"].map((dir) => local(storage(dir)).SharedStorage);
    expect(relative).toMatchObject([{ MountDir: "/data" }]);
    expect(relative).toEqual(absolute);
  });

  it("fills in what ParallelCluster would, and aws as the provider", () => {
    const { Provider, Scheduling } = config(AWS + QUEUES);
    expect(Provider).toBe("aws");
    expect(Scheduling).toMatchObject({
      Scheduler: "slurm",
      ScalingStrategy: "all-or-nothing",
      SlurmSettings: {
        ScaledownIdletime: { seconds: 600 },
        QueueUpdateStrategy: "COMPUTE_FLEET_STOP",
        EnableMemoryBasedScheduling: false,
        CustomSlurmSettings: [],
      },
    });
    expect(Scheduling.SlurmQueues[0]).toMatchObject({
      CapacityType: "ONDEMAND",
      AllocationStrategy: "lowest-price",
      JobExclusiveAllocation: false,
      ComputeResources: [{ MinCount: 0, MaxCount: 10, StaticNodePriority: 1 }],
    });
  });

  it("makes a network on AWS when no machine names a subnet, and only then", () => {
    const bare = (AWS + QUEUES).replace(/,? ?Networking: \{[^}]*\}/g, "");
    expect(config(bare).Vpc).toEqual({ Cidr: "10.0.0.0/16", NatGateways: "one", Endpoints: false });
    expect(config(`${bare}Vpc: { NatGateways: zone }\n`).Vpc).toMatchObject({
      Cidr: "10.0.0.0/16",
      NatGateways: "zone",
    });
    expect(config(AWS + QUEUES).Vpc).toBeUndefined();
    expect(local("").Vpc).toBeUndefined();
  });

  it("makes a small database when it is asked to make one", () => {
    const queues = QUEUES.replace("[subnet-01234567]", "[subnet-89abcdef]");
    const file = `${AWS}${queues}  SlurmSettings: { Database: { Managed: {} } }\n`;
    expect(config(file).Scheduling.SlurmSettings.Database).toEqual({
      Managed: { MinCapacity: 0.5, MaxCapacity: 4 },
    });
  });

  it("gives its own keys values that change nothing for a file without them", () => {
    const { Scheduling } = config(AWS + QUEUES);
    expect(Scheduling.ProtectedFailureCount).toBe(10);
    expect(Scheduling.SlurmQueues[0]).toMatchObject({ CheckpointGrace: { seconds: 90 } });
    expect(Scheduling.SlurmQueues[0]).not.toHaveProperty("WarmNodes");
  });

  it("needs neither image nor head node on the local cloud", () => {
    expect(local("")).toMatchObject({
      Image: { Os: "debian13" },
      HeadNode: { InstanceType: "local.head" },
      Users: [],
    });
  });

  it("numbers users in order from 2001 and leaves out what is taken", () => {
    const { Users } = local(
      "Users: [{Name: ada}, {Name: ben, Uid: 2002}, {Name: cy}, {Name: di}]\n",
    );
    expect(Users).toEqual([
      { Name: "ada", Uid: 2001 },
      { Name: "ben", Uid: 2002 },
      { Name: "cy", Uid: 2003 },
      { Name: "di", Uid: 2004 },
    ]);
  });

  it.each([
    ["-1", "never"],
    ["10", { seconds: 600 }],
    ["0", { seconds: 0 }],
    ["4s", { seconds: 4 }],
    ["90s", { seconds: 90 }],
    ["10m", { seconds: 600 }],
    ["1h", { seconds: 3600 }],
    ["2d", { seconds: 172_800 }],
    ['"15"', { seconds: 900 }],
  ])("reads ScaledownIdletime %s", (text, time) => {
    const file = `Provider: local\n${QUEUES}  SlurmSettings: { ScaledownIdletime: ${text} }\n`;
    expect(config(file).Scheduling.SlurmSettings.ScaledownIdletime).toEqual(time);
  });

  it("reads warm nodes: days in any case, hours as minutes, durations as seconds", () => {
    const text = QUEUES.replace(
      "- Name: cpu\n",
      `- Name: cpu
      WarmNodes:
        Schedule:
          - { Days: [mon, FRI], Hours: 8:05-24:00, TimeZone: Europe/Berlin, Count: 2 }
          - { Hours: 22:00-06:00, Count: 1 }
        DemandWindow: 90m
`,
    );
    expect(config(`Provider: local\n${text}`).Scheduling.SlurmQueues[0]?.WarmNodes).toEqual({
      Count: 0,
      Schedule: [
        {
          Days: ["Mon", "Fri"],
          Hours: { fromMinute: 485, untilMinute: 1440 },
          TimeZone: "Europe/Berlin",
          Count: 2,
        },
        {
          Days: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
          Hours: { fromMinute: 1320, untilMinute: 360 },
          TimeZone: "UTC",
          Count: 1,
        },
      ],
      DemandShare: 0,
      DemandWindow: { seconds: 5400 },
      Stopped: 0,
    });
  });

  it("takes numbers and booleans in the ways that ParallelCluster takes them", () => {
    const text = QUEUES.replace(
      "InstanceType: light.small",
      'InstanceType: light.small, MaxCount: "12", DisableSimultaneousMultithreading: yes',
    );
    const [queue] = config(`Provider: local\n${text}`).Scheduling.SlurmQueues;
    expect(queue?.ComputeResources[0]).toMatchObject({
      MaxCount: 12,
      DisableSimultaneousMultithreading: true,
    });
  });

  it("merges sections that YAML merges", () => {
    const text = `Provider: local
Users: [&ada { Name: ada }, { <<: *ada, Name: ben, Uid: 3000 }]
`;
    expect(config(text + QUEUES).Users).toEqual([
      { Name: "ada", Uid: 2001 },
      { Name: "ben", Uid: 3000 },
    ]);
  });
});

describe("bootstrapTimeouts", () => {
  it("depends on the provider, each by itself", () => {
    expect(bootstrapTimeouts(config(AWS + QUEUES))).toEqual({ head: 1800, compute: 1800 });
    const settings = "DevSettings: { Timeouts: { ComputeNodeBootstrapTimeout: 7 } }\n";
    expect(bootstrapTimeouts(local(settings))).toEqual({ head: 60, compute: 7 });
  });
});

describe("instanceTypes", () => {
  it("keeps the order of the file", () => {
    const resource = local("").Scheduling.SlurmQueues[0]?.ComputeResources[0];
    if (resource === undefined) throw new Error("no compute resource");
    expect(instanceTypes(resource)).toEqual(["light.small"]);
    const { InstanceType: _, ...rest } = resource;
    const Instances = [{ InstanceType: "b" }, { InstanceType: "a" }];
    expect(instanceTypes({ ...rest, Instances })).toEqual(["b", "a"]);
  });
});

describe("localMachineTypes", () => {
  it("has the built-in ones, and the file's own in place of those of the same name", () => {
    const types = localMachineTypes(
      local(`Local:
  MachineTypes:
    - { Name: local.small, VCpus: 3, Memory: 100, BootSeconds: 5, Capacity: 2, NeverBoots: true }
    - { Name: mine, VCpus: 1, Memory: 64, Light: true, Price: 0.5, SpotPrice: 0.2, SpotCapacity: 0 }
`),
    );
    expect(types.get("local.small")).toEqual({
      name: "local.small",
      arch: "x86_64",
      vcpus: 3,
      threadsPerCore: 1,
      memoryMiB: 100,
      light: false,
      bootSeconds: 5,
      simulatedBootSeconds: 5,
      capacity: 2,
      neverBoots: true,
    });
    expect(types.get("mine")).toMatchObject({
      light: true,
      pricePerHour: 0.5,
      spotPricePerHour: 0.2,
      spotCapacity: 0,
    });
    expect(types.get("light.large")).toMatchObject({ light: true, vcpus: 8, memoryMiB: 4096 });
    expect(types.get("local.head")).toMatchObject({ light: false, simulatedBootSeconds: 0 });
  });
});
