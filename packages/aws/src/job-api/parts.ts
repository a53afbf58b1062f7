import type { JobApiConfig } from "@sluice/model";
import { type CfnSecurityGroup, CfnSecurityGroupIngress } from "aws-cdk-lib/aws-ec2";
import type { CfnListener, CfnLoadBalancer } from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { RemovalPolicy, type Stack } from "aws-cdk-lib/core";
import { given } from "../infrastructure/synth/given.ts";

export interface JobApiStack {
  readonly cluster: string;
  readonly config: JobApiConfig;
  /** Where the function's program was put. */
  readonly program: { readonly bucket: string; readonly key: string };
}

export interface Balancer {
  readonly group: CfnSecurityGroup;
  readonly loadBalancer: CfnLoadBalancer;
  readonly listener: CfnListener;
}

export function letIn(
  stack: Stack,
  id: string,
  groupId: string,
  from: CfnSecurityGroup,
  port: number,
): void {
  new CfnSecurityGroupIngress(stack, id, {
    groupId,
    sourceSecurityGroupId: from.attrGroupId,
    ipProtocol: "tcp",
    fromPort: port,
    toPort: port,
    description: id,
  });
}

export function keptLog(
  stack: Stack,
  id: string,
  { name, retention }: { readonly name?: string; readonly retention: number },
): CfnLogGroup {
  const log = new CfnLogGroup(stack, id, given({ logGroupName: name, retentionInDays: retention }));
  log.applyRemovalPolicy(RemovalPolicy.DESTROY);
  return log;
}
