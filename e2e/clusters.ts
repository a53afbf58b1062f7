/** Cluster files of the scenarios, with short times so that things happen while one looks. */

const HEAD = `
Provider: local
HeadNode: { InstanceType: local.head }
Users:
  - Name: ada
  - Name: ben
`;

/** Booted and light machines, nothing always on. */
export const MIXED = `${HEAD}
Scheduling:
  SlurmSettings: { ScaledownIdletime: 4s }
  SlurmQueues:
    - Name: cpu
      ComputeResources:
        - { Name: small, InstanceType: local.small, MaxCount: 4 }
    - Name: burst
      ComputeResources:
        - { Name: light, InstanceType: light.small, MaxCount: 20 }
`;

/** Light machines alone, which stay for a while. */
export const LIGHT = `${HEAD}
Scheduling:
  SlurmSettings: { ScaledownIdletime: 60s }
  SlurmQueues:
    - Name: burst
      ComputeResources:
        - { Name: light, InstanceType: light.small, MaxCount: 10 }
`;

/** Two zones with a head in each, and light machines. */
export const TWO_HEADS = `
Provider: local
HeadNode: { InstanceType: local.head, Standby: {} }
Local: { Zones: [a, b] }
Users:
  - Name: ada
Scheduling:
  SlurmSettings: { ScaledownIdletime: 60s }
  SlurmQueues:
    - Name: burst
      ComputeResources:
        - { Name: light, InstanceType: light.small, MaxCount: 10 }
DevSettings:
  Timeouts: { HeadNodeBootstrapTimeout: 240 }
`;

/** Nodes that are always on, and others. */
export const STATIC = `${HEAD}
Scheduling:
  SlurmSettings: { ScaledownIdletime: 60s }
  SlurmQueues:
    - Name: steady
      ComputeResources:
        - { Name: light, InstanceType: light.small, MinCount: 2, MaxCount: 4 }
    - Name: cpu
      ComputeResources:
        - { Name: small, InstanceType: local.small, MaxCount: 2 }
`;

/** Seconds that a machine of `FLAKY` has to register. */
export const FLAKY_BOOT_TIMEOUT = 5;

/** Machines that never boot or can't be had, each with another that can. */
export const FLAKY = `${HEAD}
Scheduling:
  SlurmSettings: { ScaledownIdletime: 60s }
  SlurmQueues:
    - Name: types
      AllocationStrategy: prioritized
      ComputeResources:
        - Name: any
          Instances: [{ InstanceType: light.dead }, { InstanceType: light.small }]
          MaxCount: 6
    - Name: resources
      ComputeResources:
        - { Name: dead, InstanceType: light.dead, MaxCount: 6, DynamicNodePriority: 1 }
        - { Name: good, InstanceType: light.small, MaxCount: 6, DynamicNodePriority: 1000 }
    - Name: scarce
      AllocationStrategy: prioritized
      ComputeResources:
        - Name: any
          Instances: [{ InstanceType: light.scarce }, { InstanceType: light.small }]
          MaxCount: 6
    - Name: none
      ComputeResources:
        - { Name: gone, InstanceType: light.gone, MaxCount: 2, DynamicNodePriority: 1 }
        - { Name: good, InstanceType: light.small, MaxCount: 2, DynamicNodePriority: 1000 }
Local:
  MachineTypes:
    - { Name: light.dead, VCpus: 1, Memory: 512, Light: true, NeverBoots: true }
    - { Name: light.scarce, VCpus: 1, Memory: 512, Light: true, Capacity: 1 }
    - { Name: light.gone, VCpus: 1, Memory: 512, Light: true, Capacity: 0 }
DevSettings:
  Timeouts: { ComputeNodeBootstrapTimeout: ${FLAKY_BOOT_TIMEOUT} }
`;

/** The most time that a job of `CALLED_BACK` has for its checkpoint, in seconds. */
export const CHECKPOINT_GRACE = 5;

/** Spot machines, fewer than there are nodes, and others at their full price. */
export const CALLED_BACK = `${HEAD}
Scheduling:
  SlurmSettings: { ScaledownIdletime: 60s }
  SlurmQueues:
    - Name: spot
      CapacityType: SPOT
      FallbackCapacityType: ONDEMAND
      CheckpointGrace: ${CHECKPOINT_GRACE}s
      ComputeResources:
        - { Name: light, InstanceType: light.few, MaxCount: 10 }
Local:
  MachineTypes:
    - { Name: light.few, VCpus: 1, Memory: 512, Light: true, Price: 0.01, SpotCapacity: 3 }
`;

/** Simulated boot time of the machines of `WARM` that are stopped between jobs, in seconds. */
export const SLOW_BOOT = 5;

/** Nodes that are ready before they are wanted. */
export const WARM = `${HEAD}
Scheduling:
  SlurmSettings: { ScaledownIdletime: 4s }
  SlurmQueues:
    - Name: warm
      WarmNodes: { Count: 2 }
      ComputeResources:
        - { Name: light, InstanceType: light.small, MaxCount: 6 }
    - Name: cold
      WarmNodes: { Stopped: 1 }
      ComputeResources:
        - { Name: slow, InstanceType: local.slow, MaxCount: 2 }
    - Name: plain
      ScaledownIdletime: 60s
      ReservationLead: 20s
      ComputeResources:
        - { Name: light, InstanceType: light.small, MaxCount: 4 }
Local:
  MachineTypes:
    - { Name: local.slow, VCpus: 1, Memory: 512, BootSeconds: ${SLOW_BOOT} }
`;

/** A compute resource whose machines never boot, beside one whose machines do. */
export const BROKEN = `${HEAD}
Scheduling:
  SlurmSettings: { ScaledownIdletime: 60s }
  ProtectedFailureCount: 2
  SlurmQueues:
    - Name: mixed
      ComputeResources:
        - { Name: dead, InstanceType: local.dead, MaxCount: 4, DynamicNodePriority: 1 }
        - { Name: good, InstanceType: light.small, MaxCount: 4, DynamicNodePriority: 1000 }
Local:
  MachineTypes:
    - { Name: local.dead, VCpus: 1, Memory: 512, NeverBoots: true }
DevSettings:
  Timeouts: { ComputeNodeBootstrapTimeout: 5 }
`;

/** Each scaling strategy, with two machines of a type where a job wants three. */
export const SHORT = `${HEAD}
Scheduling:
  SlurmSettings: { ScaledownIdletime: 60s }
  SlurmQueues:
    - Name: all
      ComputeResources:
        - { Name: two, InstanceType: light.a, MaxCount: 3 }
    - Name: greedy
      ScalingStrategy: greedy-all-or-nothing
      ComputeResources:
        - { Name: two, InstanceType: light.b, MaxCount: 3 }
    - Name: best
      ScalingStrategy: best-effort
      ComputeResources:
        - { Name: two, InstanceType: light.c, MaxCount: 3 }
    - Name: pieced
      ScalingStrategy: greedy-all-or-nothing
      AllocationStrategy: prioritized
      ComputeResources:
        - Name: any
          Instances: [{ InstanceType: light.d }, { InstanceType: light.small }]
          MaxCount: 3
Local:
  MachineTypes:
    - { Name: light.a, VCpus: 1, Memory: 512, Light: true, Capacity: 2 }
    - { Name: light.b, VCpus: 1, Memory: 512, Light: true, Capacity: 2 }
    - { Name: light.c, VCpus: 1, Memory: 512, Light: true, Capacity: 2 }
    - { Name: light.d, VCpus: 1, Memory: 512, Light: true, Capacity: 2 }
`;

/** For the contract of the cloud: a type that can be had and one that is scarce. */
export const CONFORMANCE = `${HEAD}
Scheduling:
  SlurmQueues:
    - Name: cpu
      ComputeResources:
        - { Name: small, InstanceType: local.small, MaxCount: 8 }
        - { Name: scarce, InstanceType: local.scarce, MaxCount: 4 }
Local:
  MachineTypes:
    - { Name: local.scarce, VCpus: 1, Memory: 512, Capacity: 2 }
`;

/** The older release of Debian, and of Slurm. */
export const DEBIAN_12 = `${MIXED}
Image: { Os: debian12 }
`;

/** What differs among the files of `UPDATED`. */
export interface UpdatedFile {
  readonly strategy?: "DRAIN" | "COMPUTE_FLEET_STOP";
  /** Machine type of `keep`. */
  readonly type?: "light.small" | "light.big";
  /** Nodes of `grow`; 2. */
  readonly grow?: number;
  /** With a queue of that name. */
  readonly young?: boolean;
  readonly killWait?: number;
  readonly priority?: string;
  readonly users?: readonly string[];
}

/** The files of a cluster in the course of its life. */
export function UPDATED(file: UpdatedFile): string {
  const { strategy = "DRAIN", type = "light.small", grow = 2, users = ["ada", "ben"] } = file;
  const settings = [
    ...(file.killWait === undefined ? [] : [`KillWait: ${file.killWait}`]),
    ...(file.priority === undefined ? [] : [`PriorityType: ${file.priority}`]),
  ];
  return `
Provider: local
HeadNode: { InstanceType: local.head }
Users: [${users.map((name) => `{ Name: ${name} }`).join(", ")}]
Scheduling:
  SlurmSettings:
    ScaledownIdletime: 60s
    QueueUpdateStrategy: ${strategy}
    CustomSlurmSettings: [${settings.map((one) => `{ ${one} }`).join(", ")}]
  SlurmQueues:
    - Name: keep
      ComputeResources:
        - { Name: r, InstanceType: ${type}, MaxCount: 2 }
    - Name: grow
      ComputeResources:
        - { Name: r, InstanceType: light.small, MaxCount: ${grow} }
${
  file.young === true
    ? `    - Name: young
      ComputeResources:
        - { Name: r, InstanceType: light.small, MaxCount: 2 }
`
    : ""
}Local:
  MachineTypes:
    - { Name: light.big, VCpus: 2, Memory: 1024, Light: true }
`;
}

/** Light machines in two zones, of which one queue prefers the second. */
export const ZONED = `
Provider: local
HeadNode: { InstanceType: local.head, Zone: a }
Users: [{ Name: ada }]
Scheduling:
  SlurmSettings: { ScaledownIdletime: 60s }
  SlurmQueues:
    - Name: both
      Networking: { Zones: [b, a] }
      ComputeResources:
        - { Name: light, InstanceType: light.small, MaxCount: 6 }
    - Name: only-b
      Networking: { Zones: [b] }
      ComputeResources:
        - { Name: light, InstanceType: light.small, MaxCount: 4 }
Local: { Zones: [a, b] }
`;

/** A site file and those of its clusters, by their names: all of it over two zones. */
export const SITE = {
  "site.yaml": `
Provider: local
Zones: [a, b]
Clusters:
  - { Name: left, File: left.yaml }
  - { Name: right, File: right.yaml }
Users: [{ Name: ada }, { Name: ben }]
SharedStorage: [{ Name: data, MountDir: /data, StorageType: Local }]
`,
  "left.yaml": siteCluster("a"),
  "right.yaml": siteCluster("b"),
};

function siteCluster(zone: string): string {
  return `
HeadNode: { InstanceType: local.head, Zone: ${zone}, Standby: {} }
Scheduling:
  SlurmSettings: { ScaledownIdletime: 60s }
  SlurmQueues:
    - Name: burst
      ComputeResources:
        - { Name: light, InstanceType: light.small, MaxCount: 60 }
`;
}
