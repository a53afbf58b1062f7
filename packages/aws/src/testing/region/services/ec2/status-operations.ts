import {
  type _InstanceType,
  DescribeAvailabilityZonesCommand,
  DescribeInstanceStatusCommand,
  DescribeRegionsCommand,
  DescribeSpotPriceHistoryCommand,
  type InstanceStatus,
  type SpotPrice,
} from "@aws-sdk/client-ec2";
import { ec2InstanceTypeNames } from "@sluice/model";
import { handle } from "../../contract.ts";
import { spotPrice } from "./capacity.ts";
import { type Filters, fields, pageOf, passing } from "./describe.ts";
import type { Instances } from "./instances.ts";
import type { Ec2State, Operations } from "./state.ts";
import { knownType, zonesOf } from "./types.ts";
import { zoneId } from "./vpcs.ts";

const STATUS_FILTERS: Filters<InstanceStatus> = {
  ...fields<InstanceStatus>("AvailabilityZone"),
  "instance-state-name": ({ InstanceState }) => InstanceState?.Name,
  "event.code": ({ Events = [] }) => Events.map(({ Code }) => Code),
  "instance-status.status": ({ InstanceStatus }) => InstanceStatus?.Status,
  "system-status.status": ({ SystemStatus }) => SystemStatus?.Status,
};

const PRICE_FILTERS = fields<SpotPrice>("InstanceType", "AvailabilityZone", "ProductDescription");

const REGIONS = ["eu-central-1", "eu-west-1", "us-east-1", "us-east-2", "us-west-2"];

export function statusOperations(state: Ec2State, instances: Instances): Operations {
  return {
    DescribeInstanceStatus: handle(DescribeInstanceStatusCommand, (input) => {
      if (input.InstanceIds !== undefined) instances.all(input.InstanceIds);
      const all = instances
        .values()
        .filter(({ id }) => input.InstanceIds?.includes(id) ?? true)
        .filter(({ state: now }) => input.IncludeAllInstances === true || now === "running")
        .map((machine): InstanceStatus => {
          const Status = machine.state === "running" ? "ok" : "not-applicable";
          return {
            InstanceId: machine.id,
            AvailabilityZone: machine.zone,
            InstanceState: machine.row.State,
            InstanceStatus: { Status, Details: [] },
            SystemStatus: { Status, Details: [] },
            Events: [...machine.events],
          };
        });
      const page = pageOf(passing(all, input.Filters, STATUS_FILTERS), input, ({ InstanceId }) =>
        state.instances.serialOf(state.instances.get(InstanceId)),
      );
      return { InstanceStatuses: page.rows, NextToken: page.NextToken };
    }),
    DescribeAvailabilityZones: handle(DescribeAvailabilityZonesCommand, (input) => {
      const all = state.zones.map((ZoneName) => ({
        ZoneName,
        ZoneId: zoneId(state, ZoneName),
        ZoneType: "availability-zone",
        RegionName: state.region.name,
        GroupName: `${state.region.name}-zg-1`,
        OptInStatus: "opt-in-not-required" as const,
        State: "available" as const,
      }));
      const named = all.filter(({ ZoneName }) => input.ZoneNames?.includes(ZoneName) ?? true);
      const filters = fields<(typeof all)[number]>("ZoneName", "ZoneId", "State", "RegionName");
      return { AvailabilityZones: passing(named, input.Filters, filters) };
    }),
    DescribeRegions: handle(DescribeRegionsCommand, ({ RegionNames }) => ({
      Regions: REGIONS.filter((name) => RegionNames?.includes(name) ?? true).map((RegionName) => ({
        RegionName,
        Endpoint: `ec2.${RegionName}.amazonaws.com`,
        OptInStatus: "opt-in-not-required",
      })),
    })),
    DescribeSpotPriceHistory: handle(DescribeSpotPriceHistoryCommand, (input) => {
      const zones = input.AvailabilityZone === undefined ? undefined : [input.AvailabilityZone];
      const all = (input.InstanceTypes ?? allTypes()).flatMap((InstanceType) =>
        knownType(InstanceType).usage.includes("spot")
          ? zonesOf(state, InstanceType)
              .filter((zone) => zones?.includes(zone) ?? true)
              .map((AvailabilityZone) => ({
                InstanceType,
                AvailabilityZone,
                ProductDescription: "Linux/UNIX" as const,
                SpotPrice: spotPrice(state, InstanceType, AvailabilityZone).toFixed(6),
                Timestamp: state.region.now(),
              }))
          : [],
      );
      const rows = passing(all, input.Filters, PRICE_FILTERS);
      const page = pageOf(rows, input, (row) => rows.indexOf(row) + 1);
      return { SpotPriceHistory: page.rows, NextToken: page.NextToken };
    }),
  };
}

function allTypes(): readonly _InstanceType[] {
  return ec2InstanceTypeNames() as readonly _InstanceType[];
}
