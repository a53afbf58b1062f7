import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { CfnCustomResource, CfnDeletionPolicy } from "aws-cdk-lib/core";
import { TAGS } from "../../names.ts";
import { CLEAN_UP_PROGRAM } from "./clean-up-program.ts";
import { given } from "./given.ts";
import { makeRole, type RoleSettings } from "./iam/roles.ts";
import { allow, type Statement } from "./iam/statement.ts";
import type { Network } from "./network.ts";
import { type Awaited, arnOf, type Scope } from "./scope.ts";

/** The longest that a function may run. */
const TIMEOUT = 900;
const LOG_DAYS = 14;

/**
 * What ends the machines and removes the launch templates, placement groups and routes that the head
 * made, when the stack is deleted: after the head has gone, before the network goes.
 *
 * @param after what must outlive the machines.
 */
export function makeCleanUp(
  scope: Scope,
  network: Network,
  settings: RoleSettings,
  after: readonly Awaited[],
): CfnCustomResource {
  const { stack, config, request, label } = scope;
  const logs = new CfnLogGroup(stack, "CleanUpLogs", { retentionInDays: LOG_DAYS });
  logs.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
  logs.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.DELETE;
  const vpcConfig = config.DeploymentSettings?.LambdaFunctionsVpcConfig;
  const lambdaRole = config.Iam?.Roles?.LambdaFunctionsRole;
  const role =
    lambdaRole ??
    makeRole(stack, "CleanUpRole", settings, {
      kind: "clean-up",
      service: "lambda",
      statements: statements(scope, network, logs.attrArn, vpcConfig !== undefined),
    }).attrArn;
  const program = new CfnFunction(
    stack,
    "CleanUpFunction",
    given({
      description: `Removes what the head of Sluice's cluster ${request.name} made`,
      runtime: "python3.14",
      handler: "index.handler",
      code: { zipFile: CLEAN_UP_PROGRAM },
      role,
      timeout: TIMEOUT,
      memorySize: 256,
      loggingConfig: { logGroup: logs.ref },
      vpcConfig: vpcConfig && {
        securityGroupIds: [...vpcConfig.SecurityGroupIds],
        subnetIds: [...vpcConfig.SubnetIds],
      },
    }),
  );
  const cleanUp = new CfnCustomResource(stack, "CleanUp", {
    serviceToken: program.attrArn,
    serviceTimeout: TIMEOUT,
  });
  cleanUp.addPropertyOverride("ClusterTag", TAGS.clusterId);
  cleanUp.addPropertyOverride("ClusterId", request.unique);
  cleanUp.addPropertyOverride("RoleTag", TAGS.role);
  cleanUp.addPropertyOverride("Names", `sluice-${label}-*`);
  if (network.defaultSecurityGroup !== undefined) {
    cleanUp.addPropertyOverride("DefaultSecurityGroup", network.defaultSecurityGroup);
  }
  if (network.standby !== undefined) {
    cleanUp.addPropertyOverride("Route", `${network.standby.address}/32`);
    cleanUp.addPropertyOverride("RouteTables", network.standby.routeTables);
  }
  for (const resource of after) cleanUp.node.addDependency(resource);
  return cleanUp;
}

function statements(
  { request, label }: Scope,
  { defaultSecurityGroup, standby }: Network,
  logsArn: string,
  isInVpc: boolean,
): readonly Statement[] {
  const own = { StringEquals: { [`aws:ResourceTag/${TAGS.clusterId}`]: request.unique } };
  return [
    allow(
      "Find",
      [
        "ec2:DescribeInstances",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribePlacementGroups",
        "ec2:DescribeSecurityGroups",
      ],
      ["*"],
    ),
    allow("End", ["ec2:TerminateInstances"], [arnOf("ec2", "instance/*")], own),
    allow("Templates", ["ec2:DeleteLaunchTemplate"], [arnOf("ec2", "launch-template/*")], own),
    allow(
      "PlacementGroups",
      ["ec2:DeletePlacementGroup"],
      [arnOf("ec2", `placement-group/sluice-${label}-*`)],
    ),
    ...(defaultSecurityGroup === undefined
      ? []
      : [
          allow(
            "DefaultSecurityGroup",
            ["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
            [arnOf("ec2", `security-group/${defaultSecurityGroup}`)],
          ),
        ]),
    ...(standby === undefined ? [] : [allow("Routes", ["ec2:DeleteRoute"], standby.routeTables)]),
    ...(isInVpc
      ? [
          allow(
            "Network",
            [
              "ec2:CreateNetworkInterface",
              "ec2:DeleteNetworkInterface",
              "ec2:DescribeNetworkInterfaces",
              "ec2:DescribeSubnets",
            ],
            ["*"],
          ),
        ]
      : []),
    allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], [logsArn]),
  ];
}
