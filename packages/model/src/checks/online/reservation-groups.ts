import type { AccountFacts, Answers } from "../../account/contract.ts";
import { type Path, type Problem, problem } from "../../cluster-file/problem.ts";
import type { OnlineCheck } from "../check.ts";
import type { GroupType } from "../compute-groups.ts";
import { isPlaced } from "../compute-groups.ts";
import { factsOf, isAbsent } from "./facts.ts";
import { type Reserved, reservationQuestions, reservedOf } from "./reservations.ts";

type Facts = AccountFacts["capacityReservation"];

/** The reservations that machines may come out of; undefined until all are known. */
function membersOf({ reservation }: Reserved, known: Answers): readonly Facts[] | undefined {
  const { id, group } = reservation;
  const ids =
    id !== undefined
      ? [id]
      : group === undefined
        ? undefined
        : factsOf(known, "capacityReservationGroup", group)?.reservationIds;
  if (ids === undefined) return undefined;
  const facts = ids.flatMap((one) => factsOf(known, "capacityReservation", one) ?? []);
  return facts.length === ids.length ? facts : undefined;
}

/** Undefined until the zones of all subnets are known. */
function zonesOf({ subnetIds }: Reserved, known: Answers): readonly string[] | undefined {
  const zones = subnetIds.flatMap((id) => factsOf(known, "subnet", id)?.zone ?? []);
  return zones.length === subnetIds.length && zones.length > 0 ? [...new Set(zones)] : undefined;
}

const GROUP = "CapacityReservationResourceGroupValidator";

const groups: OnlineCheck = {
  ids: [GROUP],
  *questions(file, known) {
    const isUsed = [...reservedOf(file)].some(({ reservation }) => reservation.group !== undefined);
    if (isUsed) yield* reservationQuestions(file, known);
  },
  *check(file, known) {
    for (const reserved of reservedOf(file)) {
      const { group: arn, path: target } = reserved.reservation;
      if (arn === undefined) continue;
      const path = [...target, "CapacityReservationResourceGroupArn"];
      if (isAbsent(known, "capacityReservationGroup", arn)) {
        const message = `${arn} is not a group of capacity reservations in the account and region`;
        const suggestion = "write the ARN of a resource group that is a pool of reservations";
        yield problem(GROUP, path, message, suggestion);
      }
      const members = membersOf(reserved, known);
      const zones = zonesOf(reserved, known);
      if (members === undefined || zones === undefined) continue;
      yield* typesCovered(reserved.group.types, members, zones);
      yield* zonesCovered(path, members, zones);
    }
  },
};

function* typesCovered(
  types: readonly GroupType[],
  members: readonly Facts[],
  zones: readonly string[],
): Generator<Problem> {
  for (const { name, path } of types) {
    const here = members.filter(({ instanceType }) => instanceType === name);
    if (here.length === 0) {
      const message = `no reservation of the group is of ${name}`;
      const suggestion = "write a machine type that is reserved, or reserve this one";
      yield problem(GROUP, path, message, suggestion);
      continue;
    }
    const bare = zones.filter((zone) => !here.some((one) => one.zone === zone));
    // That nothing at all is reserved in a zone is said of the zone.
    const partly = bare.filter((zone) => members.some((one) => one.zone === zone));
    if (partly.length === 0) continue;
    const message = `no reservation of the group is of ${name} in ${partly.join(", ")}, where machines may be launched as well`;
    const suggestion = "reserve some there, or remove the subnets there";
    yield problem(GROUP, path, message, suggestion, { level: "WARNING" });
  }
}

function* zonesCovered(
  path: Path,
  members: readonly Facts[],
  zones: readonly string[],
): Generator<Problem> {
  const bare = zones.filter((zone) => !members.some((one) => one.zone === zone));
  if (bare.length === 0) return;
  const reserved = [...new Set(members.map(({ zone }) => zone))].join(", ") || "no zone";
  const message = `the group has reservations in ${reserved}, and the queue has subnets in ${bare.join(", ")}${bare.length < zones.length ? " too" : ""}`;
  const suggestion = "write subnets of the zones that are reserved, or reserve some there";
  const level = bare.length < zones.length ? "WARNING" : "ERROR";
  yield problem(GROUP, path, message, suggestion, { level });
}

const PLACEMENT = "PlacementGroupCapacityReservationValidator";

const placements: OnlineCheck = {
  ids: [PLACEMENT],
  questions: reservationQuestions,
  *check(file, known) {
    for (const reserved of reservedOf(file)) {
      const { group } = reserved;
      const members = membersOf(reserved, known);
      const [zone] = zonesOf(reserved, known) ?? [];
      if (members === undefined || zone === undefined || group.zones !== "one") continue;
      if (group.placement === undefined) continue;
      for (const type of group.types) {
        const here = members.filter((one) => one.instanceType === type.name && one.zone === zone);
        // Other checks say that there is none at all.
        if (here.length > 0) yield* placed(reserved, type, here);
      }
    }
  },
};

/** A reservation inside a placement group is for machines of that group alone. */
function* placed(
  { group, reservation }: Reserved,
  { name }: GroupType,
  here: readonly Facts[],
): Generator<Problem> {
  const { placement } = group;
  const isOpen = here.some(({ placementGroupArn }) => placementGroupArn === undefined);
  if (!isPlaced(group) || placement === undefined || placement.is === "unsaid") {
    if (isOpen) return;
    const names = here.map(({ placementGroupArn }) => nameOf(placementGroupArn)).join(", ");
    const message = `what is reserved of ${name} is inside the placement group ${names}, and ${group.label} has none, so no machine comes out of it`;
    yield problem(
      PLACEMENT,
      reservation.path,
      message,
      `write PlacementGroup with Name: ${names}`,
      {
        at: "key",
      },
    );
    return;
  }
  const wanted = placement.is === "named" ? placement.name : undefined;
  const isInside = here.some(({ placementGroupArn }) => nameOf(placementGroupArn) === wanted);
  if (wanted !== undefined && isInside) return;
  if (isOpen) {
    const message = `what is reserved of ${name} is anywhere in the zone, and a placement group for ${group.label} may make EC2 refuse machines although some are left`;
    const suggestion = "remove the placement group, or reserve inside it";
    yield problem(PLACEMENT, placement.path, message, suggestion, { at: "key", level: "WARNING" });
    return;
  }
  const names = here.map(({ placementGroupArn }) => nameOf(placementGroupArn)).join(", ");
  const message = `what is reserved of ${name} is inside the placement group ${names}, and ${group.label} has another, so no machine comes out of it`;
  yield problem(PLACEMENT, placement.path, message, `write Name: ${names}`, { at: "key" });
}

/** `arn:aws:ec2:…:placement-group/mine` is `mine`. */
function nameOf(arn: string | undefined): string | undefined {
  return arn?.slice(arn.lastIndexOf("/") + 1);
}

export const RESERVATION_GROUP_CHECKS: readonly OnlineCheck[] = [groups, placements];
