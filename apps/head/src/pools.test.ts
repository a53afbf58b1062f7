import { type ClusterConfig, localMachineTypes, parseClusterFile } from "@sluice/model";
import { describe, expect, it } from "vitest";
import { poolSpecs, warmPolicies } from "./pools.ts";

function config(text: string): ClusterConfig {
  const result = parseClusterFile(text, { fileName: "f.yaml" });
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.config;
}

const RESOURCE =
  "ComputeResources: [{ Name: small, InstanceType: c5.large, MinCount: 1, MaxCount: 3 }]";
/** A cluster of one queue, with these keys, on AWS. */
const aws = (keys: string, resources = RESOURCE, scheduling = "") =>
  config(`Image: { Os: alinux2023 }
HeadNode: { InstanceType: t3.small, Networking: { SubnetId: subnet-01234567 } }
Scheduling:
  ${scheduling}
  SlurmQueues: [{ Name: cpu, Networking: { SubnetIds: [subnet-01234567] }, ${keys} ${resources} }]
`);
const local = (keys: string) =>
  config(`Provider: local
Scheduling:
  SlurmQueues: [{ Name: cpu, ${keys} ${RESOURCE.replace("c5.large", "local.small")} }]
`);

const only = (cluster: ClusterConfig) => {
  const [spec] = poolSpecs(cluster, new Map());
  if (spec === undefined) throw new Error("no pool");
  return spec;
};
const RESERVED = "CapacityReservationTarget: { CapacityReservationId: cr-1 },";

describe("poolSpecs", () => {
  it("names a compute resource's nodes, static and dynamic", () => {
    expect(only(local(""))).toMatchObject({
      pool: { queue: "cpu", computeResource: "small", instanceTypes: ["local.small"] },
      staticNodes: ["cpu-st-small-1"],
      dynamicNodes: ["cpu-dy-small-1", "cpu-dy-small-2"],
    });
  });

  it("tags machines as their queue and compute resource say, the latter first", () => {
    const tags = (team: string) => `Tags: [{ Key: team, Value: ${team} }]`;
    const resource = RESOURCE.replace("MaxCount: 3 }", `MaxCount: 3, ${tags("cfd")} }`);
    const queue = `Tags: [{ Key: team, Value: all }, { Key: cost, Value: "7" }],`;
    expect(only(aws(queue, resource)).tags).toEqual({ team: "cfd", cost: "7" });
  });

  it("waits for a machine as much longer as its slowest type takes", () => {
    const cluster = config(`Provider: local
Scheduling:
  SlurmQueues:
    - Name: cpu
      ComputeResources:
        - { Name: any, Instances: [{ InstanceType: local.small }, { InstanceType: slow }] }
Local: { MachineTypes: [{ Name: slow, VCpus: 1, Memory: 512, BootSeconds: 40 }] }
`);
    const [spec] = poolSpecs(cluster, localMachineTypes(cluster));
    expect(spec?.bootTimeoutSeconds).toBe(70);
  });

  it.each([
    ["", ["on-demand"]],
    ["CapacityType: SPOT,", ["spot"]],
    ["CapacityType: SPOT, FallbackCapacityType: ONDEMAND,", ["spot", "on-demand"]],
    [RESERVED, ["reserved"]],
    [`${RESERVED} FallbackCapacityType: ONDEMAND,`, ["reserved", "on-demand"]],
    [`${RESERVED} CapacityType: SPOT,`, ["reserved", "spot"]],
    [
      `${RESERVED} CapacityType: SPOT, FallbackCapacityType: ONDEMAND,`,
      ["reserved", "spot", "on-demand"],
    ],
  ])("%s asks the markets %j, in that order", (keys, markets) => {
    expect(only(aws(keys)).pool.markets).toEqual(markets);
  });

  it("asks for a capacity block out of that block alone", () => {
    const resources = RESOURCE.replace("MinCount: 1", "MinCount: 3").replace(
      "c5.large",
      "p5.48xlarge",
    );
    const { pool } = only(aws(`CapacityType: CAPACITY_BLOCK, ${RESERVED}`, resources));
    expect(pool).toMatchObject({ markets: ["block"], reservation: { id: "cr-1" } });
  });

  it("takes the reservation of the compute resource before that of the queue", () => {
    const group = "CapacityReservationTarget: { CapacityReservationResourceGroupArn: 'arn:aws:g' }";
    const resources = `ComputeResources: [{ Name: a, InstanceType: c5.large, ${group} }, { Name: b, InstanceType: c5.large }]`;
    const specs = poolSpecs(aws(RESERVED, resources), new Map());
    expect(specs.map(({ pool }) => pool.reservation)).toEqual([
      { group: "arn:aws:g" },
      { id: "cr-1" },
    ]);
  });

  it("leaves out what the local cloud has not: reservations and placement", () => {
    const { pool } = only(local(`${RESERVED} Networking: { PlacementGroup: { Enabled: true } },`));
    expect(pool).toMatchObject({ markets: ["on-demand"], placement: false });
    expect(pool).not.toHaveProperty("reservation");
  });

  it("leaves the choice between several types to the cloud where the file asks for what it has", () => {
    const several =
      "ComputeResources: [{ Name: a, Instances: [{ InstanceType: c5.large }, { InstanceType: m5.large }] }]";
    const spot = "CapacityType: SPOT, AllocationStrategy:";
    expect(only(aws(`${spot} price-capacity-optimized,`, several)).pool.choice).toBe("cloud");
    expect(only(aws(`${spot} lowest-price,`, several)).pool.choice).toBeUndefined();
    expect(only(aws(`${spot} price-capacity-optimized,`)).pool.choice).toBeUndefined();
  });

  it.each([
    ["", "price"],
    ["CapacityType: SPOT, AllocationStrategy: price-capacity-optimized,", "price"],
    ["CapacityType: SPOT, AllocationStrategy: capacity-optimized,", "price"],
    ["CapacityType: SPOT, AllocationStrategy: capacity-optimized-prioritized,", "file"],
    ["AllocationStrategy: prioritized,", "file"],
  ])("%s asks by %s", (keys, order) => {
    expect(only(aws(keys)).pool.order).toBe(order);
  });

  it("asks the compute resource for its placement group before the queue", () => {
    const resources = RESOURCE.replace(
      "Name: small",
      "Name: small, Networking: { PlacementGroup: { Enabled: true } }",
    );
    expect(only(aws("", resources)).pool.placement).toBe(true);
  });

  it.each([
    ["", false],
    ["PlacementGroup: { Enabled: true }", true],
    ["PlacementGroup: { Name: mine }", true],
    ["PlacementGroup: { Enabled: false }", false],
  ])("{%s} places machines together: %s", (group, placement) => {
    const cluster = config(`Image: { Os: alinux2023 }
HeadNode: { InstanceType: t3.small, Networking: { SubnetId: subnet-01234567 } }
Scheduling:
  SlurmQueues:
    - { Name: cpu, Networking: { SubnetIds: [subnet-01234567], ${group} }, ${RESOURCE} }
`);
    expect(only(cluster).pool.placement).toBe(placement);
  });

  it("takes from the queue what it says, and the rest from the cluster", () => {
    const cluster = "SlurmSettings: { ScaledownIdletime: 7 }\n  ScalingStrategy: best-effort";
    expect(only(aws("", RESOURCE, cluster)).policy).toEqual({
      scalingStrategy: "best-effort",
      idleSeconds: 420,
      checkpointGraceSeconds: 90,
      protectAfterFailures: 10,
      reservationLeadSeconds: 180,
    });
    const queue =
      "ScalingStrategy: greedy-all-or-nothing, ScaledownIdletime: -1, CheckpointGrace: 2m, ReservationLead: 1h,";
    expect(only(aws(queue, RESOURCE, `${cluster}\n  ProtectedFailureCount: 0`)).policy).toEqual({
      scalingStrategy: "greedy-all-or-nothing",
      idleSeconds: "never",
      checkpointGraceSeconds: 120,
      protectAfterFailures: 0,
      reservationLeadSeconds: 3600,
    });
    expect(only(local("")).policy.reservationLeadSeconds).toBe(10);
  });
});

describe("warmPolicies", () => {
  it("has nothing for a queue that keeps nothing warm", () => {
    expect(warmPolicies(local("")).size).toBe(0);
  });

  it("counts days from Sunday, shares from 0 to 1 and demand in whole minutes", () => {
    const warm = `WarmNodes: {
      Count: 1, DemandShare: 25, DemandWindow: 90s, Stopped: 2,
      Schedule: [{ Days: [Mon, sun, MON], Hours: 22:00-06:00, TimeZone: Asia/Tokyo, Count: 2 }] },`;
    expect([...warmPolicies(local(warm))]).toEqual([
      [
        "cpu",
        {
          count: 1,
          windows: [
            { days: [1, 0], fromMinute: 1320, untilMinute: 360, timeZone: "Asia/Tokyo", count: 2 },
          ],
          demandShare: 0.25,
          demandMinutes: 2,
          stopped: 2,
        },
      ],
    ]);
  });
});
