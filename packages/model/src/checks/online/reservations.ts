import type { AccountFacts, Answers, Question } from "../../account/contract.ts";
import type { DraftFile } from "../../cluster-file/draft.ts";
import { type Path, type Problem, problem } from "../../cluster-file/problem.ts";
import type { OnlineCheck } from "../check.ts";
import { awsGroupsOf, type ComputeGroup, type Reservation } from "../compute-groups.ts";
import { texts } from "../nodes.ts";
import { countsOf } from "../resources.ts";
import { factsOf, isAbsent } from "./facts.ts";

export interface Reserved {
  readonly group: ComputeGroup;
  readonly reservation: Reservation;
  readonly subnetIds: readonly string[];
}

/** Compute resources whose machines come out of a reservation. */
export function* reservedOf(file: DraftFile): Generator<Reserved> {
  for (const group of awsGroupsOf(file)) {
    const { reservation, queue } = group;
    if (reservation === undefined) continue;
    yield { group, reservation, subnetIds: texts(queue.Networking?.SubnetIds) };
  }
}

/** The reservations themselves, those of groups as soon as these are known; and where machines are. */
export function* reservationQuestions(file: DraftFile, known: Answers): Generator<Question> {
  for (const { reservation, subnetIds } of reservedOf(file)) {
    for (const id of subnetIds) yield { kind: "subnet", id };
    if (reservation.id !== undefined) yield { kind: "capacityReservation", id: reservation.id };
    if (reservation.group === undefined) continue;
    yield { kind: "capacityReservationGroup", id: reservation.group };
    const members = factsOf(known, "capacityReservationGroup", reservation.group)?.reservationIds;
    for (const id of members ?? []) yield { kind: "capacityReservation", id };
  }
}

const ONE = "CapacityReservationValidator";

/** States out of which no machine comes any more. */
const OVER: ReadonlySet<string> = new Set(["cancelled", "expired", "failed", "payment-failed"]);

const oneReservation: OnlineCheck = {
  ids: [ONE],
  *questions(file) {
    for (const { reservation, subnetIds } of reservedOf(file)) {
      if (reservation.id === undefined) continue;
      yield { kind: "capacityReservation", id: reservation.id };
      for (const id of subnetIds) yield { kind: "subnet", id };
    }
  },
  *check(file, known) {
    const reported = new Set<string>();
    for (const reserved of reservedOf(file)) {
      const { id, path } = reserved.reservation;
      if (id === undefined) continue;
      const place = [...path, "CapacityReservationId"];
      const facts = factsOf(known, "capacityReservation", id);
      const state = isAbsent(known, "capacityReservation", id) ? "absent" : facts?.state;
      const isGone = state !== undefined && (state === "absent" || OVER.has(state));
      if (isGone && !reported.has(id)) {
        const message =
          state === "absent"
            ? `there is no capacity reservation ${id} in the account and region`
            : `the capacity reservation ${id} is ${state}, and no machine comes out of it`;
        yield problem(ONE, place, message, "write the id of a reservation that is active");
      }
      reported.add(id);
      if (facts !== undefined && !isGone) yield* fits(reserved, id, place, facts, known);
    }
  },
};

function* fits(
  { group, subnetIds }: Reserved,
  id: string,
  path: Path,
  facts: AccountFacts["capacityReservation"],
  known: Answers,
): Generator<Problem> {
  const [type] = group.types;
  if (!group.isFlexible && type !== undefined && type.name !== facts.instanceType) {
    const message = `${id} is of ${facts.instanceType}, and InstanceType is ${type.name}`;
    yield problem(ONE, type.path, message, `write ${facts.instanceType}`);
  }
  const zones = subnetIds.flatMap((subnet) => factsOf(known, "subnet", subnet)?.zone ?? []);
  if (zones.length === subnetIds.length && zones.length > 0 && !zones.includes(facts.zone)) {
    const message = `${id} is in ${facts.zone}, and the queue has subnets in ${zones.join(", ")}`;
    yield problem(ONE, path, message, `write a subnet in ${facts.zone} in SubnetIds of the queue`);
  }
  if (group.capacityType === "CAPACITY_BLOCK" && !facts.isBlock) {
    const message = `${id} is no capacity block, and CapacityType of the queue says so`;
    yield problem(
      ONE,
      path,
      message,
      "write the id of a capacity block, or CapacityType: ONDEMAND",
    );
  }
}

const SIZE = "CapacityReservationSizeValidator";

/** All compute resources of a reservation together. A queue that can fall back may ask for more. */
const reservationSize: OnlineCheck = {
  ids: [SIZE],
  *questions(file) {
    for (const { reservation } of reservedOf(file)) {
      if (reservation.id !== undefined) yield { kind: "capacityReservation", id: reservation.id };
    }
  },
  *check(file, known) {
    const asked = new Map<string, number>();
    for (const { group, reservation } of reservedOf(file)) {
      const { id } = reservation;
      const counts = countsOf(group.resource);
      if (id === undefined || counts === undefined) continue;
      if (group.queue.FallbackCapacityType !== undefined) continue;
      const before = asked.get(id) ?? 0;
      const sum = before + counts.MaxCount;
      asked.set(id, sum);
      const total = factsOf(known, "capacityReservation", id)?.total;
      if (total === undefined || sum <= total || before > total) continue;
      const message = `with ${counts.MaxCount} more ${sum} machines are asked of ${id}, which has ${total}`;
      const suggestion = `write a smaller MaxCount, or FallbackCapacityType: ONDEMAND for those beyond it`;
      const isSaid = group.resource.MaxCount !== undefined;
      yield problem(SIZE, [...group.path, "MaxCount"], message, suggestion, {
        at: isSaid ? "value" : "missing",
      });
    }
  },
};

export const RESERVATION_CHECKS: readonly OnlineCheck[] = [oneReservation, reservationSize];
