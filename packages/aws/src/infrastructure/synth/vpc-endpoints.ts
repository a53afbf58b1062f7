import { CfnSecurityGroup, CfnVPCEndpoint } from "aws-cdk-lib/aws-ec2";
import { Aws } from "aws-cdk-lib/core";
import { idOf } from "./logical-id.ts";
import type { Scope } from "./scope.ts";

/**
 * What a head or a login node calls, were it in a private subnet. Compute machines call nothing but
 * STS, and that through the head. Agents of Systems Manager need no `ec2messages`, which newer regions
 * have not, where they have `ssmmessages`.
 */
const SERVICES = [
  "cloudformation",
  "ec2",
  "logs",
  "secretsmanager",
  "sqs",
  "ssm",
  "ssmmessages",
  "sts",
] as const;

/** Interface endpoints in the private subnets, which anything in the network may use. */
export function interfaceEndpoints(
  { stack }: Pick<Scope, "stack">,
  network: {
    readonly vpcId: string;
    readonly cidr: string;
    readonly computeSubnets: readonly string[];
  },
): readonly CfnVPCEndpoint[] {
  const { vpcId, cidr, computeSubnets } = network;
  const group = new CfnSecurityGroup(stack, "EndpointsGroup", {
    groupDescription: "Endpoints of AWS services",
    vpcId,
    securityGroupIngress: [
      {
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        cidrIp: cidr,
        description: "HTTPS from the network",
      },
    ],
  });
  return SERVICES.map(
    (service) =>
      new CfnVPCEndpoint(stack, idOf("Endpoint", service), {
        vpcId,
        serviceName: `com.amazonaws.${Aws.REGION}.${service}`,
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        subnetIds: [...computeSubnets],
        securityGroupIds: [group.attrGroupId],
      }),
  );
}
