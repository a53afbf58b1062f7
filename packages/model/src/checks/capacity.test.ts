import { describe, expect, it } from "vitest";
import { aws, check, queues, resource } from "../testing/cluster-text.ts";

const block = (queue: string, computeResource: string) =>
  aws(
    `CapacityType: CAPACITY_BLOCK, ${queue}ComputeResources: [{Name: a, InstanceType: p5.48xlarge, Efa: {Enabled: true}, ${computeResource}}]`,
  );
const ID = "CapacityReservationTarget: {CapacityReservationId: cr-0123}";
const GROUP =
  "CapacityReservationTarget: {CapacityReservationResourceGroupArn: 'arn:aws:resource-groups:x'}";
/** A queue of four nodes, one of them static. */
const warm = (text: string) =>
  queues(
    `{Name: q, WarmNodes: ${text}, ComputeResources: [{Name: a, InstanceType: local.small, MinCount: 1, MaxCount: 2}, {Name: b, InstanceType: local.small, MaxCount: 2}]}`,
  );

const FIT: readonly (readonly [string, string])[] = [
  [
    "spot machines in the order of the file",
    queues(
      "{Name: q, CapacityType: SPOT, AllocationStrategy: prioritized, ComputeResources: [{Name: a, InstanceType: local.small}]}",
    ),
  ],
  [
    "spot machines with a fallback",
    aws(
      "CapacityType: SPOT, FallbackCapacityType: ONDEMAND, ComputeResources: [{Name: a, InstanceType: c5.large}]",
    ),
  ],
  [
    "a capacity reservation with a fallback",
    aws(
      `FallbackCapacityType: ONDEMAND, ComputeResources: [{Name: a, InstanceType: c5.large, ${ID}}]`,
    ),
  ],
  [
    "several machine types out of a group of reservations",
    aws(`${GROUP}, ComputeResources: [{Name: a, Instances: [{InstanceType: c5.large}]}]`),
  ],
  ["a machine type that the reservation says", aws(`ComputeResources: [{Name: a, ${ID}}]`)],
  ["a capacity block", block("", `MinCount: 2, MaxCount: 2, ${ID}`)],
  ["a capacity block of the queue", block(`${ID}, `, "MinCount: 10")],
  [
    "every dynamic node warm",
    warm(
      "{Count: 3, Stopped: 3, Schedule: [{Days: [mon, SUN], Hours: '22:00-6:30', TimeZone: Europe/Berlin, Count: 3}]}",
    ),
  ],
];

const MISTAKES: readonly (readonly [string, string])[] = [
  [
    "ERROR InstancesAllocationStrategyValidator",
    aws(
      "CapacityType: SPOT, AllocationStrategy: »prioritized, ComputeResources: [{Name: a, InstanceType: c5.large}]",
    ),
  ],
  [
    "ERROR InstancesAllocationStrategyValidator",
    block(`${ID}, AllocationStrategy: »lowest-price, `, "MinCount: 1, MaxCount: 1"),
  ],
  [
    "ERROR FallbackCapacityTypeValidator",
    queues(
      "{Name: q, FallbackCapacityType: »ONDEMAND, ComputeResources: [{Name: a, InstanceType: local.small}]}",
    ),
  ],
  [
    "ERROR FallbackCapacityTypeValidator",
    block(`${ID}, FallbackCapacityType: »ONDEMAND, `, "MinCount: 1, MaxCount: 1"),
  ],
  [
    "ERROR FallbackCapacityTypeValidator",
    queues(
      "{Name: q, CapacityType: SPOT, FallbackCapacityType: »SPOT, ComputeResources: [{Name: a, InstanceType: local.small}]}",
    ),
  ],
  ["WARNING ProviderKeyValidator", resource(`{Name: a, InstanceType: local.small, »${ID}}`)],
  [
    "ERROR ConfigSchemaValidator",
    aws("»CapacityReservationTarget: {}, ComputeResources: [{Name: a, InstanceType: c5.large}]"),
  ],
  [
    "ERROR ConfigSchemaValidator",
    aws(
      "ComputeResources: [{Name: a, InstanceType: c5.large, CapacityReservationTarget: {CapacityReservationId: cr-1, »CapacityReservationResourceGroupArn: 'arn:a'}}]",
    ),
  ],
  [
    "ERROR CapacityReservationValidator",
    aws(`${ID}, ComputeResources: [{Name: a, »Instances: [{InstanceType: c5.large}]}]`),
  ],
  [
    "ERROR CapacityTypeValidator",
    aws(
      "CapacityType: CAPACITY_BLOCK, ComputeResources: [»{Name: a, InstanceType: p5.48xlarge, Efa: {Enabled: true}, MinCount: 1, MaxCount: 1}]",
    ),
  ],
  [
    "ERROR CapacityTypeValidator",
    aws(
      `${ID}, CapacityType: CAPACITY_BLOCK, ComputeResources: [»{Name: a, InstanceType: p5.48xlarge, Efa: {Enabled: true}, MinCount: 1, MaxCount: 1, ${GROUP}}]`,
    ),
  ],
  ["ERROR ComputeResourceSizeValidator", block("", `MinCount: »1, MaxCount: 2, ${ID}`)],
  [
    "ERROR ComputeResourceSizeValidator",
    aws(
      `CapacityType: CAPACITY_BLOCK, ComputeResources: [»{Name: a, InstanceType: p5.48xlarge, Efa: {Enabled: true}, ${ID}}]`,
    ),
  ],
  ["ERROR WarmNodesValidator", warm("{Count: »4}")],
  ["ERROR WarmNodesValidator", warm("{Stopped: »4}")],
  ["ERROR WarmNodesValidator", warm("{Schedule: [{Count: 1}, {Count: »5}]}")],
  ["ERROR WarmNodesValidator", warm("{Schedule: [{Hours: »'8:00-08:00', Count: 1}]}")],
  ...["{Hours: »9-17}", "{Hours: »'08:00-24:30'}", "{Hours: »'24:00-08:00'}"].map(
    (text) =>
      [
        "ERROR ConfigSchemaValidator",
        warm(`{Schedule: [${text.replace("}", ", Count: 1}")}]}`),
      ] as const,
  ),
  ...["Days: [»Monday]", "Days: »[]", "TimeZone: »Europe/Bern-West", "TimeZone: »'+01:00'"].map(
    (text) => ["ERROR ConfigSchemaValidator", warm(`{Schedule: [{${text}, Count: 1}]}`)] as const,
  ),
  ["ERROR ConfigSchemaValidator", warm("{Schedule: [»{Days: [Mon]}]}")],
  ...["DemandShare: »101", "DemandWindow: »30s", "DemandWindow: »2d", "Count: »-1"].map(
    (text) => ["ERROR ConfigSchemaValidator", warm(`{${text}}`)] as const,
  ),
  ...["CheckpointGrace: »90", "CheckpointGrace: »never", "ReservationLead: »25h"].map(
    (text) =>
      [
        "ERROR ConfigSchemaValidator",
        queues(`{Name: q, ${text}, ComputeResources: [{Name: a, InstanceType: local.small}]}`),
      ] as const,
  ),
  [
    "ERROR ConfigSchemaValidator",
    `${resource("{Name: a, InstanceType: local.small}")}  ProtectedFailureCount: »-1\n`,
  ],
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
