import type {
  _InstanceType,
  CreateFleetCommandInput,
  RequestLaunchTemplateData,
  SpotAllocationStrategy,
} from "@aws-sdk/client-ec2";
import type { OfferingKey } from "@sluice/cloud";
import type { SlurmQueue } from "@sluice/model";
import { TAGS } from "../../names.ts";
import type { Batch } from "./batch.ts";
import { type LaunchGround, launchContent } from "./launch-content.ts";
import { clusterTags, machineTags, tagList } from "./tags.ts";

/** What a fleet may choose from: the offering that was asked for, and then the others. */
export function choicesOf({ offering, alternatives }: Batch): readonly OfferingKey[] {
  return [offering, ...alternatives];
}

/**
 * All that the fleet's machines have in common; its overrides say the rest. Tags of machines are with the
 * fleet, which has one that the template can't know: nothing says that EC2 puts those of both together.
 */
export function launchTemplateData(ground: LaunchGround, batch: Batch): RequestLaunchTemplateData {
  const { config, facts, wanted } = ground;
  const { TagSpecifications, ...content } = launchContent(ground, {
    types: [...new Set(choicesOf(batch).map(({ instanceType }) => instanceType))],
    market: batch.offering.market,
    subnetId: undefined,
    userData: batch.userData,
    tags: machineTags(config, facts, wanted, batch.tags),
  });
  const beside = TagSpecifications.filter(({ ResourceType }) => ResourceType !== "instance");
  return { ...content, TagSpecifications: beside };
}

/**
 * One call for machines of whichever type and zone the cloud has most of. All or nothing is of use in
 * one zone only, and only then EC2 knows it for fleets ("CreateFleet", MinTargetCapacity).
 *
 * @param call `subnetIds`: of each zone.
 */
export function createFleetInput(
  ground: LaunchGround,
  batch: Batch,
  call: {
    readonly id: string;
    readonly template: { readonly name: string };
    readonly subnetIds: ReadonlyMap<string, string>;
    readonly atomic: boolean;
  },
): CreateFleetCommandInput {
  const { config, facts, wanted } = ground;
  const count = batch.requests.length;
  const isSpot = batch.offering.market === "spot";
  const maxPrice = isSpot ? wanted.resource.SpotPrice : undefined;
  const whole = call.atomic ? { SingleAvailabilityZone: true, MinTargetCapacity: count } : {};
  return {
    ClientToken: call.id,
    Type: "instant",
    LaunchTemplateConfigs: [
      {
        LaunchTemplateSpecification: { LaunchTemplateName: call.template.name, Version: "1" },
        Overrides: choicesOf(batch).map(({ instanceType, zone }, priority) => ({
          InstanceType: instanceType as _InstanceType,
          SubnetId: call.subnetIds.get(zone),
          Priority: priority,
          ...(maxPrice === undefined ? {} : { MaxPrice: String(maxPrice) }),
        })),
      },
    ],
    TargetCapacitySpecification: {
      TotalTargetCapacity: count,
      OnDemandTargetCapacity: isSpot ? 0 : count,
      SpotTargetCapacity: isSpot ? count : 0,
      DefaultTargetCapacityType: isSpot ? "spot" : "on-demand",
    },
    ...(isSpot
      ? {
          SpotOptions: {
            AllocationStrategy: SPOT_STRATEGIES[wanted.queue.AllocationStrategy],
            InstanceInterruptionBehavior: "terminate",
            ...whole,
          },
        }
      : {
          OnDemandOptions: {
            AllocationStrategy: /prioritized$/.test(wanted.queue.AllocationStrategy)
              ? "prioritized"
              : "lowest-price",
            ...whole,
          },
        }),
    TagSpecifications: [
      {
        ResourceType: "instance",
        Tags: [
          ...machineTags(config, facts, wanted, batch.tags),
          ...tagList({ [TAGS.batch]: call.id }),
        ],
      },
      { ResourceType: "fleet", Tags: tagList(clusterTags(facts)) },
    ],
  };
}

const SPOT_STRATEGIES = {
  "lowest-price": "lowest-price",
  "capacity-optimized": "capacity-optimized",
  "price-capacity-optimized": "price-capacity-optimized",
  prioritized: "capacity-optimized-prioritized",
  "capacity-optimized-prioritized": "capacity-optimized-prioritized",
} as const satisfies Record<SlurmQueue["AllocationStrategy"], SpotAllocationStrategy>;
