import {
  CancelCapacityReservationCommand,
  type CapacityReservation,
  CreateCapacityReservationCommand,
  DescribeCapacityReservationsCommand,
} from "@aws-sdk/client-ec2";
import { ListGroupResourcesCommand } from "@aws-sdk/client-resource-groups";
import { handle, ServiceError } from "../../contract.ts";
import { described, type Filters, fields } from "./describe.ts";
import type { LaunchRequest } from "./launch-request.ts";
import type { Ec2State, Operations } from "./state.ts";
import { tagsFor } from "./tags.ts";
import { knownType } from "./types.ts";

const FILTERS: Filters<CapacityReservation> = {
  ...fields<CapacityReservation>("InstanceType", "AvailabilityZone", "State", "OwnerId"),
  ...fields<CapacityReservation>("InstanceMatchCriteria", "ReservationType"),
};

export function reservationOperations(state: Ec2State): Operations {
  return {
    CreateCapacityReservation: handle(CreateCapacityReservationCommand, (input) => {
      const type = knownType(input.InstanceType ?? "");
      const count = input.InstanceCount ?? 0;
      const id = state.reservations.newId();
      const CapacityReservation: CapacityReservation = {
        CapacityReservationId: id,
        CapacityReservationArn: state.arn("capacity-reservation", id),
        OwnerId: state.region.account,
        InstanceType: type.name,
        InstancePlatform: input.InstancePlatform,
        AvailabilityZone: input.AvailabilityZone ?? state.zones[0],
        Tenancy: input.Tenancy ?? "default",
        TotalInstanceCount: count,
        AvailableInstanceCount: count,
        InstanceMatchCriteria: input.InstanceMatchCriteria ?? "open",
        PlacementGroupArn: input.PlacementGroupArn,
        ReservationType: "default",
        State: "active",
        CreateDate: state.region.now(),
        StartDate: state.region.now(),
        EndDate: input.EndDate,
        EndDateType: input.EndDateType ?? "unlimited",
        Tags: tagsFor(input.TagSpecifications, "capacity-reservation"),
      };
      state.reservations.add(CapacityReservation);
      return { CapacityReservation };
    }),
    CancelCapacityReservation: handle(
      CancelCapacityReservationCommand,
      ({ CapacityReservationId }) => {
        const reservation = state.reservations.get(CapacityReservationId);
        reservation.State = "cancelled";
        reservation.AvailableInstanceCount = 0;
        return { Return: true };
      },
    ),
    DescribeCapacityReservations: handle(DescribeCapacityReservationsCommand, (input) => {
      const found = described(state.reservations, input.CapacityReservationIds, input, FILTERS);
      return { CapacityReservations: found.rows, NextToken: found.NextToken };
    }),
  };
}

/**
 * The reservation that machines of a launch come out of: the one that is asked for, or one that is
 * open for all who fit; undefined when none is used.
 *
 * @throws ServiceError when what is asked for does not fit.
 */
export async function reservationFor(
  state: Ec2State,
  request: LaunchRequest,
  type: string,
  zone: string,
): Promise<CapacityReservation | undefined> {
  const { CapacityReservationPreference: preference, CapacityReservationTarget: target } =
    request.CapacityReservationSpecification ?? {};
  const market = request.InstanceMarketOptions?.MarketType;
  const fits = (one: CapacityReservation): boolean =>
    one.State === "active" && one.InstanceType === type && one.AvailabilityZone === zone;
  if (target?.CapacityReservationId !== undefined) {
    const named = state.reservations.get(target.CapacityReservationId);
    const isBlock = named.ReservationType === "capacity-block";
    if (!fits(named) || isBlock !== (market === "capacity-block"))
      throw doesNotFit(named, type, zone);
    return named;
  }
  if (target?.CapacityReservationResourceGroupArn !== undefined) {
    const ids = await membersOf(state, target.CapacityReservationResourceGroupArn);
    const members = ids.map((id) => state.reservations.get(id)).filter(fits);
    const free = members.find(({ AvailableInstanceCount = 0 }) => AvailableInstanceCount > 0);
    // Machines that a group has no place for are launched on demand.
    if (free !== undefined || preference !== "capacity-reservations-only") return free;
    throw noneLeft();
  }
  if (market === "capacity-block") {
    throw new ServiceError(
      "InvalidParameterCombination",
      "The capacity-block market type requires a Capacity Reservation target.",
    );
  }
  if (market === "spot" || preference === "none") return undefined;
  const open = state.reservations
    .values()
    .filter((one) => fits(one) && one.InstanceMatchCriteria === "open")
    .find(({ AvailableInstanceCount = 0 }) => AvailableInstanceCount >= (request.MaxCount ?? 1));
  if (open === undefined && preference === "capacity-reservations-only") throw noneLeft();
  return open;
}

async function membersOf(state: Ec2State, Group: string): Promise<string[]> {
  try {
    const { Resources = [] } = await state.region.call(ListGroupResourcesCommand, { Group });
    return Resources.map(({ Identifier }) => Identifier?.ResourceArn?.split("/").at(-1) ?? "");
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new ServiceError("InvalidParameterValue", error.message);
  }
}

function doesNotFit(one: CapacityReservation, type: string, zone: string): ServiceError {
  return new ServiceError(
    "InvalidParameterCombination",
    `The capacity reservation ${one.CapacityReservationId} (${one.InstanceType} in ${one.AvailabilityZone}, ${one.State}) is not compatible with the request for ${type} in ${zone}.`,
  );
}

function noneLeft(): ServiceError {
  return new ServiceError(
    "ReservationCapacityExceeded",
    "The requested reservation does not have sufficient compatible and available capacity for this request.",
  );
}
