import type { StackEvent } from "@aws-sdk/client-cloudformation";
import type { Progress } from "@sluice/cloud";
import { progressOf } from "../../infrastructure/deploy/plan/stack-events.ts";

const NOUNS: Readonly<Record<string, string>> = {
  "AWS::ElasticLoadBalancingV2::LoadBalancer": "balancer",
  "AWS::AutoScaling::AutoScalingGroup": "machines",
};

/** The line that an event of a site's stack is worth, if any. */
export function siteProgressOf(event: StackEvent): Progress | undefined {
  const progress = progressOf(event, "");
  if (progress === undefined) return undefined;
  const noun = NOUNS[event.ResourceType ?? ""];
  return noun === undefined ? progress : { ...progress, resource: noun };
}
