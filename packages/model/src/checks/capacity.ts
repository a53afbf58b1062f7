import { catalogueKnows } from "../catalogue/machine-types.ts";
import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import type { Provider } from "../cluster-file/schema/provider.ts";
import { cloudGroupsOf } from "./compute-groups.ts";
import { providerOf } from "./provider.ts";
import { computeResourcesOf, countsOf, queuesOf } from "./resources.ts";

/**
 * The strategies that look at spare capacity exist for spot machines only. EC2 knows `prioritized`
 * for machines on demand only, and none for a capacity block.
 */
export function* allocationStrategies(file: DraftFile): Generator<Problem> {
  const isAws = providerOf(file) === "aws";
  for (const { queue, path } of queuesOf(file)) {
    const { AllocationStrategy: strategy, CapacityType: capacity = "ONDEMAND" } = queue;
    if (typeof strategy !== "string" || capacity === null) continue;
    const refuse = (why: string, suggestion: string): Problem =>
      problem(
        "InstancesAllocationStrategyValidator",
        [...path, "AllocationStrategy"],
        `${showValue(strategy)} ${why}, and CapacityType is ${capacity}`,
        suggestion,
      );
    if (capacity === "CAPACITY_BLOCK") {
      if (isAws) yield refuse("chooses among machine types", "remove it");
    } else if (capacity !== "SPOT" && strategy.includes("capacity-optimized")) {
      const suggestion = "write lowest-price or prioritized, or CapacityType: SPOT";
      yield refuse("chooses among spot machines", suggestion);
    } else if (capacity === "SPOT" && strategy === "prioritized" && isAws) {
      yield refuse("chooses among machines on demand", "write capacity-optimized-prioritized");
    }
  }
}

/** A fallback needs something that can run out. */
export function* fallbacks(file: DraftFile): Generator<Problem> {
  for (const { queue, path } of queuesOf(file)) {
    const { FallbackCapacityType: fallback, CapacityType: capacity = "ONDEMAND" } = queue;
    if (typeof fallback !== "string" || capacity === null || capacity === "SPOT") continue;
    const isReserved = [queue, ...entriesOf(queue.ComputeResources).map(({ item }) => item)].some(
      ({ CapacityReservationTarget: target }) => target !== undefined,
    );
    if (capacity === "ONDEMAND" && isReserved) continue;
    const message =
      capacity === "ONDEMAND"
        ? `there is nothing to fall back to ${fallback} from: every machine is ONDEMAND`
        : `a capacity block has no fallback, and CapacityType is ${capacity}`;
    const suggestion =
      capacity === "ONDEMAND"
        ? "remove it, or write CapacityType: SPOT or a CapacityReservationTarget"
        : "remove it";
    const place = [...path, "FallbackCapacityType"];
    yield problem("FallbackCapacityTypeValidator", place, message, suggestion);
  }
}

const TARGET = "CapacityReservationTarget";

/** Exactly one of the two ways to name a reservation; an id is of one machine type. */
export function* reservationTargets(file: DraftFile): Generator<Problem> {
  // There it has no effect, which another check says.
  if (providerOf(file) === "local") return;
  for (const { queue, path } of queuesOf(file)) {
    yield* oneKey(queue.CapacityReservationTarget, [...path, TARGET]);
  }
  for (const { queue, resource, path } of computeResourcesOf(file)) {
    yield* oneKey(resource.CapacityReservationTarget, [...path, TARGET]);
    const target = resource.CapacityReservationTarget ?? queue.CapacityReservationTarget;
    const id = target?.CapacityReservationId;
    if (typeof id !== "string" || resource.Instances === undefined) continue;
    if (providerOf(file) !== "aws") continue;
    const message = `the capacity reservation ${showValue(id)} is of one machine type, and Instances lists several`;
    yield problem(
      "CapacityReservationValidator",
      [...path, "Instances"],
      message,
      "write InstanceType, or CapacityReservationResourceGroupArn for several reservations",
      { at: "key" },
    );
  }
}

type DraftTarget =
  | {
      readonly CapacityReservationId?: string | null | undefined;
      readonly CapacityReservationResourceGroupArn?: string | null | undefined;
    }
  | null
  | undefined;

function* oneKey(target: DraftTarget, path: Path): Generator<Problem> {
  if (target === undefined || target === null) return;
  const { CapacityReservationId: id, CapacityReservationResourceGroupArn: group } = target;
  const suggestion = "write one of CapacityReservationId and CapacityReservationResourceGroupArn";
  if (id !== undefined && group !== undefined) {
    const place = [...path, "CapacityReservationResourceGroupArn"];
    const message = "a reservation is named by its id and by a group, and each alone says which";
    yield problem("ConfigSchemaValidator", place, message, "keep one of them", { at: "key" });
  } else if (id === undefined && group === undefined) {
    const message = "no reservation is named";
    yield problem("ConfigSchemaValidator", path, message, suggestion, { at: "key" });
  }
}

/** Not every machine type can be had in every way. */
export function* capacityTypes(file: DraftFile): Generator<Problem> {
  const provider = providerOf(file);
  for (const { types, capacityType } of cloudGroupsOf(file)) {
    if (capacityType === undefined || provider === undefined) continue;
    for (const { name, path, facts } of types) {
      if (facts === undefined) yield* unsureCapacity(provider, name, capacityType, path);
      else if (!facts.capacityTypes.includes(capacityType)) {
        // That it can't be a capacity block elsewhere is said of the value itself.
        if (provider !== "aws" && capacityType === "CAPACITY_BLOCK") continue;
        const message = `${name} can't be had as ${capacityType}, and CapacityType of the queue says so`;
        const suggestion = `write another machine type, or CapacityType: ${facts.capacityTypes.join(" or ")}`;
        yield problem("CapacityTypeValidator", path, message, suggestion);
      }
    }
  }
}

/** Every machine type that exists can be had on demand; of an unknown name another check speaks. */
function* unsureCapacity(
  provider: Provider,
  name: string,
  capacityType: string,
  path: Path,
): Generator<Problem> {
  if (capacityType === "ONDEMAND" || catalogueKnows(provider, name) !== "price") return;
  const message = `whether ${name} can be had as ${capacityType} is not known here`;
  const suggestion = "leave it if you know that it can";
  yield problem("CapacityTypeValidator", path, message, suggestion, { level: "WARNING" });
}

/** A capacity block is named by its id, and is paid for whole: all of its nodes are static. */
export function* capacityBlocks(file: DraftFile): Generator<Problem> {
  if (providerOf(file) !== "aws") return;
  for (const { queue, resource, path } of computeResourcesOf(file)) {
    if (queue.CapacityType !== "CAPACITY_BLOCK") continue;
    const target =
      resource.CapacityReservationTarget === undefined
        ? queue.CapacityReservationTarget
        : resource.CapacityReservationTarget;
    if (target !== null && target?.CapacityReservationId === undefined) {
      const message = "with CapacityType CAPACITY_BLOCK the capacity block must be named by its id";
      const suggestion = `write ${TARGET} with CapacityReservationId`;
      yield problem("CapacityTypeValidator", [...path, TARGET], message, suggestion, {
        at: "missing",
      });
    }
    const counts = countsOf(resource);
    if (counts === undefined || counts.MinCount >= counts.MaxCount) continue;
    const { MinCount, MaxCount } = counts;
    const message = `MinCount is ${MinCount} and MaxCount ${MaxCount}; with CapacityType CAPACITY_BLOCK they are equal`;
    yield problem(
      "ComputeResourceSizeValidator",
      [...path, "MinCount"],
      message,
      `write ${MaxCount} for both`,
      { at: resource.MinCount === undefined ? "missing" : "value" },
    );
  }
}
