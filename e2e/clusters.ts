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
