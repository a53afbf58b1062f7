import type { _InstanceType, RunInstancesCommandInput } from "@aws-sdk/client-ec2";
import { TAGS } from "../../names.ts";
import type { Batch } from "./batch.ts";
import { type LaunchGround, launchContent, marketOptions } from "./launch-content.ts";
import { machineTags, tagList } from "./tags.ts";

/** One call for all machines of a batch; everything is in it, and no launch template is needed. */
export function runInstancesInput(
  ground: LaunchGround,
  batch: Batch,
  call: { readonly id: string; readonly subnetId: string; readonly atomic: boolean },
): RunInstancesCommandInput {
  const { offering, requests, userData } = batch;
  const { config, facts, wanted } = ground;
  const tags = [
    ...machineTags(config, facts, wanted, batch.tags),
    ...tagList({ [TAGS.batch]: call.id }),
  ];
  const market = marketOptions(offering.market, wanted.resource.SpotPrice);
  return {
    ClientToken: call.id,
    MinCount: call.atomic ? requests.length : 1,
    MaxCount: requests.length,
    InstanceType: offering.instanceType as _InstanceType,
    ...(market === undefined ? {} : { InstanceMarketOptions: market }),
    ...launchContent(ground, {
      types: [offering.instanceType],
      market: offering.market,
      subnetId: call.subnetId,
      userData,
      tags,
    }),
  };
}
