import type { ClusterConfig } from "@sluice/model";
import { CfnAutoScalingGroup, CfnLifecycleHook } from "aws-cdk-lib/aws-autoscaling";
import { CfnLaunchTemplate } from "aws-cdk-lib/aws-ec2";
import {
  CfnListener,
  CfnLoadBalancer,
  CfnTargetGroup,
} from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { Aws, CfnOutput, Tags } from "aws-cdk-lib/core";
import { FAREWELL_HOOK, loginGroupName, OBJECTS, TAGS } from "../../names.ts";
import { given } from "./given.ts";
import { metadataOptions, rootMapping } from "./head.ts";
import { agentStatements } from "./iam/agent.ts";
import { dcvStatements } from "./iam/dcv.ts";
import { efsStatements } from "./iam/file-system-access.ts";
import { instanceProfile, type RoleSettings } from "./iam/roles.ts";
import { OWN_BUCKET } from "./iam/s3-access.ts";
import { allow } from "./iam/statement.ts";
import { idOf, loginAddressOutput } from "./logical-id.ts";
import { imageOf } from "./machine-facts.ts";
import type { Network } from "./network.ts";
import { type Awaited, clusterTags, type Scope, tagSpecifications, templateTags } from "./scope.ts";
import type { SecurityGroups } from "./security-groups.ts";

type LoginPool = NonNullable<ClusterConfig["LoginNodes"]>["Pools"][number];

interface Surroundings {
  readonly network: Network;
  readonly groups: SecurityGroups;
  readonly settings: RoleSettings;
  readonly after: readonly Awaited[];
}

const SSH_PORT = 22;

/** Login nodes: each pool a group of like machines behind a load balancer of its own. */
export function makeLoginPools(scope: Scope, around: Surroundings): void {
  for (const pool of scope.config.LoginNodes?.Pools ?? []) makePool(scope, around, pool);
}

function makePool(scope: Scope, around: Surroundings, pool: LoginPool): void {
  const { stack, request } = scope;
  const id = (kind: string) => idOf(`Login${kind}`, pool.Name);
  const subnet = around.network.loginSubnet(pool.Networking?.SubnetIds?.[0]);
  const balancer = new CfnLoadBalancer(stack, id("Balancer"), {
    type: "network",
    scheme: subnet.scheme,
    subnets: [subnet.balancerSubnetId],
    securityGroups: [around.groups.balancer(pool)],
  });
  for (const route of around.network.routes) balancer.node.addDependency(route);
  const targets = new CfnTargetGroup(stack, id("Targets"), {
    protocol: "TCP",
    port: SSH_PORT,
    vpcId: around.network.vpcId,
    targetType: "instance",
    healthCheckProtocol: "TCP",
    healthCheckPort: String(SSH_PORT),
    // Sessions that are open stay with their machine until the grace period is over.
    targetGroupAttributes: [
      {
        key: "deregistration_delay.timeout_seconds",
        value: String(Math.min(pool.GracetimePeriod * 60, 3600)),
      },
    ],
  });
  new CfnListener(stack, id("Listener"), {
    loadBalancerArn: balancer.ref,
    port: SSH_PORT,
    protocol: "TCP",
    defaultActions: [{ type: "forward", targetGroupArn: targets.ref }],
  });
  const template = poolTemplate(scope, around, pool);
  const group = new CfnAutoScalingGroup(stack, id("Group"), {
    autoScalingGroupName: loginGroupName(request.name, request.unique, pool.Name),
    vpcZoneIdentifier: [subnet.subnetId],
    minSize: "0",
    maxSize: String(pool.Count),
    desiredCapacity: String(pool.Count),
    healthCheckType: "EC2",
    launchTemplate: {
      launchTemplateId: template.ref,
      version: template.attrLatestVersionNumber,
    },
    targetGroupArns: [targets.ref],
  });
  group.cfnOptions.updatePolicy = {
    autoScalingScheduledAction: { ignoreUnmodifiedGroupSizeProperties: true },
  };
  Tags.of(group).add("Name", `sluice ${request.name} login ${pool.Name}`);
  Tags.of(group).add(TAGS.role, "login");
  for (const resource of around.after) group.node.addDependency(resource);
  // Time for the people on it to finish; the machine itself says when they have.
  new CfnLifecycleHook(stack, id("Farewell"), {
    autoScalingGroupName: group.ref,
    lifecycleHookName: FAREWELL_HOOK,
    lifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
    heartbeatTimeout: pool.GracetimePeriod * 60,
    defaultResult: "CONTINUE",
  });
  new CfnOutput(stack, loginAddressOutput(pool.Name), {
    description: `Where login nodes ${pool.Name} are reached by SSH`,
    value: balancer.attrDnsName,
  });
}

function poolTemplate(scope: Scope, around: Surroundings, pool: LoginPool): CfnLaunchTemplate {
  const { stack, config, request } = scope;
  const name = `sluice ${request.name} login ${pool.Name}`;
  const tags = { ...clusterTags(request), [TAGS.role]: "login", Name: name };
  const profile = instanceProfile(stack, idOf("Login", pool.Name), around.settings, {
    kind: "login",
    iam: pool.Iam,
    statements: () => loginStatements(scope, pool),
  });
  return new CfnLaunchTemplate(stack, idOf("LoginTemplate", pool.Name), {
    tagSpecifications: templateTags(clusterTags(request)),
    launchTemplateData: given({
      instanceType: pool.InstanceType,
      imageId: imageOf(scope, pool.InstanceType, pool.Image),
      keyName: pool.Ssh?.KeyName,
      iamInstanceProfile: { name: profile },
      securityGroupIds: [...around.groups.login(pool)],
      blockDeviceMappings: [rootMapping(scope, undefined, true)],
      metadataOptions: metadataOptions(scope),
      monitoring: { enabled: config.Monitoring.DetailedMonitoring },
      userData: Buffer.from(request.loginUserData[pool.Name] ?? "").toString("base64"),
      tagSpecifications: tagSpecifications(tags),
    }),
  });
}

/** People are on these machines, so they can do next to nothing. */
function loginStatements({ request, config }: Scope, pool: LoginPool) {
  const { name, prefix } = request.bucket;
  return [
    allow(
      "Join",
      ["s3:GetObject"],
      [`arn:${Aws.PARTITION}:s3:::${name}/${OBJECTS.join(prefix)}`],
      OWN_BUCKET,
    ),
    allow(
      "Farewell",
      ["autoscaling:CompleteLifecycleAction"],
      [
        `arn:${Aws.PARTITION}:autoscaling:${Aws.REGION}:${Aws.ACCOUNT_ID}:autoScalingGroup:*:autoScalingGroupName/${loginGroupName(request.name, request.unique, pool.Name)}`,
      ],
    ),
    ...agentStatements(),
    ...dcvStatements(pool.Dcv),
    ...efsStatements(config, request.unique),
  ];
}
