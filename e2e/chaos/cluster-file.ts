/** Users that submit jobs. */
export const USERS = ["ada", "ben", "cyd"] as const;

/**
 * Light machines mostly, of types that are plentiful, scarce or dead on arrival, and a few booted
 * ones. Nothing is idle for long, so that nodes come and go all the time.
 */
export const CHAOS = `
Provider: local
HeadNode: { InstanceType: local.head }
Users:
${USERS.map((name) => `  - Name: ${name}`).join("\n")}
Scheduling:
  SlurmSettings: { ScaledownIdletime: 5s }
  SlurmQueues:
    - Name: burst
      ComputeResources:
        - Name: many
          InstanceType: light.small
          MaxCount: 20
          DynamicNodePriority: 10
        - Name: scarce
          Instances: [{ InstanceType: light.scarce }, { InstanceType: light.small }]
          MaxCount: 6
          DynamicNodePriority: 5
        - Name: doubtful
          Instances: [{ InstanceType: light.dead }, { InstanceType: light.small }]
          MaxCount: 3
          DynamicNodePriority: 20
    - Name: cpu
      ComputeResources:
        - { Name: small, InstanceType: local.small, MaxCount: 3 }
Local:
  MachineTypes:
    - { Name: light.scarce, VCpus: 1, Memory: 512, Light: true, Capacity: 3 }
    - { Name: light.dead, VCpus: 1, Memory: 512, Light: true, NeverBoots: true }
DevSettings:
  Timeouts: { ComputeNodeBootstrapTimeout: 20 }
`;
