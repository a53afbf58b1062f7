import type { DraftFile } from "../cluster-file/draft.ts";
import { type Problem, problem } from "../cluster-file/problem.ts";
import { awsGroupsOf, type ComputeGroup, type GroupType } from "./compute-groups.ts";

/** EFA where the machine type has it, and nowhere else. */
export function* efa(file: DraftFile): Generator<Problem> {
  for (const group of awsGroupsOf(file)) {
    const { resource, path, types, isFlexible } = group;
    // It may not be enabled merely because its value is no boolean.
    if (resource.Efa === null || resource.Efa?.Enabled === null) continue;
    yield* isFlexible ? severalTypes(group) : types.flatMap((type) => [...oneType(group, type)]);
    if (resource.Efa?.GdrSupport === true && !group.efa) {
      yield problem(
        "EfaValidator",
        [...path, "Efa", "GdrSupport"],
        "GPUDirect RDMA goes over EFA, which is not enabled",
        "write Enabled: true beside it, or remove it",
      );
    }
  }
}

function* oneType(group: ComputeGroup, { name, path, facts }: GroupType): Generator<Problem> {
  if (facts === undefined) return;
  if (group.efa && !facts.interconnect) {
    yield problem(
      "EfaValidator",
      path,
      `${name} has no EFA, and EC2 refuses to launch it with one`,
      "write a machine type with EFA, or Efa.Enabled: false",
    );
  }
  if (isUnused(group) && facts.interconnect) {
    yield problem("EfaValidator", path, unused([name]), ENABLE, { level: "WARNING" });
  }
}

function* severalTypes(group: ComputeGroup): Generator<Problem> {
  const { types, path, label } = group;
  const place = [...path, "Instances"];
  const [first] = types.filter(({ facts }) => facts?.interconnect === false);
  if (group.efa && first !== undefined) {
    const names = types.filter(({ facts }) => facts?.interconnect === false);
    yield problem(
      "InstancesEFAValidator",
      first.path,
      `EFA is enabled for ${label}, and EC2 refuses to launch ${list(names)} with it`,
      "remove them from Instances, or write Efa.Enabled: false",
    );
  }
  const capable = types.filter(({ facts }) => facts?.interconnect === true);
  if (isUnused(group) && capable.length > 0) {
    const message = unused(capable.map(({ name }) => name));
    yield problem("InstancesEFAValidator", place, message, ENABLE, { at: "key", level: "WARNING" });
  }
}

const ENABLE = "write Efa with Enabled: true, or leave it if no job runs on several nodes";

/** Over several zones there is none, so that nothing is missed. */
function isUnused({ efa: isEnabled, zones }: ComputeGroup): boolean {
  return !isEnabled && zones === "one";
}

function unused(names: readonly string[]): string {
  const verb = names.length === 1 ? "has" : "have";
  return `${names.join(", ")} ${verb} EFA at no extra cost, which jobs on several nodes are much faster with, and it is not enabled`;
}

function list(types: readonly GroupType[]): string {
  return types.map(({ name }) => name).join(", ");
}

/** EFA's traffic can't be routed, so it ends with the subnet. */
export function* efaZones(file: DraftFile): Generator<Problem> {
  for (const { efa: isEnabled, zones, path, label } of awsGroupsOf(file)) {
    if (!isEnabled || zones !== "several") continue;
    yield problem(
      "EfaMultiAzValidator",
      [...path, "Efa", "Enabled"],
      `EFA works inside one zone, and ${label} has subnets in several`,
      "write one subnet in SubnetIds of the queue, or Enabled: false",
    );
  }
}

/** Without a placement group EFA's short ways are left to chance. */
export function* efaPlacement(file: DraftFile): Generator<Problem> {
  for (const { efa: isEnabled, zones, placement, capacityType, path, label } of awsGroupsOf(file)) {
    // Machines of a capacity block are close together anyway.
    if (!isEnabled || zones !== "one" || capacityType === "CAPACITY_BLOCK") continue;
    if (placement?.is === "declined") {
      yield problem(
        "EfaPlacementGroupValidator",
        [...placement.path, "Enabled"],
        `${label} has EFA and no placement group, so its machines may be far apart and jobs slower`,
        "write Enabled: true, or leave it if machines are hard to get",
        { level: "WARNING" },
      );
    } else if (placement?.is === "unsaid") {
      yield problem(
        "EfaPlacementGroupValidator",
        [...path, "Efa"],
        `${label} has EFA, and the file does not say whether its machines are placed close together, which much of EFA's speed depends on`,
        "write PlacementGroup with Enabled: true under Networking, or Enabled: false",
        { at: "key" },
      );
    }
  }
}
